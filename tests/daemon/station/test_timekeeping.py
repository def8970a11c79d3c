"""A clock that jumps is told by an entry, whichever way it jumped; one that cannot be right is told in words."""

import asyncio
import logging

import pytest

from custodyd.clock import SimulatedClock, from_rfc3339
from custodyd.model.entry import Draft, Entry
from custodyd.station import timekeeping
from custodyd.station.timekeeping import is_impossible, watch_clock

HOUR_US = 3_600_000_000


class Heard:
    def __init__(self) -> None:
        self.drafts: list[Draft] = []
        self.came = asyncio.Event()

    async def happened(self, *drafts: Draft) -> tuple[Entry, ...]:
        self.drafts.extend(drafts)
        self.came.set()
        return ()


@pytest.mark.parametrize("by_us", [-HOUR_US, HOUR_US, 2_000_000])
async def test_a_jump_is_an_entry_with_its_length(by_us: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timekeeping, "LOOK_S", 0.02)
    clock, heard = SimulatedClock(), Heard()
    task = asyncio.create_task(watch_clock(clock, heard))
    await asyncio.sleep(0)
    clock.jump_to(clock.civil() + by_us)
    async with asyncio.timeout(5):
        await heard.came.wait()
    task.cancel()
    (draft,) = heard.drafts
    assert draft.fact.kind == "clock.jumped"
    assert abs(getattr(draft.fact, "by_ms", 0) * 1000 - by_us) < 1_000_000


async def test_nineteen_seventy_is_told_with_the_next_step(caplog: pytest.LogCaptureFixture) -> None:
    clock = SimulatedClock()
    clock.jump_to(from_rfc3339("1970-01-01T08:00:00+08:00"))
    with caplog.at_level(logging.WARNING):
        task = asyncio.create_task(watch_clock(clock, Heard()))
        await asyncio.sleep(0)
        task.cancel()
    assert "NTP" in caplog.text
    assert "系统时间" in caplog.text


def test_today_is_possible() -> None:
    assert not is_impossible(SimulatedClock().civil())

"""A clock that jumps, or that nobody keeps right, is told by entries; one that cannot be right is told in words."""

import asyncio
import logging

import pytest

from custodyd.clock import SimulatedClock, from_rfc3339
from custodyd.model.entry import ClockState, Draft, Entry
from custodyd.model.facts.record import ClockSourceFound, ClockSourceLost
from custodyd.station import timekeeping
from custodyd.station.timekeeping import Upkeep, is_impossible, watch_clock, watch_upkeep

HOUR_US = 3_600_000_000


class Heard:
    def __init__(self) -> None:
        self.drafts: list[Draft] = []
        self.came = asyncio.Event()
        self.clock_state = ClockState()

    async def happened(self, *drafts: Draft) -> tuple[Entry, ...]:
        self.drafts.extend(drafts)
        self.came.set()
        return ()


@pytest.mark.parametrize("by_us", [-HOUR_US, HOUR_US, 2_000_000])
async def test_a_jump_is_an_entry_with_its_length(by_us: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timekeeping, "LOOK_S", 0.02)
    clock, heard, woken = SimulatedClock(), Heard(), asyncio.Event()
    task = asyncio.create_task(watch_clock(clock, heard, woken.set))
    await asyncio.sleep(0)
    clock.jump_to(clock.civil() + by_us)
    async with asyncio.timeout(5):
        await heard.came.wait()
    task.cancel()
    (draft,) = heard.drafts
    assert woken.is_set()
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


HELD = ClockState("ntp.bureau.example", True, 3)


async def taken(*states: ClockState) -> tuple[list[Draft], Heard]:
    heard = Heard()
    upkeep = Upkeep(SimulatedClock(), heard)
    for state in states:
        await upkeep.take(state)
    return heard.drafts, heard


async def test_a_clock_that_is_kept_needs_no_entry() -> None:
    drafts, heard = await taken(HELD, HELD)
    assert drafts == []
    assert heard.clock_state == HELD


async def test_a_lost_clock_and_its_return_are_a_pair() -> None:
    drafts, heard = await taken(HELD, ClockState(HELD.source, False), ClockState(HELD.source, False), HELD, HELD)
    lost, found = drafts
    assert lost.fact == ClockSourceLost(source=HELD.source, synced=False)
    assert found.fact == ClockSourceFound(source=HELD.source, seconds=0)
    assert lost.incident == found.incident
    assert lost.incident is not None
    assert heard.clock_state == HELD


async def test_each_loss_is_a_condition_of_its_own() -> None:
    drafts, _ = await taken(ClockState(), HELD, ClockState(), HELD)
    first, _, second, _ = [draft.incident for draft in drafts]
    assert first != second


async def test_silence_about_the_clock_is_a_loss_and_is_unknown() -> None:
    (lost,), heard = await taken(ClockState())
    assert lost.fact == ClockSourceLost()
    assert heard.clock_state == ClockState()


async def test_a_server_that_is_named_no_more_is_lost_though_the_kernel_still_trusts_it() -> None:
    drafts, _ = await taken(HELD, ClockState(synced=True), HELD)
    assert [draft.fact.kind for draft in drafts] == ["clock.source.lost", "clock.source.found"]


async def test_a_clock_that_is_kept_by_somebody_without_a_name_is_kept() -> None:
    assert (await taken(ClockState(synced=True), ClockState(synced=True)))[0] == []


async def test_the_clock_is_asked_again_and_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timekeeping, "ASK_S", 0.01)
    answers, heard = iter([HELD, ClockState(), HELD, ClockState()]), Heard()
    asked_all = asyncio.Event()

    async def ask() -> ClockState:
        state = next(answers, None)
        if state is None:
            asked_all.set()
            await asyncio.Event().wait()
        return state or ClockState()

    task = asyncio.create_task(watch_upkeep(ask, SimulatedClock(), heard))
    async with asyncio.timeout(5):
        await asked_all.wait()
    task.cancel()
    assert len(heard.drafts) == 3

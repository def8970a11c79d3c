"""A ping proves work: whatever hangs withholds it, whatever only fails does not."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

import pytest

from custodyd.clock import SystemClock
from custodyd.station.watchdog import Bounds, Seen, Watchdog, Writer, objections

FULL = Bounds()
QUICK = Bounds(period_s=0.1, tick_s=0.02, late_s=0.2, writer_s=0.1)


class DiskRefused(Exception):
    """Stands for the ledger's typed error."""


@dataclass
class Station:
    """What the watchdog looks at, with hands to break each part."""

    pings: list[float] = field(default_factory=list)
    pinged: asyncio.Event = field(default_factory=asyncio.Event)
    unattended: Sequence[str] = ()
    asked_since: list[float] = field(default_factory=list)
    asked: asyncio.Event = field(default_factory=asyncio.Event)
    beat: Callable[[], None] = lambda: None
    hang: bool = False

    def ping(self) -> bool:
        self.pings.append(time.clock_gettime(time.CLOCK_BOOTTIME))
        self.pinged.set()
        return True

    async def heartbeat(self) -> None:
        if self.hang:
            await asyncio.Event().wait()
        self.beat()

    def looked(self, since: float) -> Sequence[str]:
        self.asked_since.append(since)
        self.asked.set()
        return self.unattended

    async def next_ping(self) -> None:
        self.pinged.clear()
        async with asyncio.timeout(10):
            await self.pinged.wait()

    async def next_round(self) -> None:
        self.asked.clear()
        async with asyncio.timeout(10):
            await self.asked.wait()


@asynccontextmanager
async def watched(station: Station) -> AsyncIterator[None]:
    watchdog = Watchdog(SystemClock(), station, station, station, (DiskRefused,), QUICK)
    task = asyncio.create_task(watchdog.run())
    yield
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


@pytest.mark.parametrize(
    ("seen", "words"),
    [
        (Seen(0.0, Writer.PROVED), []),
        (Seen(2.0, Writer.PROVED), []),
        (Seen(0.0, Writer.REPORTED), []),
        (Seen(2.1, Writer.PROVED), ["2.1 s late"]),
        (Seen(0.0, Writer.SILENT), ["writer proved nothing within 5 s"]),
        (Seen(0.0, Writer.PROVED, ("reader", "bank")), ["reader, bank"]),
        (Seen(9.0, Writer.SILENT, ("bank",)), ["9.0 s late", "proved nothing", "bank"]),
    ],
)
def test_every_reason_is_named_and_a_reported_error_is_none(seen: Seen, words: list[str]) -> None:
    reasons = objections(seen, FULL)
    assert len(reasons) == len(words)
    assert all(word in reason for word, reason in zip(words, reasons, strict=True))


def test_two_pings_may_be_withheld_before_systemd_acts() -> None:
    assert 2 * FULL.period_s + FULL.writer_s < 30


async def test_a_working_station_is_pinged_again_and_again() -> None:
    station = Station()
    async with watched(station):
        await station.next_ping()
        await station.next_ping()
    assert station.pings[1] - station.pings[0] >= QUICK.period_s / 2
    assert station.asked_since[-1] >= station.pings[0], "each look counts from the ping before"


async def test_a_writer_that_hangs_withholds_the_ping_and_the_reason_is_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    station = Station(hang=True)
    async with watched(station):
        await station.next_round()
        await station.next_round()
        assert station.pings == []
        assert "the writer proved nothing" in caplog.text
        station.hang = False
        await station.next_ping()


async def test_a_disk_that_refuses_is_reported_and_pinged() -> None:
    def refuse() -> None:
        raise DiskRefused("disk full")

    station = Station(beat=refuse)
    async with watched(station):
        await station.next_ping()


async def test_an_error_that_is_not_the_ledgers_ends_the_watchdog() -> None:
    def stumble() -> None:
        raise ZeroDivisionError

    station = Station(beat=stumble)
    watchdog = Watchdog(SystemClock(), station, station, station, (DiskRefused,), QUICK)
    with pytest.raises(ZeroDivisionError):
        await asyncio.wait_for(watchdog.run(), 10)
    assert station.pings == []


async def test_a_supervisor_that_does_not_act_withholds_the_ping(caplog: pytest.LogCaptureFixture) -> None:
    station = Station(unattended=("lock_bank",))
    async with watched(station):
        await station.next_round()
        await station.next_round()
        assert station.pings == []
        assert "lock_bank" in caplog.text
        station.unattended = ()
        await station.next_ping()


async def test_a_loop_that_stood_still_loses_one_ping_and_then_recovers(caplog: pytest.LogCaptureFixture) -> None:
    station = Station()
    async with watched(station):
        await station.next_ping()
        time.sleep(QUICK.late_s * 3)  # noqa: ASYNC251 - the stall is what is tested
        await station.next_round()
        assert "the loop ran a timer" in caplog.text
        await station.next_ping()
    assert len(station.pings) == 2

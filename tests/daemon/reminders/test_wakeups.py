"""Rounds come by themselves, at once when poked, and again after the machine's clock was set back."""

import asyncio
import time
from datetime import datetime, tzinfo

import apscheduler.schedulers.base
import apscheduler.triggers.interval
import pytest

from custodyd.reminders import wakeups
from custodyd.reminders.wakeups import WakeUps

HOUR_S = 3600.0


class Civil(datetime):
    """The machine's civil time as the scheduler reads it, set back or forward by a test."""

    shift = 0.0

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]  # the library needs no subclass back
        return datetime.fromtimestamp(time.time() + cls.shift, tz)


class Held:
    """Counts rounds."""

    def __init__(self) -> None:
        self.count = 0
        self.came = asyncio.Event()

    async def hold(self) -> None:
        self.count += 1
        self.came.set()

    async def next(self, times: int = 1, seconds: float = 10.0) -> None:
        for _ in range(times):
            self.came.clear()
            await asyncio.wait_for(self.came.wait(), seconds)


async def test_a_round_comes_at_once_when_it_is_poked() -> None:
    held = Held()
    rounds = WakeUps(held.hold)
    rounds.stop()  # before the start: nothing to stop
    rounds.start()
    try:
        rounds.poke()
        await held.next()
    finally:
        rounds.stop()


@pytest.fixture
def civil(monkeypatch: pytest.MonkeyPatch) -> type[Civil]:
    """Rounds every 0.2 s by a civil time that the test sets."""
    for module in (wakeups, apscheduler.schedulers.base, apscheduler.triggers.interval):
        monkeypatch.setattr(module, "datetime", Civil)
    monkeypatch.setattr(wakeups, "ROUND_S", 0.2)
    monkeypatch.setattr(Civil, "shift", 0.0)
    return Civil


async def test_rounds_go_on_after_the_clock_was_set_back_an_hour_and_poked(civil: type[Civil]) -> None:
    held = Held()
    rounds = WakeUps(held.hold)
    rounds.start()
    try:
        await held.next()
        civil.shift = -HOUR_S
        with pytest.raises(TimeoutError):  # what the poke is for
            await held.next(3, 1.0)
        rounds.poke()
        await held.next(3)
    finally:
        rounds.stop()


async def test_a_clock_set_from_1970_to_today_owes_no_rounds_for_the_years_between(civil: type[Civil]) -> None:
    civil.shift = HOUR_S - time.time()
    held = Held()
    rounds = WakeUps(held.hold)
    rounds.start()
    try:
        await held.next()
        civil.shift = 0.0
        await held.next(3)
    finally:
        rounds.stop()

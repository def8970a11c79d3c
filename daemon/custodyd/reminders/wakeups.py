"""When rounds are held: APScheduler wakes them, and remembers nothing; the only door to apscheduler."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.base import BaseTrigger

from custodyd.clock import CHINA

ROUND_S = 30


class _FromNow(BaseTrigger):  # type: ignore[misc]  # the library is untyped
    """The next round counts from now: a clock set from 1970 to today owes no rounds for the years between."""

    def get_next_fire_time(  # pyright: ignore[reportIncompatibleMethodOverride]  # the untyped base returns nothing
        self, previous_fire_time: datetime | None, now: datetime
    ) -> datetime:
        """One round from now, whatever was before."""
        return now + timedelta(seconds=ROUND_S)


class WakeUps:
    """A scheduler in memory with an explicit time zone: a round every 30 s, and at once when poked."""

    def __init__(self, hold: Callable[[], Awaitable[None]]) -> None:
        self._scheduler: Any = AsyncIOScheduler(timezone=CHINA)  # the library is untyped
        # a round that was missed is held once and late, never dropped: what is due comes from the projections
        self._scheduler.add_job(
            hold,
            _FromNow(),
            id="round",
            max_instances=1,
            coalesce=True,
            misfire_grace_time=None,
        )

    def start(self) -> None:
        """Begin on the running loop."""
        self._scheduler.start()

    def poke(self, in_s: float = 0.0) -> None:
        """Hold the next round after `in_s` seconds of elapsed time instead of waiting for its turn.

        The library sleeps until a civil time: after a clock was set back, no round comes before a poke.
        """
        moment = datetime.now(CHINA).timestamp() + in_s
        self._scheduler.modify_job("round", next_run_time=datetime.fromtimestamp(moment, CHINA))

    def stop(self) -> None:
        """No more rounds."""
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)

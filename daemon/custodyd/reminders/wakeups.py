"""When rounds are held: APScheduler wakes them, and remembers nothing; the only door to apscheduler."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.interval import IntervalTrigger

from custodyd.clock import CHINA

ROUND_S = 30


class WakeUps:
    """A scheduler in memory with an explicit time zone: a round every 30 s, and at once when poked."""

    def __init__(self, hold: Callable[[], Awaitable[None]]) -> None:
        self._scheduler: Any = AsyncIOScheduler(timezone=CHINA)  # the library is untyped
        # a round that was missed is held once and late, never dropped: what is due comes from the projections
        self._scheduler.add_job(
            hold,
            IntervalTrigger(seconds=ROUND_S, timezone=CHINA),
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

"""Watches civil time against elapsed time: a jump becomes an entry, a clock that cannot be right is said in words."""

import asyncio
import logging
from typing import Protocol

from custodyd.clock import Clock
from custodyd.model.entry import Draft, Entry
from custodyd.model.facts.record import ClockJumped
from custodyd.texts import Locale, say

log = logging.getLogger(__name__)

LOOK_S = 1.0
JUMP_S = 0.5  # more than this between two looks is no slewing: adjtime moves 0.5 ms a second
EARLIEST_US = 1_767_225_600_000_000  # 2026-01-01T00:00Z: before this program was written


class Record(Protocol):
    """What timekeeping needs of the ledger."""

    async def happened(self, *drafts: Draft) -> tuple[Entry, ...]:
        """Make durable what happened by itself."""
        ...


def is_impossible(civil_us: int) -> bool:
    """Whether no station can live at this moment, as after a dead battery (1970)."""
    return civil_us < EARLIEST_US


async def watch_clock(clock: Clock, record: Record) -> None:
    """Look once a second until cancelled; deadlines of machines are not touched, they run on elapsed time."""
    if is_impossible(clock.civil()):
        for locale in Locale:
            log.warning("%s", say("clock.impossible", locale))
    offset = _offset(clock)
    while True:
        await asyncio.sleep(LOOK_S)
        now = _offset(clock)
        if abs(now - offset) > JUMP_S:
            fact = ClockJumped(by_ms=round((now - offset) * 1000))
            await record.happened(Draft(fact=fact, happened=clock.civil()))
        offset = now


def _offset(clock: Clock) -> float:
    return clock.civil() / 1_000_000 - clock.elapsed()

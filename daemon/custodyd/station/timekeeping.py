"""Watches civil time: its jumps against elapsed time, and who keeps it right; both become entries. It sets no clock."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from custodyd.clock import Clock
from custodyd.model.entry import ClockState, Draft, Entry
from custodyd.model.facts.record import ClockJumped, ClockSourceFound, ClockSourceLost
from custodyd.texts import Locale, say

log = logging.getLogger(__name__)

LOOK_S = 1.0
ASK_S = 60.0
JUMP_S = 0.5  # more than this between two looks is no slewing: adjtime moves 0.5 ms a second
EARLIEST_US = 1_767_225_600_000_000  # 2026-01-01T00:00Z: before this program was written


class Record(Protocol):
    """What timekeeping needs of the ledger."""

    @property
    def clock_state(self) -> ClockState:
        """What every entry says of the clock."""
        ...

    @clock_state.setter
    def clock_state(self, state: ClockState) -> None: ...

    async def happened(self, *drafts: Draft) -> tuple[Entry, ...]:
        """Make durable what happened by itself."""
        ...


def is_impossible(civil_us: int) -> bool:
    """Whether no station can live at this moment, as after a dead battery (1970)."""
    return civil_us < EARLIEST_US


async def watch_clock(clock: Clock, record: Record, jumped: Callable[[], None] = lambda: None) -> None:
    """Look once a second until cancelled; deadlines of machines are not touched, they run on elapsed time.

    `jumped` is called after each jump: whoever sleeps until a civil time must look again.
    """
    if is_impossible(clock.civil()):
        for locale in Locale:
            log.warning("%s", say("clock.impossible", locale))
    offset = _offset(clock)
    while True:
        await asyncio.sleep(LOOK_S)
        now = _offset(clock)
        if abs(now - offset) > JUMP_S:
            fact = ClockJumped(by_ms=round((now - offset) * 1000))
            jumped()
            await record.happened(Draft(fact=fact, happened=clock.civil()))
        offset = now


def _offset(clock: Clock) -> float:
    return clock.civil() / 1_000_000 - clock.elapsed()


async def watch_upkeep(ask: Callable[[], Awaitable[ClockState]], clock: Clock, record: Record) -> None:
    """Ask once a minute until cancelled: every entry says what is known; a loss and its end have entries."""
    upkeep = Upkeep(clock, record)
    while True:
        await upkeep.take(await ask())
        await asyncio.sleep(ASK_S)


@dataclass(slots=True)
class Upkeep:
    """Who keeps the clock right: known since `source` was named last; `lost` since when (elapsed) nobody does."""

    clock: Clock
    record: Record
    source: str | None = None
    lost: float | None = None
    incident: str | None = None

    async def take(self, state: ClockState) -> None:
        """Note what was answered. A server that is named no more is lost, though the kernel trusts it for hours yet."""
        self.record.clock_state = state
        kept = state.synced is True and (state.source is not None or self.source is None)
        if not kept and self.lost is None:
            self.lost, self.incident = self.clock.elapsed(), f"clock.source:{self.clock.civil()}"
            await self._enter(ClockSourceLost(source=self.source, synced=state.synced))
        elif kept and self.lost is not None:
            seconds, self.lost = round(self.clock.elapsed() - self.lost), None
            await self._enter(ClockSourceFound(seconds=seconds, source=state.source))
        self.source = state.source or self.source

    async def _enter(self, fact: ClockSourceLost | ClockSourceFound) -> None:
        await self.record.happened(Draft(fact=fact, happened=self.clock.civil(), incident=self.incident))

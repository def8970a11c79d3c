"""Whether the daemon still does its work, asked before every ping; it must not know devices, entries or systemd.

A hung driver is the supervisor's business and alone never withholds a ping; neither does a full or failing disk that
the writer reports: a restart would only take the emergency opening away.
"""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from custodyd.clock import Clock

_LOG = logging.getLogger(__name__)

# A third of the unit's limit (WatchdogSec=30): two pings may be withheld before systemd ends the daemon.
PERIOD_S = 10.0


class WriterProof(Protocol):
    """The ledger's writer, as far as it can prove itself."""

    async def heartbeat(self) -> None:
        """Return when something newer than this call is durable: an entry, or the row `heartbeat`.

        Raises the ledger's own error when the disk refuses: a writer that reports is alive.
        """
        ...


class Supervisor(Protocol):
    """Who looks after the drivers."""

    def looked(self, since: float) -> Sequence[str]:
        """Ids of devices that it has not found fresh, nor declared blind, since `since` (elapsed seconds)."""
        ...


class Pinger(Protocol):
    """Who carries the ping."""

    def ping(self) -> bool:
        """Send it; returns whether it was heard."""
        ...


class Writer(StrEnum):
    """What the writer did when it was asked to prove itself."""

    PROVED = "proved"
    REPORTED = "reported"
    SILENT = "silent"


@dataclass(frozen=True, slots=True)
class Seen:
    """What was seen since the last ping: the worst delay of the loop's timers, the writer, devices nobody saw to."""

    late_s: float
    writer: Writer
    unattended: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Bounds:
    """Seconds of elapsed time: between pings, between looks at the loop, how late a timer may be, for the writer."""

    period_s: float = PERIOD_S
    tick_s: float = 1.0
    late_s: float = 2.0
    writer_s: float = 5.0


def objections(seen: Seen, bounds: Bounds) -> tuple[str, ...]:
    """Why no ping may be sent; empty when one may."""
    found: list[str] = []
    if seen.late_s > bounds.late_s:
        found.append(f"the loop ran a timer {seen.late_s:.1f} s late")
    if seen.writer is Writer.SILENT:
        found.append(f"the writer proved nothing within {bounds.writer_s:g} s")
    if seen.unattended:
        found.append(f"the supervisor has not seen to {', '.join(seen.unattended)}")
    return tuple(found)


class Watchdog:
    """One task that pings as long as the work is proven. `reported` are the errors with which the writer reports."""

    def __init__(
        self,
        clock: Clock,
        pinger: Pinger,
        writer: WriterProof,
        supervisor: Supervisor,
        reported: tuple[type[Exception], ...],
        bounds: Bounds | None = None,
    ) -> None:
        self._clock = clock
        self._pinger = pinger
        self._writer = writer
        self._supervisor = supervisor
        self._reported = reported
        self._bounds = bounds or Bounds()

    async def run(self) -> None:
        """Ask and ping for ever; ends only by cancellation."""
        pinged = self._clock.elapsed()
        due = pinged + self._bounds.period_s
        while True:
            if await self._round(pinged, due):
                pinged = self._clock.elapsed()
            # a slow proof does not shift the next ping, and a round never goes without at least one timer
            due = max(due + self._bounds.period_s, self._clock.elapsed() + self._bounds.tick_s)

    async def _round(self, pinged: float, due: float) -> bool:
        late_s = await self._ticks(due)
        seen = Seen(late_s, await self._prove(), self._supervisor.looked(pinged))
        reasons = objections(seen, self._bounds)
        if reasons:
            _LOG.error("watchdog ping withheld: %s", "; ".join(reasons))
            return False
        self._pinger.ping()
        return True

    async def _ticks(self, until: float) -> float:
        """Sleep until `until` in short steps; returns how late the worst of them woke."""
        worst = 0.0
        while (now := self._clock.elapsed()) < until:
            due = min(now + self._bounds.tick_s, until)
            await asyncio.sleep(due - now)
            worst = max(worst, self._clock.elapsed() - due)
        return worst

    async def _prove(self) -> Writer:
        try:
            async with asyncio.timeout(self._bounds.writer_s):
                await self._writer.heartbeat()
        except TimeoutError:
            return Writer.SILENT
        except self._reported as exc:
            _LOG.warning("the writer reports: %s", exc)
            return Writer.REPORTED
        return Writer.PROVED

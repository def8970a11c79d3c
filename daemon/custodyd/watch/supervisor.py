"""The tasks over all devices: each ends every exception of its own device, and one device never touches another."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Protocol

from custodyd.clock import Clock
from custodyd.model.entry import Draft, Entry, Fact
from custodyd.model.facts import devices as facts
from custodyd.watch.backoff import LONGEST_S, Backoff
from custodyd.watch.bounded import Bounded, Hung
from custodyd.watch.buses import Buses
from custodyd_drivers.contract import Bus, Driver, Identity, Report
from custodyd_drivers.errors import DeviceError, LinkLost, NoReply, Refused

log = logging.getLogger(__name__)

_START_S = {"SmsGateway": 15.0}
"""Seconds within which a driver has started; a modem that wakes up is slower than all others."""
START_S = 8.0
CLOSE_S = 1.2
STUCK_MOST = 3  # abandoned threads of one device; beyond that each further attempt would only add one
_FRESH_S = {"FingerprintReader": 7.0, "LockBank": 7.0, "SmsGateway": 170.0}
"""Elapsed seconds without any report after which a driver counts as hung. A scanner may stay silent for days."""


@dataclass(frozen=True, slots=True)
class Target:
    """What is watched: how to make a driver (with its live bus), and whom to tell."""

    device: str
    capability: str
    make: Callable[[Bus | None], Driver]
    seen: Callable[[str, Driver], Awaitable[None]]
    report: Callable[[str, Report], Awaitable[None]]
    blind: Callable[[str], Awaitable[None]]
    bus: str | None = None
    path: str | None = None


class Record(Protocol):
    """What watch needs of the ledger."""

    async def happened(self, *drafts: Draft) -> tuple[Entry, ...]:
        """Make durable what happened by itself."""
        ...


@dataclass(slots=True)
class _Sight:
    """How one device stands, in elapsed seconds: since when seen or blind, last look of its task."""

    bounded: Bounded
    driver: Driver | None = None
    fresh_civil: int | None = None
    came: float | None = None
    blind_since: float | None = None
    looked: float = float("-inf")
    told: set[str] = field(default_factory=set[str])  # once in one blind interval, however often it is tried


@dataclass(slots=True)
class Supervisor:
    """Watches all targets until cancelled."""

    targets: Sequence[Target]
    buses: Buses
    record: Record
    clock: Clock
    _sights: dict[str, _Sight] = field(default_factory=dict[str, _Sight])

    def __post_init__(self) -> None:
        for target in self.targets:
            bounded = Bounded(self.clock.elapsed, partial(self._look, target.device))
            self._sights[target.device] = _Sight(bounded)

    def _look(self, device: str) -> None:
        self._sights[device].looked = self.clock.elapsed()

    def driver(self, device: str) -> Driver | None:
        """The live driver of a device, None while it is blind."""
        sight = self._sights.get(device)
        return sight.driver if sight else None

    def looked(self, since: float) -> Sequence[str]:
        """Devices that nobody looked at since `since` (elapsed) and that are not declared blind: nobody acts.

        A look finds the device fresh, or its deadline ends in blindness; one that was never looked at is named too.
        """
        return [device for device, sight in self._sights.items() if sight.blind_since is None and sight.looked < since]

    async def run(self) -> None:
        """One task per device, until cancelled."""
        try:
            async with asyncio.TaskGroup() as group:
                for target in self.targets:
                    group.create_task(self._watch(target), name=f"watch {target.device}")
        finally:
            await self.buses.close()

    async def _watch(self, target: Target) -> None:
        backoff = Backoff(target.path)
        sight = self._sights[target.device]
        while True:
            reason = await self._attempt(target)
            # one that comes only to go again must not fill the record: its pauses go on doubling
            if sight.came is not None and self.clock.elapsed() - sight.came > LONGEST_S:
                backoff.reset()
            sight.came = None
            await self._went_blind(target, reason)
            await backoff.wait()
            while len(sight.bounded.stuck) >= STUCK_MOST:
                await backoff.wait()

    async def _attempt(self, target: Target) -> str:
        """One driver object's whole life; returns why it ended."""
        sight = self._sights[target.device]
        bus: Bus | None = None
        driver: Driver | None = None
        try:
            limit = _START_S.get(target.capability, START_S)
            bus = await sight.bounded.within(self.buses.get(target.bus), limit) if target.bus else None
            driver = target.make(bus)
            identity = await sight.bounded.within(driver.start(), limit)
            await self._came(target, driver, identity)
            return await self._listen(target, driver)
        except DeviceError as exc:
            await self._judged(target, exc, bus)
            return exc.fact
        except Hung:
            return await self._hung(target)
        except Exception as exc:
            log.exception("driver of %s failed", target.device)
            return f"fault in the driver: {type(exc).__name__}"
        finally:
            sight.driver = None
            if driver is not None:
                await self._closed(target, driver)

    async def _closed(self, target: Target, driver: Driver) -> None:
        """Close a driver; one that does not close in time is abandoned with its thread and descriptors."""
        try:
            await self._sights[target.device].bounded.within(driver.close(), CLOSE_S)
        except Hung:
            log.warning("driver of %s did not close", target.device)
        except Exception:
            log.exception("driver of %s failed to close", target.device)

    async def _judged(self, target: Target, exc: DeviceError, bus: Bus | None) -> None:
        """A lost wire is dropped for all its devices; another device than the configured one is told."""
        if isinstance(exc, LinkLost) and not isinstance(exc, NoReply) and target.bus and bus is not None:
            await self.buses.drop(target.bus, bus)
        if isinstance(exc, Refused):
            await self._tell(target, facts.DeviceMistaken(reason=exc.fact[:200]))

    async def _hung(self, target: Target) -> str:
        stuck = len(self._sights[target.device].bounded.stuck)
        await self._tell(target, facts.DeviceRecycled(abandoned=stuck))
        return "the driver hung"

    async def _listen(self, target: Target, driver: Driver) -> str:
        """Pass reports on; raises Hung when a device that must answer says nothing for too long."""
        limit = _FRESH_S.get(target.capability)
        reports = driver.reports()
        sight = self._sights[target.device]
        while (report := await sight.bounded.within(_next(reports), limit)) is not None:
            sight.fresh_civil = self.clock.civil()
            await self._pass_on(target, report)
        return "the driver ended"

    async def _pass_on(self, target: Target, report: Report) -> None:
        try:
            await target.report(target.device, report)
        except DeviceError as exc:  # of whatever the report set in motion: this device's wire is not lost by it
            raise RuntimeError(f"a report was not taken: {exc.fact}") from exc

    async def _came(self, target: Target, driver: Driver, identity: Identity) -> None:
        sight = self._sights[target.device]
        fact = facts.DeviceIdentified(proof=identity.proof.value, value=identity.value, model=identity.model)
        drafts = [self._draft(target, fact)]
        if sight.blind_since is not None:
            seconds = round(self.clock.elapsed() - sight.blind_since)
            drafts.insert(0, self._draft(target, facts.BlindEnded(seconds=seconds)))
        await self.record.happened(*drafts)
        sight.blind_since = None
        sight.told.clear()
        sight.came = sight.looked = self.clock.elapsed()
        sight.driver = driver
        await target.seen(target.device, driver)

    async def _went_blind(self, target: Target, reason: str) -> None:
        sight = self._sights[target.device]
        if sight.blind_since is not None:
            return
        sight.blind_since = self.clock.elapsed()
        log.warning("%s is blind: %s", target.device, reason)
        await self._enter(target, facts.BlindBegan(reason=reason[:200], last=sight.fresh_civil))
        await target.blind(target.device)

    async def _tell(self, target: Target, fact: Fact) -> None:
        told = self._sights[target.device].told
        if repr(fact) not in told:
            told.add(repr(fact))
            await self._enter(target, fact)

    async def _enter(self, target: Target, fact: Fact) -> None:
        await self.record.happened(self._draft(target, fact))

    def _draft(self, target: Target, fact: Fact) -> Draft:
        return Draft(fact=fact, happened=self.clock.civil(), device=target.device)


async def _next(reports: AsyncIterator[Report]) -> Report | None:
    return await anext(reports, None)

"""The tasks over all devices: each ends every exception of its own device, and one device never touches another."""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from custodyd.clock import Clock
from custodyd.model.entry import Draft, Entry, Fact
from custodyd.model.facts import devices as facts
from custodyd.watch.backoff import Backoff
from custodyd.watch.buses import Buses
from custodyd_drivers.contract import Bus, Driver, Identity, Report
from custodyd_drivers.errors import DeviceError, LinkLost, NoReply, Refused

log = logging.getLogger(__name__)

START_S = 15.0  # a modem that wakes up; readers and boards are far quicker
CLOSE_S = 2.0
_FRESH_S = {"FingerprintReader": 8.0, "LockBank": 8.0, "SmsGateway": 170.0}
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
    """How one device stands, in elapsed seconds: last fresh, blind since when, last look of its task."""

    driver: Driver | None = None
    fresh: float = 0.0
    fresh_civil: int | None = None
    blind_since: float | None = None
    looked: float = 0.0
    recycled: int = 0


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
            self._sights[target.device] = _Sight()

    def driver(self, device: str) -> Driver | None:
        """The live driver of a device, None while it is blind."""
        sight = self._sights.get(device)
        return sight.driver if sight else None

    def looked(self, since: float) -> Sequence[str]:
        """Devices that are neither fresh nor declared blind since `since` (elapsed): the supervisor failed to act."""
        found: list[str] = []
        for target in self.targets:
            sight = self._sights[target.device]
            limit = _FRESH_S.get(target.capability)
            stale = (
                limit is not None and sight.driver is not None and self.clock.elapsed() - sight.fresh > limit + CLOSE_S
            )
            if stale and sight.looked < since:
                found.append(target.device)
        return found

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
        while True:
            reason = await self._attempt(target, backoff)
            await self._went_blind(target, reason)
            await backoff.wait()

    async def _attempt(self, target: Target, backoff: Backoff) -> str:
        """One driver object's whole life; returns why it ended."""
        sight = self._sights[target.device]
        sight.looked = self.clock.elapsed()
        bus: Bus | None = None
        driver: Driver | None = None
        try:
            bus = await self.buses.get(target.bus) if target.bus else None
            driver = target.make(bus)
            async with asyncio.timeout(START_S):
                identity = await driver.start()
            backoff.reset()
            await self._came(target, driver, identity)
            return await self._listen(target, driver)
        except DeviceError as exc:
            await self._judged(target, exc, bus)
            return exc.fact
        except TimeoutError:
            return await self._hung(target)
        except Exception as exc:
            log.exception("driver of %s failed", target.device)
            return f"fault in the driver: {type(exc).__name__}"
        finally:
            sight.driver = None
            if driver is not None:
                await _close(driver)

    async def _judged(self, target: Target, exc: DeviceError, bus: Bus | None) -> None:
        """A lost wire is dropped for all its devices; another device than the configured one is told."""
        if isinstance(exc, LinkLost) and not isinstance(exc, NoReply) and target.bus and bus is not None:
            await self.buses.drop(target.bus, bus)
        if isinstance(exc, Refused):
            await self._enter(target, facts.DeviceMistaken(reason=exc.fact[:200]))

    async def _hung(self, target: Target) -> str:
        sight = self._sights[target.device]
        sight.recycled += 1
        await self._enter(target, facts.DeviceRecycled(abandoned=sight.recycled))
        return "the driver hung"

    async def _listen(self, target: Target, driver: Driver) -> str:
        """Pass reports on; raises TimeoutError when a device that must answer says nothing for too long."""
        limit = _FRESH_S.get(target.capability)
        reports = driver.reports()
        sight = self._sights[target.device]
        while True:
            async with asyncio.timeout(limit):
                report = await anext(reports, None)
            if report is None:
                return "the driver ended"
            sight.fresh = sight.looked = self.clock.elapsed()
            sight.fresh_civil = self.clock.civil()
            await target.report(target.device, report)

    async def _came(self, target: Target, driver: Driver, identity: Identity) -> None:
        sight = self._sights[target.device]
        fact = facts.DeviceIdentified(proof=identity.proof.value, value=identity.value, model=identity.model)
        drafts = [self._draft(target, fact)]
        if sight.blind_since is not None:
            seconds = round(self.clock.elapsed() - sight.blind_since)
            drafts.insert(0, self._draft(target, facts.BlindEnded(seconds=seconds)))
        await self.record.happened(*drafts)
        sight.blind_since = None
        sight.fresh = sight.looked = self.clock.elapsed()
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

    async def _enter(self, target: Target, fact: Fact) -> None:
        await self.record.happened(self._draft(target, fact))

    def _draft(self, target: Target, fact: Fact) -> Draft:
        return Draft(fact=fact, happened=self.clock.civil(), device=target.device)


async def _close(driver: Driver) -> None:
    # a driver that does not close in time is abandoned with its thread and descriptors
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(CLOSE_S):
            await driver.close()

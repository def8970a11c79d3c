"""The life of one watched device: opened, proven, listened to, closed, opened again for ever; it knows no other device.

The daemon's only broad `except` stands here: a task group cancels all siblings when one raises, so whatever a driver
raises ends here, recorded as blindness, and the driver is made anew.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from dataclasses import dataclass
from typing import ParamSpec, Protocol, TypeVar

from custodyd.clock import Clock
from custodyd.model.entry import Draft, Entry, Fact
from custodyd.model.facts import devices as facts
from custodyd.watch.backoff import LONGEST_S, Backoff
from custodyd.watch.bounded import Bounded, Hung
from custodyd.watch.buses import Buses
from custodyd.watch.flow import UNLIMITED, Flooded, Flow
from custodyd.watch.guard import guarded
from custodyd.watch.leftovers import Leftovers
from custodyd.watch.threads import DEVICE, busy
from custodyd_drivers.contract import Bus, Driver, Identity, Report
from custodyd_drivers.errors import DeviceError, LinkLost, NoReply, Refused

log = logging.getLogger(__name__)
P = ParamSpec("P")
T = TypeVar("T")

_START_S = {"SmsGateway": 15.0}
"""Seconds within which a driver has started; a modem that wakes up is slower than all others."""
START_S = 8.0
CLOSE_S = 1.2
TAKE_S = 15.0  # within which a report is taken; whoever takes it waits for the record and for other devices
LEFT_MOST = 3  # abandoned threads of one device; beyond that each further attempt would only add one
_FRESH_S = {"FingerprintReader": 7.0, "LockBank": 7.0, "SmsGateway": 170.0, "WristbandReceiver": 7.0}
"""Elapsed seconds without any report after which a driver counts as hung. A scanner may stay silent for days."""


@dataclass(frozen=True, slots=True)
class Target:
    """What is watched: how to make a driver (with its live bus), and whom to tell. `path` is the port to look for."""

    device: str
    capability: str
    make: Callable[[Bus | None], Driver]
    seen: Callable[[str, Driver], Coroutine[object, object, None]]
    report: Callable[[str, Report], Coroutine[object, object, None]]
    blind: Callable[[str], Awaitable[None]]
    bus: str | None = None
    path: str | None = None


class Record(Protocol):
    """What watch needs of the ledger."""

    async def happened(self, *drafts: Draft) -> tuple[Entry, ...]:
        """Make durable what happened by itself."""
        ...


class Sight:
    """How a device stands, in elapsed seconds: since when blind, last look of its task. It outlives a `Watched`."""

    def __init__(self, elapsed: Callable[[], float]) -> None:
        self._elapsed = elapsed
        self.bounded = Bounded(elapsed, self.look)
        self.verbs = Bounded(elapsed, _nobody_looks)
        self.left = Leftovers((self.bounded, self.verbs))
        self.suspected: str | None = None  # why the driver must be made anew
        self.driver: Driver | None = None
        self.fresh_civil: int | None = None
        self.came: float | None = None
        self.blind_since: float | None = None
        self.looked = float("-inf")
        self.told: set[str] = set()  # once in one blind interval, however often it is tried

    def look(self) -> None:
        """Its task is there, and looks; raises Hung once a verb of the driver gave reason to."""
        self.looked = self._elapsed()
        if self.suspected is not None:
            raise Hung(self.suspected)

    def suspect(self, why: str) -> None:
        """A verb hung, or failed as no verb should."""
        self.suspected = why


class Watched:
    """One device under one set of settings."""

    def __init__(self, target: Target, sight: Sight, buses: Buses, record: Record, clock: Clock) -> None:
        self.target = target
        self.sight = sight
        self._buses = buses
        self._record = record
        self._clock = clock

    async def run(self) -> None:
        """Watch until cancelled; a driver that is open then is closed within bounds."""
        DEVICE.set(self.target.device)
        backoff = Backoff(self.target.path)
        while True:
            backoff.look()
            try:
                await self.went_blind(await self._attempt())
            except Exception:
                log.exception("what happened to %s could not be told", self.target.device)
            came, self.sight.came = self.sight.came, None
            # one that comes only to go again must not fill the record: its pauses go on doubling
            if came is not None and self._clock.elapsed() - came > LONGEST_S:
                backoff.reset()
            await backoff.wait()
            await self._let_end(backoff)

    async def _let_end(self, backoff: Backoff) -> None:
        """No new attempt while too much of the last ones has not ended: the device stays blind, and that is said."""
        left = self._left()
        if left < LEFT_MOST:
            return
        log.error(
            "%s stays blind: %d threads, waits or descriptors of its driver have not ended", self.target.device, left
        )
        await self._tell(facts.DeviceRecycled(abandoned=left))
        while self._left() >= LEFT_MOST:
            await backoff.wait()

    def _left(self) -> int:
        # the descriptor of a shared wire is its bus's, and stands open for the others
        own = self.target.path if self.target.bus is None else None
        return self.sight.left.count(own) + busy(self.target.device)

    async def went_blind(self, reason: str) -> None:
        """From now on nothing is known of the device; an entry, once."""
        sight = self.sight
        if sight.blind_since is not None:
            return
        sight.blind_since = self._clock.elapsed()
        log.warning("%s is blind: %s", self.target.device, reason)
        await self._enter(facts.BlindBegan(reason=reason[:200], last=sight.fresh_civil))
        await self.target.blind(self.target.device)

    async def _attempt(self) -> str:
        """One driver object's whole life; returns why it ended."""
        sight, within = self.sight, self.sight.bounded.within
        sight.suspected = None
        limit = _START_S.get(self.target.capability, START_S)
        bus: Bus | None = None
        driver: Driver | None = None
        try:
            bus = await within(self._buses.get(self.target.bus), limit) if self.target.bus else None
            driver = await within(_called(self.target.make, bus), limit)
            identity = await within(driver.start(), limit)
            await self._came(driver, identity)
            return await self._listen(driver)
        except DeviceError as exc:
            await self._judged(exc, bus)
            return exc.fact
        except Hung as exc:
            return await self._recycled(str(exc) or "the driver hung")
        except Flooded:
            return await self._recycled("the driver floods")
        except Exception as exc:
            log.exception("driver of %s failed", self.target.device)
            return f"fault in the driver: {type(exc).__name__}"
        finally:
            sight.driver = None
            if driver is not None:
                await self._closed(driver)

    async def _recycled(self, why: str) -> str:
        await self._tell(facts.DeviceRecycled(abandoned=self._left()))
        return why

    async def _closed(self, driver: Driver) -> None:
        """Close a driver; one that does not close in time is abandoned with its thread and descriptors."""
        self.sight.suspected = None  # also a suspect gets its time to close
        try:
            await self.sight.bounded.within(_closing(driver), CLOSE_S)
        except Hung:
            log.warning("driver of %s did not close", self.target.device)
        except Exception:
            log.exception("driver of %s failed to close", self.target.device)
        self.sight.left.note(driver)

    async def _judged(self, exc: DeviceError, bus: Bus | None) -> None:
        """A lost wire is dropped for all its devices; another device than the configured one is told."""
        if isinstance(exc, LinkLost) and not isinstance(exc, NoReply) and self.target.bus and bus is not None:
            await self._buses.drop(self.target.bus, bus)
        if isinstance(exc, Refused):
            await self._tell(facts.DeviceMistaken(reason=exc.fact[:200]))

    async def _listen(self, driver: Driver) -> str:
        """Pass reports on; raises Hung when a device that must answer says nothing for too long."""
        within, limit = self.sight.bounded.within, _FRESH_S.get(self.target.capability)
        reports = await within(_called(driver.reports), limit)
        flow = Flow(self._clock.elapsed, limited=self.target.capability not in UNLIMITED)
        while (report := await within(_next(reports), limit)) is not None:
            flow.take(report)
            self.sight.fresh_civil = self._clock.civil()
            await self._pass_on(report)
        return "the driver ended"

    async def _pass_on(self, report: Report) -> None:
        """What a report sets in motion may fail or hang on another device: this device's wire is not lost by it."""
        try:
            await self.sight.bounded.within(self.target.report(self.target.device, report), TAKE_S)
        except DeviceError as exc:
            raise RuntimeError(f"a report was not taken: {exc.fact}") from exc
        except Hung as exc:
            raise RuntimeError(f"a report was not taken within {TAKE_S:g} s") from exc

    async def _came(self, driver: Driver, identity: Identity) -> None:
        sight = self.sight
        fact = facts.DeviceIdentified(proof=identity.proof.value, value=identity.value, model=identity.model)
        drafts = [self._draft(fact)]
        if sight.blind_since is not None:
            seconds = round(self._clock.elapsed() - sight.blind_since)
            drafts.insert(0, self._draft(facts.BlindEnded(seconds=seconds)))
        try:
            await self._record.happened(*drafts)
        except asyncio.CancelledError:
            sight.blind_since = None  # the entry is on its way: who is stopped now goes blind by another one
            raise
        sight.blind_since = None
        sight.told.clear()
        sight.came = sight.looked = self._clock.elapsed()
        sight.driver = guarded(driver, self.target.device, sight.verbs, sight.suspect)
        await sight.bounded.within(self.target.seen(self.target.device, sight.driver), START_S)

    async def _tell(self, fact: Fact) -> None:
        if repr(fact) not in self.sight.told:
            self.sight.told.add(repr(fact))
            await self._enter(fact)

    async def _enter(self, fact: Fact) -> None:
        await self._record.happened(self._draft(fact))

    def _draft(self, fact: Fact) -> Draft:
        return Draft(fact=fact, happened=self._clock.civil(), device=self.target.device)


def _nobody_looks() -> None:
    """Whoever asks a device something is not its watch."""


async def _called(act: Callable[P, T], *args: P.args, **keys: P.kwargs) -> T:
    return act(*args, **keys)


async def _closing(driver: Driver) -> None:
    await driver.close()


async def _next(reports: AsyncIterator[Report]) -> Report | None:
    return await anext(reports, None)

"""The daemon's side of a trial: one driver after the other on the same wire, everything bounded; it judges nothing."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TypeVar, cast

from custodyd_drivers import contract
from custodyd_drivers.contract import Bus, Driver, Identity, Report
from custodyd_drivers.errors import DeviceError
from custodyd_simulators.kit.bench import Stand
from custodyd_simulators.kit.bounds import BOUNDS, CLOSED_S, GRACE_S

AGAIN_S = 0.2  # the daemon's first pause between two attempts
_LOOK_S = 0.05  # a twin's own facts tell nobody
T = TypeVar("T")


class Broken(Exception):
    """A rule of the contract was broken; the message says which."""


def nothing(_: Driver) -> None:
    """Most drivers need to be told nothing when they have started."""


@dataclass(slots=True)
class Host:
    """Keeps a driver on the wire as the daemon does: a new object for every attempt, none of them revived.

    `came` is told of each driver that has started. Times are monotonic.
    """

    stand: Stand
    came: Callable[[Driver], None] = nothing
    reports: list[tuple[float, Report]] = field(default_factory=list[tuple[float, Report]])
    ended: list[tuple[float, DeviceError]] = field(default_factory=list[tuple[float, DeviceError]])
    broken: list[str] = field(default_factory=list[str])
    identity: Identity | None = None
    driver: Driver | None = None
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self) -> None:
        """Attempt after attempt, until cancelled."""
        while True:
            await self._attempt()
            await asyncio.sleep(AGAIN_S)

    async def _attempt(self) -> None:
        bus: Bus | None = None
        driver: Driver | None = None
        try:
            bus = self.stand.bus()
            driver = await self._started(bus)
            await self._listen(driver)
        except DeviceError as exc:
            self.ended.append((time.monotonic(), exc))
        except Broken as exc:
            self.broken.append(str(exc))
        except Exception as exc:  # noqa: BLE001 - the very thing the kit looks for: a foreign exception at the door
            self.broken.append(f"raised {type(exc).__name__}, which is no DeviceError")
        finally:
            self.driver = None
            self._tell()
            await self._closed(driver, bus)

    async def _started(self, bus: Bus | None) -> Driver:
        limit = BOUNDS[self.stand.bench.family.capability].start_s
        if bus is not None:
            await bounded(bus.start(), limit, "the bus's start")
        driver = self.stand.driver(bus)
        try:
            self.identity = await bounded(driver.start(), limit, "start")
        except BaseException:
            self.broken += await closing(driver)
            raise
        return driver

    async def _listen(self, driver: Driver) -> None:
        capability = self.stand.bench.family.capability
        if not isinstance(driver, getattr(contract, capability)):
            raise Broken(f"a driver of capability {capability} lacks its verbs")
        self.came(driver)
        self.driver = driver
        self._tell()
        async for report in driver.reports():
            if not isinstance(cast("object", report), Report):  # a third party's code may hold what types forbid
                raise Broken(f"reports() gave {type(report).__name__}, which is no Report")
            self.reports.append((time.monotonic(), report))
            self._tell()
        self.broken.append("reports() ended without an error")

    async def _closed(self, *parts: Driver | Bus | None) -> None:
        for part in parts:
            if part is not None:
                self.broken += await closing(part)

    def _tell(self) -> None:
        self._news.set()
        self._news = asyncio.Event()

    async def until(self, fact: Callable[[], bool], seconds: float) -> bool:
        """Whether `fact` became true within `seconds`; it is looked at whenever something happened."""
        until = time.monotonic() + seconds
        while not fact():
            left = until - time.monotonic()
            if left <= 0:
                return False
            news = self._news
            try:
                async with asyncio.timeout(min(left, _LOOK_S)):
                    await news.wait()
            except TimeoutError:
                continue
        return True

    async def up(self, seconds: float) -> Driver:
        """The live driver, waited for; raises Broken."""
        if not await self.until(lambda: self.driver is not None, seconds) or self.driver is None:
            said = [*self.broken[-1:], *(str(exc) for _, exc in self.ended[-1:])]
            raise Broken("; ".join([f"no driver came up within {seconds:g} s", *said]))
        return self.driver


async def bounded(work: Awaitable[T], seconds: float, what: str) -> T:
    """The result of `work`; raises Broken when it takes longer, and whatever it raises."""
    task = asyncio.ensure_future(work)
    try:
        done, _ = await asyncio.wait({task}, timeout=seconds + GRACE_S)
    finally:
        task.cancel()
        task.add_done_callback(_forgotten)
    if not done:
        raise Broken(f"{what} took longer than {seconds:g} s")
    return task.result()


def _forgotten(task: "asyncio.Future[T]") -> None:
    if not task.cancelled():
        task.exception()  # nobody waits for it any more


async def closing(part: Driver | Bus) -> list[str]:
    """Close twice; what the contract says of it and does not hold."""
    try:
        await bounded(part.close(), CLOSED_S, "close")
        await bounded(part.close(), CLOSED_S, "a second close")
    except Broken as exc:
        return [str(exc)]
    except Exception as exc:  # noqa: BLE001 - close never raises, says the contract
        return [f"close raised {type(exc).__name__}"]
    return []

"""The daemon's side of a trial: one driver after the other on the same wire, everything bounded; it judges nothing."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TypeVar

from custodyd_drivers.contract import Bus, Driver, Identity, Report
from custodyd_drivers.errors import DeviceError
from custodyd_simulators.kit.bench import Stand

START_S = 16.0  # the slowest family, a modem, has so long to wake up
CLOSE_S = 1.0  # contract: close lets go within a second
AGAIN_S = 0.2  # the daemon's first pause between two attempts
GRACE_S = 0.5  # a busy machine's own delay beyond a promised bound
T = TypeVar("T")


class Broken(Exception):
    """A rule of the contract was broken; the message says which."""


@dataclass(slots=True)
class Host:
    """Keeps a driver on the wire as the daemon does: a new object for every attempt, none of them revived."""

    stand: Stand
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
            if bus is not None:
                await bounded(bus.start(), START_S, "the bus's start")
            driver = self.stand.driver(bus)
            self.identity = await bounded(driver.start(), START_S, "start")
            self.driver = driver
            self._tell()
            async for report in driver.reports():
                self.reports.append((time.monotonic(), report))
                self._tell()
            self.broken.append("reports() ended without an error")
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
                async with asyncio.timeout(min(left, 0.1)):  # a twin's own facts tell nobody
                    await news.wait()
            except TimeoutError:
                continue
        return True

    async def up(self, seconds: float) -> Driver:
        """The live driver, waited for; raises Broken."""
        if not await self.until(lambda: self.driver is not None, seconds) or self.driver is None:
            last = f": {self.ended[-1][1]}" if self.ended else ""
            raise Broken(f"no driver came up within {seconds:g} s{last}")
        return self.driver


async def bounded(work: Awaitable[T], seconds: float, what: str) -> T:
    """The result of `work`; raises Broken when it takes longer, and whatever it raises."""
    task = asyncio.ensure_future(work)
    try:
        done, _ = await asyncio.wait({task}, timeout=seconds + GRACE_S)
    finally:
        task.cancel()
    if not done:
        raise Broken(f"{what} took longer than {seconds:g} s")
    return task.result()


async def closing(part: Driver | Bus) -> list[str]:
    """Close twice; what the contract says of it and does not hold."""
    try:
        await bounded(part.close(), CLOSE_S, "close")
        await bounded(part.close(), CLOSE_S, "a second close")
    except Broken as exc:
        return [str(exc)]
    except Exception as exc:  # noqa: BLE001 - close never raises, says the contract
        return [f"close raised {type(exc).__name__}"]
    return []

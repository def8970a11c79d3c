"""A driver that does what a test says, and the good reader beside it whose time it must not cost."""

import asyncio
import statistics
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from tests.daemon.watch.support import House, Reader, nothing, reader

from custodyd.model.facts.devices import DeviceRecycled
from custodyd.watch import Target
from custodyd_drivers.contract import Answered, Driver, FingerUnknown, Identity, Proof, Report
from custodyd_simulators.hands import Reader as Glass

BOUND_S = 1.0  # from a finger on the glass to its report: five looks a second, and one lost to noise
TOUCHES = 5


@dataclass
class Bad:
    """A driver of a family that nobody tried: each verb does what the test says."""

    starting: Callable[[], Awaitable[None]] = nothing
    telling: Callable[[], AsyncIterator[Report]] | None = None
    closing: Callable[[], Awaitable[None]] = nothing
    pulsing: Callable[[], Awaitable[None]] = nothing
    threads: list[threading.Thread] = field(default_factory=list[threading.Thread])
    doors: int = 8

    async def start(self) -> Identity:
        await self.starting()
        return Identity(Proof.PATH, "bad")

    def reports(self) -> AsyncIterator[Report]:
        return self.telling() if self.telling is not None else _quiet()

    async def close(self) -> None:
        await self.closing()

    async def pulse(self, door: int) -> None:
        await self.pulsing()

    async def contacts(self) -> dict[int, bool]:
        return {}


async def _quiet() -> AsyncIterator[Report]:
    while True:
        yield Answered()
        await asyncio.sleep(1)


def bad(make: Callable[[], Driver], capability: str = "CodeScanner", **more: Any) -> Target:
    told: dict[str, Any] = {"seen": nothing, "report": nothing, "blind": nothing, **more}
    return Target("bad", capability, lambda _: make(), **told)


class Neighbour:
    """A reader beside the bad one, and how long it takes from a finger on its glass to the report."""

    def __init__(self, where: Path) -> None:
        self.reader: Reader = reader(where)
        self._came = asyncio.Event()

    @property
    def target(self) -> Target:
        return self.reader.target("good", report=self._take)

    async def _take(self, _: str, report: Report) -> None:
        if isinstance(report, FingerUnknown):
            self._came.set()

    async def touches(self, count: int = TOUCHES) -> list[float]:
        """Seconds of each of so many touches."""
        return [await self._touch() for _ in range(count)]

    async def _touch(self) -> float:
        glass = cast("Glass", cast("Any", self.reader.wire.dialect).module)
        self._came.clear()
        began = time.monotonic()
        self._lay(glass, "nobody")
        async with asyncio.timeout(10):
            await self._came.wait()
        took = time.monotonic() - began
        self._lay(glass, None)
        await asyncio.sleep(0.45)  # until the reader has seen the free glass
        return took

    def _lay(self, glass: Any, finger: str | None) -> None:
        with self.reader.wire.lock:
            glass.finger = finger


async def keeps_its_time(neighbour: Neighbour, what: str) -> None:
    took = await neighbour.touches()
    print(f"{what}: finger to report p50 {statistics.median(took):.3f} s, longest {max(took):.3f} s")
    assert max(took) <= BOUND_S


async def left(house: House, count: int, within: float) -> None:
    """Until the record says that so many have not ended."""
    async with asyncio.timeout(within):
        while not _said(house, count):  # noqa: ASYNC110 - a list that only grows
            await asyncio.sleep(0.05)


def _said(house: House, count: int) -> bool:
    facts = [draft.fact for draft in house.record.drafts]
    return any(isinstance(fact, DeviceRecycled) and fact.abandoned == count for fact in facts)

"""A device at work on its stand while a trial goes on; it makes no bad wire."""

import asyncio
import contextlib
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from custodyd_drivers.errors import DeviceError
from custodyd_simulators.kit.bench import Bench, Stand
from custodyd_simulators.kit.bounds import ACT_S, BOUNDS, GRACE_S, Bounds
from custodyd_simulators.kit.exercises import EXERCISES, Exercise
from custodyd_simulators.kit.host import Broken, Host, bounded


@dataclass(slots=True)
class Course:
    """A stand, the drivers that are kept on it, and what is done with them."""

    stand: Stand
    host: Host
    exercise: Exercise

    @property
    def bounds(self) -> Bounds:
        """The promises of this capability."""
        return BOUNDS[self.stand.bench.family.capability]

    async def must_see(self, when: str, within_s: float | None = None) -> float:
        """Seconds until it reported, at most its own bound if no other is given; raises Broken."""
        bound = self.bounds.report_s if within_s is None else within_s
        began = time.monotonic()
        if not await self.exercise.seen(self.host, bound + GRACE_S):
            last = f"; the last error: {self.host.ended[-1][1]}" if self.host.ended else ""
            raise Broken(f"nothing was reported within {bound:g} s {when}{last}")
        return time.monotonic() - began

    async def act(self) -> None:
        """One act on the live driver; what the driver says of a bad wire is its right."""
        driver = self.host.driver
        if driver is not None:
            with contextlib.suppress(DeviceError):
                await bounded(self.exercise.act(driver), ACT_S, "the act")

    async def must_not_lie(self, when: str) -> None:
        """The live driver answers a question truly, or not at all; raises Broken."""
        driver = self.host.driver
        if driver is None:
            return
        try:
            with contextlib.suppress(DeviceError):
                await bounded(self.exercise.ask(driver), ACT_S, "the question")
        except Broken as exc:
            raise Broken(f"{exc} ({when})") from exc

    async def must_answer(self, when: str) -> None:
        """The live driver answers a question, and truly; raises Broken."""
        driver = await self.host.up(self.bounds.recover_s)
        try:
            await bounded(self.exercise.ask(driver), ACT_S, "the question")
        except DeviceError as exc:
            raise Broken(f"a question was not answered {when}: {exc}") from exc
        except Broken as exc:
            raise Broken(f"{exc} ({when})") from exc

    def judge(self, *, exact: bool = True) -> None:
        """Everything that must not have happened so far; raises Broken."""
        found = [
            *self.host.broken,
            *self.exercise.wrong(exact=exact),
            *self.exercise.false(self.host, exact=exact),
        ]
        if found:
            raise Broken("; ".join(dict.fromkeys(found)))


@asynccontextmanager
async def standing(bench: Bench, where: Path) -> AsyncGenerator[tuple[Stand, Exercise]]:
    """A stand with nobody on the driver's side."""
    stand = await asyncio.to_thread(bench.stand, where)
    try:
        yield stand, EXERCISES[bench.family.capability](stand)
    finally:
        await asyncio.to_thread(stand.wire.close)


@asynccontextmanager
async def working(stand: Stand, exercise: Exercise) -> AsyncGenerator[Course]:
    """Drivers kept on a stand; the last one is closed at the end."""
    host = Host(stand, exercise.came)
    running = asyncio.create_task(host.run())
    try:
        await host.up(BOUNDS[stand.bench.family.capability].start_s + GRACE_S)
        yield Course(stand, host, exercise)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


@asynccontextmanager
async def course(bench: Bench, where: Path) -> AsyncGenerator[Course]:
    """A device at work and ready: it has reported once on a whole wire."""
    async with standing(bench, where) as (stand, exercise), working(stand, exercise) as found:
        await exercise.prepare(found.host)
        await found.must_see("on a whole wire")
        yield found

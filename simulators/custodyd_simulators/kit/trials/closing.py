"""Closed at many a moment, alone in its process: every descriptor and thread is let go in time; it knows no device."""

import asyncio
import os
import threading
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from custodyd_drivers.contract import Driver
from custodyd_drivers.errors import DeviceError
from custodyd_simulators.kit.bench import Bench, Stand
from custodyd_simulators.kit.bounds import BOUNDS, CLOSED_S, GRACE_S
from custodyd_simulators.kit.course import standing, working
from custodyd_simulators.kit.exercises import Exercise
from custodyd_simulators.kit.host import Broken, bounded, closing
from custodyd_simulators.kit.trials.trial import Trial

_LOOK_S = 0.01
_SLOW_S = 0.3
_ABANDONED_S = 0.05  # into an exchange

Moment = Callable[[Stand, Exercise, Driver], Awaitable["asyncio.Task[object] | None"]]
"""Brings a driver to the moment at which it is closed; returns what is under way then."""


def held() -> tuple[int, int]:
    """Open descriptors of this process, and its threads but for those that asyncio keeps for everybody."""
    threads = [one for one in threading.enumerate() if not one.name.startswith("asyncio_")]
    return len(os.listdir("/proc/self/fd")), len(threads)


async def let_go(before: tuple[int, int], within_s: float) -> str | None:
    """What is still held after so long beyond what was held before, None when it is nothing."""
    until = time.monotonic() + within_s
    while True:
        descriptors, threads = (max(0, now - then) for now, then in zip(held(), before, strict=True))
        if not descriptors and not threads:
            return None
        if time.monotonic() > until:
            return f"{descriptors} descriptors and {threads} threads were left behind"
        await asyncio.sleep(_LOOK_S)


async def _before_start(stand: Stand, exercise: Exercise, driver: Driver) -> None:
    """Nothing was begun."""


async def _at_work(stand: Stand, exercise: Exercise, driver: Driver) -> None:
    await _begun(stand, driver)
    exercise.came(driver)
    await exercise.act(driver)


async def _in_start(stand: Stand, exercise: Exercise, driver: Driver) -> "asyncio.Task[object]":
    stand.wire.faults.delay_s = _SLOW_S
    return await _abandoned(driver.start())


async def _in_an_act(stand: Stand, exercise: Exercise, driver: Driver) -> "asyncio.Task[object]":
    await _begun(stand, driver)
    exercise.came(driver)
    stand.wire.faults.delay_s = _SLOW_S
    return await _abandoned(exercise.act(driver))


async def _in_silence(stand: Stand, exercise: Exercise, driver: Driver) -> "asyncio.Task[object]":
    await _begun(stand, driver)
    exercise.came(driver)
    stand.wire.faults.mute = True
    return await _abandoned(exercise.act(driver))


async def _unplugged(stand: Stand, exercise: Exercise, driver: Driver) -> None:
    await _begun(stand, driver)
    await asyncio.to_thread(stand.wire.unplug)


async def _begun(stand: Stand, driver: Driver) -> None:
    await bounded(driver.start(), BOUNDS[stand.bench.family.capability].start_s, "start")


async def _abandoned(work: Awaitable[object]) -> "asyncio.Task[object]":
    """Work that is under way, and that closing must end."""

    async def going() -> object:
        return await work

    task = asyncio.create_task(going())
    await asyncio.wait({task}, timeout=_ABANDONED_S)
    return task


_MOMENTS: dict[str, Moment] = {
    "before start": _before_start,
    "at work": _at_work,
    "in the middle of start": _in_start,
    "in the middle of an act": _in_an_act,
    "before a device that fell silent": _in_silence,
    "when it was unplugged": _unplugged,
}


async def _closed(bench: Bench, where: Path, seed: int) -> float:
    longest = 0.0
    async with standing(bench, where) as (stand, exercise):
        async with working(stand, exercise) as found:  # what a library loads and keeps for good, it may keep once
            await exercise.prepare(found.host)
        for name, moment in _MOMENTS.items():
            lag = asyncio.create_task(_lag())
            took = await _one(stand, exercise, name, moment)
            lag.cancel()
            longest = max(longest, took)
            await _kept_going(lag, name)
    return longest


async def _lag() -> None:
    """Raises Broken when the event loop stood still, as everybody's devices do with it."""
    while True:
        began = time.monotonic()
        await asyncio.sleep(_LOOK_S)
        late = time.monotonic() - began - _LOOK_S
        if late > GRACE_S:
            raise Broken(f"the event loop was held up for {late:.1f} s")


async def _kept_going(lag: "asyncio.Task[None]", name: str) -> None:
    await asyncio.wait({lag})
    if not lag.cancelled() and (failure := lag.exception()) is not None:
        raise Broken(f"{failure}, closed {name}") from failure


async def _one(stand: Stand, exercise: Exercise, name: str, moment: Moment) -> float:
    await let_go(held(), 0.0)
    before = held()
    bus = stand.bus()
    if bus is not None:
        await bus.start()
    driver = stand.driver(bus)
    abandoned = await moment(stand, exercise, driver)
    began = time.monotonic()
    broken = await closing(driver)
    if abandoned is not None:
        broken += await _ended(abandoned, began)
    broken += await closing(bus) if bus is not None else []
    stand.wire.clear()
    await asyncio.to_thread(stand.wire.plug)
    left = await let_go(before, began + CLOSED_S + GRACE_S - time.monotonic())
    if left or broken:
        raise Broken(f"closed {name}: " + "; ".join([*broken, *([left] if left else [])]))
    return time.monotonic() - began


async def _ended(task: "asyncio.Task[object]", began: float) -> list[str]:
    """What was under way ends with the closing, in a DeviceError if not in a result."""
    await asyncio.wait({task}, timeout=began + CLOSED_S + GRACE_S - time.monotonic())
    if not task.done():
        task.cancel()
        return ["what was under way did not end"]
    failure = None if task.cancelled() else task.exception()
    if failure is not None and not isinstance(failure, DeviceError):
        return [f"what was under way raised {type(failure).__name__}"]
    return []


CLOSED = Trial("closed", {"zh-CN": "关闭", "en": "closed"}, _closed)
"""The longest that a closing took, to the last descriptor and thread."""

"""Cancelled at every await of `start` and of each verb; then the same driver and a fresh one are asked; no device."""

import asyncio
import itertools
import time
from collections.abc import Callable, Coroutine, Generator, Iterator
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from custodyd_drivers.contract import Driver
from custodyd_drivers.errors import DeviceError
from custodyd_simulators.kit.bench import Bench, Stand
from custodyd_simulators.kit.bounds import ACT_S, CANCELLED_S, GRACE_S
from custodyd_simulators.kit.course import Course, standing, working
from custodyd_simulators.kit.exercises import Verb
from custodyd_simulators.kit.host import Broken, closing
from custodyd_simulators.kit.trials.trial import Trial

LATER_S = (0.004, 0.015, 0.06, 0.2)  # within one await, for work that goes on elsewhere: on a thread, in the device
FIRST_AWAITS = 12
STEP, MOST_AWAITS = 5, 60  # long dialogues repeat themselves: of their later awaits some are enough
_LOOK_S = 0.05
SLOW_S = 0.01  # each answer takes its time, so that it may still be on its way when nobody wants it any more

T = TypeVar("T")
Work = Callable[[], Coroutine[object, object, object]]


class Cut:
    """Work as a task that is cancelled at its await number `at`, from 1; `reached_at` is when it came so far."""

    def __init__(self, work: Coroutine[Any, Any, object], at: int) -> None:
        self._work = work
        self._at = at
        self.reached_at: float | None = None
        self.task: asyncio.Task[object] = asyncio.ensure_future(self._through())

    async def _through(self) -> object:
        return await self

    def __await__(self) -> Generator[Any, Any, object]:
        inner = self._work.__await__()
        step: Callable[[Any], Any] = inner.send
        given: Any = None
        for count in itertools.count(1):
            try:
                asked = step(given)
            except StopIteration as done:
                return done.value
            if count == self._at:
                self.reached_at = time.monotonic()
                asyncio.get_running_loop().call_soon(self.task.cancel)
            try:
                given = yield asked
                step = inner.send
            except BaseException as exc:  # noqa: BLE001 - whatever it is, it is for the work
                given = exc
                step = inner.throw
        raise AssertionError("a count ends")


async def cut(work: Work, at: int, what: str) -> bool:
    """Whether `work` came as far as its await number `at`, where it was cancelled; raises Broken."""
    one, what = Cut(work(), at), f"{what}, cancelled at its await number {at},"
    began = time.monotonic()
    while not one.task.done():
        now = time.monotonic()
        if now > (one.reached_at or began + ACT_S) + CANCELLED_S + GRACE_S:
            raise Broken(f"{what} did not end")
        await asyncio.wait({one.task}, timeout=_LOOK_S)
    if one.reached_at is None:
        one.task.exception()  # it ended before: with an error, that is its right here
        return False
    if not one.task.cancelled():
        failure = one.task.exception()
        how = "went on as if it had not been" if failure is None else f"raised {type(failure).__name__}"
        raise Broken(f"{what} {how}")
    return True


async def cut_later(work: Work, after_s: float, what: str) -> None:
    """Cancel `work` after so long, unless it is done; raises Broken."""
    task = asyncio.ensure_future(work())
    await asyncio.wait({task}, timeout=after_s)
    task.cancel()
    done, _ = await asyncio.wait({task}, timeout=CANCELLED_S + GRACE_S)
    if not done:
        raise Broken(f"{what}, cancelled after {after_s:g} s, had not ended {CANCELLED_S:g} s later")
    failure = None if task.cancelled() else task.exception()
    if failure is not None and not isinstance(failure, DeviceError):
        raise Broken(f"{what}, cancelled after {after_s:g} s, raised {type(failure).__name__}")


def _awaits() -> Iterator[int]:
    yield from range(1, FIRST_AWAITS + 1)
    yield from range(FIRST_AWAITS + STEP, MOST_AWAITS, STEP)


async def _cancelled(bench: Bench, where: Path, seed: int) -> float:
    async with standing(bench, where) as (stand, exercise):
        async with working(stand, exercise) as first:
            await exercise.prepare(first.host)
            first.judge()
        stand.wire.faults.delay_s = SLOW_S
        await _starts(stand)
        for name, verb in exercise.verbs().items():
            async with working(stand, exercise) as found:
                await _verb(found, name, verb)
                found.judge()
        stand.wire.clear()
        async with working(stand, exercise) as fresh:
            took = await fresh.must_see("by a fresh driver")
            await fresh.must_answer("by a fresh driver")
            fresh.judge()
            return took


async def _starts(stand: Stand) -> None:
    for at in _awaits():
        if not await _start(stand, partial(cut, at=at, what="start")):
            break
    for after_s in LATER_S:
        await _start(stand, partial(cut_later, after_s=after_s, what="start"))


async def _start(stand: Stand, end: Callable[[Work], Coroutine[object, object, T]]) -> T:
    bus = stand.bus()
    try:
        if bus is not None:
            await bus.start()
        driver = stand.driver(bus)
        result = await end(driver.start)
        _none(await closing(driver))
        return result
    finally:
        if bus is not None:
            _none(await closing(bus))


def _none(broken: list[str]) -> None:
    if broken:
        raise Broken("; ".join(broken))


async def _verb(found: Course, name: str, verb: Verb) -> None:
    for at in _awaits():
        driver = await found.host.up(found.bounds.recover_s)
        reached = await cut(partial(_call, verb, driver), at, name)
        await found.must_answer(f"after {name} was cancelled at its await number {at}")
        if not reached:
            break
    for after_s in LATER_S:
        driver = await found.host.up(found.bounds.recover_s)
        await cut_later(partial(_call, verb, driver), after_s, name)
        await found.must_answer(f"after {name} was cancelled after {after_s:g} s")


async def _call(verb: Verb, driver: Driver) -> object:
    return await verb(driver)


CANCELLED = Trial("cancel", {"zh-CN": "取消", "en": "cancelled"}, _cancelled)
"""Seconds until a fresh driver on the same wire reported."""

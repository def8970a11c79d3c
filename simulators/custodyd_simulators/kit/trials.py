"""The trials: one device before one bad wire, unplugged, replaced by a stranger, cancelled; each ends in findings."""

import asyncio
import contextlib
import time
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec

from custodyd_drivers.contract import Answered, Proof, Report, SignalChanged
from custodyd_drivers.errors import DeviceError
from custodyd_simulators.kit.bench import Bench, Inapplicable, Stand
from custodyd_simulators.kit.exercises import EXERCISES, Exercise, Verb
from custodyd_simulators.kit.host import GRACE_S, Broken, Host, bounded, closing
from custodyd_simulators.kit.weather import Weather

RECOVERS_S = 12.0  # a hung driver is recycled within 10 s, and usable again 2 s later
NOTICED_S = 1.0  # unplugged
USABLE_S = 2.0  # plugged in again
ACT_S = 20.0  # no verb takes longer on a wire that talks
SILENCE_S = 3.0  # how long a wire stays mute or deaf
STRANGER_S = 3.0  # how long another device is tried on the port
CANCEL_AT_S = (0.0, 0.001, 0.004, 0.015, 0.06, 0.2)
CANCELLED_S = 1.0  # what was cancelled has ended by then


@dataclass(slots=True)
class Course:
    """A device at work in one trial."""

    stand: Stand
    host: Host
    exercise: Exercise

    @property
    def within_s(self) -> float:
        """Seconds to a report once a driver is up."""
        return self.exercise.reports_within_s

    async def must_see(self, seconds: float, when: str) -> float:
        """Seconds until it reported; raises Broken."""
        began = time.monotonic()
        if not await self.exercise.seen(self.host, seconds + GRACE_S):
            last = f"; the last error: {self.host.ended[-1][1]}" if self.host.ended else ""
            raise Broken(f"nothing was reported within {seconds:g} s {when}{last}")
        return time.monotonic() - began

    async def act(self) -> None:
        """One act on the live driver; what the driver says of a bad wire is its right."""
        driver = self.host.driver
        if driver is not None:
            with contextlib.suppress(DeviceError):
                await bounded(self.exercise.act(driver), ACT_S, "the act")


@asynccontextmanager
async def _course(bench: Bench, where: Path) -> AsyncGenerator[Course]:
    stand = bench.stand(where)
    host = Host(stand)
    running = asyncio.create_task(host.run())
    try:
        exercise = EXERCISES[bench.device.capability](stand.hand)
        await exercise.prepare(host)
        yield Course(stand, host, exercise)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await asyncio.to_thread(stand.wire.close)


Findings = list[str]
Trial = Callable[[Bench, Path], Coroutine[object, object, float]]
"""Seconds that the device needed to report again; raises Broken."""


def weather(kind: Weather) -> Trial:
    """Before a bad wire, and after it."""

    async def trial(bench: Bench, where: Path) -> float:
        async with _course(bench, where) as course:
            if kind.splits and not course.stand.wire.splits:
                raise Inapplicable("this wire carries whole events")
            await course.must_see(course.within_s, "on a whole wire")
            _turn(course.stand, kind)
            took = await _in(kind, course)
            with course.stand.wire.lock:
                course.stand.wire.faults.clear()
            after = await course.must_see(RECOVERS_S + course.within_s, "after the wire was whole again")
            await course.act()
            _judge(course, exact=kind.exact)
            return took if kind.works else after

    return trial


def _turn(stand: Stand, kind: Weather) -> None:
    with stand.wire.lock:
        for knob, value in kind.knobs.items():
            setattr(stand.wire.faults, knob, value)


async def _in(kind: Weather, course: Course) -> float:
    await course.act()
    if kind.works:
        return await course.must_see(RECOVERS_S + course.within_s, f"on a wire that is {kind.caption['en']}")
    await course.exercise.seen(course.host, SILENCE_S)
    return 0.0


def _judge(course: Course, *, exact: bool) -> None:
    found = [*course.host.broken, *course.exercise.wrong(course.host, exact=exact)]
    if found:
        raise Broken("; ".join(dict.fromkeys(found)))


async def unplugged(bench: Bench, where: Path) -> float:
    """Unplugged while it works, and plugged in again at the same place."""
    async with _course(bench, where) as course:
        await course.must_see(course.within_s, "on a whole wire")
        before = len(course.host.ended)
        course.stand.wire.unplug()
        if not await course.host.until(lambda: len(course.host.ended) > before, NOTICED_S + GRACE_S):
            raise Broken(f"that it was unplugged was not noticed within {NOTICED_S:g} s")
        course.stand.wire.plug()
        took = await _usable(course)
        await course.must_see(course.within_s, "after it was plugged in again")
        await course.act()
        _judge(course, exact=True)
        return took


async def _usable(course: Course) -> float:
    began = time.monotonic()
    await course.host.up(USABLE_S + course.within_s if course.within_s > USABLE_S else USABLE_S + GRACE_S)
    return time.monotonic() - began


def stranger(other: Bench) -> Trial:
    """Another device on the port: refused, or at least never heard as this one."""

    async def trial(bench: Bench, where: Path) -> float:
        async with _course(bench, where) as course:
            await course.must_see(course.within_s, "on a whole wire")
            gone = course.stand.replaced(other, where)
            try:
                await _only_strangers(course)
            finally:
                await asyncio.to_thread(gone)
            course.stand.wire.plug()
            took = await course.must_see(RECOVERS_S + course.within_s, "after the stranger was gone")
            _judge(course, exact=True)
            return took

    return trial


async def _only_strangers(course: Course) -> None:
    host = course.host
    await host.until(lambda: host.driver is None, NOTICED_S + GRACE_S)
    since = time.monotonic()
    await asyncio.sleep(STRANGER_S)
    identity = host.identity
    if host.driver is not None and identity is not None and identity.proof is not Proof.PATH:
        raise Broken(f"another device on the port was taken for it, proven by {identity.proof}")
    heard = [one for at, one in host.reports if at > since and not _is_harmless(one)]
    if heard:
        raise Broken(f"another device on the port was heard as it: {type(heard[0]).__name__}")


def _is_harmless(report: Report) -> bool:
    return isinstance(report, Answered | SignalChanged) or type(report).__name__ == "CodeUnreadable"


async def cancelled(bench: Bench, where: Path) -> float:
    """Cancelled at many an instant, in start and in each verb; the next driver finds a wire that it can use."""
    stand = bench.stand(where)
    try:
        exercise = EXERCISES[bench.device.capability](stand.hand)
        for after in CANCEL_AT_S:
            await _cancel_start(stand, after)
        for name, verb in exercise.verbs().items():
            for after in CANCEL_AT_S:
                await _cancel_verb(stand, name, verb, after)
    finally:
        await asyncio.to_thread(stand.wire.close)
    async with _course(bench, where / "after") as course:
        return await course.must_see(course.within_s, "on a whole wire")


async def _cancel_start(stand: Stand, after: float) -> None:
    bus = stand.bus()
    try:
        if bus is not None:
            await bus.start()
        driver = stand.driver(bus)
        await _cancel(driver.start(), after, "start")
        _raise(await closing(driver))
    finally:
        if bus is not None:
            _raise(await closing(bus))


async def _cancel_verb(stand: Stand, name: str, verb: Verb, after: float) -> None:
    host = Host(stand)
    running = asyncio.create_task(host.run())
    try:
        driver = await host.up(16)
        await _cancel(verb(driver), after, name)  # type: ignore[arg-type]  # every verb is a coroutine
        if not await host.until(lambda: host.driver is not None, RECOVERS_S):
            raise Broken(f"no driver came up after {name} was cancelled")
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    _raise(host.broken)


async def _cancel(work: Coroutine[object, object, object], after: float, what: str) -> None:
    task = asyncio.ensure_future(work)
    await asyncio.wait({task}, timeout=after)
    task.cancel()
    done, _ = await asyncio.wait({task}, timeout=CANCELLED_S + GRACE_S)
    if not done:
        raise Broken(f"{what}, cancelled after {after:g} s, had not ended {CANCELLED_S:g} s later")
    if (
        not task.cancelled()
        and isinstance(failure := task.exception(), Exception)
        and not isinstance(failure, DeviceError)
    ):
        raise Broken(f"{what}, cancelled after {after:g} s, raised {type(failure).__name__}")


def _raise(broken: Findings) -> None:
    if broken:
        raise Broken("; ".join(dict.fromkeys(broken)))


async def strict(bench: Bench, where: Path) -> float:
    """Its settings refuse a key that they do not know."""
    keys = {**msgspec.to_builtins(bench.device.settings), "no_such_key": 1}
    try:
        msgspec.convert(keys, bench.family.settings)
    except msgspec.ValidationError:
        return 0.0
    raise Broken("an unknown key is accepted")

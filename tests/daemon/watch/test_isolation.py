"""One bad driver costs itself: it hangs, raises, leaks or floods, and the others keep their time."""

import asyncio
import os
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Generator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import pytest
from tests.daemon.watch.support import House, Reader, bus, nothing, reader, watching

from custodyd.model.facts.devices import DeviceRecycled
from custodyd.watch import Target, Threads
from custodyd.watch.threads import busy
from custodyd_drivers.contract import Answered, CodeScanned, Driver, FingerUnknown, Identity, LockBank, Proof, Report
from custodyd_drivers.errors import LinkLost, NoReply
from custodyd_simulators.hands import Reader as Glass
from custodyd_simulators.wires import Wire

BOUND_S = 1.0  # from a finger on the glass to its report: five looks a second, and one lost to noise
TOUCHES = 5
pytestmark = pytest.mark.timeout(120)


class Custom(BaseException):
    """What only a careless library raises."""


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


@pytest.fixture
def neighbour(tmp_path: Path) -> Generator[Neighbour]:
    made = Neighbour(tmp_path / "good")
    yield made
    made.reader.wire.close()


async def keeps_its_time(neighbour: Neighbour, what: str) -> None:
    took = await neighbour.touches()
    print(f"{what}: finger to report p50 {statistics.median(took):.3f} s, longest {max(took):.3f} s")
    assert max(took) <= BOUND_S


async def test_a_neighbour_alone_keeps_its_time(neighbour: Neighbour) -> None:
    async with watching(neighbour.target) as house:
        await house.record.until("good", "device.identified", within=10)
        await keeps_its_time(neighbour, "alone")


# --- raising ----------------------------------------------------------------------------------------------------------

FAULTS: list[type[BaseException]] = [
    ValueError, KeyError, OSError, TimeoutError, RecursionError, MemoryError, StopAsyncIteration, StopIteration,
    asyncio.CancelledError, GeneratorExit, SystemExit, KeyboardInterrupt, Custom,
]  # fmt: skip


@dataclass
class Failing:
    """Makes drivers that raise `fault` in one verb, and counts them."""

    verb: str
    fault: type[BaseException]
    made: int = 0

    def make(self, _: object) -> Driver:
        self.made += 1
        if self.verb == "make":
            raise self.fault
        drivers = {
            "start": Bad(starting=self._fail), "reports": Bad(telling=self._tell), "report": Bad(telling=self._told),
            "close": Bad(telling=_ending, closing=self._fail),
        }  # fmt: skip
        return drivers[self.verb]

    async def _fail(self) -> None:
        raise self.fault

    def _tell(self) -> AsyncIterator[Report]:
        raise self.fault

    async def _told(self) -> AsyncIterator[Report]:
        yield Answered()
        raise self.fault


async def _ending() -> AsyncIterator[Report]:
    yield Answered()
    raise LinkLost("gone")


@pytest.mark.parametrize("verb", ["make", "start", "reports", "report", "close"])
async def test_whatever_a_driver_raises_wherever_it_ends_in_its_own_blindness(verb: str, neighbour: Neighbour) -> None:
    failing = {fault.__name__.lower(): Failing(verb, fault) for fault in FAULTS}
    targets = [
        Target(name, "CodeScanner", one.make, seen=nothing, report=nothing, blind=nothing)
        for name, one in failing.items()
    ]
    async with watching(*targets, neighbour.target) as house:
        await house.record.until("good", "device.identified", within=10)
        kept = house.supervisor.driver("good")
        for name in failing:
            async with asyncio.timeout(10):
                while failing[name].made < 3:  # noqa: ASYNC110 - nobody gives it up
                    await asyncio.sleep(0.05)
            assert "device.blind.began" in house.record.of(name)
        assert house.supervisor.driver("good") is kept
        assert house.supervisor.looked(house.clock.elapsed() - 3) == []


@pytest.mark.parametrize("fault", [ValueError, asyncio.CancelledError, SystemExit, Custom])
async def test_a_verb_that_raises_anything_costs_an_unknown_answer_and_a_new_driver(fault: type[BaseException]) -> None:
    async def fail() -> None:
        raise fault

    async with watching(bad(lambda: Bad(pulsing=fail), "LockBank")) as house:
        await house.record.until("bad", "device.identified", within=10)
        bank = house.supervisor.driver("bad")
        assert isinstance(bank, LockBank)
        assert bank.doors == 8
        with pytest.raises(NoReply):
            await bank.pulse(1)
        await house.record.until(
            "bad", "device.recycled", "device.blind.began", "device.blind.ended", "device.identified", within=10
        )
        assert house.supervisor.driver("bad") is not bank


async def test_a_verb_that_never_returns_is_unknown_in_time_and_costs_a_new_driver(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("custodyd.watch.guard.VERB_S", 0.2)
    made: list[Bad] = []

    def make() -> Driver:
        made.append(Bad(pulsing=asyncio.Event().wait))  # type: ignore[arg-type]  # its answer is never seen
        return made[-1]

    async with watching(bad(make, "LockBank")) as house:
        await house.record.until("bad", "device.identified", within=10)
        bank = house.supervisor.driver("bad")
        assert isinstance(bank, LockBank)
        with pytest.raises(NoReply):
            await bank.pulse(1)
        await house.record.until("bad", "device.blind.ended", "device.identified", within=10)
        assert len(made) == 2


# --- hanging ----------------------------------------------------------------------------------------------------------


class Stuck(Bad):
    """A blocking library that never returns, on a thread of the driver's own."""

    def __init__(self, until: threading.Event) -> None:
        thread = threading.Thread(target=until.wait, daemon=True)
        super().__init__(starting=self._wait, threads=[thread])

    async def _wait(self) -> None:
        self.threads[0].start()
        while self.threads[0].is_alive():  # noqa: ASYNC110 - a thread
            await asyncio.sleep(0.01)


async def test_a_hung_thread_is_left_three_times_then_the_device_stays_blind_and_says_so(
    neighbour: Neighbour, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("custodyd.watch.device.START_S", 0.5)
    end = threading.Event()
    made: list[Stuck] = []

    def make() -> Driver:
        made.append(Stuck(end))
        return made[-1]

    async with watching(bad(make), neighbour.target) as house:
        await house.record.until("good", "device.identified", within=10)
        await house.record.until("bad", "device.recycled", "device.blind.began", within=10)
        await keeps_its_time(neighbour, "beside a hung thread")
        await _left(house, 3, within=30)
        count = len(made)
        await keeps_its_time(neighbour, "beside three")
        assert len(made) == count == 3
        assert house.supervisor.looked(house.clock.elapsed() - 1) == []
        end.set()  # the threads end: it is tried again
        await house.record.until("bad", "device.blind.ended", "device.identified", within=20)


async def _left(house: House, count: int, within: float) -> None:
    """Until the record says that so many have not ended."""
    async with asyncio.timeout(within):
        while not _said(house, count):  # noqa: ASYNC110 - a list that only grows
            await asyncio.sleep(0.05)


def _said(house: House, count: int) -> bool:
    facts = [draft.fact for draft in house.record.drafts]
    return any(isinstance(fact, DeviceRecycled) and fact.abandoned == count for fact in facts)


async def test_stuck_calls_of_one_device_leave_every_other_its_threads(neighbour: Neighbour) -> None:
    asyncio.get_running_loop().set_default_executor(Threads())
    end = threading.Event()

    async def stick() -> None:
        await asyncio.gather(*(asyncio.to_thread(end.wait) for _ in range(100)))

    async with watching(bad(lambda: Bad(starting=stick)), neighbour.target) as house:
        await house.record.until("good", "device.identified", within=10)
        async with asyncio.timeout(5):
            while busy("bad") < 100:  # noqa: ASYNC110 - threads
                await asyncio.sleep(0.01)
            assert await asyncio.to_thread(threading.active_count) < 50
        await keeps_its_time(neighbour, "beside a hundred stuck calls")
    end.set()


# --- leaking ----------------------------------------------------------------------------------------------------------


async def test_a_driver_that_leaves_its_port_open_stays_blind_and_says_so(tmp_path: Path) -> None:
    port, held = tmp_path / "port", list[int]()
    port.touch()

    async def leak() -> None:
        held.append(os.open(port, os.O_RDONLY))
        raise LinkLost("nobody answers")

    async with watching(bad(lambda: Bad(starting=leak), path=str(port))) as house:
        await _left(house, 3, within=20)
        await asyncio.sleep(2)
        assert len(held) == 3
        for number in held:
            os.close(number)
        async with asyncio.timeout(30):
            while len(held) == 3:  # noqa: ASYNC110 - tried again, and leaking
                await asyncio.sleep(0.05)
    for number in held[3:]:
        os.close(number)


# --- flooding ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("report", [Answered(), CodeScanned("x")])
async def test_a_driver_that_floods_is_recycled_within_ten_seconds(neighbour: Neighbour, report: Report) -> None:
    async def flood() -> AsyncIterator[Report]:
        while True:
            yield report

    async with watching(bad(lambda: Bad(telling=flood)), neighbour.target) as house:
        await house.record.until("good", "device.identified", within=10)
        took = await house.record.until("bad", "device.recycled", "device.blind.began", within=10)
        print(f"a flood of {type(report).__name__} was ended after {took:.1f} s")
        await keeps_its_time(neighbour, f"beside a flood of {type(report).__name__}")


async def _noise(wire: Wire, stop: asyncio.Event) -> int:
    """10,000 bytes a second of what means nothing, until told to stop; how many."""
    began, sent = time.monotonic(), 0
    while not stop.is_set():
        due = int((time.monotonic() - began) * 10_000)
        wire.inject(os.urandom(due - sent))
        sent = due
        await asyncio.sleep(0.01)
    return sent


class Heard:
    """When each device said something last; one that cannot be heard any more is blind ten seconds later."""

    def __init__(self) -> None:
        self.last: dict[str, float] = {}

    async def report(self, device: str, _: Report) -> None:
        self.last[device] = time.monotonic()

    async def blind_in_time(self, house: House, device: str) -> None:
        await house.record.until(device, "device.blind.began", within=30)
        after = time.monotonic() - self.last[device]
        print(f"{device} is blind {after:.1f} s after it was last heard")
        assert after <= 10


async def test_ten_thousand_garbage_bytes_a_second_on_one_port_cost_the_others_nothing(
    tmp_path: Path, neighbour: Neighbour
) -> None:
    noisy, stop, heard = reader(tmp_path / "noisy"), asyncio.Event(), Heard()
    try:
        async with watching(noisy.target("noisy", report=heard.report), neighbour.target) as house:
            for name in ("good", "noisy"):
                await house.record.until(name, "device.identified", within=10)
            noise = asyncio.create_task(_noise(noisy.wire, stop))
            await keeps_its_time(neighbour, "beside a port full of noise")
            await heard.blind_in_time(house, "noisy")
            await keeps_its_time(neighbour, "beside a port full of noise, blind")
            stop.set()
            assert await noise > 10_000
            await house.record.until("noisy", "device.blind.ended", "device.identified", within=12)
    finally:
        noisy.wire.close()


async def test_ten_thousand_garbage_bytes_a_second_on_a_shared_wire_blind_its_banks_alone(
    tmp_path: Path, neighbour: Neighbour
) -> None:
    wired, stop, heard = bus(tmp_path / "locks"), asyncio.Event(), Heard()
    try:
        banks = [wired.target(name, unit, report=heard.report) for unit, name in ((1, "one"), (2, "two"))]
        async with watching(*banks, neighbour.target, buses=wired.buses()) as house:
            for name in ("good", "one", "two"):
                await house.record.until(name, "device.identified", within=10)
            noise = asyncio.create_task(_noise(wired.wire, stop))
            for name in ("one", "two"):
                await heard.blind_in_time(house, name)
            await keeps_its_time(neighbour, "beside a shared wire full of noise")
            stop.set()
            await noise
            for name in ("one", "two"):
                await house.record.until(name, "device.blind.ended", "device.identified", within=12)
    finally:
        wired.wire.close()


STUCK = """
import asyncio, threading
from custodyd.cli.service import _leave
from custodyd.watch import Threads
from custodyd.watch.threads import DEVICE

async def main():
    asyncio.get_running_loop().set_default_executor(Threads())
    DEVICE.set("bad")
    stuck = asyncio.create_task(asyncio.to_thread(threading.Event().wait))
    await asyncio.sleep(0.1)
    stuck.cancel()
    threading.Thread(target=threading.Event().wait).start()
    return 7

_leave(asyncio.run(main()))
"""


def test_the_daemon_ends_past_threads_that_do_not() -> None:
    assert subprocess.run((sys.executable, "-c", STUCK), timeout=20).returncode == 7

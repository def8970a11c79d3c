"""One bad driver costs itself: it hangs or raises, wherever it likes, and the others keep their time."""

import asyncio
import subprocess
import sys
import threading
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
from tests.daemon.watch.bad import Bad, Neighbour, bad, keeps_its_time, left
from tests.daemon.watch.support import nothing, watching

from custodyd.watch import Target, Threads
from custodyd.watch.threads import busy
from custodyd_drivers.contract import Answered, Driver, LockBank, Report
from custodyd_drivers.errors import LinkLost, NoReply

pytestmark = pytest.mark.timeout(120)


class Custom(BaseException):
    """What only a careless library raises."""


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
        await left(house, 3, within=30)
        count = len(made)
        await keeps_its_time(neighbour, "beside three")
        assert len(made) == count == 3
        assert house.supervisor.looked(house.clock.elapsed() - 1) == []
        end.set()  # the threads end: it is tried again
        await house.record.until("bad", "device.blind.ended", "device.identified", within=20)


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

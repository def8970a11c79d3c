"""How near the bus comes to what its wire allows: 32 boards, 16 coils and 16 inputs each, against theory; dead boards.

The limit is arithmetic: both frames of an exchange and a gap of 3.5 characters after each, no delay in the board. The
line is simulated in a process of its own, paced against absolute deadlines; what it adds itself is printed beside.
"""

import asyncio
import multiprocessing
import os
import statistics
import sys
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Literal

from bench.figure import told
from custodyd_drivers.errors import NoReply
from custodyd_drivers.link.modbus import BusSettings, Handed, Request, open_bus, read_coils, read_inputs, write_coil
from custodyd_drivers.link.modbus.bus import ModbusBus
from custodyd_drivers.modbus_relay.boards import BOARDS
from custodyd_simulators.bank import Bank
from custodyd_simulators.modbus_relay.board import Relays
from custodyd_simulators.modbus_relay.bus import SimulatedBus
from custodyd_simulators.modbus_relay.paced import PacedLine

Baudrate = Literal[9600, 19200, 115200]
BOARDS_ON_WIRE = 32
REQUEST, ANSWER = 8, 7
GOAL = 1.05
_NEVER_IDLE_S = 0.001  # less than any exchange takes
_LOOK_S = 0.02
BOTH = (read_coils(0, 16), read_inputs(0, 16))
BAUDRATES: tuple[Baudrate, ...] = (9600, 19200, 115200)


@dataclass(frozen=True, slots=True)
class Sweep:
    """One cycle over all boards, in seconds: theory, median and worst measured, and what the twin added of it."""

    baudrate: int
    theory_s: float
    cycle_s: float
    worst_s: float
    twin_s: float

    @property
    def ratio(self) -> float:
        return self.cycle_s / self.theory_s


@dataclass(frozen=True, slots=True)
class Dead:
    """One silent board of 32: what it adds to a cycle on average, in seconds, beside the time-out."""

    baudrate: int
    living_s: float
    with_dead_s: float
    timeout_s: float
    asked: int
    cycles: int

    @property
    def cost_s(self) -> float:
        return self.with_dead_s - self.living_s


def exchange_s(settings: BusSettings) -> float:
    """What one exchange takes on the wire."""
    return (REQUEST + ANSWER) * settings.character_s + 2 * settings.gap_s


def _twin(settings: BusSettings, pipe: Connection) -> None:
    sim = SimulatedBus()
    for unit in range(1, BOARDS_ON_WIRE + 1):
        sim.add(Relays(BOARDS["waveshare-16"], unit, Bank(16)))
    line = PacedLine(sim, settings)
    master, path = line.open()
    pipe.send(path)
    line.serve(master, pipe.fileno())
    pipe.send(line.spoken)


@asynccontextmanager
async def paced(baudrate: Baudrate, spoken: list[float]) -> AsyncIterator[ModbusBus]:
    """A bus before a paced twin; afterwards `spoken` holds when each answer was complete."""
    here, there = multiprocessing.Pipe()
    context = multiprocessing.get_context("spawn")
    twin = context.Process(target=_twin, args=(BusSettings(port="twin", baudrate=baudrate), there))
    twin.start()
    bus = open_bus(BusSettings(port=await asyncio.to_thread(here.recv), baudrate=baudrate))
    try:
        await bus.start()
        yield bus
    finally:
        await bus.close()
        here.send("stop")
        spoken += await asyncio.to_thread(here.recv)
        twin.join(5)


async def _poll_dead(bus: ModbusBus, unit: int, cycle_s: float, asked: list[Handed]) -> None:
    while True:
        try:
            await bus.ask(unit, read_inputs(0, 16), note=asked.append)
        except NoReply:
            await asyncio.sleep(cycle_s)


async def _cycles(bus: ModbusBus, units: Iterable[int], cycles: int, blocks: Sequence[Request] = BOTH) -> list[float]:
    """When each request of a full sweep was handed over, in order."""
    handed: list[float] = []
    polled = [
        bus.polled(unit, request, _NEVER_IDLE_S, lambda one: handed.append(one.at))
        for unit in units
        for request in blocks
    ]
    while len(handed) < cycles * len(polled):  # noqa: ASYNC110 - the thread tells nobody
        await asyncio.sleep(_LOOK_S)
    for one in polled:
        one.close()
    await asyncio.sleep(_LOOK_S)
    return handed


def _lengths(handed: list[float], per_cycle: int) -> list[float]:
    return [later - before for before, later in zip(handed[::per_cycle], handed[per_cycle::per_cycle], strict=False)]


async def sweep(baudrate: Baudrate, cycles: int = 5) -> Sweep:
    """Poll all boards `cycles` times with the queue never empty."""
    spoken: list[float] = []
    async with paced(baudrate, spoken) as bus:
        handed = await _cycles(bus, range(1, BOARDS_ON_WIRE + 1), cycles)
        settings = bus.settings
    per_cycle = 2 * BOARDS_ON_WIRE
    lengths = _lengths(handed, per_cycle)
    due = (REQUEST + ANSWER) * settings.character_s + settings.gap_s
    late = statistics.fmean(done - at - due for at, done in zip(handed, spoken, strict=True))
    theory = per_cycle * exchange_s(settings)
    return Sweep(baudrate, theory, statistics.median(lengths), max(lengths), per_cycle * late)


async def dead(baudrate: Baudrate, cycles: int = 40) -> Dead:
    """The same sweep with one unit that never answers, as often as its driver would be started again."""
    spoken: list[float] = []
    async with paced(baudrate, spoken) as bus:
        units = range(1, BOARDS_ON_WIRE)
        inputs = BOTH[1:]  # a driver polls its contacts only
        living = statistics.fmean(_lengths(await _cycles(bus, units, 5, inputs), len(units)))
        asked: list[Handed] = []
        poller = asyncio.create_task(_poll_dead(bus, 200, living / 4, asked))
        handed = await _cycles(bus, units, cycles, inputs)
        poller.cancel()
        await asyncio.gather(poller, return_exceptions=True)
        timeout_s = bus.settings.timeout_s
    return Dead(baudrate, living, statistics.fmean(_lengths(handed, len(units))), timeout_s, len(asked), cycles)


async def command_wait(baudrate: Baudrate, commands: int = 30) -> tuple[float, float]:
    """How long an unlock waits for the poll under way while the queue is full: median and worst, in seconds."""
    waited: list[float] = []
    async with paced(baudrate, []) as bus:
        await bus.ask(1, read_inputs(0, 16))  # a line that was just opened is mistrusted for a time-out
        polls = asyncio.create_task(_cycles(bus, range(1, BOARDS_ON_WIRE + 1), 1000))
        for _ in range(commands):
            await asyncio.sleep(0.05)
            await bus.ask(1, write_coil(0, True), urgent=True, note=lambda one: waited.append(one.waited_s))
        polls.cancel()
        await asyncio.gather(polls, return_exceptions=True)
    return statistics.median(waited), max(waited)


def rows() -> Iterable[str]:
    """The figures as Markdown table rows, one wire after the other."""
    head = f"| baud | theory ms | cycle ms | ratio | goal ≤ {GOAL} |"
    yield f"{head} worst ms | twin's own ms | unlock waits ms (p50 / worst) |"
    yield "|---|---|---|---|---|---|---|---|"
    for baudrate in BAUDRATES:
        one = asyncio.run(sweep(baudrate))
        median, worst = asyncio.run(command_wait(baudrate))
        yield (
            f"| {baudrate} | {one.theory_s * 1e3:.0f} | {one.cycle_s * 1e3:.1f} | {one.ratio:.3f} "
            f"| {told(one.ratio <= GOAL)} | {one.worst_s * 1e3:.1f} "
            f"| {one.twin_s * 1e3:.1f} | {median * 1e3:.1f} / {worst * 1e3:.1f} |"
        )
    yield ""
    yield "| baud | one of 32 dead: added to a cycle, ms | time-out ms | goal: less | asked in cycles |"
    yield "|---|---|---|---|---|"
    for baudrate in BAUDRATES[1:]:
        lost = asyncio.run(dead(baudrate))
        yield (
            f"| {baudrate} | {lost.cost_s * 1e3:.0f} | {lost.timeout_s * 1e3:.0f} "
            f"| {told(lost.cost_s < lost.timeout_s)} | {lost.asked} in {lost.cycles} |"
        )


def main() -> int:
    """Print the tables beside the goal."""
    print(f"goal: a cycle of at most {GOAL} x theory; {os.cpu_count()} processors")
    for row in rows():
        print(row, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())

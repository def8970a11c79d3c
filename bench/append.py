"""How fast entries become durable, beside the flushes of the same disk in the same second.

`python -m bench.append` measures the disk as it is; under `slow_flush` a slower one.
"""

import asyncio
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from bench.figure import Figure, dumped, percentile, ratio
from bench.record import draft, flushes, record
from custodyd.ledger import Ledger

ROUNDS = 7
WINDOW_S = 0.4
PER_SECOND = 200
LONE_GOAL = 0.5


async def append_rate(ledger: Ledger, producers: int, seconds: float) -> float:
    """Durable entries a second with so many producers that each wait for their own."""
    end = time.perf_counter() + seconds

    async def produce(number: int) -> int:
        count = 0
        while time.perf_counter() < end:
            await ledger.append(draft(number))
            count += 1
        return count

    begun = time.perf_counter()
    counts = await asyncio.gather(*(produce(number) for number in range(producers)))
    return sum(counts) / (time.perf_counter() - begun)


async def arrivals(ledger: Ledger, seconds: float) -> list[float]:
    """Milliseconds from a draft's arrival to its durability at an even rate."""
    waits: list[float] = []

    async def one(number: int) -> None:
        begun = time.perf_counter()
        await ledger.append(draft(number))
        waits.append((time.perf_counter() - begun) * 1000)

    begun = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for number in range(int(PER_SECOND * seconds)):
            await asyncio.sleep(max(0.0, begun + number / PER_SECOND - time.perf_counter()))
            group.create_task(one(number))
    return waits


async def measured(directory: Path, many_goal: float, disk: str) -> list[Figure]:
    """All figures in a fresh record; raw flushes are measured before and after each."""
    rates: dict[int, list[float]] = {1: [], 32: [], 1024: []}
    limits: dict[int, list[float]] = {1: [], 32: [], 1024: []}
    async with record(directory / "record") as ledger:
        await append_rate(ledger, 32, 3 * WINDOW_S)  # the log has then been folded back once
        for _ in range(ROUNDS):
            before = flushes(directory, WINDOW_S / 2)
            for producers, found in rates.items():
                found.append(await append_rate(ledger, producers, WINDOW_S))
                after = flushes(directory, WINDOW_S / 2)
                limits[producers].append((before + after) / 2)
                before = after
        waits = await arrivals(ledger, 4.0)
    over = statistics.median(flushes(directory, WINDOW_S / 2, in_place=True) for _ in range(3))
    goals = {1: LONE_GOAL, 32: many_goal, 1024: 0.0}
    figures = [_rate(producers, rates[producers], limits[producers], goals[producers], disk) for producers in rates]
    flush_ms = 1000 / statistics.median(limits[1])
    return [
        *figures,
        Figure(f"raw flushes written in place{disk}", over, "/s", 1000 / flush_ms, "raw flushes, appended"),
        Figure(f"arrival to durable at {PER_SECOND}/s, median{disk}", percentile(waits, 50), "ms", flush_ms, "a flush"),
        Figure(f"arrival to durable at {PER_SECOND}/s, p99{disk}", percentile(waits, 99), "ms", flush_ms, "a flush"),
    ]


def _rate(producers: int, rates: list[float], limits: list[float], goal: float, disk: str) -> Figure:
    found = ratio(rates, limits)
    what = f"durable entries, {producers:,} producer{'s' if producers > 1 else ''}{disk}"
    told = (f"≥ {goal:g} ×", found >= goal) if goal else ("", None)
    middle: Callable[[list[float]], float] = statistics.median
    return Figure(what, middle(rates), "/s", middle(limits), "raw flushes, appended", found, *told)


def main(many_goal: float = 5, disk: str = "") -> int:
    """Measure on the disk of TMPDIR and print the figures for the page."""
    with tempfile.TemporaryDirectory() as directory:
        print(dumped(asyncio.run(measured(Path(directory), many_goal, disk))))
    return 0


if __name__ == "__main__":
    sys.exit(main(float(sys.argv[1]), sys.argv[2]) if len(sys.argv) > 1 else main())

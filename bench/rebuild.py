"""How fast projections are made anew, a record is opened, a tree grows, beside a goal or bare hashing."""

import asyncio
import hashlib
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from bench.figure import Figure, ratio, table
from bench.record import draft, record
from custodyd.ledger import Ledger
from custodyd.ledger.edge import Edge
from custodyd.ledger.suite import leaf_hash

GOAL = 50_000
ROUNDS = 3


async def _fill(ledger: Ledger, count: int) -> None:
    for start in range(0, count, 500):
        await ledger.append(*(draft(number) for number in range(start, start + 500)))


async def measured(directory: Path, count: int) -> list[Figure]:
    """All figures over a record of `count` entries."""
    rebuilt: list[float] = []
    async with record(directory) as ledger:
        await _fill(ledger, count)
        size = ledger.health.size
        for _ in range(ROUNDS):
            begun = time.perf_counter()
            digests = await ledger.rebuild()
            rebuilt.append(size / (time.perf_counter() - begun))
            assert all(kept == fresh for kept, fresh in digests.values()), "rebuilt rows differ"
        stored = list(ledger.raw("1", 0, size))
    opened: list[float] = []
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        async with record(directory):
            opened.append((time.perf_counter() - begun) * 1000)
    rate = statistics.median(rebuilt)
    return [
        Figure(f"projections rebuilt from {size:,} entries", rate, "/s", GOAL, "goal", None, "≥ 1 ×", rate >= GOAL),
        Figure(f"opening and checking a record of {size:,}", statistics.median(opened), "ms"),
        _growing(stored),
    ]


def _growing(stored: list[bytes]) -> Figure:
    bare: list[float] = []
    grown: list[float] = []
    for _ in range(ROUNDS):
        bare.append(_rate(len(stored), lambda: [hashlib.sha256(data).digest() for data in stored]))
        grown.append(_rate(len(stored), lambda: _grow(stored)))
    found = ratio(grown, bare)
    middle = statistics.median(grown), "/s", statistics.median(bare), "bare hashing"
    return Figure("the tree grown entry by entry", *middle, found)


def _rate(count: int, work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return count / (time.perf_counter() - begun)


def _grow(stored: list[bytes]) -> bytes:
    edge = Edge()
    for data in stored:
        edge, _ = edge.grown(leaf_hash(data))
    return edge.root()


def figures(count: int = 200_000) -> list[Figure]:
    """Measured in a temporary directory on the disk of TMPDIR."""
    with tempfile.TemporaryDirectory() as directory:
        return asyncio.run(measured(Path(directory), count))


def main() -> int:
    """Print the table."""
    print(table(figures()))
    return 0


if __name__ == "__main__":
    sys.exit(main())

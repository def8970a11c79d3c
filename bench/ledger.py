"""How fast the record takes, folds and opens entries, each beside the limit of the same disk or processor."""

import asyncio
import hashlib
import os
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from custodyd.clock import SystemClock
from custodyd.ledger import Ledger, Origin
from custodyd.ledger.edge import Edge
from custodyd.ledger.keys import PersonKeys, StationKeys
from custodyd.ledger.seals import Seals
from custodyd.ledger.suite import leaf_hash
from custodyd.model.entry import Draft, Entry
from custodyd.model.facts.devices import BlindBegan
from custodyd.model.projection import Projection, Rows, Table

KEYS = StationKeys(bytes(32), bytes(32))


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the results: a figure, its unit, and the limit it stands beside (None = none in this run)."""

    what: str
    value: float
    unit: str
    limit: float | None = None
    limit_is: str = ""

    def __str__(self) -> str:
        beside = f"   ({self.limit_is}: {self.limit:,.1f}, ratio {self.value / self.limit:.2f})" if self.limit else ""
        return f"{self.what:<52}{self.value:>14,.1f} {self.unit}{beside}"


def _stands(rows: Rows, entry: Entry) -> None:
    rows.put("stands", {"device": entry.device, "reason": entry.data["reason"], "at": entry.recorded})


STANDS = Projection(
    "stands",
    1,
    (Table("stands", {"device": "text", "reason": "text", "at": "int"}, ("device",)),),
    {BlindBegan.kind: _stands},
)


def _draft(number: int) -> Draft:
    return Draft(
        fact=BlindBegan(reason="silence"), happened=0, device=f"d{number % 200}", place=f"cabinet.{number % 7}"
    )


@asynccontextmanager
async def _record(directory: Path) -> AsyncIterator[Ledger]:
    seals = Seals(PersonKeys(directory / "keys", KEYS.wrap).key)
    ledger = await Ledger.open(directory, Origin("bench", "bench", True), KEYS, seals, SystemClock(), (STANDS,))
    try:
        yield ledger
    finally:
        await ledger.close()


def flush_rate(directory: Path, seconds: float) -> float:
    """Flushes a second of one small write each: what the disk allows a lone writer."""
    count, end = 0, time.perf_counter() + seconds
    with (directory / "flush").open("wb", buffering=0) as file:
        while time.perf_counter() < end:
            file.write(b"x" * 4096)
            os.fdatasync(file.fileno())
            count += 1
    return count / seconds


async def append_rate(ledger: Ledger, producers: int, seconds: float) -> float:
    """Durable entries a second with so many producers that each wait for their own."""
    end = time.perf_counter() + seconds

    async def produce(number: int) -> int:
        count = 0
        while time.perf_counter() < end:
            await ledger.append(_draft(number))
            count += 1
        return count

    begun = time.perf_counter()
    counts = await asyncio.gather(*(produce(number) for number in range(producers)))
    return sum(counts) / (time.perf_counter() - begun)


async def arrival_to_durable(ledger: Ledger, per_second: int, seconds: float) -> list[float]:
    """Milliseconds from a draft's arrival to its entry's durability, sorted, at an even rate."""
    waits: list[float] = []

    async def one(number: int) -> None:
        begun = time.perf_counter()
        await ledger.append(_draft(number))
        waits.append((time.perf_counter() - begun) * 1000)

    begun = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for number in range(int(per_second * seconds)):
            await asyncio.sleep(max(0.0, begun + number / per_second - time.perf_counter()))
            group.create_task(one(number))
    return sorted(waits)


async def fill(ledger: Ledger, count: int) -> None:
    """Append `count` entries, 500 a call."""
    for start in range(0, count, 500):
        await ledger.append(*(_draft(number) for number in range(start, start + 500)))


async def measured(directory: Path, entries: int, seconds: float) -> list[Row]:
    """All rows, in a fresh record below `directory`."""
    flushes = flush_rate(directory, seconds)
    async with _record(directory / "record") as ledger:
        lone = await append_rate(ledger, 1, seconds)
        many = await append_rate(ledger, 32, seconds)
        crowd = await append_rate(ledger, 1024, seconds)
        waits = await arrival_to_durable(ledger, 200, 4 * seconds)
        await fill(ledger, entries)
        size = ledger.health.size
        begun = time.perf_counter()
        await ledger.rebuild()
        rebuilt = size / (time.perf_counter() - begun)
        stored = list(ledger.raw("1", 0, size))
    begun = time.perf_counter()
    async with _record(directory / "record"):
        opened = time.perf_counter() - begun
    return [
        Row("one producer", lone, "entries/s", flushes, "raw fdatasync/s"),
        Row("32 producers", many, "entries/s", flushes, "raw fdatasync/s"),
        Row("1,024 producers", crowd, "entries/s", flushes, "raw fdatasync/s"),
        Row("arrival to durable at 200/s, median", waits[len(waits) // 2], "ms", 1000 / flushes, "one flush, ms"),
        Row(
            "arrival to durable at 200/s, 99 of 100",
            waits[len(waits) * 99 // 100],
            "ms",
            1000 / flushes,
            "one flush, ms",
        ),
        Row(f"rebuilding projections of {size:,}", rebuilt, "entries/s", 50_000, "goal"),
        Row(f"opening and checking {size:,}", opened * 1000, "ms"),
        *_hashing(stored),
    ]


def _hashing(stored: list[bytes]) -> list[Row]:
    bare = _rate(len(stored), lambda: [hashlib.sha256(data).digest() for data in stored])
    grown = _rate(len(stored), lambda: _grow(stored))
    return [
        Row("growing the tree, entry by entry", grown, "entries/s", bare, "bare hashing"),
    ]


def _rate(count: int, work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return count / (time.perf_counter() - begun)


def _grow(stored: list[bytes]) -> bytes:
    edge = Edge()
    for data in stored:
        edge, _ = edge.grown(leaf_hash(data))
    return edge.root()


def main(entries: int = 200_000, seconds: float = 3.0) -> list[Row]:
    """The rows, measured in a temporary directory on the disk of TMPDIR."""
    with tempfile.TemporaryDirectory() as directory:
        return asyncio.run(measured(Path(directory), entries, seconds))


if __name__ == "__main__":
    for row in main():
        print(row)

"""Many running clocks: how soon rounds begin, what they cost, how long the loop waits, beside APScheduler's jobs."""

import asyncio
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Self

from bench.figure import Figure, table
from bench.many import AT_ONCE, BEGAN, DAY_US, clocked, fill, rounds
from custodyd.ledger import Ledger

CLOCKS, LEVELS = 100_000, 5
JOBS = 2_000  # of the peer: adding a job for each of our levels would take ten minutes
OUTAGE_US = 30 * DAY_US
TICKS = 2_000
RESTART_S, MEMORY_MB, TICK_US, AT_ONCE_S, STALL_MS, OUTAGE_S = 1.0, 60.0, 50.0, 1.0, 50.0, 5.0
PART_S = 600.0
Found = dict[str, float]


def resident_mb() -> float:
    """Memory of this process."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return float(next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS"))) / 1000


class Beat:
    """Looks at the loop each millisecond; `longest` = the longest it had to wait for its turn, in ms."""

    def __init__(self) -> None:
        self.longest = 0.0

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._run())
        await asyncio.sleep(0)
        return self

    async def __aexit__(self, *_: object) -> None:
        await asyncio.sleep(0.01)  # it has seen what was longest
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        while True:
            begun = time.perf_counter()
            await asyncio.sleep(0.001)
            self.longest = max(self.longest, (time.perf_counter() - begun) * 1000 - 1)


# --- in a process of its own ---------------------------------------------------------------------------------------


async def restarted(directory: Path) -> Found:
    """Open the record and hold the first round with nothing due; then what such a round costs."""
    async with clocked(directory) as ledger:
        held = rounds(ledger)
        await held.hold(ledger, BEGAN)
        held.next_due()
        first, memory = time.time(), resident_mb()
        begun = time.perf_counter()
        for _ in range(TICKS):
            await held.hold(ledger, BEGAN)
        tick = (time.perf_counter() - begun) / TICKS * 1e6
    return {"first": first, "memory": memory, "tick": tick}


async def due_by(directory: Path, now: int) -> Found:
    """Hold one round at `now`, while the loop is watched; every entry is on disk at its end."""
    async with clocked(directory) as ledger:
        before = ledger.health.size
        begun = time.perf_counter()
        async with Beat() as beat:
            steps = await rounds(ledger).hold(ledger, now)
            seconds = time.perf_counter() - begun
        entries = ledger.health.size - before
        assert await rounds(ledger).hold(ledger, now) == 0
    return {"steps": steps, "seconds": seconds, "stall": beat.longest, "entries": entries}


async def first_due(ledger: Ledger, count: int) -> int:
    """The moment by which `count` steps are due."""
    rows = ledger.view.select("due_step", state="pending", order=("fire_at",), limit=count)
    return int(rows[-1]["fire_at"] or 0)


async def _part(what: str, directory: Path, now: int) -> Found:
    return await (restarted(directory) if what == "restarted" else due_by(directory, now))


# --- from outside --------------------------------------------------------------------------------------------------


def child(module: str, *words: str) -> Found:
    """What a part found in a process of its own; `ran` = when it was started."""
    ran = time.time()
    done = subprocess.run(
        [sys.executable, "-m", module, *words], stdout=subprocess.PIPE, text=True, timeout=PART_S, check=True
    )
    return {"ran": ran, **json.loads(done.stdout)}


def copied(source: Path, what: str, now: int = BEGAN) -> Found:
    """A part on a copy of the record, which it may change."""
    with tempfile.TemporaryDirectory() as directory:
        copy = Path(directory) / "record"
        shutil.copytree(source, copy)
        return child("bench.clocks", what, str(copy), str(now))


async def _made(directory: Path, clocks: int) -> int:
    async with clocked(directory) as ledger:
        await fill(ledger, clocks)
        return await first_due(ledger, min(AT_ONCE, clocks)) if clocks else BEGAN


def figures() -> Iterator[Figure]:
    """Ours, then the peer's, then both beside each other."""
    with tempfile.TemporaryDirectory() as directory:
        idle, full = Path(directory) / "idle", Path(directory) / "full"
        asyncio.run(_made(idle, 0))
        at_once = asyncio.run(_made(full, CLOCKS))
        empty = [copied(idle, "restarted") for _ in range(3)]
        many = [copied(full, "restarted") for _ in range(3)]
        thousand = [copied(full, "due", at_once) for _ in range(3)]
        outage = copied(full, "due", BEGAN + OUTAGE_US)
    yield from _resting(empty, many)
    yield from _busy(thousand, outage)
    yield from _beside(many, thousand)


def _middle(found: list[Found], key: str) -> float:
    return statistics.median(one[key] for one in found)


def _resting(empty: list[Found], many: list[Found]) -> Iterator[Figure]:
    restart = statistics.median(one["first"] - one["ran"] for one in many)
    bare = statistics.median(one["first"] - one["ran"] for one in empty)
    memory = _middle(many, "memory") - _middle(empty, "memory")
    tick = _middle(many, "tick")
    what = f"{CLOCKS:,} clocks of {LEVELS} levels"
    yield _held(f"exec to the end of the first round, {what}", restart, "s", bare, "no clock", RESTART_S)
    yield _held("memory above that of a record without a clock", memory, "MB", MEMORY_MB, "goal", MEMORY_MB)
    yield _held("a round with nothing due", tick, "µs", _middle(empty, "tick"), "no clock", TICK_US)


def _held(what: str, value: float, unit: str, beside: float, beside_is: str, goal: float) -> Figure:
    return Figure(what, value, unit, beside, beside_is, None, f"≤ {goal:g} {unit}", value <= goal)


def _busy(thousand: list[Found], outage: Found) -> Iterator[Figure]:
    seconds, stall = _middle(thousand, "seconds"), max(one["stall"] for one in thousand)
    entries = thousand[0]["entries"]
    what = f"{AT_ONCE:,} levels due at once, {entries:,.0f} entries on disk"
    yield _held(what, seconds, "s", AT_ONCE_S, "goal", AT_ONCE_S)
    yield _held("… the longest that the loop waited meanwhile", stall, "ms", STALL_MS, "goal", STALL_MS)
    what = f"30 days of outage: {outage['steps']:,.0f} levels, {outage['entries']:,.0f} entries on disk"
    yield _held(what, outage["seconds"], "s", OUTAGE_S, "goal", OUTAGE_S)
    yield Figure("… entries a second", outage["entries"] / outage["seconds"], "/s")
    yield _held("… the longest that the loop waited meanwhile", outage["stall"], "ms", STALL_MS, "goal", STALL_MS)


def _beside(many: list[Found], thousand: list[Found]) -> Iterator[Figure]:
    with tempfile.TemporaryDirectory() as directory:
        peer = child("bench.job_store", str(Path(directory) / "jobs.db"), str(JOBS))
    ours = _middle(thousand, "seconds") / AT_ONCE * 1e6
    stored = f"APScheduler, {JOBS:,} stored jobs"
    yield Figure("a level due: from due to done, each", ours, "µs", peer["due"] * 1e6, stored)
    yield Figure(
        "… the longest that the loop waited", max(one["stall"] for one in thousand), "ms", peer["stall"], stored
    )
    yield Figure("a round with nothing due", _middle(many, "tick"), "µs", peer["tick"] * 1e6, stored)
    yield Figure("a level stored, each", peer["ours_added"] * 1e6, "µs", peer["added"] * 1e6, stored)


def main() -> int:
    """Print the table, or in a child what was found."""
    if len(sys.argv) > 1:
        what, directory, now = sys.argv[1:]
        print(json.dumps(asyncio.run(_part(what, Path(directory), int(now)))))
        return 0
    print(table(figures()))
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""The peer of our due steps: APScheduler with one stored job per level, each leaving a row that is on disk."""

import asyncio
import json
import logging
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bench.clocks import Beat, Found
from bench.many import clocked, fill, rounds, start

TICKS = 200


class Rows:
    """Where jobs leave their rows; `all_there` is called once `jobs` of them stand."""

    def __init__(self, place: Path, jobs: int, all_there: Callable[[], object]) -> None:
        self._connection = sqlite3.connect(f"{place}.fired", isolation_level=None, check_same_thread=False)
        for line in ("PRAGMA journal_mode=WAL", "PRAGMA synchronous=FULL", "CREATE TABLE fired (job INTEGER)"):
            self._connection.execute(line)
        self._left, self._all_there = jobs, all_there

    def add(self, number: int) -> None:
        """One durable row, as a careful user of the library would write it."""
        self._connection.execute("INSERT INTO fired VALUES (?)", (number,))
        self._left -= 1
        if not self._left:
            self._all_there()


_rows: dict[str, Rows] = {}


def fire(place: str, number: int) -> None:
    """What a job does: a stored job is a function's name and what can be pickled."""
    _rows[place].add(number)


def scheduler(place: Path) -> Any:
    """As the library's guide makes one that survives a restart; no job is dropped for being late."""
    defaults = {"misfire_grace_time": None, "coalesce": True}
    executors = {"default": ThreadPoolExecutor(1)}  # SQLite takes one writer
    made = AsyncIOScheduler(timezone=UTC, job_defaults=defaults, executors=executors)
    made.add_jobstore(SQLAlchemyJobStore(url=f"sqlite:///{place}"))
    return made


def store(made: Any, place: Path, jobs: int, first: datetime) -> float:
    """Add jobs a second apart; seconds for each."""
    begun = time.perf_counter()
    for number in range(jobs):
        made.add_job(fire, "date", [str(place), number], run_date=first + timedelta(seconds=number), id=str(number))
    return (time.perf_counter() - begun) / jobs


async def measured(place: Path, jobs: int) -> Found:
    """Jobs of tomorrow: what they cost to add and to look at; then as many that were due yesterday, all at once."""
    now = datetime.now(UTC)
    later = scheduler(place.with_name("later.db"))
    later.start(paused=True)
    added = store(later, place, jobs, now + timedelta(days=1))
    tick = ticked(later)
    later.shutdown()
    overdue = scheduler(place)
    overdue.start(paused=True)
    store(overdue, place, jobs, now - timedelta(days=1))
    loop, done = asyncio.get_running_loop(), asyncio.Event()
    _rows[str(place)] = Rows(place, jobs, partial(loop.call_soon_threadsafe, done.set))
    begun = time.perf_counter()
    async with Beat() as beat:
        overdue.resume()
        await done.wait()
        due = (time.perf_counter() - begun) / jobs
    overdue.shutdown()
    return {"added": added, "tick": tick, "due": due, "stall": beat.longest, "ours_added": await ours_added(jobs // 5)}


def ticked(made: Any) -> float:
    """Seconds that one look at the store takes with nothing due."""
    made.resume()
    begun = time.perf_counter()
    for _ in range(TICKS):
        made._process_jobs()  # noqa: SLF001 - what its timer calls
    return (time.perf_counter() - begun) / TICKS


async def ours_added(clocks: int) -> float:
    """Seconds for each of our levels, started with its clock, durable."""
    with tempfile.TemporaryDirectory() as directory:
        async with clocked(Path(directory)) as ledger:
            await fill(ledger, 0)
            begun = time.perf_counter()
            await start(ledger, clocks)
            seconds = time.perf_counter() - begun
            assert rounds(ledger).next_due() is not None
    return seconds / (5 * clocks)


def main() -> int:
    """Print what was found, for `bench.clocks`."""
    logging.disable(logging.CRITICAL)
    place, jobs = sys.argv[1:]
    print(json.dumps(asyncio.run(measured(Path(place), int(jobs)))))
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Six ways in which a store of jobs loses a deadline, each shown at APScheduler's, and not to be shown at ours."""

import asyncio
import logging
import subprocess
import sys
import textwrap
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import apscheduler.schedulers.base
import pytest
from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from tests.daemon.desk.support import Room, room
from tests.daemon.reminders.test_many_clocks import entered, reached, started
from tests.daemon.reminders.test_rounds import held, words
from tests.daemon.reminders.test_wakeups import Civil, Held, civil

from custodyd.clock import CHINA, from_rfc3339, rfc3339
from custodyd.clock.clocks import SystemClock
from custodyd.model.entry import Draft, Entry
from custodyd.reminders.rounds import Rounds
from custodyd.reminders.wakeups import WakeUps
from custodyd.station.timekeeping import watch_clock

__all__ = ["civil"]
HOUR = timedelta(hours=1)
fired: list[int] = []


def job(number: int) -> None:
    fired.append(number)


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """The library logs what it drops; that it says so is no help to the deadline."""
    fired.clear()
    logging.getLogger("apscheduler").setLevel(logging.CRITICAL)
    yield
    logging.getLogger("apscheduler").setLevel(logging.NOTSET)


@asynccontextmanager
async def stored(place: Path, **settings: Any) -> AsyncIterator[Any]:
    """A scheduler over a store in a file, paused until it is resumed."""
    scheduler = AsyncIOScheduler(timezone=UTC, **settings)
    scheduler.add_jobstore(SQLAlchemyJobStore(url=f"sqlite:///{place}"))
    scheduler.start(paused=True)
    try:
        yield scheduler
    finally:
        scheduler.shutdown(wait=False)
        await asyncio.sleep(0)  # the library ends in a call of its own


async def seen(at: Room) -> list[tuple[str, str]]:
    await held(at)
    return reached(at.disk.ledger.entries(limit=10_000))


# --- 1 -------------------------------------------------------------------------------------------------------------


async def test_what_was_due_a_moment_ago_is_dropped_by_default_there_and_entered_late_here(tmp_path: Path) -> None:
    async with stored(tmp_path / "jobs.db") as scheduler:
        scheduler.add_job(job, "date", [1], run_date=datetime.now(UTC) - HOUR, id="one")
        scheduler.resume()
        await asyncio.sleep(0.2)
        assert fired == []
        assert scheduler.get_jobs() == []
    async with room(tmp_path / "ours") as at:
        await entered(at, [started("c", at.clock.civil())])
    async with room(tmp_path / "ours", fresh=False) as at:
        at.clock.pass_time(24 * 3600)
        assert len(await seen(at)) == 5
        assert all(entry.data["late"] for entry in at.disk.ledger.entries(kind="reminder.step.reached"))


# --- 2 -------------------------------------------------------------------------------------------------------------


async def test_a_renamed_function_takes_its_jobs_along_there_and_no_function_is_stored_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    later = datetime.now(UTC) + HOUR
    async with stored(tmp_path / "jobs.db") as scheduler:
        scheduler.add_job(job, "date", [1], run_date=later, id="one")
    monkeypatch.setattr(job, "__name__", "renamed")
    monkeypatch.delattr(sys.modules[__name__], "job")
    async with stored(tmp_path / "jobs.db") as scheduler:
        assert scheduler.get_jobs() == []
    async with room(tmp_path / "ours") as at:
        await entered(at, [started("c", at.clock.civil(), tell=("clerk",))])
        at.clock.pass_time(24 * 3600)
        row = at.disk.view.select("due_step")[0]
        assert row == {"clock": "c", "colour": "green", "fire_at": row["fire_at"], "tell": "clerk", "state": "pending"}

        class Renamed(Rounds):
            """The same under another name."""

        assert await Renamed(at.disk.view, at.lookup.recipients, words).hold(at.disk, at.clock.civil()) == 5


# --- 3 -------------------------------------------------------------------------------------------------------------

_DIES = """
    import asyncio, os, sys
    from datetime import UTC, datetime, timedelta
    from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore
    from apscheduler.schedulers.asyncio import AsyncIOScheduler

    def die():
        os._exit(9)

    async def main():
        scheduler = AsyncIOScheduler(timezone=UTC)
        scheduler.add_jobstore(SQLAlchemyJobStore(url="sqlite:///" + sys.argv[1]))
        scheduler.start(paused=True)
        scheduler.add_job(
            asyncio.sleep, "date", [0], run_date=datetime.now(UTC) + timedelta(hours=1), id="witness"
        )
        scheduler.add_job(
            die, "date", run_date=datetime.now(UTC) - timedelta(seconds=1), id="one", misfire_grace_time=None
        )
        scheduler.resume()
        await asyncio.sleep(5)

    asyncio.run(main())
"""


class Killed(BaseException):
    """Nobody catches it, as nobody catches a SIGKILL."""


async def test_a_job_that_began_when_the_process_died_is_gone_there_and_is_done_once_here(tmp_path: Path) -> None:
    command = [sys.executable, "-c", textwrap.dedent(_DIES), str(tmp_path / "jobs.db")]
    died = await asyncio.to_thread(subprocess.run, command, timeout=30, check=False)
    assert died.returncode == 9
    async with stored(tmp_path / "jobs.db") as scheduler:
        assert [one.id for one in scheduler.get_jobs()] == ["witness"]
    async with room(tmp_path / "ours") as at:
        await entered(at, [started("c", at.clock.civil(), every=0)])
        for before in (True, False):
            rounds = Rounds(at.disk.view, at.lookup.recipients, words)
            with pytest.raises(Killed):
                await rounds.hold(Dying(at, before=before), at.clock.civil())
    async with room(tmp_path / "ours", fresh=False) as at:
        assert len(await seen(at)) == len(set(await seen(at))) == 5


class Dying:
    """The process ends before the transaction, or after it and before anybody hears of it."""

    def __init__(self, at: Room, *, before: bool) -> None:
        self.at, self.before = at, before

    async def append(self, *drafts: Draft) -> tuple[Entry, ...]:
        if not self.before:
            await self.at.disk.append(*drafts)
        raise Killed


# --- 4 -------------------------------------------------------------------------------------------------------------


async def test_overdue_jobs_hold_up_the_loop_there_and_ten_times_as_many_levels_hold_it_up_less_here(
    tmp_path: Path,
) -> None:
    async with stored(tmp_path / "jobs.db", job_defaults={"misfire_grace_time": None}) as scheduler:
        for number in range(200):
            scheduler.add_job(job, "date", [number], run_date=datetime.now(UTC) - HOUR, id=str(number))
        scheduler.resume()
        theirs = await longest_wait(lambda: len(fired) == 200)
    async with room(tmp_path / "ours") as at:
        await entered(at, [started(f"c{number}", at.clock.civil(), every=0) for number in range(400)])
        work = asyncio.create_task(seen(at))
        ours = await longest_wait(work.done)
        assert len(await work) == 2000
    assert ours < theirs


async def longest_wait(over: Any) -> float:
    """The longest that the loop kept somebody waiting until `over()`."""
    longest, last = 0.0, time.monotonic()
    while not over():
        await asyncio.sleep(0.001)
        now = time.monotonic()
        longest, last = max(longest, now - last), now
    return longest


# --- 5 -------------------------------------------------------------------------------------------------------------


async def test_a_clock_that_steps_past_the_moment_wakes_nobody_there_and_a_round_here(
    tmp_path: Path, civil: type[Civil], monkeypatch: pytest.MonkeyPatch
) -> None:
    async with stored(tmp_path / "jobs.db") as scheduler:
        scheduler.add_job(job, "date", [1], run_date=datetime.now(UTC) + HOUR, id="one", misfire_grace_time=None)
        scheduler.resume()
        await asyncio.sleep(0.1)
        civil.shift = 2 * 3600
        await asyncio.sleep(1.0)
        assert fired == []
    civil.shift = 0.0
    monkeypatch.setattr("custodyd.reminders.wakeups.ROUND_S", 3600)  # no round comes by itself
    clock, taken = Stepping(), Held()
    rounds = WakeUps(taken.hold)
    rounds.start()
    watching = asyncio.create_task(watch_clock(clock, clock, rounds.poke))  # type: ignore[arg-type]  # what it enters
    try:
        await asyncio.sleep(0.1)
        clock.shift = 2 * 3_600_000_000
        civil.shift = 2 * 3600
        await taken.next(1, 3.0)
        assert [draft.fact.kind for draft in clock.entered] == ["clock.jumped"]
    finally:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
        rounds.stop()


class Stepping(SystemClock):
    """A clock that a hand sets, and what is entered about it."""

    def __init__(self) -> None:
        self.shift = 0
        self.entered: list[Draft] = []

    def civil(self) -> int:
        return super().civil() + self.shift

    async def happened(self, *drafts: Draft) -> tuple[Entry, ...]:
        self.entered += drafts
        return ()


# --- 6 -------------------------------------------------------------------------------------------------------------


async def test_a_time_without_a_zone_is_the_machines_there_and_refused_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    meant = datetime(2027, 1, 4, 8, 0, tzinfo=CHINA)
    monkeypatch.setattr(apscheduler.schedulers.base, "get_localzone", lambda: UTC)  # as on many servers
    scheduler = AsyncIOScheduler()
    found = scheduler.add_job(job, "date", [1], run_date=meant.replace(tzinfo=None))
    scheduler.start(paused=True)
    assert found.next_run_time - meant == timedelta(hours=8)
    scheduler.shutdown(wait=False)
    await asyncio.sleep(0)
    for zone in ("UTC", "America/New_York", "Asia/Shanghai"):
        monkeypatch.setenv("TZ", zone)
        time.tzset()
        with pytest.raises(ValueError, match="needs its offset"):
            from_rfc3339("2027-01-04T08:00:00")
        assert rfc3339(from_rfc3339(meant.isoformat())) == meant.isoformat()
    monkeypatch.undo()
    time.tzset()

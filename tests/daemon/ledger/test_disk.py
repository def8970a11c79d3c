"""A disk that is full, read-only or failing: typed refusals, nothing acknowledged lost, the trouble entered."""

import asyncio
import os
import resource
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.daemon.ledger.support import blind, record

from custodyd.ledger import Ledger, RecordUnavailable, Unrecordable
from custodyd.ledger.door import FILE
from custodyd.ledger.reserve import FILE as RESERVE
from custodyd.ledger.reserve import SIZE, Reserve

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount a small file system")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    _run("mount", "-t", "tmpfs", "-o", "size=48m", "tmpfs", str(tmp_path))
    yield tmp_path
    _run("umount", "-l", str(tmp_path))


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True)


def _fill(directory: Path, name: str, leave: int) -> None:
    """Take all room of the disk but `leave` bytes."""
    room = os.statvfs(directory)
    with (directory / name).open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, room.f_bavail * room.f_frsize - leave)


async def _until_refused(ledger: Ledger) -> RecordUnavailable:
    for _ in range(2000):
        try:
            await ledger.append(blind("d", "x" * 30_000))
        except RecordUnavailable as exc:
            return exc
    raise AssertionError("the disk never refused")


async def _until_full(ledger: Ledger) -> None:
    for _ in range(2000):
        if ledger.health.trouble == "full":
            return
        await ledger.append(blind("d", "x" * 30_000))
    raise AssertionError("the disk was never full")


@needs_root
async def test_a_full_disk_is_survived_on_the_reserve_and_healed_when_room_returns(small_disk: Path) -> None:
    async with record(small_disk) as ledger:
        assert (small_disk / RESERVE).stat().st_size == SIZE
        _fill(small_disk, "ballast", 200_000)
        await _until_full(ledger)
        assert not (small_disk / RESERVE).exists()
        (failed,) = ledger.entries(kind="storage.")
        assert failed.kind == "storage.failed"
        assert failed.data["reason"] == "full"
        await ledger.append(blind("refusal"))  # the reserve's room serves
        _fill(small_disk, "more", 100_000)
        assert (await _until_refused(ledger)).reason == "full"
        before = ledger.head()
        with pytest.raises(RecordUnavailable):
            await ledger.append(*(blind("d", "x" * 60_000) for _ in range(20)))
        assert ledger.head() == before
        assert await ledger.happened(*(blind("owed", "x" * 60_000) for _ in range(20))) == ()
        for name in ("more", "ballast"):
            (small_disk / name).unlink()
        await ledger.heartbeat()
        await ledger.append(blind("after"))
        assert ledger.health.trouble is None
        assert (small_disk / RESERVE).stat().st_size == SIZE
        kinds = [entry.kind for entry in ledger.entries(kind="storage.")]
        assert kinds == ["storage.failed", "storage.restored"]
        assert len({entry.incident for entry in ledger.entries(kind="storage.")}) == 1
        assert ledger.view.get("count", "owed") == {"device": "owed", "blinks": 20}
    async with record(small_disk) as ledger:
        assert not ledger.quarantined
        assert all(kept == rebuilt for kept, rebuilt in (await ledger.rebuild()).values())


@needs_root
async def test_a_stop_on_a_full_disk_ends_and_the_next_start_knows(small_disk: Path) -> None:
    async with record(small_disk) as ledger:
        _fill(small_disk, "ballast", 200_000)
        await _until_full(ledger)
        _fill(small_disk, "more", 0)
        await _until_refused(ledger)
        head = ledger.head()
        await ledger.stop("asked")
    (small_disk / "more").unlink()
    async with record(small_disk) as ledger:
        assert not ledger.quarantined
        assert ledger.head() >= head


@needs_root
async def test_a_read_only_disk_refuses_the_start(small_disk: Path) -> None:
    async with record(small_disk) as ledger:
        await ledger.append(blind("a"))
    _run("mount", "-o", "remount,ro", str(small_disk))
    with pytest.raises(RecordUnavailable) as caught:
        async with record(small_disk):
            pass
    assert caught.value.reason == "read-only"
    _run("mount", "-o", "remount,rw", str(small_disk))
    async with record(small_disk) as ledger:
        assert ledger.head() == ("1", 1)


@contextmanager
def failing_disk(path: Path) -> Iterator[None]:
    """Every write that would make a file longer than `path` is now fails with EFBIG, for SQLite an I/O error."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (path.stat().st_size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


async def test_a_failing_disk_refuses_then_both_ends_of_the_trouble_are_entered(tmp_path: Path) -> None:
    async with record(tmp_path) as ledger:
        await ledger.append(blind("a"))
        await ledger.checkpoint()
        with failing_disk(tmp_path / f"{FILE}-wal"):
            for attempt in (ledger.append(blind("lost")), ledger.heartbeat(), ledger.begin_segment("demand")):
                with pytest.raises(RecordUnavailable) as caught:
                    await attempt
                assert caught.value.reason == "failing"
            assert await ledger.happened(blind("owed")) == ()
            with pytest.raises(Unrecordable):
                await ledger.happened(blind("owed", "x" * 70_000))
            assert ledger.health.trouble == "failing"
            assert not ledger.health.broken
        await ledger.append(blind("b"))
        await ledger.heartbeat()
        assert ledger.health.trouble is None
        kinds = [(entry.kind, entry.device) for entry in ledger.entries(("1", 1))]
        assert kinds == [
            ("storage.failed", None),
            ("device.blind.began", "owed"),
            ("device.blind.began", "b"),
            ("storage.restored", None),
        ]


async def test_a_heartbeat_alone_pays_what_is_owed(tmp_path: Path) -> None:
    async with record(tmp_path) as ledger:
        with failing_disk(tmp_path / f"{FILE}-wal"):
            await ledger.happened(blind("owed"))
        await ledger.heartbeat()
        assert ledger.view.get("count", "owed") == {"device": "owed", "blinks": 1}


async def test_a_cancelled_caller_loses_nothing_and_doubles_nothing(tmp_path: Path) -> None:
    async with record(tmp_path) as ledger:
        tasks = [asyncio.create_task(ledger.append(blind(f"d{number}"))) for number in range(200)]
        for number, task in enumerate(tasks):
            if number % 3 == 0:
                await asyncio.sleep(0)
                task.cancel()
        results = await asyncio.gather(*tasks, return_exceptions=True)
        await ledger.heartbeat()
        counted = {row["device"]: row["blinks"] for row in ledger.view.select("count")}
        assert set(counted.values()) <= {1}
        for number, result in enumerate(results):
            if not isinstance(result, BaseException):
                assert counted[f"d{number}"] == 1


async def test_a_closed_record_says_so(tmp_path: Path) -> None:
    async with record(tmp_path) as ledger:
        await ledger.stop("asked")
        assert ledger.health.trouble == "closed"
        for call in (ledger.append(blind("a")), ledger.happened(blind("a")), ledger.heartbeat()):
            with pytest.raises(RecordUnavailable) as caught:
                await call
            assert caught.value.reason == "closed"
    async with record(tmp_path) as ledger:
        assert ledger.clean
        assert [entry.kind for entry in ledger.entries(("1", 0))] == ["daemon.stopped"]


async def test_following_ends_with_the_record(tmp_path: Path) -> None:
    async with record(tmp_path) as ledger, asyncio.TaskGroup() as group:
        begun = asyncio.Event()

        async def follow() -> None:
            async for _ in ledger.follow(("1", -1)):
                begun.set()

        group.create_task(follow())
        await begun.wait()
        await ledger.close()


def test_a_reserve_is_not_made_where_it_would_fill_the_disk(tmp_path: Path) -> None:
    reserve = Reserve(tmp_path, lambda: SIZE)
    assert not reserve.keep()
    assert not reserve.give()
    assert Reserve(tmp_path, lambda: 4 * SIZE).keep()
    assert reserve.keep()
    assert reserve.give()


def test_a_reserve_that_can_neither_be_made_nor_taken_away_is_no_fault(tmp_path: Path) -> None:
    (tmp_path / RESERVE).mkdir()
    assert not Reserve(tmp_path, lambda: 4 * SIZE).keep()


async def test_the_log_is_used_again_instead_of_growing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("custodyd.ledger.store._LOG_COMMITS", 20)
    async with record(tmp_path) as ledger:
        sizes: list[int] = []
        for number in range(120):
            await ledger.append(blind(f"d{number}"))
            sizes.append((tmp_path / f"{FILE}-wal").stat().st_size)
        assert sizes[-1] <= 2 * sizes[39]

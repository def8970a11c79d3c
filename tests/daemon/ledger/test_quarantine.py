"""Broken files: put aside, named, never replaced silently, and no segment's number serves twice."""

import os
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.daemon.ledger.support import blind, record

from custodyd.ledger import Ledger, RecordUnavailable, WrongDirectory
from custodyd.ledger.door import FILE


async def filled(directory: Path) -> None:
    async with record(directory) as ledger:
        for number in range(20):
            await ledger.append(blind(f"d{number}"))
        await ledger.begin_segment("demand")
        await ledger.append(blind("d0"))


def _torn(path: Path) -> None:
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size // 2)


def _emptied(path: Path) -> None:
    path.write_bytes(b"")


def _gone(path: Path) -> None:
    path.unlink()


def _garbage(path: Path) -> None:
    path.write_bytes(os.urandom(20_000))


def _foreign(path: Path) -> None:
    path.unlink()
    other = sqlite3.connect(path)
    other.execute("CREATE TABLE t (x)")
    other.commit()
    other.close()


@pytest.mark.parametrize("damage", [_torn, _emptied, _gone, _garbage, _foreign])
async def test_a_lost_record_is_named_and_its_numbers_stay_used(tmp_path: Path, damage: Callable[[Path], None]) -> None:
    await filled(tmp_path)
    damage(tmp_path / FILE)
    async with record(tmp_path) as ledger:
        assert ledger.quarantined
        assert not ledger.clean
        (first,) = ledger.entries()
        assert first.segment == "3"
        assert first.data["broken"] is True
        assert {"previous_origin", "previous_size", "previous_root"} <= first.data.keys()
        assert ledger.unconfirmed_since == ("3", 0)
    async with record(tmp_path) as ledger:
        assert ledger.quarantined
        assert ledger.unconfirmed_since == ("3", 0)
        assert ledger.head() == ("3", 0)


async def test_what_checkpoints_confirm_across_segments_still_counts(tmp_path: Path) -> None:
    await filled(tmp_path)
    _spoil(tmp_path, "UPDATE node SET hash = x'00' WHERE number = 2 AND level = 0 AND position = 1")
    async with record(tmp_path) as ledger:
        (first,) = ledger.entries()
        assert first.data["previous_origin"].endswith("/2")
        assert first.data["previous_size"] == 2
        assert ledger.view.get("count", "d0") == {"device": "d0", "blinks": 2}
        assert all(kept == rebuilt for kept, rebuilt in (await ledger.rebuild()).values())


async def test_nothing_counts_beyond_the_first_segment_that_does_not_hold(tmp_path: Path) -> None:
    await filled(tmp_path)
    _spoil(tmp_path, "UPDATE entry SET bytes = x'7b7d' WHERE number = 1 AND seq = 5")
    _spoil(tmp_path, "UPDATE node SET hash = x'00' WHERE number = 2 AND level = 0 AND position = 1")
    async with record(tmp_path) as ledger:
        (first,) = ledger.entries()
        size = first.data["previous_size"]
        assert size <= 5
        assert ledger.view.get("count", "d10") is None


def _spoil(directory: Path, sql: str) -> None:
    other = sqlite3.connect(directory / FILE)
    for (name,) in other.execute("SELECT name FROM sqlite_schema WHERE type = 'trigger'").fetchall():
        other.execute(f"DROP TRIGGER {name}")
    other.execute(sql)
    other.commit()
    other.close()


async def test_two_quarantines_keep_both_files_and_both_prefixes(tmp_path: Path) -> None:
    for device in ("a", "b"):
        async with record(tmp_path) as ledger:
            await ledger.append(blind(device))
            await ledger.checkpoint()
        _spoil(tmp_path, "DELETE FROM node WHERE level = 0 AND position = 1")
    async with record(tmp_path) as ledger:
        assert [path.name for path in sorted((tmp_path / "quarantine").iterdir())] == ["0001", "0002"]
        assert {row["device"] for row in ledger.view.select("count")} == {"a", "b"}
        assert ledger.head() == ("3", 0)


@pytest.mark.parametrize("where", ["custodyd.ledger.newest.keep", "custodyd.ledger.store.Store.open_segment"])
async def test_a_start_cut_short_after_the_quarantine_still_names_the_broken_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    await filled(tmp_path)
    _spoil(tmp_path, "DELETE FROM node WHERE number = 2")
    with monkeypatch.context() as patched:
        patched.setattr(where, _refuse)
        with pytest.raises((RecordUnavailable, OSError)):
            async with record(tmp_path):
                pass
    async with record(tmp_path) as ledger:
        (first,) = ledger.entries()
        assert first.segment == "3"
        assert first.data["previous_size"] == 2
        assert len(list((tmp_path / "quarantine").iterdir())) == 1


def _refuse(*_: object) -> None:
    raise OSError(28, "no space")


async def test_a_past_that_no_longer_fits_the_last_note_is_not_signed_over(tmp_path: Path) -> None:
    async with record(tmp_path) as ledger:
        await ledger.append(*(blind(f"d{number}") for number in range(8)))
        note = await ledger.checkpoint()
        _spoil(tmp_path, "UPDATE node SET hash = zeroblob(32) WHERE level = 3 AND position = 0")
        with pytest.raises(RecordUnavailable) as caught:
            await _extended(ledger)
        assert caught.value.reason == "failing"
        assert ledger.note("1") == note
        assert ledger.health.broken
        with pytest.raises(RecordUnavailable):
            await ledger.append(blind("after"))
    async with record(tmp_path) as ledger:
        assert ledger.quarantined
        assert ledger.head() == ("2", 0)


async def _extended(ledger: Ledger) -> None:
    await ledger.append(blind("more"))
    await ledger.checkpoint()


@pytest.mark.parametrize(("side", "commits"), [("", 1), ("-wal", 250)])
async def test_damage_that_a_reader_meets_ends_the_writing_and_is_put_aside_by_the_next_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, side: str, commits: int
) -> None:
    monkeypatch.setattr("custodyd.ledger.store._LOG_COMMITS", commits)  # 1 = every page lies in the file itself
    async with record(tmp_path) as ledger:
        await ledger.append(*(blind(f"d{number}") for number in range(50)))
        await ledger.checkpoint()
        _scrambled(tmp_path / (FILE + side))
        await ledger.append(blind("after"))  # the writer's own pages are in its memory
        with pytest.raises(RecordUnavailable) as caught:
            ledger.entries(limit=5000)
        assert caught.value.reason == "failing"
        assert ledger.health.broken
        with pytest.raises(RecordUnavailable):
            await ledger.append(blind("never"))
    async with record(tmp_path) as ledger:
        assert ledger.quarantined
        assert ledger.unconfirmed_since == ("2", 0)


def _scrambled(path: Path) -> None:
    """Every page of the file, under the feet of whoever has it open."""
    with path.open("r+b") as file:
        file.write(os.urandom(path.stat().st_size))


async def test_pages_that_the_disk_did_not_give_for_a_while_put_nothing_aside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("custodyd.ledger.store._LOG_COMMITS", 1)
    whole = tmp_path / "whole"
    async with record(tmp_path) as ledger:
        await ledger.append(*(blind(f"d{number}") for number in range(50)))
        await ledger.checkpoint()
        whole.write_bytes((tmp_path / FILE).read_bytes())
        _scrambled(tmp_path / FILE)
        with pytest.raises(RecordUnavailable):
            ledger.entries(limit=5000)
        assert ledger.health.broken
        (tmp_path / FILE).write_bytes(whole.read_bytes())
    async with record(tmp_path) as ledger:
        assert not ledger.quarantined
        assert len(ledger.entries(limit=5000)) == 51
    before = (tmp_path / FILE).read_bytes()
    _scrambled(tmp_path / FILE)
    asked: list[float] = []

    def pause(seconds: float) -> None:
        asked.append(seconds)
        (tmp_path / FILE).write_bytes(before)

    monkeypatch.setattr("custodyd.ledger.opening.sleep", pause)
    async with record(tmp_path) as ledger:
        assert not ledger.quarantined
    assert len(asked) == 1


async def test_an_entry_whose_bytes_are_no_entry_is_damage(tmp_path: Path) -> None:
    async with record(tmp_path) as ledger:
        await ledger.append(blind("a"))
        _spoil(tmp_path, "UPDATE entry SET bytes = x'7b7d' WHERE seq = 1")
        with pytest.raises(RecordUnavailable):
            ledger.entry(("1", 1))
        assert ledger.health.broken


async def test_a_record_of_a_newer_version_is_refused_and_left_alone(tmp_path: Path) -> None:
    await filled(tmp_path)
    other = sqlite3.connect(tmp_path / FILE)
    other.execute("PRAGMA user_version = 99")
    other.close()
    with pytest.raises(WrongDirectory) as caught:
        async with record(tmp_path):
            pass
    assert caught.value.text == "start.record_too_new"
    assert not (tmp_path / "quarantine").exists()


async def test_a_record_in_use_is_refused(tmp_path: Path) -> None:
    async with record(tmp_path):
        with pytest.raises(WrongDirectory) as caught:
            async with record(tmp_path):
                pass
    assert caught.value.text == "start.in_use"


async def test_a_log_cut_anywhere_leaves_a_whole_record_of_everything_before(tmp_path: Path) -> None:
    live = tmp_path / "live"
    async with record(live) as ledger:
        sizes: list[tuple[int, int]] = []
        for number in range(30):
            await ledger.append(blind(f"d{number}"))
            sizes.append(((live / f"{FILE}-wal").stat().st_size, ledger.health.size))
        for cut in range(sizes[0][0], sizes[-1][0], 7919):
            copy = tmp_path / f"cut-{cut}"
            copy.mkdir()
            for name in ("simulated", "segment", FILE):
                shutil.copy(live / name, copy)
            (copy / f"{FILE}-wal").write_bytes((live / f"{FILE}-wal").read_bytes()[:cut])
            durable = max((size for end, size in sizes if end <= cut), default=0)
            async with record(copy) as found:
                assert not found.quarantined
                assert found.health.size >= durable

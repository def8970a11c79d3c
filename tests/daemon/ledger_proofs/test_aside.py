"""A file put aside: what signed checkpoints confirm in it, counted to the entry, and who may touch it afterwards."""

import shutil
import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest
from tests.daemon.ledger_proofs.sample import SEED, STATION, Sample, database, two_segments
from tests.daemon.ledger_proofs.test_database import tamper

from custodyd.ledger import quarantine
from custodyd.ledger.door import FILE
from custodyd.ledger.note import Checkpoint, Signer
from custodyd.ledger.quarantine import Aside, Confirmed

FIRST, SECOND = two_segments()


def vkey_of(origin: str) -> str:
    return Signer(origin, SEED).vkey


def confirmed(number: int, sample: Sample, size: int) -> Confirmed:
    return Confirmed(number, f"{STATION}/{number}", size, sample.root(size).hex())


def put_aside(directory: Path, *damage: str, newest: int = 0) -> Aside:
    database(directory / FILE, [FIRST, SECOND])
    for sql in damage:
        tamper(directory / FILE, sql)
    return quarantine.put_aside(directory, vkey_of, newest)


def test_a_whole_file_counts_to_its_last_entry(tmp_path: Path) -> None:
    assert quarantine.latest(tmp_path) is None
    found = put_aside(tmp_path)
    assert found == Aside(confirmed(2, SECOND, 15), 2) == quarantine.latest(tmp_path)
    assert list(quarantine.earlier(tmp_path)) == [*FIRST.entries, *SECOND.entries]


@pytest.mark.parametrize(("known", "newest"), [(0, 2), (1, 2), (9, 9)])
def test_the_highest_number_known_from_anywhere_is_kept(tmp_path: Path, known: int, newest: int) -> None:
    assert put_aside(tmp_path, newest=known).newest == newest


FOREIGN = Signer(f"{STATION}/2", bytes(32)).sign(Checkpoint(f"{STATION}/2", 15, SECOND.root()))


@pytest.mark.parametrize(
    "damage",
    [
        "DELETE FROM checkpoint WHERE number = 2 AND size = 15",
        "UPDATE checkpoint SET note = 'x' WHERE number = 2 AND size = 15",
        f"UPDATE checkpoint SET note = '{FOREIGN}' WHERE number = 2 AND size = 15",
        "UPDATE checkpoint SET size = 99 WHERE number = 2 AND size = 15",
        "DELETE FROM entry WHERE number = 2 AND seq = 14",
        "UPDATE entry SET bytes = x'7b7d' WHERE number = 2 AND seq = 14",
    ],
)
def test_what_no_signature_confirms_does_not_count(tmp_path: Path, damage: str) -> None:
    assert put_aside(tmp_path, damage) == Aside(confirmed(2, SECOND, 14), 2)
    assert list(quarantine.earlier(tmp_path)) == [*FIRST.entries, *SECOND.entries[:14]]


@pytest.mark.parametrize(
    ("damage", "size"),
    [
        ("DELETE FROM checkpoint WHERE number = 1 AND size = 20", 14),
        ("DELETE FROM entry WHERE number = 1 AND seq = 10", 7),
        ("DELETE FROM entry WHERE number = 1 AND seq = 7", 7),
        ("UPDATE entry SET bytes = x'7b7d' WHERE number = 1 AND seq = 19", 14),
    ],
)
def test_a_segment_after_one_that_does_not_hold_to_its_end_does_not_count(
    tmp_path: Path, damage: str, size: int
) -> None:
    assert put_aside(tmp_path, damage) == Aside(confirmed(1, FIRST, size), 2)
    assert list(quarantine.earlier(tmp_path)) == list(FIRST.entries[:size])


def test_a_file_without_any_signature_confirms_nothing_but_its_numbers(tmp_path: Path) -> None:
    assert put_aside(tmp_path, "DELETE FROM checkpoint") == Aside(None, 2)
    assert list(quarantine.earlier(tmp_path)) == []


@pytest.mark.parametrize("change", ["note = 'x'", "size = 6"])
def test_a_spoilt_checkpoint_takes_nothing_from_the_later_ones(tmp_path: Path, change: str) -> None:
    found = put_aside(tmp_path, f"UPDATE checkpoint SET {change} WHERE number = 2 AND size = 7")
    assert found == Aside(confirmed(2, SECOND, 15), 2)


@pytest.mark.parametrize("content", [b"", b"x" * 5000])
def test_what_is_no_database_confirms_nothing(tmp_path: Path, content: bytes) -> None:
    (tmp_path / FILE).write_bytes(content)
    assert quarantine.put_aside(tmp_path, vkey_of, 0) == Aside(None, 0)


def test_files_put_aside_are_numbered_kept_from_others_and_read_only(tmp_path: Path) -> None:
    for number in (1, 2):
        (tmp_path / f"{FILE}-wal").write_bytes(b"")
        put_aside(tmp_path)
        place = tmp_path / "quarantine" / f"000{number}"
        assert {path.name for path in place.iterdir()} >= {FILE, f"{FILE}-wal", "found.json"}
        assert {stat.S_IMODE(path.stat().st_mode) for path in place.iterdir()} == {0o400}
        assert stat.S_IMODE(place.stat().st_mode) == 0o700
    assert stat.S_IMODE(place.parent.stat().st_mode) == 0o700
    assert quarantine.places(tmp_path) == [place.parent / "0001", place]
    assert not (tmp_path / FILE).exists()
    assert list(quarantine.earlier(tmp_path)) == [*FIRST.entries, *SECOND.entries] * 2


def test_a_move_that_was_cut_short_is_ended_in_the_place_where_it_began(tmp_path: Path) -> None:
    place = tmp_path / "quarantine" / "0001"
    place.mkdir(parents=True)
    assert put_aside(tmp_path) == Aside(confirmed(2, SECOND, 15), 2)
    assert quarantine.places(tmp_path) == [place]


def test_a_record_without_a_segment_has_no_number(tmp_path: Path) -> None:
    database(tmp_path / FILE, [])
    assert quarantine.put_aside(tmp_path, vkey_of, 0) == Aside(None, 0)


def test_what_stands_in_the_log_alone_counts_too(tmp_path: Path) -> None:
    live, copied = tmp_path / "live.db", tmp_path / "copied"
    copied.mkdir()
    database(live, [FIRST, SECOND])
    tamper(live, "PRAGMA journal_mode=WAL")
    with closing(sqlite3.connect(live)) as connection:
        connection.execute("DELETE FROM checkpoint WHERE number = 2 AND size = 15")
        connection.commit()
        shutil.copy(live, copied / FILE)
        shutil.copy(f"{live}-wal", copied / f"{FILE}-wal")
    assert quarantine.put_aside(copied, vkey_of, 0) == Aside(confirmed(2, SECOND, 14), 2)
    assert list(quarantine.earlier(copied)) == [*FIRST.entries, *SECOND.entries[:14]]


def test_looking_at_a_file_without_a_log_makes_none(tmp_path: Path) -> None:
    assert put_aside(tmp_path, "PRAGMA journal_mode=WAL").newest == 2
    (place,) = quarantine.places(tmp_path)
    assert {path.name for path in place.iterdir()} == {FILE, "found.json"}

"""A segment of many chunks is judged as one, in whatever order and process its chunks are hashed."""

from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tests.daemon.ledger_proofs.sample import ORIGIN, START, STATION, Sample, canonical, database, entries, raw_entry
from tests.daemon.ledger_proofs.test_database import tamper

from custodyd.ledger import chunks, gaps, tiles
from custodyd.ledger.chunks import Result, Task
from custodyd.ledger.lodging import Lodged
from custodyd.ledger.segments import Segment, Trust, check
from custodyd.ledger.sources import DatabaseSource, Unreadable
from custodyd.ledger.verdict import Covered, Finding
from custodyd.ledger.verify import verify_path

CHUNK = 4


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"WIDTH": 2, "CHUNK": CHUNK, "CHUNK_LEVEL": 2, "_LEVELS_PER_TILE": 1}.items():
        monkeypatch.setattr(tiles, name, value)
    monkeypatch.setattr(chunks, "WORTH_A_PROCESS", 100)


@dataclass(frozen=True)
class Held:
    """A segment in memory, of which some chunks cannot be read to their end."""

    entries: list[bytes]
    lost: frozenset[int] = frozenset()
    above: tuple[Finding, ...] = ()

    @property
    def size(self) -> int:
        return len(self.entries)

    def batches(self, number: int) -> Iterator[list[bytes]]:
        chunk = self.entries[number * CHUNK : (number + 1) * CHUNK]
        yield chunk[:1]
        if number in self.lost:
            raise Unreadable(Finding("missing", f"chunk {number}", "is not there"))
        if chunk[1:]:
            yield chunk[1:]

    def compare(self, number: int, levels: tiles.Levels) -> Iterator[Finding]:
        yield Finding("tile", f"chunk {number}", f"{[len(level) for level in levels]}")

    def compare_above(self, levels: tiles.Levels) -> Iterator[Finding]:
        if self.above:
            raise Unreadable(self.above[0])
        yield Finding("tile", "above", f"{[len(level) for level in levels]}")


@pytest.mark.parametrize("size", range(1, 14))
def test_every_checkpoint_and_lodged_state_is_held_against_the_entries_wherever_its_chunk_ends(
    size: int, tmp_path: Path
) -> None:
    sample = Sample(entries(size))
    copy = database(tmp_path / "copy.db", [sample], every=1)
    source = DatabaseSource(copy, "1", 1, size, nodes=False)
    notes = [sample.note(each) for each in range(1, size + 1)]
    lodged = [Lodged("1", each, sample.root(each)) for each in range(size + 1)]
    checked = check(Segment(ORIGIN, source, notes), Trust([sample.vkey], lodged), entries=True)
    assert checked.findings == ()
    assert checked.covered == Covered(ORIGIN, size, size, sample.root(), size, size + 1)
    for each in range(size + 1):
        wrong = check(
            Segment(ORIGIN, source, notes, [(each, bytes(32))]), Trust([sample.vkey], lodged), entries=False
        ).findings
        assert [(finding.check, finding.where) for finding in wrong] == [("root", f"1/{each}")]


def test_what_is_stored_of_the_tree_is_compared_within_every_chunk_and_above_the_whole_ones() -> None:
    sample = Sample(entries(11))
    checked = check(Segment(ORIGIN, Held(list(sample.entries)), [sample.note()]), Trust([sample.vkey]), entries=True)
    assert [(finding.where, finding.detail) for finding in checked.findings] == [
        ("chunk 0", "[4, 2, 1]"),
        ("chunk 1", "[4, 2, 1]"),
        ("chunk 2", "[3, 1]"),
        ("above", "[2, 1]"),
    ]


def test_a_chunk_that_cannot_be_read_leaves_the_other_roots_and_what_stands_above_it_undecided() -> None:
    sample = Sample(entries(11))
    held = Held(list(sample.entries), lost=frozenset({1}))
    lodged = [Lodged("1", 4, bytes(32)), Lodged("1", 6, bytes(32))]
    checked = check(Segment(ORIGIN, held, [sample.note()]), Trust([sample.vkey], lodged), entries=True)
    assert [(finding.check, finding.where) for finding in checked.findings] == [
        ("tile", "chunk 0"),
        ("missing", "chunk 1"),
        ("tile", "chunk 2"),
        ("root", "1/4"),
    ]
    assert checked.covered == Covered(ORIGIN, 11, 11, b"", 1, 2)


def test_what_cannot_be_read_above_the_chunks_is_found() -> None:
    sample = Sample(entries(4))
    gone = Finding("file", "copy", "cannot be read")
    held = Held(list(sample.entries), above=(gone,))
    checked = check(Segment(ORIGIN, held, [sample.note()]), Trust([sample.vkey]), entries=True)
    assert checked.findings[1:] == (gone,)


def test_an_empty_segment_has_the_root_of_nothing() -> None:
    sample = Sample([])
    checked = check(Segment(ORIGIN, Held([]), [sample.note()]), Trust([sample.vkey]), entries=True)
    assert checked.covered == Covered(ORIGIN, 0, 0, sample.root(), 1, 0)


def test_a_gap_over_the_edge_of_a_chunk_knows_the_last_sign_of_life_before_it() -> None:
    kinds = ["daemon.started", *["door.opened"] * 3, "daemon.started", "door.opened", "daemon.started"]
    raw = [raw_entry(seq, kind, {"clean": False}) for seq, kind in enumerate(kinds)]
    sample = Sample([canonical(entry) for entry in raw])
    checked = check(Segment(ORIGIN, Held(list(sample.entries)), [sample.note()]), Trust([sample.vkey]), entries=True)
    assert [(mark.seq, mark.before) for mark in checked.marks] == [
        (0, None),
        (4, START + 3_000_000),
        (6, START + 5_000_000),
    ]


def test_the_marks_and_faults_of_a_chunk_carry_the_places_of_its_entries() -> None:
    raw = [*entries(5), b"{}", canonical(raw_entry(6, "daemon.stopped", {"reason": "asked"})), b"[]"]
    result = chunks.hash_chunk(Task(Held(raw), 1, (6, 8), ("st-01", "1")))
    whole = Sample(raw[4:])
    assert result.root == whole.root()
    assert result.partial == {6: whole.root(2), 8: whole.root()}
    assert [(finding.check, finding.where) for finding in result.findings] == [
        ("form", "1/5"),
        ("form", "1/7"),
        ("tile", "chunk 1"),
    ]
    stopped = gaps.Mark("daemon.stopped", "1", 6, START + 6_000_000, START + 4_000_000, "asked")
    assert result.marks == (stopped,)
    assert result.last == START + 6_000_000


def test_what_was_read_before_a_chunk_broke_off_is_still_said() -> None:
    held = Held([entries(2)[1], *entries(3)], lost=frozenset({0}))
    result = chunks.hash_chunk(Task(held, 0, (2,), ("st-01", "1")))
    assert result.findings == (
        Finding("field", "1/0", "says that it is 1/1"),
        Finding("missing", "chunk 0", "is not there"),
    )
    assert (result.root, result.partial, result.marks, result.last) == (None, {}, (), None)
    assert chunks.hash_chunk(Task(held, 0, (2,), None)).findings == result.findings[1:]


def test_without_a_place_the_entries_are_hashed_and_not_read() -> None:
    held = Held([b"{}", b"[]"])
    result = chunks.hash_chunk(Task(held, 0, (), None))
    assert result == Result(Sample(held.entries).root(), {}, (Finding("tile", "chunk 0", "[2, 1]"),))


def test_a_key_of_the_station_counts_under_the_name_of_each_of_its_segments_and_no_other_stations() -> None:
    here = Sample(entries(3, "2"), f"{STATION}/2")
    trust = Trust([Sample([], "custodyd/hz.example/st-02/2").vkey, Sample([]).vkey])
    assert trust.verify(here.note(), here.origin).size == 3


# --- files and tables of many chunks ----------------------------------------------------------------------------------


@pytest.mark.parametrize("size", range(1, 20))
def test_an_export_of_many_chunks_holds_its_files_and_fits(size: int, tmp_path: Path) -> None:
    sample = Sample(entries(size))
    target = sample.export(tmp_path / "export")
    names = {path.relative_to(target).as_posix() for path in target.rglob("*") if path.is_file()}
    assert names == {"checkpoint", *tiles.names(size)}
    assert verify_path(target, Trust([sample.vkey])).ok
    for name in sorted(names - {"checkpoint"}):
        kept = (target / name).read_bytes()
        (target / name).write_bytes(kept[:-1] + bytes([kept[-1] ^ 1]))
        assert not verify_path(target, Trust([sample.vkey])).ok
        (target / name).write_bytes(kept)


def node_named(level: int, place: int) -> tuple[str, str]:
    return ("tile", f"1/node/{level}/{place}") if level else ("entry", f"1/{place}")


def test_every_stored_hash_of_many_chunks_is_compared_and_named_once(tmp_path: Path) -> None:
    sample = Sample(entries(19))
    copy = database(tmp_path / "copy.db", [sample])
    good = copy.read_bytes()
    for level, hashes in enumerate(sample.levels()):
        for place in range(len(hashes)):
            copy.write_bytes(good)
            tamper(copy, f"UPDATE node SET hash = x'00' WHERE level = {level} AND position = {place}")
            found = verify_path(copy, Trust([sample.vkey])).findings
            assert [(finding.check, finding.where) for finding in found] == [node_named(level, place)]


def test_the_quick_pass_asks_for_no_stored_hash_within_the_chunks_or_above(tmp_path: Path) -> None:
    sample = Sample(entries(9))
    copy = database(tmp_path / "copy.db", [sample])
    tamper(copy, "DROP TABLE node")
    assert verify_path(copy, Trust([sample.vkey]), entries=False).ok
    assert not verify_path(copy, Trust([sample.vkey])).ok


def test_of_a_wrong_hash_and_those_above_it_the_lowest_is_named(tmp_path: Path) -> None:
    sample = Sample(entries(19))
    copy = database(tmp_path / "copy.db", [sample])
    spoilt = "level = 1 AND position IN (2, 5) OR level = 2 AND position IN (1, 3)"
    tamper(copy, f"UPDATE node SET hash = x'00' WHERE {spoilt}")
    found = verify_path(copy, Trust([sample.vkey])).findings
    assert [finding.where for finding in found] == ["1/node/1/2", "1/node/1/5", "1/node/2/3"]


@pytest.mark.parametrize("seq", [0, 3, 4, 6, 7, 10])
def test_an_entry_that_is_gone_is_named_once_in_whatever_chunk_it_stood(seq: int, tmp_path: Path) -> None:
    sample = Sample(entries(12))
    copy = database(tmp_path / "copy.db", [sample], every=100)
    tamper(copy, f"DELETE FROM entry WHERE seq = {seq}")
    source = DatabaseSource(copy, "1", 1, 12)
    with pytest.raises(Unreadable) as caught:
        list(source.batches(seq // CHUNK))
    assert caught.value.finding == Finding("missing", f"1/{seq}", "is not there")
    assert str(caught.value) == f"1/{seq}: is not there"
    for number in {0, 1, 2} - {seq // CHUNK}:
        chunk = [data for batch in source.batches(number) for data in batch]
        assert chunk == sample.entries[number * CHUNK : (number + 1) * CHUNK]


def test_a_copy_that_answers_differently_each_time_is_still_a_finding(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = database(tmp_path / "copy.db", [Sample(entries(8))])
    tamper(copy, "DELETE FROM entry WHERE seq = 6")
    monkeypatch.setattr(
        DatabaseSource, "_rows", lambda _self, _sql, first, stop: [(seq,) for seq in range(first, stop)]
    )
    with pytest.raises(Unreadable) as caught:
        list(DatabaseSource(copy, "1", 1, 8).batches(1))
    assert caught.value.finding == Finding("missing", "1/4", "is not there")


def test_a_table_of_entries_that_cannot_be_read_is_named_by_sqlite(tmp_path: Path) -> None:
    copy = database(tmp_path / "copy.db", [Sample(entries(3))])
    tamper(copy, "DROP TABLE entry")
    with pytest.raises(Unreadable) as caught:
        list(DatabaseSource(copy, "1", 1, 3).batches(0))
    assert caught.value.finding == Finding("file", "copy.db", "no such table: entry")


# --- two processes ---------------------------------------------------------------------------------------------------


class Helper(Executor):
    """Another worker, which is `finishing` at once or only when it is asked for the result."""

    def __init__(self, finishing: bool) -> None:
        self.finishing = finishing
        self.taken: list[int] = []

    def submit(self, fn: Callable[..., Any], /, *args: Any, **more: Any) -> Future[Any]:
        self.taken.append(args[0].number)
        future: Future[Any] = _Later(self)
        future.set_result(fn(*args, **more))
        return future


class _Later(Future[Any]):
    def __init__(self, helper: Helper) -> None:
        super().__init__()
        self.helper = helper

    def done(self) -> bool:
        return self.helper.finishing


@pytest.mark.parametrize(("finishing", "taken"), [(False, [6, 5]), (True, [6, 5, 4, 3, 2, 1, 0])])
def test_two_workers_share_a_segment_from_both_ends_and_the_results_are_in_order(
    finishing: bool, taken: list[int]
) -> None:
    held = Held(entries(26))
    tasks = [Task(held, number, (), None) for number in range(7)]
    helper = Helper(finishing)
    assert chunks._shared(tasks, helper) == [chunks.hash_chunk(task) for task in tasks]
    assert helper.taken == taken


def test_a_long_segment_is_helped_by_another_process(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.undo()  # the other process knows the true sizes alone
    monkeypatch.setattr(chunks, "WORTH_A_PROCESS", 2)
    made: list[str] = []
    real = chunks.ProcessPoolExecutor

    def counted(workers: int, **more: Any) -> Executor:
        made.append(f"{workers} {more['mp_context'].get_start_method()}")
        return real(workers, **more)

    monkeypatch.setattr(chunks, "ProcessPoolExecutor", counted)
    copy = database(tmp_path / "copy.db", [Sample(entries(5))])
    task = Task(DatabaseSource(copy, "1", 1, 5), 0, (5,), ("st-01", "1"))
    alone = chunks.hash_chunk(task)
    assert chunks.hash_all([task]) == [alone]
    assert made == []
    assert chunks.hash_all([task, task]) == [alone, alone]
    assert made == ["1 spawn"]

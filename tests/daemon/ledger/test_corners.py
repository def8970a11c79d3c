"""Rare turns of the record, each brought about on purpose."""

import asyncio
import os
import sqlite3
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.daemon.ledger.support import COUNT, KEYS, ORIGIN, blind, record
from tests.daemon.ledger.test_disk import failing_disk

from custodyd.clock import SystemClock
from custodyd.ledger import Ledger, Origin, RecordUnavailable, Unrecordable, WrongDirectory, door, quarantine
from custodyd.ledger import note as notes
from custodyd.ledger.door import FILE
from custodyd.ledger.errors import Broken
from custodyd.ledger.keys import PersonKeys
from custodyd.ledger.recorder import Recorder
from custodyd.ledger.reserve import FILE as RESERVE
from custodyd.ledger.reserve import SIZE, Reserve
from custodyd.ledger.seals import Seals
from custodyd.ledger.store import Store
from custodyd.model.entry import Draft, Entry, Fact
from custodyd.model.facts.devices import BlindBegan
from custodyd.model.facts.record import SegmentClosed
from custodyd.model.projection import Projection, Rows


def _spoil(directory: Path, *statements: str) -> None:
    other = sqlite3.connect(directory / FILE)
    for (name,) in other.execute("SELECT name FROM sqlite_schema WHERE type = 'trigger'").fetchall():
        other.execute(f"DROP TRIGGER {name}")
    for sql in statements:
        other.execute(sql)
    other.commit()
    other.close()


async def _two_segments(directory: Path) -> None:
    async with record(directory) as ledger:
        await ledger.append(*(blind(f"d{number}") for number in range(40)))
        await ledger.begin_segment("demand")
        await ledger.append(blind("d0"))
        await ledger.checkpoint()


NOBODY = notes.Signer(ORIGIN.of("2"), bytes(32)).sign(notes.Checkpoint(ORIGIN.of("2"), 2, bytes(32)))


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE segment SET segment = '7' WHERE number = 2",
        "DELETE FROM entry WHERE number = 1 AND seq = 3",
        "DELETE FROM entry WHERE number = 2",
        "DELETE FROM checkpoint WHERE number = 1",
        "UPDATE entry SET bytes = x'ff' WHERE number = 2 AND seq = 0",
        "DELETE FROM checkpoint WHERE number = 2; UPDATE entry SET bytes = x'7b7d' WHERE number = 2 AND seq = 1",
        f"UPDATE checkpoint SET note = '{NOBODY}' WHERE number = 2",
        "UPDATE checkpoint SET size = 9 WHERE number = 2",
        "UPDATE node SET hash = zeroblob(32) WHERE number = 2 AND level = 1",
        "DELETE FROM checkpoint WHERE number = 2; UPDATE node SET hash = zeroblob(32) WHERE number = 2 AND level = 1",
        "UPDATE projection SET name = 'x'; DROP TABLE checkpoint",
    ],
)
async def test_every_kind_of_damage_is_seen_at_the_start(tmp_path: Path, damage: str) -> None:
    await _two_segments(tmp_path)
    _spoil(tmp_path, *damage.split("; "))
    async with record(tmp_path) as ledger:
        assert ledger.quarantined
        assert ledger.head() == ("3", 0)


async def test_torn_pages_in_the_middle_are_seen_and_what_stands_before_them_counts(tmp_path: Path) -> None:
    await _two_segments(tmp_path)
    path = tmp_path / FILE
    with path.open("r+b") as file:
        for page in range(path.stat().st_size // 4096 // 2, path.stat().st_size // 4096):
            file.seek(page * 4096)
            file.write(os.urandom(4096))
    async with record(tmp_path) as ledger:
        assert ledger.quarantined


async def test_a_move_into_quarantine_that_was_cut_short_goes_on(tmp_path: Path) -> None:
    await _two_segments(tmp_path)
    place = tmp_path / "quarantine" / "0001"
    place.mkdir(parents=True)
    (tmp_path / FILE).rename(place / FILE)
    async with record(tmp_path) as ledger:
        (first,) = ledger.entries()
        assert first.data["previous_size"] == 2
        assert [path.name for path in quarantine.places(tmp_path)] == ["0001"]


@pytest.mark.parametrize("spoilt", ["found.json", FILE])
async def test_a_quarantined_file_that_is_gone_bad_stops_what_rests_on_it(tmp_path: Path, spoilt: str) -> None:
    await _two_segments(tmp_path)
    _spoil(tmp_path, "DELETE FROM node WHERE number = 2")
    async with record(tmp_path):
        pass
    bad = tmp_path / "quarantine" / "0001" / spoilt
    bad.chmod(0o600)
    bad.write_bytes(b"x" * 5000)
    with pytest.raises(Broken):
        async with record(tmp_path, (replace(COUNT, version=2),)):
            pass


async def test_a_quarantine_that_cannot_be_made_refuses_the_start(tmp_path: Path) -> None:
    await _two_segments(tmp_path)
    _spoil(tmp_path, "DELETE FROM node WHERE number = 2")
    (tmp_path / "quarantine").write_text("in the way")
    with pytest.raises(RecordUnavailable):
        async with record(tmp_path):
            pass
    assert (tmp_path / FILE).exists()


async def test_a_simulated_start_refuses_a_real_record(tmp_path: Path) -> None:
    async with record(tmp_path, origin=Origin("b", "s")):
        pass
    with pytest.raises(WrongDirectory) as caught:
        async with record(tmp_path, origin=Origin("b", "s", simulated=True)):
            pass
    assert caught.value.text == "start.simulated_in_real"


async def test_a_directory_that_cannot_be_made_refuses_the_start(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    seals = Seals(PersonKeys(tmp_path / "keys", KEYS.wrap).key)
    with pytest.raises(RecordUnavailable):
        await Ledger.open(tmp_path / "file" / "state", ORIGIN, KEYS, seals, SystemClock(), ())


def _raises(_rows: Rows, _entry: Entry) -> None:
    raise ValueError("no")


async def test_new_folds_that_fail_on_old_entries_refuse_the_start_and_leave_the_rows(tmp_path: Path) -> None:
    async with record(tmp_path) as ledger:
        await ledger.append(blind("a"))
    with pytest.raises(Unrecordable):
        async with record(tmp_path, (replace(COUNT, version=2, folds={BlindBegan.kind: _raises}),)):
            pass
    async with record(tmp_path) as ledger:
        assert ledger.view.get("count", "a") == {"device": "a", "blinks": 1}


async def test_a_segment_that_cannot_be_closed_stays_open(tmp_path: Path) -> None:
    async with record(tmp_path, (replace(COUNT, folds={SegmentClosed.kind: _raises}),)) as ledger:
        with pytest.raises(Unrecordable):
            await ledger.begin_segment("demand")
        (entry,) = await ledger.append(blind("a"))
        assert entry.at == ("1", 1)


async def test_what_follows_an_ended_segment_opens_the_next(tmp_path: Path) -> None:
    async with record(tmp_path) as ledger:
        await ledger._writer.call(lambda: ledger._recorder.end_segment("demand"))
        (entry,) = await ledger.append(blind("a"))
        assert entry.at == ("2", 1)
        assert ledger.vkey_of("9").startswith(ORIGIN.of("9"))


async def test_a_crash_between_a_segments_end_and_its_note_is_made_good(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(Recorder, "sign", lambda _: None)  # the crash comes before it
        async with record(tmp_path) as ledger:
            ended = Draft(fact=SegmentClosed(reason="demand"), happened=0)
            await ledger.append(blind("a"), ended)
    for _ in range(2):
        async with record(tmp_path) as ledger:
            assert not ledger.quarantined
            assert ledger.head() == ("2", 0)
            assert notes.parse(ledger.note("1") or "").size == 3


async def test_an_open_that_is_cancelled_lets_go_of_the_directory(tmp_path: Path) -> None:
    seals = Seals(PersonKeys(tmp_path / "keys", KEYS.wrap).key)
    task = asyncio.create_task(Ledger.open(tmp_path, ORIGIN, KEYS, seals, SystemClock(), (COUNT,)))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    async with asyncio.timeout(5):
        while True:
            try:
                async with record(tmp_path) as ledger:
                    assert ledger.head() == ("1", 0)
                    return
            except WrongDirectory:
                await asyncio.sleep(0.01)


@pytest.mark.parametrize("where", ["custodyd.ledger.ledger.Reader", "custodyd.ledger.reserve.Reserve.keep"])
async def test_an_open_that_fails_late_lets_go_of_the_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(where, _fails)
        with pytest.raises(OSError, match="on purpose"):
            async with record(tmp_path):
                pass
    async with record(tmp_path) as ledger:
        assert ledger.head() == ("1", 0)


def _fails(*_: object) -> None:
    raise OSError("on purpose")


async def test_lists_by_incident_note_and_page(tmp_path: Path) -> None:
    async with record(tmp_path) as ledger:
        await ledger.append(*(blind(f"d{number}") for number in range(450)))
        await ledger.append(Draft(fact=BlindBegan(reason="r"), happened=0, device="x", incident="i-1"))
        note = await ledger.checkpoint()
        assert [entry.device for entry in ledger.incident("i-1")] == ["x"]
        assert ledger.note("1", 452) == note
        assert ledger.note("1", 3) is None
        assert ledger.note("no segment") is None
        assert len(list(ledger.raw("1", 0, 10_000))) == 452
        assert ledger.entry(("1", 9_999)) is None


class _Foreign(Fact, frozen=True, kw_only=True):
    kind = "foreign.thing.happened"


async def test_a_kind_outside_the_list_or_a_value_outside_its_schema_is_refused(tmp_path: Path) -> None:
    wrong: Any = 7
    async with record(tmp_path) as ledger:
        for fact in (_Foreign(), BlindBegan(reason=wrong)):
            with pytest.raises(Unrecordable):
                await ledger.append(Draft(fact=fact, happened=0, device="a"))


def test_a_file_system_without_a_log_is_refused() -> None:
    with pytest.raises(RecordUnavailable):
        door.open_writer(Path(":memory:"))


@pytest.mark.parametrize(
    ("name", "trouble"),
    [
        ("SQLITE_FULL", "full"),
        ("SQLITE_READONLY_DBMOVED", "read-only"),
        ("SQLITE_PERM", "read-only"),
        ("SQLITE_IOERR_WRITE", "failing"),
        ("", "failing"),
    ],
)
def test_an_error_of_the_disk_has_one_meaning(tmp_path: Path, name: str, trouble: str) -> None:
    exc = sqlite3.OperationalError("x")
    exc.sqlite_errorname = name
    assert door.trouble_of(exc, tmp_path) == trouble


def test_a_directory_that_does_not_answer_has_no_room_and_fails(tmp_path: Path) -> None:
    nowhere = tmp_path / "nowhere"
    assert door.free_bytes(nowhere) == 0
    assert door.trouble_at(nowhere) == "failing"
    with pytest.raises(RecordUnavailable):
        door.lock(nowhere)
    assert not Reserve(nowhere, lambda: 4 * SIZE).keep()


def test_a_reserve_that_cannot_be_removed_is_not_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reserve = Reserve(tmp_path, lambda: 4 * SIZE)
    assert reserve.keep()
    monkeypatch.setattr(Path, "unlink", _fails)
    assert not reserve.give()
    assert (tmp_path / RESERVE).exists()


async def test_what_is_owed_beyond_memory_is_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("custodyd.ledger.recorder._OWED_MOST", 2)
    async with record(tmp_path) as ledger:
        with failing_disk(tmp_path / f"{FILE}-wal"):
            for number in range(5):
                await ledger.happened(blind(f"d{number}"))
        await ledger.heartbeat()
        found = ledger.entries(("1", 0))
        assert [entry.device for entry in found if entry.kind == BlindBegan.kind] == ["d0", "d1"]
        assert [entry.data["lost"] for entry in found if entry.kind == "storage.failed"] == [3]


async def test_a_log_that_cannot_be_folded_back_is_trouble_not_loss(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with record(tmp_path) as ledger:
        await ledger.append(*(blind("a", "x" * 30_000) for _ in range(40)))
        await ledger.checkpoint()
        with failing_disk(tmp_path / FILE), monkeypatch.context() as patched:  # much stands in the log alone
            patched.setattr("custodyd.ledger.store._LOG_COMMITS", 1)
            for _ in range(3):  # the log is folded after each turn of the writer
                await ledger._writer.call(lambda: None)
            assert ledger.health.trouble == "failing"
        await ledger.append(blind("b"))
        await ledger.heartbeat()
        assert ledger.health.trouble is None
        assert ledger.view.get("count", "b") == {"device": "b", "blinks": 1}


@pytest.mark.parametrize("where", ["append", "tidy", "sign", "shrunk"])
async def test_damage_found_at_work_refuses_everything_until_the_next_start(tmp_path: Path, where: str) -> None:
    async with record(tmp_path) as ledger:
        await ledger.append(blind("a"))
        note = await ledger.checkpoint()
        recorder = ledger._recorder
        calls: dict[str, Callable[[], None]] = {
            "append": lambda: _append_to_damage(recorder),
            "tidy": lambda: _tidy_damage(recorder),
            "sign": lambda: _sign_over(recorder, "no note"),
            "shrunk": lambda: _sign_over(recorder, NOBODY.replace("\n2\n", "\n99\n")),
        }
        with pytest.raises(RecordUnavailable):
            await ledger._writer.call(calls[where])
        assert ledger.health.broken
        assert ledger.health.trouble == "failing"
        with pytest.raises(RecordUnavailable):
            await ledger.append(blind("b"))
        assert ledger.note("1") == note
    async with record(tmp_path) as ledger:
        assert ledger.quarantined
        assert ledger.head() == ("2", 0)


def _append_to_damage(recorder: Recorder) -> None:
    def fold(_entry: Entry) -> None:
        raise Broken("on purpose")

    recorder.opened.store.projections.fold = fold  # type: ignore[method-assign] # damage cannot be timed otherwise
    recorder.append([[blind("x")]])


def _tidy_damage(recorder: Recorder) -> None:
    def fold_log() -> None:
        raise Broken("on purpose")

    recorder.opened.store.fold_log = fold_log  # type: ignore[method-assign] # damage cannot be timed otherwise
    recorder.tidy()


def _sign_over(recorder: Recorder, note: str) -> None:
    recorder.append([[blind("x")]])
    recorder.opened.store.last_note = lambda _number: (2, note)  # type: ignore[method-assign] # as above
    recorder.sign()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
async def test_a_writer_that_dies_leaves_nobody_waiting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def die(_self: Recorder, _batch: Sequence[Sequence[Draft]]) -> None:
        raise MemoryError

    async with record(tmp_path) as ledger:
        monkeypatch.setattr(Recorder, "append", die)
        go = threading.Event()
        blocked = ledger._writer.call(go.wait)
        calls = [asyncio.create_task(ledger.append(blind(f"d{number}"))) for number in range(1500)]
        await asyncio.sleep(0)  # each has handed over its drafts
        go.set()
        assert await blocked
        results = await asyncio.gather(*calls, return_exceptions=True)
        assert all(isinstance(result, RecordUnavailable) for result in results)
        assert ledger.health.trouble == "closed"
        assert ledger.health.broken  # so the run ends, and systemd starts another
    async with record(tmp_path) as ledger:
        assert not ledger.quarantined


async def test_a_start_on_a_full_disk_takes_the_reserve(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with record(tmp_path):
        pass
    real = Store.open
    refusals = iter([RecordUnavailable("failing"), RecordUnavailable("full")])

    def once_full(directory: Path, projections: Sequence[Projection]) -> Store:
        for refusal in refusals:
            raise refusal
        assert not (directory / RESERVE).exists()
        return real(directory, projections)

    monkeypatch.setattr(Store, "open", once_full)
    with pytest.raises(RecordUnavailable):
        async with record(tmp_path):
            pass
    assert (tmp_path / RESERVE).exists()
    async with record(tmp_path) as ledger:
        assert ledger.head() == ("1", 0)


async def test_a_cancelled_open_that_fails_anyway_fails_unheard(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    go, gone = threading.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()

    def late(*_: object) -> None:
        go.wait(10)
        loop.call_soon_threadsafe(gone.set)
        raise RecordUnavailable("failing")

    monkeypatch.setattr("custodyd.ledger.ledger.open_record", late)
    seals = Seals(PersonKeys(tmp_path / "keys", KEYS.wrap).key)
    task = asyncio.create_task(Ledger.open(tmp_path, ORIGIN, KEYS, seals, SystemClock(), ()))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    go.set()
    async with asyncio.timeout(5):
        await gone.wait()
        while len(asyncio.all_tasks()) > 1:  # noqa: ASYNC110 - an exception that nobody fetched would be an error
            await asyncio.sleep(0)


async def test_trouble_that_changes_is_told_anew(tmp_path: Path) -> None:
    async with record(tmp_path) as ledger:
        for reason in ("failing", "full"):
            await ledger._writer.call(lambda reason=reason: ledger._recorder._note_outage(reason))
        assert ledger.health.trouble == "full"
        await ledger.append(blind("a"))
        assert [entry.data["reason"] for entry in ledger.entries(kind="storage.failed")] == ["full"]
        assert ledger.unconfirmed_since is None

"""Copies of the database: every segment, every checkpoint, and what the record says of its own gaps."""

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.daemon.ledger_proofs.judges import run_stand_alone
from tests.daemon.ledger_proofs.sample import STATION, Sample, canonical, database, entries, raw_entry, two_segments

from custodyd.ledger.lodging import BadLodging, Lodged, printed_root, read_lodged, read_root
from custodyd.ledger.note import BadNote
from custodyd.ledger.segments import Trust
from custodyd.ledger.verify import verify_path

BOTH = two_segments()
TRUST = Trust([BOTH[0].vkey])


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return database(tmp_path / "copy.db", BOTH)


def tamper(path: Path, statement: str) -> None:
    """Change the file as someone with root and a hex editor can: the triggers do not stop him."""
    connection = sqlite3.connect(path, isolation_level=None)
    names = connection.execute("SELECT name FROM sqlite_master WHERE type='trigger'").fetchall()
    for (name,) in names:
        connection.execute(f'DROP TRIGGER "{name}"')
    connection.execute(statement)
    connection.close()


def test_one_key_checks_every_segment_of_its_station(copy: Path) -> None:
    verdict = verify_path(copy, TRUST)
    assert verdict.ok, verdict
    assert [(each.size, each.signed, each.checkpoints) for each in verdict.covered] == [(20, 20, 3), (15, 15, 3)]
    code, text = run_stand_alone(copy, BOTH[0].vkey)
    assert code == 0, text


def test_the_key_of_another_station_checks_nothing(copy: Path) -> None:
    other = Sample([], "custodyd/hz.example/st-02/1").vkey
    assert {finding.check for finding in verify_path(copy, Trust([other])).findings} == {"signature"}
    assert run_stand_alone(copy, other)[0] == 1


def test_entries_after_the_last_checkpoint_are_told_apart(tmp_path: Path) -> None:
    copy = database(tmp_path / "copy.db", BOTH[:1])
    tamper(copy, "DELETE FROM checkpoint WHERE size=20")
    verdict = verify_path(copy, TRUST)
    assert verdict.ok
    assert (verdict.covered[0].size, verdict.covered[0].signed) == (20, 14)


CHANGES: list[tuple[str, str]] = [
    ("entry", "UPDATE entry SET bytes=CAST(replace(bytes, 'opened', 'closed') AS BLOB) WHERE number=1 AND seq=4"),
    ("missing", "DELETE FROM entry WHERE number=1 AND seq=4"),
    ("missing", "DELETE FROM entry WHERE number=1 AND seq>16"),
    ("entry", "UPDATE entry SET bytes=(SELECT bytes FROM entry WHERE number=1 AND seq=5) WHERE number=1 AND seq=6"),
    ("tile", "UPDATE node SET hash=zeroblob(32) WHERE number=1 AND level=2 AND position=1"),
    ("tile", "DELETE FROM node WHERE number=1 AND level=3 AND position=0"),
    ("signature", "UPDATE checkpoint SET note=replace(note, '— ', '- ') WHERE number=1 AND size=20"),
    ("signature", "DELETE FROM checkpoint WHERE number=1"),
    ("signature", "UPDATE checkpoint SET note=(SELECT note FROM checkpoint WHERE number=2 AND size=15) WHERE number=1"),
    ("chain", "DELETE FROM segment WHERE number=1"),
]


@pytest.mark.parametrize("case", range(len(CHANGES)))
def test_a_changed_copy_is_found(case: int, copy: Path) -> None:
    check, statement = CHANGES[case]
    tamper(copy, statement)
    assert check in {finding.check for finding in verify_path(copy, TRUST).findings}
    if check != "tile":  # nodes are derived: the stand-alone verifier makes its own
        code, text = run_stand_alone(copy, BOTH[0].vkey)
        assert code == 1, text


def test_a_changed_entry_is_located(copy: Path) -> None:
    tamper(copy, CHANGES[0][1])
    assert [each.where for each in verify_path(copy, TRUST).findings if each.check == "entry"] == ["1/4"]


def test_a_rebuilt_first_segment_does_not_fit_what_the_second_names(tmp_path: Path) -> None:
    rebuilt = Sample([*BOTH[0].entries[:19], canonical(raw_entry(19, "door.closed", {}))])
    copy = database(tmp_path / "copy.db", [rebuilt, BOTH[1]])
    (finding,) = verify_path(copy, TRUST).findings
    assert (finding.check, finding.where) == ("root", "1/20")
    assert run_stand_alone(copy, BOTH[0].vkey)[0] == 1


def test_a_lodged_segment_that_is_not_there_is_missed(tmp_path: Path) -> None:
    copy = database(tmp_path / "copy.db", BOTH[:1])
    lodged = Lodged("2", 12, BOTH[1].root(12))
    (finding,) = verify_path(copy, Trust(TRUST.vkeys, [lodged])).findings
    assert (finding.check, finding.where) == ("missing", "2")
    assert run_stand_alone(copy, BOTH[0].vkey, "--lodged", lodged.text())[0] == 1


def test_a_rebuilt_tail_does_not_fit_what_was_lodged(copy: Path) -> None:
    good, bad = Lodged("1", 12, BOTH[0].root(12)), Lodged("2", 12, bytes(32))
    assert verify_path(copy, Trust(TRUST.vkeys, [good])).ok
    assert not verify_path(copy, Trust(TRUST.vkeys, [bad])).ok
    assert run_stand_alone(copy, BOTH[0].vkey, "--lodged", good.text())[0] == 0
    assert run_stand_alone(copy, BOTH[0].vkey, "--lodged", bad.text())[0] == 1


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_a_flipped_bit_in_the_file_never_passes_as_another_record(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    path = database(tmp_path_factory.mktemp("flip") / "copy.db", BOTH)
    raw = bytearray(path.read_bytes())
    bit = data.draw(st.integers(0, len(raw) * 8 - 1))
    raw[bit // 8] ^= 1 << bit % 8
    path.write_bytes(raw)
    verdict = verify_path(path, TRUST)  # unused pages and columns beside the entries may change unseen
    if verdict.ok:
        assert {each.root for each in verdict.covered} == {sample.root() for sample in BOTH}


def test_a_copy_with_a_log_beside_it_is_not_whole(copy: Path) -> None:
    copy.with_name(copy.name + "-wal").write_bytes(b"x")
    (finding,) = verify_path(copy, TRUST).findings
    assert finding.check == "file"
    assert run_stand_alone(copy, BOTH[0].vkey)[0] == 1


def test_verifying_writes_nothing(copy: Path) -> None:
    before = copy.read_bytes()
    copy.chmod(0o400)
    assert verify_path(copy, TRUST).ok
    assert run_stand_alone(copy, BOTH[0].vkey)[0] == 0
    assert [path.name for path in copy.parent.iterdir()] == [copy.name]
    assert copy.read_bytes() == before


def test_the_quick_pass_finds_a_changed_entry_too(copy: Path) -> None:
    assert verify_path(copy, TRUST, entries=False).ok
    tamper(copy, CHANGES[0][1])
    assert {each.check for each in verify_path(copy, TRUST, entries=False).findings} == {"root"}


WRONG: list[tuple[str, Callable[[], bytes]]] = [
    ("form", lambda: b"{}"),
    ("form", lambda: b"\xff"),
    ("form", lambda: canonical(raw_entry(2, "door.opened", {"door": 1.5}))),
    ("form", lambda: canonical(raw_entry(2, "door.opened", {"door": None}))),
    ("form", lambda: canonical(raw_entry(2, "door.opened", {"door": 2**53}))),
    ("form", lambda: canonical(raw_entry(2, "door.opened", {"门": 1}))),
    ("form", lambda: canonical(raw_entry(2, "door.opened", {})).replace(b":", b": ", 1)),
    ("form", lambda: canonical(raw_entry(2, "door.opened", {})).replace(b'{"data"', b'{"data":{},"data"')),
    ("field", lambda: canonical(raw_entry(3, "door.opened", {}))),
    ("field", lambda: canonical(raw_entry(2, "door.opened", {}, "2"))),
    ("field", lambda: canonical(raw_entry(2, "door.opened", {}) | {"station": "st-02"})),
    ("field", lambda: canonical(raw_entry(2, "door.opened", {}) | {"v": 2})),
    (
        "seal",
        lambda: canonical(raw_entry(2, "x.y", {}, sealed=[{"path": "/a", "person": "p-a", "commit": "", "box": ""}])),
    ),
]


@pytest.mark.parametrize("case", range(len(WRONG)))
def test_a_signed_entry_of_the_wrong_shape_is_found(case: int, tmp_path: Path) -> None:
    check, make = WRONG[case]
    sample = Sample([*entries(2), make(), canonical(raw_entry(3, "door.closed", {}))])
    (finding,) = verify_path(sample.export(tmp_path / "export"), TRUST).findings
    assert (finding.check, finding.where) == (check, "1/2")
    assert run_stand_alone(tmp_path / "export", sample.vkey)[0] == 1


def told(*facts: tuple[str, dict[str, object], dict[str, object]]) -> Sample:
    return Sample([canonical(raw_entry(seq, kind, data, **more)) for seq, (kind, data, more) in enumerate(facts)])


def test_the_gaps_that_the_record_tells_of_are_listed(tmp_path: Path) -> None:
    sample = told(
        ("segment.opened", {"origin": STATION, "vkey": "x", "broken": True}, {}),
        ("daemon.started", {"clean": True}, {}),
        ("device.blind.began", {"reason": "no reply"}, {"device": "reader-a"}),
        ("device.blind.began", {"reason": "no reply"}, {"device": "reader-b"}),
        ("device.blind.ended", {"seconds": 2}, {"device": "reader-a"}),
        ("daemon.stopped", {"reason": "service"}, {}),
        ("daemon.started", {"clean": True}, {}),
        ("clock.jumped", {"by_ms": -900}, {}),
        ("storage.failed", {"reason": "full", "since": 5}, {}),
        ("daemon.started", {"clean": False}, {}),
    )
    verdict = verify_path(sample.export(tmp_path / "export"), TRUST)
    assert verdict.ok, verdict
    assert [(gap.kind, gap.began, gap.ended, gap.what) for gap in verdict.gaps] == [
        ("quarantine", None, 0, ""),
        ("blind", 2, 4, "reader-a"),
        ("stopped", 5, 6, "service"),
        ("clock", 7, 7, "-900"),
        ("storage", 8, 8, "full"),
        ("unclean", None, 9, ""),
        ("blind", 3, None, "reader-b"),
    ]
    unclean = verdict.gaps[5]
    assert unclean.since is not None
    assert unclean.until is not None
    assert unclean.until - unclean.since == 1_000_000
    _, text = run_stand_alone(tmp_path / "export", sample.vkey)
    assert text.count("the record says") == 10


def test_a_gap_of_the_clock_has_two_ends_and_a_start_looks_anew(tmp_path: Path) -> None:
    sample = told(
        ("daemon.started", {"clean": True}, {}),
        ("clock.source.lost", {"synced": False}, {}),
        ("clock.source.found", {"seconds": 60, "source": "ntp.bureau.example"}, {}),
        ("clock.source.lost", {}, {}),
        ("daemon.stopped", {"reason": "service"}, {}),
        ("daemon.started", {"clean": True}, {}),
        ("clock.source.lost", {}, {}),
    )
    found = verify_path(sample.export(tmp_path / "export"), TRUST).gaps
    expected = [("clock", 1, 2), ("clock", 3, 5), ("stopped", 4, 5), ("clock", 6, None)]
    assert [(gap.kind, gap.began, gap.ended) for gap in found] == expected


def test_a_device_that_is_blind_over_a_restart_is_blind_until_it_proves_itself(tmp_path: Path) -> None:
    identified = ("device.identified", {"proof": "path", "value": "/dev/x"}, {"device": "reader-a"})
    sample = told(
        ("daemon.started", {"clean": True}, {}),
        identified,
        ("device.blind.began", {"reason": "no reply"}, {"device": "reader-a"}),
        ("daemon.started", {"clean": True}, {}),
        ("device.blind.began", {"reason": "no reply"}, {"device": "reader-a"}),
        ("daemon.started", {"clean": True}, {}),
        identified,
    )
    (gap,) = verify_path(sample.export(tmp_path / "export"), TRUST).gaps
    assert (gap.kind, gap.began, gap.ended, gap.what) == ("blind", 2, 6, "reader-a")


@given(st.binary(min_size=32, max_size=32))
def test_a_root_is_read_from_every_way_it_is_printed(root: bytes) -> None:
    lodged = Lodged("12", 345, root)
    assert read_lodged(lodged.text()) == lodged
    assert len(printed_root(root).replace(" ", "")) == 52
    assert read_root(root.hex()) == root


@pytest.mark.parametrize("text", ["", "1", "1 2", "1 x AAAA", "1 2 AAAA", "1 2 é", f"1 2 {'z' * 64}"])
def test_a_lodged_state_that_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(BadLodging):
        read_lodged(text)


def test_a_bad_key_is_refused_before_anything_is_read(tmp_path: Path) -> None:
    with pytest.raises(BadNote):
        verify_path(tmp_path, Trust(["x"]))
    assert run_stand_alone(tmp_path, "x")[0] == 2
    assert run_stand_alone(tmp_path / "nothing", BOTH[0].vkey)[0] == 2


@pytest.mark.parametrize("content", [b"", b"x", b"SQLite format 3\x00", b"SQLite format 3\x00" + bytes(5000), b"{}"])
def test_files_that_are_none_of_ours_are_refused(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(content)
    assert not verify_path(tmp_path / "file", TRUST).ok
    assert run_stand_alone(tmp_path / "file", BOTH[0].vkey)[0] == 1

"""What a verification finds is named to the letter: which check, which place, and what is wrong there."""

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.daemon.ledger_proofs.sample import (
    ORIGIN,
    START,
    STATION,
    Sample,
    canonical,
    database,
    entries,
    raw_entry,
    two_segments,
)
from tests.daemon.ledger_proofs.test_database import tamper

from custodyd.ledger import tiles, tree
from custodyd.ledger.lodging import Lodged
from custodyd.ledger.receipt import Proof, receipt
from custodyd.ledger.segments import Trust
from custodyd.ledger.verdict import Covered, Finding, Gap
from custodyd.ledger.verify import verify_path

SAMPLE = Sample(entries(20))
WIDE = Sample(entries(300))
BOTH = two_segments()
TRUST = Trust([SAMPLE.vkey])


def found(path: Path, *, entries: bool = True) -> tuple[Finding, ...]:
    return verify_path(path, TRUST, entries=entries).findings


# --- files as such ---------------------------------------------------------------------------------------------------


def test_a_file_that_is_not_there_is_named_with_the_reason(tmp_path: Path) -> None:
    verdict = verify_path(tmp_path / "nothing", TRUST)
    assert verdict.findings == (Finding("file", "nothing", "cannot be read: No such file or directory"),)
    assert verdict.covered == ()


def test_an_empty_directory_is_no_export(tmp_path: Path) -> None:
    assert found(tmp_path) == (Finding("missing", "checkpoint", "this is no export"),)


@pytest.mark.parametrize("checkpoint", [None, b"x", b"\xff"])
def test_an_export_without_a_readable_checkpoint_covers_nothing_and_says_whose_it_is(
    checkpoint: bytes | None, tmp_path: Path
) -> None:
    target = SAMPLE.export(tmp_path / "export")
    (target / "checkpoint").unlink()
    if checkpoint is not None:
        (target / "checkpoint").write_bytes(checkpoint)
    verdict = verify_path(target, TRUST)
    assert verdict.findings == (Finding("signature", "export/checkpoint", "is no checkpoint"),)
    assert verdict.covered == ()


def test_a_signed_size_that_the_files_do_not_reach_is_missed_before_anything_is_hashed(tmp_path: Path) -> None:
    (tmp_path / "export").mkdir()
    (tmp_path / "export" / "checkpoint").write_text(WIDE.note())
    verdict = verify_path(tmp_path / "export", TRUST)
    missing = Finding("missing", "export/checkpoint", "names 300 entries, the last are not here")
    assert verdict.findings == (missing,)
    assert verdict.covered == ()


def test_a_log_beside_the_copy_is_named_and_an_empty_one_is_none(tmp_path: Path) -> None:
    copy = database(tmp_path / "copy.db", [SAMPLE])
    log = tmp_path / "copy.db-wal"
    log.touch()
    assert verify_path(copy, TRUST).ok
    log.write_bytes(b"x")
    assert found(copy) == (Finding("file", "copy.db-wal", "a log lies beside the copy: it is not whole"),)


def test_a_table_that_is_gone_is_named_by_sqlite(tmp_path: Path) -> None:
    copy = database(tmp_path / "copy.db", [SAMPLE])
    tamper(copy, "DROP TABLE checkpoint")
    assert found(copy) == (Finding("file", "copy.db", "no such table: checkpoint"),)


def test_a_receipt_is_judged_by_the_keys_that_were_given(tmp_path: Path) -> None:
    levels = SAMPLE.levels()
    path = tree.inclusion(7, 20, lambda level, index: levels[level][index])
    slip = receipt(SAMPLE.entries[7], Proof(7, tuple(path), SAMPLE.note()), ())
    (tmp_path / "receipt").write_bytes(slip.pack())
    assert verify_path(tmp_path / "receipt", TRUST).covered == (Covered(ORIGIN, 1, 20, SAMPLE.root(), 1),)
    assert not verify_path(tmp_path / "receipt", Trust([])).ok


def test_a_text_that_is_no_text_is_read_with_marks_in_it(tmp_path: Path) -> None:
    copy = database(tmp_path / "copy.db", [SAMPLE])
    tamper(copy, "UPDATE checkpoint SET note = CAST(x'ff' AS TEXT) WHERE size = 7")
    assert [(each.check, each.where) for each in found(copy)] == [("signature", "1/checkpoint 1")]


def test_entries_of_a_segment_that_is_not_listed_are_named_by_its_number(tmp_path: Path) -> None:
    copy = database(tmp_path / "copy.db", BOTH)
    tamper(copy, "DELETE FROM segment WHERE number = 1")
    assert found(copy) == (Finding("chain", "1", "entries of a segment that is not listed"),)


def test_what_sqlite_thinks_of_the_file_is_said_by_the_slow_pass(tmp_path: Path) -> None:
    copy = database(tmp_path / "copy.db", [SAMPLE])
    tamper(copy, "CREATE TABLE other (kind TEXT)")
    tamper(copy, "CREATE INDEX other_kind ON other (kind)")
    tamper(copy, "INSERT INTO other VALUES ('one'), ('two')")
    raw = copy.read_bytes()
    at = raw.rindex(b"two")
    copy.write_bytes(raw[:at] + b"six" + raw[at + 3 :])
    (finding,) = found(copy)
    assert (finding.check, finding.where) == ("file", "database")
    assert "other_kind" in finding.detail
    assert found(copy, entries=False) == ()


# --- what was read ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("entries", [True, False])
def test_a_verdict_says_whether_the_entries_were_read_or_only_hashed(entries: bool, tmp_path: Path) -> None:
    for sample in BOTH:
        sample.export(tmp_path / "all" / sample.origin.rpartition("/")[2])
    copy = database(tmp_path / "copy.db", BOTH)
    for path in (copy, tmp_path / "all", tmp_path / "all" / "1"):
        verdict = verify_path(path, TRUST, entries=entries)
        assert verdict.ok
        assert verdict.parsed is entries


def test_an_entry_that_is_no_entry_is_found_in_every_export_of_a_directory(tmp_path: Path) -> None:
    odd = Sample([*entries(2), b"{}"])
    odd.export(tmp_path / "all" / "1")
    for path in (tmp_path / "all", tmp_path / "all" / "1"):
        assert [(each.check, each.where) for each in found(path)] == [("form", "1/2")]
    assert found(tmp_path / "all", entries=False) == ()


def test_segments_are_read_in_the_order_of_their_numbers_so_that_a_gap_finds_its_end(tmp_path: Path) -> None:
    stopped = raw_entry(0, "daemon.stopped", {"reason": "asked"}, "9")
    started = raw_entry(1, "daemon.started", {"clean": True}, "10")
    for name, entry in (("9", stopped), ("10", started)):
        whole = [canonical(entry)]
        if name == "10":
            whole.insert(0, canonical(raw_entry(0, "door.opened", {}, "10")))
        Sample(whole, f"{STATION}/{name}").export(tmp_path / "all" / name)
    verdict = verify_path(tmp_path / "all", TRUST)
    assert [each.origin for each in verdict.covered] == [f"{STATION}/9", f"{STATION}/10"]
    assert verdict.gaps == (Gap("stopped", "9", 0, 1, START, START + 1_000_000, "asked"),)


# --- signatures and roots --------------------------------------------------------------------------------------------


def test_what_was_covered_is_told_in_figures(tmp_path: Path) -> None:
    copy = database(tmp_path / "copy.db", [SAMPLE])
    lodged = [Lodged("1", 12, SAMPLE.root(12)), Lodged("1", 14, SAMPLE.root(14))]
    verdict = verify_path(copy, Trust(TRUST.vkeys, lodged))
    assert verdict.covered == (Covered(ORIGIN, 20, 20, SAMPLE.root(), 3, 2),)
    assert verdict.findings == ()
    tamper(copy, "DELETE FROM checkpoint WHERE size = 20")
    assert verify_path(copy, TRUST).covered == (Covered(ORIGIN, 20, 14, SAMPLE.root(), 2, 0),)


def test_a_checkpoint_that_nobody_signed_is_named_by_its_place(tmp_path: Path) -> None:
    copy = database(tmp_path / "copy.db", [SAMPLE])
    tamper(copy, "UPDATE checkpoint SET note = replace(note, '— ', '- ') WHERE size = 14")
    (finding,) = found(copy)
    assert finding == Finding("signature", "1/checkpoint 2", "not signed by a key that was given")
    assert verify_path(copy, TRUST).covered == (Covered(ORIGIN, 20, 20, SAMPLE.root(), 2, 0),)


def test_a_segment_that_nobody_signed_is_found_and_covers_nothing_signed(tmp_path: Path) -> None:
    copy = database(tmp_path / "copy.db", [SAMPLE])
    tamper(copy, "DELETE FROM checkpoint")
    verdict = verify_path(copy, TRUST)
    assert verdict.findings == (Finding("signature", "1", "no checkpoint at all"),)
    assert verdict.covered == (Covered(ORIGIN, 20, 0, SAMPLE.root(), 0, 0),)


def test_the_quick_pass_checks_the_newest_signature_and_every_root(tmp_path: Path) -> None:
    copy = database(tmp_path / "copy.db", [SAMPLE])
    other = Sample([*entries(19), b"{}"])
    forged = Sample([b"{}", *entries(6)])
    tamper(copy, "UPDATE node SET hash = zeroblob(32) WHERE level = 2 AND position = 1")
    tamper(copy, f"UPDATE checkpoint SET note = '{SAMPLE.note(7)[:-3]}A=\n' WHERE size = 7")
    assert found(copy, entries=False) == ()
    assert {finding.check for finding in found(copy)} == {"signature", "tile"}
    tamper(copy, f"UPDATE checkpoint SET note = '{forged.note(7)}' WHERE size = 7")
    differs = Finding("root", "1/7", "a checkpoint names another root than the entries give")
    assert found(copy, entries=False) == (differs,)
    tamper(copy, f"UPDATE checkpoint SET note = '{other.note().replace('— ', '- ')}' WHERE size = 20")
    assert {finding.check for finding in found(copy, entries=False)} == {"signature", "root"}


@pytest.mark.parametrize(
    ("size", "root", "finding"),
    [
        (12, bytes(32), Finding("root", "1/12", "a lodged state names another root than the entries give")),
        (21, SAMPLE.root(), Finding("missing", "1/21", "a lodged state names 21 entries, 20 are here")),
        (0, bytes(32), Finding("root", "1/0", "a lodged state names another root than the entries give")),
        (20, bytes(32), Finding("root", "1/20", "a lodged state names another root than the entries give")),
    ],
)
def test_a_lodged_state_that_the_entries_do_not_give_is_named(
    size: int, root: bytes, finding: Finding, tmp_path: Path
) -> None:
    copy = database(tmp_path / "copy.db", [SAMPLE])
    assert verify_path(copy, Trust(TRUST.vkeys, [Lodged("1", size, root)])).findings == (finding,)


def test_a_lodged_segment_that_is_not_there_is_named(tmp_path: Path) -> None:
    copy = database(tmp_path / "copy.db", [SAMPLE])
    verdict = verify_path(copy, Trust(TRUST.vkeys, [Lodged("2", 12, bytes(32))]))
    assert verdict.findings == (Finding("missing", "2", "a lodged state names it"),)


# --- what the next segment says --------------------------------------------------------------------------------------


def with_second(path: Path, named: dict[str, object]) -> Path:
    return database(path, [SAMPLE, Sample(entries(3, "2", named), f"{STATION}/2")])


def test_the_next_segment_is_a_witness_of_the_one_before(tmp_path: Path) -> None:
    for number, (size, root, finding) in enumerate(
        [
            (20, SAMPLE.root(), None),
            (20, bytes(32), Finding("root", "1/20", "the next segment names another root than the entries give")),
            (21, SAMPLE.root(), Finding("missing", "1/21", "the next segment names 21 entries, 20 are here")),
        ]
    ):
        named = {"previous_origin": ORIGIN, "previous_size": size, "previous_root": root.hex()}
        copy = with_second(tmp_path / f"{number}.db", named)
        assert found(copy) == ((finding,) if finding else ())


@pytest.mark.parametrize(
    "named",
    [
        {"previous_origin": ORIGIN, "previous_size": 3},
        {"previous_origin": ORIGIN, "previous_root": "00" * 32},
        {"previous_origin": f"{STATION}/7", "previous_size": 3, "previous_root": "00" * 32},
        {"previous_size": 3, "previous_root": "00" * 32},
        {},
    ],
)
def test_a_next_segment_that_names_the_one_before_by_half_is_no_witness(
    named: dict[str, object], tmp_path: Path
) -> None:
    assert found(with_second(tmp_path / "copy.db", named)) == ()


def test_a_root_of_the_segment_before_that_is_no_root_is_found(tmp_path: Path) -> None:
    named = {"previous_origin": ORIGIN, "previous_size": 20, "previous_root": "zz"}
    copy = with_second(tmp_path / "copy.db", named)
    assert {finding.check for finding in found(copy)} == {"file"}


# --- entries, tiles and nodes ----------------------------------------------------------------------------------------


def spoil_bundle(directory: Path) -> None:
    (directory / tiles.path(tiles.ENTRIES, 1, 44)).write_bytes(b"\x00\x09x")


def short_bundle(directory: Path) -> None:
    (directory / tiles.path(tiles.ENTRIES, 1, 44)).write_bytes(tiles.bundle(WIDE.entries[256:299]))


def lose_bundle(directory: Path) -> None:
    (directory / tiles.path(tiles.ENTRIES, 0, 256)).unlink()


def lose_tile(directory: Path) -> None:
    (directory / tiles.path(0, 1, 44)).unlink()


def short_tile(directory: Path) -> None:
    tile = directory / tiles.path(0, 1, 44)
    tile.write_bytes(tile.read_bytes()[:-1])


def flip_tile(directory: Path) -> None:
    tile = directory / tiles.path(0, 0, 256)
    raw = bytearray(tile.read_bytes())
    raw[31] ^= 1
    raw[64] ^= 1
    tile.write_bytes(raw)


def add_files(directory: Path) -> None:
    (directory / "tile" / "0" / "002").touch()
    (directory / "readme").touch()


@pytest.mark.parametrize(
    ("change", "findings"),
    [
        (spoil_bundle, [("entry", "tile/entries/001.p/44", "the bundle ends in the middle of an entry")]),
        (short_bundle, [("missing", "tile/entries/001.p/44", "holds 43 entries, not 44")]),
        (lose_bundle, [("missing", "tile/entries/000", "cannot be read")]),
        (lose_tile, [("missing", "tile/0/001.p/44", "cannot be read")]),
        (short_tile, [("tile", "tile/0/001.p/44", "has 1407 bytes, not 1408")]),
        (
            flip_tile,
            [
                ("tile", "tile/0/000", "hash 0 is not what the entries give"),
                ("tile", "tile/0/000", "hash 2 is not what the entries give"),
            ],
        ),
        (
            add_files,
            [
                ("strange", "readme", "does not belong to this export"),
                ("strange", "tile/0/002", "does not belong to this export"),
            ],
        ),
    ],
)
def test_damage_to_an_export_is_named_by_its_file(
    change: Callable[[Path], None], findings: list[tuple[str, str, str]], tmp_path: Path
) -> None:
    target = WIDE.export(tmp_path / "export")
    change(target)
    verdict = verify_path(target, TRUST)
    assert [(each.check, each.where, each.detail) for each in verdict.findings] == findings


@pytest.mark.parametrize(
    ("statement", "findings"),
    [
        ("DELETE FROM entry WHERE seq = 7", [("missing", "1/7", "is not there"), ("missing", "1/20", "19 are here")]),
        ("DELETE FROM entry WHERE seq = 0", [("missing", "1/0", "is not there"), ("missing", "1/20", "19 are here")]),
        ("DELETE FROM entry WHERE seq = 19", [("missing", "1/20", "19 are here")]),
        ("UPDATE node SET hash = x'00' WHERE level = 0 AND position = 7", [("entry", "1/7", "disagree")]),
        ("DELETE FROM node WHERE level = 1 AND position = 9", [("tile", "1/node/1/9", "is not what the entries give")]),
        (
            "UPDATE node SET hash = x'00' WHERE position = 0 AND level IN (1, 2)",
            [("tile", "1/node/1/0", "is not what the entries give")],
        ),
        (
            "UPDATE node SET hash = x'00' WHERE level = 1 AND position = 0 OR level = 2 AND position = 1",
            [
                ("tile", "1/node/1/0", "is not what the entries give"),
                ("tile", "1/node/2/1", "is not what the entries give"),
            ],
        ),
    ],
)
def test_damage_to_a_copy_is_named_by_its_place(
    statement: str, findings: list[tuple[str, str, str]], tmp_path: Path
) -> None:
    copy = database(tmp_path / "copy.db", [SAMPLE])
    tamper(copy, statement)
    seen = [(each.check, each.where, each.detail) for each in verify_path(copy, TRUST).findings]
    for one, two in zip(seen, findings, strict=True):
        assert one[:2] == two[:2]
        assert two[2] in one[2]


def test_nothing_is_asked_of_the_stored_tree_in_the_quick_pass(tmp_path: Path) -> None:
    copy = database(tmp_path / "copy.db", [SAMPLE])
    with sqlite3.connect(copy) as connection:
        connection.execute("DROP TABLE node")
    assert verify_path(copy, TRUST, entries=False).ok
    assert ("file", "copy.db", "no such table: node") in [
        (each.check, each.where, each.detail) for each in verify_path(copy, TRUST).findings
    ]

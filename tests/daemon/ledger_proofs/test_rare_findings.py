"""Damage that hardly ever happens: each kind of it is a finding or a refusal in words, never a traceback."""

import io
import runpy
import sys
from base64 import b64encode
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from tests.daemon.ledger_proofs.judges import STAND_ALONE, run_stand_alone
from tests.daemon.ledger_proofs.sample import STATION, Sample, canonical, database, entries, raw_entry
from tests.daemon.ledger_proofs.test_database import tamper

from custodyd.ledger import tiles, tree
from custodyd.ledger.export import ExportRefused, export, vkey_path
from custodyd.ledger.lodging import BadLodging, read_root
from custodyd.ledger.note import BadNote, verify
from custodyd.ledger.receipt import BadProof, unpack
from custodyd.ledger.segments import Trust
from custodyd.ledger.verdict import Verdict
from custodyd.ledger.verify import verify_path

SAMPLE = Sample(entries(20))
TRUST = Trust([SAMPLE.vkey])


def found(path: Path) -> list[tuple[str, str]]:
    return [(finding.check, finding.where) for finding in verify_path(path, TRUST).findings]


def both_refuse(path: Path) -> None:
    assert not verify_path(path, TRUST).ok
    code, text = run_stand_alone(path, SAMPLE.vkey)
    assert code == 1, text


# --- the pieces ------------------------------------------------------------------------------------------------------


def test_an_empty_range_of_leaves_has_no_hash() -> None:
    with pytest.raises(ValueError, match="empty range"):
        tree.range_hash(3, 3, lambda level, index: bytes(32))


def test_a_root_in_base64_is_read_and_one_of_another_length_is_refused() -> None:
    root = SAMPLE.root()
    assert read_root(b64encode(root).decode()) == root
    with pytest.raises(BadLodging, match="length"):
        read_root(b64encode(root[:20]).decode())


def test_a_note_with_signatures_beyond_counting_is_refused() -> None:
    note = SAMPLE.note()
    line = note.rpartition("\n\n")[2]
    with pytest.raises(BadNote, match="too many"):
        verify(note + line * 1000, SAMPLE.vkey)


def test_a_receipt_that_is_not_json_is_refused() -> None:
    with pytest.raises(BadProof):
        unpack(b'{"entry":')


def test_an_export_that_cannot_be_finished_leaves_nothing_behind(tmp_path: Path) -> None:
    target = tmp_path / "export"
    vkey_path(target).mkdir()
    with pytest.raises(ExportRefused, match="cannot be written"):
        export(target, SAMPLE.note(), SAMPLE.vkey, SAMPLE.entries)
    assert [path.name for path in tmp_path.iterdir()] == [vkey_path(target).name]


# --- files -----------------------------------------------------------------------------------------------------------


def test_a_file_that_is_not_there_is_said_to_be_unreadable(tmp_path: Path) -> None:
    assert found(tmp_path / "nothing") == [("file", "nothing")]


def test_a_directory_without_an_export_is_said_to_be_none(tmp_path: Path) -> None:
    assert found(tmp_path) == [("missing", "checkpoint")]


def test_a_bundle_with_an_entry_too_few_is_found(tmp_path: Path) -> None:
    target = SAMPLE.export(tmp_path / "export")
    name = tiles.path(tiles.ENTRIES, 0, 20)
    (target / name).write_bytes(tiles.bundle(SAMPLE.entries[:19]))
    assert ("missing", name) in found(target)
    both_refuse(target)


def test_an_entry_that_is_no_longer_binary_is_missed_by_its_number(tmp_path: Path) -> None:
    copy = database(tmp_path / "copy.db", [SAMPLE])
    tamper(copy, "PRAGMA writable_schema=1")
    tamper(copy, "CREATE TABLE loose AS SELECT * FROM entry")
    tamper(copy, "DROP TABLE entry")
    tamper(copy, "ALTER TABLE loose RENAME TO entry")
    tamper(copy, "UPDATE entry SET bytes=CAST(bytes AS TEXT) WHERE seq=7")
    assert ("missing", "1/7") in found(copy)


@pytest.mark.parametrize("table", ["entry", "node"])
def test_a_table_that_is_gone_is_a_finding(table: str, tmp_path: Path) -> None:
    copy = database(tmp_path / "copy.db", [SAMPLE])
    tamper(copy, f"DROP TABLE {table}")
    assert "file" in {check for check, _ in found(copy)}


@pytest.mark.parametrize("first", [b"\xff", b'{"data":{"previous_size":1}}', b"[]"])
def test_a_successor_whose_first_entry_cannot_be_read_names_nothing(first: bytes, tmp_path: Path) -> None:
    copy = database(tmp_path / "copy.db", [SAMPLE])
    tamper(copy, f"INSERT INTO segment (segment, number, origin) VALUES ('2', 2, '{STATION}/2')")
    tamper(copy, f"INSERT INTO entry (number, seq, kind, bytes) VALUES (2, 0, 'x', x'{first.hex()}')")
    assert "form" in {check for check, _ in found(copy)}


MALFORMED: list[tuple[str, dict[str, Any]]] = [
    ("field", {"run": "00"}),
    ("field", {"kind": "Door"}),
    ("field", {"salt": "?"}),
    ("form", {"sealed": [1]}),
]


@pytest.mark.parametrize(("check", "change"), MALFORMED)
def test_a_malformed_field_is_found(check: str, change: dict[str, Any], tmp_path: Path) -> None:
    odd = Sample([*entries(2), canonical(raw_entry(2, "door.opened", {}) | change)])
    target = odd.export(tmp_path / "export")
    assert {each for each, _ in found(target)} == {check}
    if check == "form":
        assert run_stand_alone(target, odd.vkey)[0] == 1


# --- a segment of more than one chunk --------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """More entries than one chunk, so that tiles stand above the chunks."""
    many = [b'{"seq":%d}' % seq for seq in range(tiles.CHUNK + 3)]
    return Sample(many).export(tmp_path_factory.mktemp("large") / "export")


def quick(path: Path) -> Verdict:
    return verify_path(path, TRUST, entries=False)


def test_a_large_export_fits(large: Path) -> None:
    assert quick(large).ok


def test_a_lost_tile_above_the_chunks_is_found(large: Path) -> None:
    (tile,) = (path for path in (large / "tile" / "2").rglob("*") if path.is_file())
    kept = tile.read_bytes()
    tile.unlink()
    try:
        assert not quick(large).ok
    finally:
        tile.write_bytes(kept)


def test_a_lost_bundle_leaves_what_stands_above_it_undecided(large: Path) -> None:
    bundle = large / tiles.path(tiles.ENTRIES, 5, tiles.WIDTH)
    kept = bundle.read_bytes()
    bundle.unlink()
    try:
        assert [finding.where for finding in quick(large).findings] == [tiles.path(tiles.ENTRIES, 5, tiles.WIDTH)]
    finally:
        bundle.write_bytes(kept)


# --- the stand-alone verifier ----------------------------------------------------------------------------------------


def test_the_stand_alone_verifier_does_without_the_library(
    stand_alone: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "cryptography.exceptions", None)
    assert stand_alone.find_verifier() is stand_alone.verify_by_hand


def test_the_stand_alone_verifier_names_tiles_beyond_a_thousand_as_the_standard_does(stand_alone: ModuleType) -> None:
    assert stand_alone.tile_path(0, 1_234_067, 3) == "tile/0/x001/x234/067.p/3"


@pytest.mark.parametrize(
    "statement", ["DELETE FROM segment", "UPDATE segment SET number=9", "DELETE FROM segment; DELETE FROM entry"]
)
def test_the_stand_alone_verifier_misses_a_segment(statement: str, tmp_path: Path) -> None:
    copy = database(tmp_path / "copy.db", [SAMPLE])
    for each in statement.split(";"):
        tamper(copy, each)
    both_refuse(copy)


def test_the_stand_alone_verifier_refuses_a_receipt_with_another_kind_of_proof(tmp_path: Path) -> None:
    slip = tmp_path / "receipt"
    slip.write_text('{"entry":"{}","proof":"x\\nindex 0\\n\\n"}')
    both_refuse(slip)


def test_the_stand_alone_verifier_runs_where_the_output_is_no_terminal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = SAMPLE.export(tmp_path / "export")
    monkeypatch.setattr(sys, "stdout", io.StringIO())
    monkeypatch.setattr(sys, "argv", ["verify_ledger.py", str(target), SAMPLE.vkey])
    with pytest.raises(SystemExit) as ended:
        runpy.run_path(str(STAND_ALONE), run_name="__main__")
    assert not ended.value.code


@pytest.mark.parametrize("quarter", range(1, 4))
def test_a_quarter_of_the_file_overwritten_is_found(quarter: int, tmp_path: Path) -> None:
    many = Sample(entries(400))
    copy = database(tmp_path / "copy.db", [many])
    raw = bytearray(copy.read_bytes())
    size = len(raw) // 4
    raw[quarter * size : (quarter + 1) * size] = b"\xff" * size
    copy.write_bytes(raw)
    both_refuse(copy)


def test_an_index_that_disagrees_with_its_table_is_found(tmp_path: Path) -> None:
    copy = database(tmp_path / "copy.db", [SAMPLE])
    tamper(copy, "CREATE TABLE other (kind TEXT)")
    tamper(copy, "CREATE INDEX other_kind ON other (kind)")
    tamper(copy, "INSERT INTO other VALUES ('one'), ('two')")
    raw = copy.read_bytes()
    at = raw.rindex(b"two")
    copy.write_bytes(raw[:at] + b"six" + raw[at + 3 :])
    both_refuse(copy)

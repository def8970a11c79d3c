"""Exports: the layout of C2SP tlog-tiles, whole or absent, accepted by tools that are not ours."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.daemon.ledger_proofs.judges import GoJudge, run_stand_alone
from tests.daemon.ledger_proofs.sample import Sample, database, entries, two_segments

from custodyd.ledger import tiles
from custodyd.ledger.errors import Broken
from custodyd.ledger.export import ExportRefused, export, vkey_path
from custodyd.ledger.note import BadNote, Checkpoint
from custodyd.ledger.segments import Trust
from custodyd.ledger.verify import verify_path

SIZES = (1, 2, 255, 256, 257, 512, 700)
HUGE = tiles.CHUNK * 4 + 300  # the tiles of level 2 and two processes come into play


def files(directory: Path) -> set[str]:
    return {path.relative_to(directory).as_posix() for path in directory.rglob("*") if path.is_file()}


@pytest.mark.parametrize(
    ("level", "index", "width", "wanted"),
    [
        (0, 0, 256, "tile/0/000"),
        (1, 999, 3, "tile/1/999.p/3"),
        ("entries", 1234067, 256, "tile/entries/x001/x234/067"),
        (0, 1000, 112, "tile/0/x001/000.p/112"),
    ],
)
def test_paths_are_those_of_the_standard(level: int | str, index: int, width: int, wanted: str) -> None:
    assert tiles.path(level, index, width) == wanted


def test_seventy_thousand_entries_have_the_files_that_the_standard_counts() -> None:
    names = list(tiles.names(70_000))
    assert sum(name.startswith("tile/0/") for name in names) == 273 + 1
    assert {name for name in names if not name.startswith(("tile/0/", "tile/entries/"))} == {
        "tile/1/000",
        "tile/1/001.p/17",
        "tile/2/000.p/1",
    }
    assert "tile/0/273.p/112" in names


@given(st.lists(st.binary(max_size=400), max_size=256))
def test_a_bundle_is_read_back(parts: list[bytes]) -> None:
    assert tiles.unbundle(tiles.bundle(parts)) == parts


@given(st.binary(min_size=1, max_size=300), st.integers(1, 300))
def test_a_truncated_bundle_is_refused(entry: bytes, missing: int) -> None:
    data = tiles.bundle([entry])
    with pytest.raises(ValueError, match="middle"):
        tiles.unbundle(data[: -min(missing, len(entry))])


def test_the_longest_entry_fits() -> None:
    assert tiles.unbundle(tiles.bundle([b"x" * 65_535])) == [b"x" * 65_535]


@pytest.mark.parametrize("size", SIZES)
def test_an_export_holds_exactly_its_files(size: int, target: Path) -> None:
    Sample(entries(size)).export(target)
    assert files(target) == {"checkpoint", *tiles.names(size)}
    assert vkey_path(target).read_text().strip() == Sample([]).vkey


@pytest.mark.foreign
@pytest.mark.timeout(300)
def test_every_judge_accepts_exports_of_every_shape(go_judge: GoJudge, tmp_path: Path) -> None:
    made = [Sample(entries(size)).export(tmp_path / str(size)) for size in SIZES]
    vkey = Sample([]).vkey
    assert go_judge.answers([{"Dir": str(each), "VKey": vkey} for each in made]) == ["ok"] * len(SIZES)
    for each in made:
        assert verify_path(each, Trust([vkey])).ok
        code, text = run_stand_alone(each, vkey_path(each))
        assert code == 0, text


@pytest.mark.foreign
@pytest.mark.timeout(300)
def test_every_judge_accepts_an_export_with_tiles_of_level_two(go_judge: GoJudge, target: Path) -> None:
    sample = Sample([b"%d" % number for number in range(HUGE)])
    sample.export(target)
    assert "tile/2/000.p/4" in files(target)
    assert go_judge.accepts(target, sample.vkey)
    assert verify_path(target, Trust([sample.vkey]), entries=False).ok
    spoilt = target / "tile/2/000.p/4"
    spoilt.write_bytes(bytes(1) + spoilt.read_bytes()[1:])
    (finding,) = verify_path(target, Trust([sample.vkey]), entries=False).findings
    assert (finding.check, finding.where) == ("tile", "tile/2/000.p/4")
    assert not go_judge.accepts(target, sample.vkey)


def test_an_export_may_end_at_an_older_checkpoint(target: Path) -> None:
    sample = Sample(entries(300))
    sample.export(target, 270)
    assert files(target) == {"checkpoint", *tiles.names(270)}
    assert verify_path(target, Trust([sample.vkey])).ok


def test_all_segments_are_checked_below_one_directory(tmp_path: Path) -> None:
    both = two_segments()
    for number, sample in enumerate(both, 1):
        sample.export(tmp_path / "all" / str(number))
    verdict = verify_path(tmp_path / "all", Trust([both[0].vkey]))
    assert [each.origin for each in verdict.covered] == [sample.origin for sample in both]
    assert verdict.ok
    code, text = run_stand_alone(tmp_path / "all", both[0].vkey)
    assert code == 0, text


def test_an_export_into_a_used_directory_is_refused(target: Path) -> None:
    target.mkdir()
    (target / "old").touch()
    with pytest.raises(ExportRefused):
        Sample(entries(3)).export(target)
    assert files(target) == {"old"}


def test_an_empty_directory_is_taken(target: Path) -> None:
    target.mkdir()
    Sample(entries(3)).export(target)
    assert (target / "checkpoint").exists()


def test_the_way_to_the_target_is_made_and_the_key_lies_beside_it_under_its_name(tmp_path: Path) -> None:
    Sample(entries(3)).export(tmp_path / "2026" / "07" / "export")
    assert {path.name for path in (tmp_path / "2026" / "07").iterdir()} == {"export", "export.vkey"}


def test_an_export_under_way_is_hidden_beside_its_target_on_the_same_disk(tmp_path: Path) -> None:
    sample = Sample(entries(3))
    seen: list[str] = []

    def watched() -> Iterator[bytes]:
        for entry in sample.entries:
            seen.extend(path.name for path in tmp_path.iterdir())
            yield entry

    export(tmp_path / "export", sample.note(), sample.vkey, watched())
    assert len(seen) == 3
    assert all(name.startswith(".export.") for name in seen)


def test_nothing_appears_where_the_entries_are_not_those_that_were_signed(tmp_path: Path) -> None:
    sample = Sample(entries(10))
    for wrong in (sample.entries[:9], [*sample.entries[:9], b"{}"]):
        with pytest.raises(Broken):
            export(tmp_path / "export", sample.note(), sample.vkey, wrong)
    assert list(tmp_path.iterdir()) == []


def test_nothing_appears_under_a_note_of_another_key(tmp_path: Path) -> None:
    sample = Sample(entries(3))
    note = sample.note().replace(sample.origin, f"{sample.origin}1")
    with pytest.raises(BadNote):
        export(tmp_path / "export", note, sample.vkey, sample.entries)
    assert list(tmp_path.iterdir()) == []


def test_a_target_that_cannot_be_written_is_a_typed_refusal(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ExportRefused):
        Sample(entries(3)).export(tmp_path / "file" / "export")


def test_an_empty_segment_is_exported_as_its_checkpoint(target: Path) -> None:
    sample = Sample([])
    export(target, sample.signer.sign(Checkpoint(sample.origin, 0, sample.root())), sample.vkey, [])
    assert files(target) == {"checkpoint"}
    assert verify_path(target, Trust([sample.vkey])).ok


def test_an_export_of_a_database_copy_says_the_same(tmp_path: Path) -> None:
    sample = Sample(entries(40))
    copy = verify_path(database(tmp_path / "copy.db", [sample]), Trust([sample.vkey]))
    exported = verify_path(sample.export(tmp_path / "export"), Trust([sample.vkey]))
    assert copy.covered[0].root == exported.covered[0].root == sample.root()

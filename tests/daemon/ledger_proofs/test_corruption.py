"""Every change of an export is found by our verifier, by the stand-alone file and by Go's own packages."""

import contextlib
import io
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.daemon.ledger_proofs.judges import GoJudge, run_stand_alone
from tests.daemon.ledger_proofs.sample import Sample, canonical, entries, raw_entry

from custodyd.ledger import tiles
from custodyd.ledger.lodging import Lodged
from custodyd.ledger.note import Checkpoint, Signer
from custodyd.ledger.segments import Trust
from custodyd.ledger.verify import verify_path

SAMPLE = Sample(entries(300))
TINY = Sample([canonical(raw_entry(seq, "door.opened", {})) for seq in range(2)])
TRUST = Trust([SAMPLE.vkey])

pytestmark = pytest.mark.foreign


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return SAMPLE.export(tmp_path_factory.mktemp("export") / "good")


def names(directory: Path) -> list[str]:
    return sorted(path.relative_to(directory).as_posix() for path in directory.rglob("*") if path.is_file())


def stand_alone_accepts(module: ModuleType, directory: Path) -> bool:
    report = module.Report()
    with contextlib.redirect_stdout(io.StringIO()):
        try:
            module.check(report, directory, [module.read_key(SAMPLE.vkey)], [])
        except (module.Unfit, ValueError):
            return False
        return bool(report.end() == 0)


@contextlib.contextmanager
def flipped(file: Path, bit: int) -> Iterator[None]:
    with file.open("r+b", buffering=0) as open_file:  # in place: truncating costs more than all the hashing
        (good,) = os.pread(open_file.fileno(), 1, bit // 8)
        os.pwrite(open_file.fileno(), bytes([good ^ 1 << bit % 8]), bit // 8)
        try:
            yield
        finally:
            os.pwrite(open_file.fileno(), bytes([good]), bit // 8)


def all_bits(directory: Path) -> list[tuple[str, int]]:
    return [(name, bit) for name in names(directory) for bit in range((directory / name).stat().st_size * 8)]


@pytest.mark.timeout(300)
def test_go_finds_every_single_bit_of_a_small_export(go_judge: GoJudge, target: Path) -> None:
    TINY.export(target)
    places = all_bits(target)
    jobs = [{"Dir": str(target), "VKey": TINY.vkey, "File": n, "Offset": b // 8, "Mask": 1 << b % 8} for n, b in places]
    assert "ok" not in go_judge.answers(jobs)


def test_both_verifiers_find_every_single_bit_of_the_smallest_export(stand_alone: ModuleType, target: Path) -> None:
    Sample(TINY.entries[:1]).export(target)
    missed: list[tuple[str, int]] = []
    for name, bit in all_bits(target):
        with flipped(target / name, bit):
            if verify_path(target, TRUST, entries=False).ok or stand_alone_accepts(stand_alone, target):
                missed.append((name, bit))
    assert missed == []
    assert verify_path(target, TRUST).ok
    assert stand_alone_accepts(stand_alone, target)


@given(st.data())
@settings(max_examples=40, deadline=None)
def test_a_flipped_bit_anywhere_is_found_by_all(
    go_judge: GoJudge, stand_alone: ModuleType, exported: Path, data: st.DataObject
) -> None:
    name = data.draw(st.sampled_from(names(exported)))
    bit = data.draw(st.integers(0, (exported / name).stat().st_size * 8 - 1))
    with flipped(exported / name, bit):
        assert not verify_path(exported, TRUST).ok
        assert not stand_alone_accepts(stand_alone, exported)
        assert not go_judge.accepts(exported, SAMPLE.vkey)


def test_a_flipped_bit_in_an_entry_is_located(exported: Path) -> None:
    bundle = exported / tiles.path("entries", 0, 256)
    second = len(SAMPLE.entries[0]) + 2 + 40
    with flipped(bundle, second * 8):
        found = verify_path(exported, TRUST).findings
    assert ("tile", "tile/0/000", "hash 1 is not what the entries give") in [
        (each.check, each.where, each.detail) for each in found
    ]


def rewrite(directory: Path, changed: list[bytes]) -> None:
    """Write other entries with tiles that fit them, under the old checkpoint: what a careful forger does."""
    note = (directory / "checkpoint").read_text()
    shutil.rmtree(directory)
    Sample(changed).export(directory)
    (directory / "checkpoint").write_text(note)


def drop(directory: Path) -> None:
    rewrite(directory, [*SAMPLE.entries[:100], *SAMPLE.entries[101:]])


def drop_and_fill(directory: Path) -> None:
    rewrite(directory, [*SAMPLE.entries[:100], *SAMPLE.entries[101:], b"{}"])


def swap(directory: Path) -> None:
    changed = list(SAMPLE.entries)
    changed[10], changed[11] = changed[11], changed[10]
    rewrite(directory, changed)


def swap_in_the_bundle_only(directory: Path) -> None:
    changed = list(SAMPLE.entries[:256])
    changed[10], changed[11] = changed[11], changed[10]
    (directory / tiles.path("entries", 0, 256)).write_bytes(tiles.bundle(changed))


def move_a_boundary(directory: Path) -> None:
    """The same bytes, cut into entries elsewhere."""
    changed = list(SAMPLE.entries[:256])
    changed[4], changed[5] = changed[4] + changed[5][:1], changed[5][1:]
    (directory / tiles.path("entries", 0, 256)).write_bytes(tiles.bundle(changed))


def lose_a_bundle(directory: Path) -> None:
    (directory / tiles.path("entries", 0, 256)).unlink()


def lose_a_tile(directory: Path) -> None:
    (directory / tiles.path(0, 1, 44)).unlink()


def shorten_a_tile(directory: Path) -> None:
    tile = directory / tiles.path(0, 1, 44)
    tile.write_bytes(tile.read_bytes()[:-32])


def sign_with_another_key(directory: Path) -> None:
    other = Signer(SAMPLE.origin, bytes(32))
    (directory / "checkpoint").write_text(other.sign(Checkpoint(SAMPLE.origin, 300, SAMPLE.root())))


def take_the_checkpoint_of_another_segment(directory: Path) -> None:
    other = Sample(entries(300, "2"), SAMPLE.origin[:-1] + "2")
    (directory / "checkpoint").write_text(other.note())


def take_the_checkpoint_of_another_size(directory: Path) -> None:
    (directory / "checkpoint").write_text(SAMPLE.note(299))


def drop_the_signature(directory: Path) -> None:
    (directory / "checkpoint").write_text(SAMPLE.note().split("\n\n")[0] + "\n\n")


CHANGES = [
    drop,
    drop_and_fill,
    swap,
    swap_in_the_bundle_only,
    move_a_boundary,
    lose_a_bundle,
    lose_a_tile,
    shorten_a_tile,
    sign_with_another_key,
    take_the_checkpoint_of_another_segment,
    take_the_checkpoint_of_another_size,
    drop_the_signature,
]


@pytest.mark.timeout(300)
@pytest.mark.parametrize("change", CHANGES)
def test_a_forged_export_is_found_by_all(change: Callable[[Path], None], go_judge: GoJudge, target: Path) -> None:
    SAMPLE.export(target)
    change(target)
    verdict = verify_path(target, TRUST)
    assert not verdict.ok
    assert verdict.findings
    assert not go_judge.accepts(target, SAMPLE.vkey)
    code, text = run_stand_alone(target, SAMPLE.vkey)
    assert code == 1, text


@pytest.mark.timeout(300)
@pytest.mark.parametrize("tail", [250, 300])
def test_a_tail_rebuilt_after_a_lodged_checkpoint_is_found_by_all(tail: int, go_judge: GoJudge, target: Path) -> None:
    rebuilt = [canonical(raw_entry(seq, "door.closed", {"door": 1})) for seq in range(240, tail)]
    Sample([*SAMPLE.entries[:240], *rebuilt]).export(target)
    lodged = Lodged("1", 280, SAMPLE.root(280))
    assert verify_path(target, TRUST).ok  # signed by the station: only what others hold shows the forgery
    (finding,) = verify_path(target, Trust([SAMPLE.vkey], [lodged]), entries=False).findings
    assert finding.check == ("root" if tail > 280 else "missing")
    assert not go_judge.accepts(target, SAMPLE.vkey, Lodged=SAMPLE.note(280))
    code, text = run_stand_alone(target, SAMPLE.vkey, "--lodged", lodged.text())
    assert code == 1, text


@pytest.mark.timeout(300)
def test_an_export_that_continues_a_lodged_checkpoint_is_accepted_by_all(go_judge: GoJudge, exported: Path) -> None:
    lodged = Lodged("1", 280, SAMPLE.root(280))
    verdict = verify_path(exported, Trust([SAMPLE.vkey], [lodged]))
    assert verdict.ok
    assert verdict.covered[0].lodged == 1
    assert go_judge.accepts(exported, SAMPLE.vkey, Lodged=SAMPLE.note(280))
    code, text = run_stand_alone(exported, SAMPLE.vkey, "--lodged", lodged.text())
    assert code == 0, text


def test_a_file_that_does_not_belong_to_the_export_is_named(target: Path) -> None:
    SAMPLE.export(target)
    (target / "tile" / "0" / "002").write_bytes(b"")
    (finding,) = verify_path(target, TRUST).findings
    assert (finding.check, finding.where) == ("strange", "tile/0/002")
    code, text = run_stand_alone(target, SAMPLE.vkey)
    assert code == 1
    assert "002" in text

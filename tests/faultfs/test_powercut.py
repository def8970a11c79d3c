"""What a power cut may leave: surely what was flushed, nothing that was never written, names in their order."""

import random
from collections.abc import Sequence
from pathlib import Path

import pytest
from tests.faultfs.powercut import Change, Disk

TIMES = range(60)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "root"
    root.mkdir()
    (root / "old").write_bytes(b"old!")
    return root


def after(root: Path, changes: Sequence[tuple[str, str, str, int, bytes]], seed: int) -> dict[str, bytes]:
    disk = Disk(root)
    for what, path, to, offset, data in changes:
        full = str(root / path) if path else str(root)
        disk._take(Change(what, full, str(root / to) if to else "", offset, data))
    disk.cut(random.Random(seed))
    return {path.name: path.read_bytes() for path in root.iterdir() if path.is_file()}


def found(root: Path, *changes: tuple[str, str, str, int, bytes]) -> set[tuple[tuple[str, bytes], ...]]:
    """Every state that some power cut left."""
    states: set[tuple[tuple[str, bytes], ...]] = set()
    for seed in TIMES:
        for path in root.iterdir():
            path.unlink()
        (root / "old").write_bytes(b"old!")
        states.add(tuple(sorted(after(root, changes, seed).items())))
    return states


def test_what_was_flushed_is_there_and_what_was_not_may_be(root: Path) -> None:
    flushed = ("w", "old", "", 0, b"new!"), ("s", "old", "", 0, b"")
    assert found(root, *flushed) == {(("old", b"new!"),)}
    assert found(root, flushed[0]) == {(("old", b"new!"),), (("old", b"old!"),)}


def test_a_write_over_two_sectors_can_be_torn_between_them(root: Path) -> None:
    kept = {state[0][1] for state in found(root, ("w", "old", "", 510, b"abcd"))}
    assert kept == {b"old!", b"old!" + bytes(506) + b"ab", b"old!" + bytes(508) + b"cd", b"old!" + bytes(506) + b"abcd"}


def test_a_failed_flush_keeps_nothing_for_sure_and_the_next_one_does_not_mend_it(root: Path) -> None:
    states = found(
        root,
        ("w", "old", "", 0, b"new!"),
        ("f", "old", "", 0, b""),
        ("w", "old", "", 4, b"more"),
        ("s", "old", "", 0, b""),
    )
    assert states == {(("old", b"new!more"),), (("old", b"old!more"),)}


def test_a_name_is_kept_by_the_flush_of_its_directory_alone(root: Path) -> None:
    made = ("c", "new", "", 0, b""), ("w", "new", "", 0, b"x"), ("s", "new", "", 0, b"")
    assert found(root, *made) == {(("old", b"old!"),), (("new", b"x"), ("old", b"old!"))}
    assert found(root, *made, ("s", "", "", 0, b"")) == {(("new", b"x"), ("old", b"old!"))}


def test_a_renamed_file_is_there_under_the_old_name_or_the_new_one(root: Path) -> None:
    written = ("c", "n", "", 0, b""), ("w", "n", "", 0, b"new!"), ("s", "n", "", 0, b""), ("s", "", "", 0, b"")
    states = found(root, *written, ("r", "n", "old", 0, b""))
    assert states == {(("n", b"new!"), ("old", b"old!")), (("old", b"new!"),)}
    assert found(root, *written, ("r", "n", "old", 0, b""), ("s", "", "", 0, b"")) == {(("old", b"new!"),)}


def test_names_change_in_order_and_a_failed_flush_keeps_none(root: Path) -> None:
    states = found(root, ("c", "a", "", 0, b""), ("u", "old", "", 0, b""), ("f", "", "", 0, b""))
    assert states == {(("old", b"old!"),), (("a", b""), ("old", b"old!")), (("a", b""),)}


def test_a_length_that_was_not_flushed_may_be_either(root: Path) -> None:
    assert found(root, ("t", "old", "", 1, b"")) == {(("old", b"o"),), (("old", b"old!"),)}

"""Tiles and bundles as files, where a segment is longer than any test can fill: from made-up hashes."""

from hashlib import sha256

import pytest

from custodyd.ledger import tiles, tree

HASHES = [sha256(bytes([number])).digest() for number in range(256)]


def test_the_tiles_of_a_later_chunk_hold_its_own_hashes() -> None:
    leaves = HASHES + HASHES[:9]
    levels = tree.levels_over(leaves)
    assert dict(tiles.tiles_within(1, levels)) == {
        "tile/0/256": b"".join(leaves[:256]),
        "tile/0/257.p/9": b"".join(leaves[256:]),
        "tile/1/001.p/1": levels[8][0],
    }


def test_above_the_chunks_every_eighth_level_is_a_tile_of_its_own() -> None:
    levels = tree.levels_over(HASHES)
    assert dict(tiles.tiles_above(levels)) == {"tile/2/000": b"".join(HASHES), "tile/3/000.p/1": levels[8][0]}


def test_every_path_of_a_segment_is_named_once() -> None:
    assert list(tiles.names(0)) == []
    assert list(tiles.names(3)) == ["tile/entries/000.p/3", "tile/0/000.p/3"]
    assert list(tiles.names(256)) == ["tile/entries/000", "tile/0/000", "tile/1/000.p/1"]
    assert list(tiles.names(257)) == [
        "tile/entries/000",
        "tile/entries/001.p/1",
        "tile/0/000",
        "tile/0/001.p/1",
        "tile/1/000.p/1",
    ]


@pytest.mark.parametrize(
    ("index", "name"),
    [(0, "000"), (999, "999"), (1000, "x001/000"), (1_234_067, "x001/x234/067"), (1_000_000, "x001/x000/000")],
)
def test_an_index_is_written_in_groups_of_three_digits(index: int, name: str) -> None:
    assert tiles.path(1, index, 256) == f"tile/1/{name}"
    assert tiles.path(tiles.ENTRIES, index, 255) == f"tile/entries/{name}.p/255"


def test_a_bundle_holds_each_entry_after_its_length_and_is_read_back() -> None:
    entries = [b"", b"x", b"y" * 258, b"z" * 65_535]
    data = tiles.bundle(entries)
    assert data[:6] == b"\x00\x00\x00\x01x\x01"
    assert tiles.unbundle(data) == entries
    assert tiles.unbundle(b"") == []
    assert tiles.unbundle(b"\x00\x00") == [b""]


@pytest.mark.parametrize("data", [b"\x00", b"\x00\x01", b"\x00\x00\x00", b"\x01\x00x", b"\x00\x01xy"])
def test_a_bundle_that_ends_within_an_entry_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="middle"):
        tiles.unbundle(data)


def test_the_bundles_of_a_later_chunk_go_on_in_number() -> None:
    entries = [str(number).encode() for number in range(300)]
    assert dict(tiles.bundles(2, entries)) == {
        "tile/entries/512": tiles.bundle(entries[:256]),
        "tile/entries/513.p/44": tiles.bundle(entries[256:]),
    }


def test_a_chunk_of_few_entries_has_no_tile_of_level_one() -> None:
    leaves = HASHES[:255]
    assert dict(tiles.tiles_within(0, tree.levels_over(leaves))) == {"tile/0/000.p/255": b"".join(leaves)}

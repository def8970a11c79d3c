"""Tiles and bundles as files, where a segment is longer than any test can fill: from made-up hashes."""

from hashlib import sha256

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

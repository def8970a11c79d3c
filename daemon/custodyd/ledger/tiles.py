"""The layout of a published segment (C2SP tlog-tiles): paths, tiles of hashes, bundles of entries; it writes nothing.

A chunk is 65,536 entries: exactly one tile of level 1 and the 256 tiles of level 0 below it.
"""

from collections.abc import Iterator, Sequence

WIDTH = 256
CHUNK = WIDTH * WIDTH
CHUNK_LEVEL = 16
ENTRIES = "entries"
CHECKPOINT = "checkpoint"
_LENGTH = 2
_LEVELS_PER_TILE = 8

Levels = Sequence[Sequence[bytes]]
Files = Iterator[tuple[str, bytes]]


def path(level: int | str, index: int, width: int) -> str:
    """`tile/0/x001/067.p/3`: the index in groups of three digits, the width only if the tile is partial."""
    groups = [f"{index % 1000:03}"]
    while index >= 1000:
        index //= 1000
        groups.insert(0, f"x{index % 1000:03}")
    partial = "" if width == WIDTH else f".p/{width}"
    return f"tile/{level}/{'/'.join(groups)}{partial}"


def widths(count: int, first: int = 0) -> Iterator[tuple[int, int]]:
    """(index, width) of each tile over `count` hashes; only the last may be narrower than 256."""
    for start in range(0, count, WIDTH):
        yield first + start // WIDTH, min(WIDTH, count - start)


def names(size: int) -> Iterator[str]:
    """Every path below `tile/` of a segment with `size` entries."""
    for index, width in widths(size):
        yield path(ENTRIES, index, width)
    level, count = 0, size
    while count:
        for index, width in widths(count):
            yield path(level, index, width)
        level, count = level + 1, count // WIDTH


def bundle(entries: Sequence[bytes]) -> bytes:
    """At most 256 entries, each after its length in two bytes, big-endian."""
    return b"".join(len(entry).to_bytes(_LENGTH, "big") + entry for entry in entries)


def unbundle(data: bytes) -> list[bytes]:
    """The entries of a bundle; raises ValueError when it ends in the middle of one."""
    entries: list[bytes] = []
    place, end = 0, len(data)
    while place + _LENGTH <= end:
        start = place + _LENGTH
        place = start + (data[place] << 8 | data[place + 1])
        entries.append(data[start:place])
    if place != end:
        raise ValueError("the bundle ends in the middle of an entry")
    return entries


def bundles(number: int, entries: Sequence[bytes]) -> Files:
    """(path, bytes) of the entry bundles of chunk `number`."""
    for index, width in widths(len(entries)):
        start = index * WIDTH
        yield path(ENTRIES, number * WIDTH + index, width), bundle(entries[start : start + width])


def tiles_within(number: int, levels: Levels) -> Files:
    """(path, bytes) of the tiles of levels 0 and 1 of chunk `number`, from `tree.levels_over` its leaves."""
    yield from _tiles(0, levels[0], number * WIDTH)
    if len(levels) > _LEVELS_PER_TILE:
        yield from _tiles(1, levels[_LEVELS_PER_TILE], number)


def tiles_above(levels: Levels) -> Files:
    """(path, bytes) of the tiles of level 2 and up, from `tree.levels_over` the roots of the complete chunks."""
    for step, hashes in enumerate(levels[::_LEVELS_PER_TILE]):
        yield from _tiles(2 + step, hashes, 0)


def _tiles(level: int, hashes: Sequence[bytes], first: int) -> Files:
    for index, width in widths(len(hashes), first):
        start = (index - first) * WIDTH
        yield path(level, index, width), b"".join(hashes[start : start + width])

"""What a disk holds after the power went: flushed changes surely, the others wholly, partly or not at all.

Only what was asked for is trusted: the flush of a file keeps its bytes, that of a directory its names up to then.
Names change in order, as a journal writes them; bytes that were not flushed arrive in any order, sector by sector.
"""

import itertools
import random
import shutil
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

SECTOR = 512
_HEAD = struct.Struct("<cqIII")


@dataclass(frozen=True, slots=True)
class Change:
    """One line of the log: see faultfs.c for the letters."""

    what: str
    path: str
    to: str
    offset: int
    data: bytes


def read(log: Path) -> Iterator[Change]:
    """The changes of a log; a last one that the kill cut short is left out."""
    told = log.read_bytes() if log.exists() else b""
    at = 0
    while at + _HEAD.size <= len(told):
        what, offset, path, to, data = _HEAD.unpack_from(told, at)
        ends = [at + _HEAD.size]
        for length in (path, to, data):
            ends.append(ends[-1] + length)
        if ends[-1] > len(told):
            return
        parts = [told[start:end] for start, end in itertools.pairwise(ends)]
        yield Change(what.decode(), parts[0].decode(), parts[1].decode(), offset, parts[2])
        at = ends[-1]


@dataclass(slots=True, eq=False)
class _File:
    """Bytes that are kept, changes on their way, and changes whose flush failed: those are never kept for sure."""

    kept: bytearray = field(default_factory=bytearray)
    under_way: list[Change] = field(default_factory=list[Change])
    doomed: list[Change] = field(default_factory=list[Change])

    def flush(self) -> None:
        for change in self.under_way:
            _make(self.kept, change)
        self.under_way.clear()

    def fail(self) -> None:
        # after a failed flush a kernel drops what it could not write, and the next flush succeeds without it
        self.doomed += self.under_way
        self.under_way.clear()

    def after(self, chance: random.Random) -> bytes:
        found = bytearray(self.kept)
        odds = chance.choice((0.0, 0.5, 1.0))
        for change in (*self.doomed, *self.under_way):
            for part in _sectors(change):
                if chance.random() < odds:
                    _make(found, part)
        return bytes(found)


def _make(found: bytearray, change: Change) -> None:
    end = change.offset + len(change.data)
    if len(found) < end:
        found.extend(bytes(end - len(found)))
    if change.what == "t":
        del found[change.offset :]
    else:
        found[change.offset : end] = change.data


def _sectors(change: Change) -> Iterator[Change]:
    if change.what == "t":
        yield change
        return
    at = 0
    while at < len(change.data):
        size = SECTOR - (change.offset + at) % SECTOR
        yield Change("w", change.path, "", change.offset + at, change.data[at : at + size])
        at += size


class Disk:
    """The files below `root` and what a log did to them. A directory is a name without a file."""

    def __init__(self, root: Path, leave_out: tuple[str, ...] = ()) -> None:
        self.root = root
        self._leave_out = leave_out  # ends of names whose files need not outlive a power cut
        self._kept: dict[str, _File | None] = {str(root): None}
        for path in sorted(root.rglob("*")):
            if not str(path).endswith(leave_out):
                self._kept[str(path)] = None if path.is_dir() else _File(bytearray(path.read_bytes()))
        self._now = dict(self._kept)
        self._names: list[Change] = []  # changes of names that no flush of a directory has kept yet
        self._made: dict[int, _File | None] = {}  # what each of them brought

    def follow(self, log: Path) -> None:
        """Take the changes of a log."""
        for change in read(log):
            if not change.path.endswith(self._leave_out):
                self._take(change)

    def _take(self, change: Change) -> None:
        if change.what in "cmru":
            self._made[id(change)] = _rename(self._now, change, _File() if change.what == "c" else None)
            self._names.append(change)
            return
        if change.path not in self._now:
            return  # written after its name was gone
        file = self._now[change.path]
        if file is None:
            self._keep_names(change)
        elif change.what == "s":
            file.flush()
        elif change.what == "f":
            file.fail()
        else:
            file.under_way.append(change)

    def _keep_names(self, flush: Change) -> None:
        """Keep the changes of names up to the last one in this directory, if its flush succeeded."""
        if flush.what != "s":
            return
        touching = [number for number, change in enumerate(self._names, 1) if _touches(change, flush.path)]
        for change in self._names[: max(touching, default=0)]:
            _rename(self._kept, change, self._made.pop(id(change)))
        del self._names[: max(touching, default=0)]

    def cut(self, chance: random.Random) -> None:
        """Leave below the root what the power cut left; a new Disk goes on from there."""
        left = dict(self._kept)
        for change in self._names[: chance.randint(0, len(self._names))]:
            _rename(left, change, self._made[id(change)])
        shutil.rmtree(self.root)
        self.root.mkdir(mode=0o700)
        for path, file in left.items():
            if file is None:
                Path(path).mkdir(exist_ok=True, parents=True, mode=0o700)
        for path, file in left.items():
            if file is not None:
                Path(path).write_bytes(file.after(chance))


def _touches(change: Change, directory: str) -> bool:
    return directory in {str(Path(path).parent) for path in (change.path, change.to) if path}


def _rename(names: dict[str, _File | None], change: Change, brought: _File | None) -> _File | None:
    """Do a change of names; returns the file that it brought or moved."""
    if change.what in "cm":
        names[change.path] = brought
        return brought
    if change.path not in names:
        return None
    moved = names.pop(change.path)
    if change.what == "r":
        names[change.to] = moved
    return moved

"""Where a verification reads from: an export's files or a copy of the database, by chunk; it must not know hashing.

A source is small and can be sent to another process; it opens what it needs there.
"""

import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from custodyd.ledger import tiles
from custodyd.ledger.errors import LedgerError
from custodyd.ledger.suite import DIGEST_SIZE
from custodyd.ledger.verdict import Finding

DAMAGED = (sqlite3.Error, TypeError, ValueError, OverflowError)
"""What reading a damaged database may raise: values of any type, and messages that are no text."""


class Unreadable(LedgerError):
    """Something that must be there is not, or is no file of ours; `finding` says what."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(f"{finding.where}: {finding.detail}")
        self.finding = finding


class Source(Protocol):
    """One segment."""

    @property
    def size(self) -> int:
        """Number of entries."""
        ...

    def batches(self, number: int) -> Iterator[list[bytes]]:
        """The stored bytes of chunk `number`, some at a time while they are in the cache; raises Unreadable."""
        ...

    def compare(self, number: int, levels: tiles.Levels) -> Iterator[Finding]:
        """What is stored of the tree within chunk `number`, against `levels` made from the entries."""
        ...

    def compare_above(self, levels: tiles.Levels) -> Iterator[Finding]:
        """What is stored of the tree above the chunks, against `levels` made from the roots of complete chunks."""
        ...


def chunk_size(size: int, number: int) -> int:
    """How many entries chunk `number` has in a segment of `size`."""
    return min(tiles.CHUNK, size - number * tiles.CHUNK)


@dataclass(frozen=True, slots=True)
class ExportSource:
    """The files of one exported segment."""

    directory: Path
    size: int

    def batches(self, number: int) -> Iterator[list[bytes]]:
        """One bundle after the other."""
        for index, width in tiles.widths(chunk_size(self.size, number), number * tiles.WIDTH):
            yield self._bundle(tiles.path(tiles.ENTRIES, index, width), width)

    def _bundle(self, name: str, width: int) -> list[bytes]:
        try:
            entries = tiles.unbundle(self._read(name))
        except ValueError as exc:
            raise Unreadable(Finding("entry", name, str(exc))) from exc
        if len(entries) != width:
            raise Unreadable(Finding("missing", name, f"holds {len(entries)} entries, not {width}"))
        return entries

    def compare(self, number: int, levels: tiles.Levels) -> Iterator[Finding]:
        """Tiles of levels 0 and 1."""
        return self._compare(tiles.tiles_within(number, levels))

    def compare_above(self, levels: tiles.Levels) -> Iterator[Finding]:
        """Tiles of level 2 and up."""
        return self._compare(tiles.tiles_above(levels))

    def _compare(self, files: tiles.Files) -> Iterator[Finding]:
        for name, wanted in files:
            try:
                yield from _differences(name, self._read(name), wanted)
            except Unreadable as exc:
                yield exc.finding

    def _read(self, name: str) -> bytes:
        try:
            return (self.directory / name).read_bytes()
        except OSError as exc:
            raise Unreadable(Finding("missing", name, "cannot be read")) from exc

    @property
    def whole(self) -> bool:
        """Whether the last bundle is there: a signed size alone must not keep a verifier busy for ever."""
        last = (self.size - 1) // tiles.WIDTH
        width = self.size - last * tiles.WIDTH
        return self.size == 0 or (self.directory / tiles.path(tiles.ENTRIES, last, width)).exists()

    def strange(self) -> Iterator[Finding]:
        """Files that a segment of this size does not have."""
        found: set[str] = set()
        for folder, _, files in os.walk(self.directory):  # many times faster than Path.rglob over thousands of files
            place = Path(folder).relative_to(self.directory)
            prefix = "" if place == Path() else f"{place.as_posix()}/"
            found |= {prefix + name for name in files}
        for name in sorted(found - {tiles.CHECKPOINT, *tiles.names(self.size)}):
            yield Finding("strange", name, "does not belong to this export")


def _differences(name: str, stored: bytes, wanted: bytes) -> Iterator[Finding]:
    if len(stored) != len(wanted):
        yield Finding("tile", name, f"has {len(stored)} bytes, not {len(wanted)}")
    elif stored != wanted:
        for start in range(0, len(wanted), DIGEST_SIZE):
            if stored[start : start + DIGEST_SIZE] != wanted[start : start + DIGEST_SIZE]:
                yield Finding("tile", name, f"hash {start // DIGEST_SIZE} is not what the entries give")


def open_copy(path: Path) -> sqlite3.Connection:
    """A copy of the database, never written; a log beside it is not read. Damaged text is read with marks in it."""
    connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True)
    connection.text_factory = _text
    return connection


def _text(raw: bytes) -> str:
    return raw.decode(errors="replace")


@dataclass(frozen=True, slots=True)
class DatabaseSource:
    """One segment in a copy of the database; `number` as in its table `segment`."""

    path: Path
    segment: str
    number: int
    size: int
    nodes: bool = True

    def batches(self, number: int) -> Iterator[list[bytes]]:
        """From the table `entry`."""
        first, count = number * tiles.CHUNK, chunk_size(self.size, number)
        seen = 0
        for rows in self._rows_of(first, first + count):
            batch = [data for _, data in rows]
            # seq is unique and in order: where the last row is in its place, none before it is missing
            if rows[-1][0] != first + seen + len(rows) - 1 or {*map(type, batch)} != {bytes}:
                break
            seen += len(batch)
            yield batch
        if seen != count:
            raise Unreadable(Finding("missing", f"{self.segment}/{self._missing(first, count)}", "is not there"))

    def _rows_of(self, first: int, stop: int) -> Iterator[list[tuple[int, bytes]]]:
        sql = "SELECT seq, bytes FROM entry WHERE number=? AND seq>=? AND seq<? ORDER BY seq"
        try:
            with closing(open_copy(self.path)) as connection:
                cursor = connection.execute(sql, (self.number, first, stop))
                while rows := cursor.fetchmany(tiles.WIDTH):
                    yield rows
        except DAMAGED as exc:
            raise Unreadable(Finding("file", self.path.name, str(exc))) from exc

    def _missing(self, first: int, count: int) -> int:
        sql = "SELECT seq FROM entry WHERE number=? AND seq>=? AND seq<? AND typeof(bytes)='blob'"
        there = {seq for (seq,) in self._rows(sql, first, first + count)}
        return next((seq for seq in range(first, first + count) if seq not in there), first)

    def compare(self, number: int, levels: tiles.Levels) -> Iterator[Finding]:
        """The rows of `node` up to level 16."""
        first = number * tiles.CHUNK
        return self._compare(levels, first, 0) if self.nodes else iter(())

    def compare_above(self, levels: tiles.Levels) -> Iterator[Finding]:
        """The rows of `node` above level 16."""
        return self._compare(levels[1:], 0, tiles.CHUNK_LEVEL + 1) if self.nodes else iter(())

    def _compare(self, levels: tiles.Levels, first: int, base: int) -> Iterator[Finding]:
        above: set[int] = set()  # ancestors of what was reported already
        for step, hashes in enumerate(levels):
            wrong = self._wrong(hashes, first >> step, base + step)
            for place in sorted(wrong - above):
                yield self._finding(base + step, place)
            above = {place >> 1 for place in wrong}

    def _wrong(self, hashes: Sequence[bytes], start: int, level: int) -> set[int]:
        sql = "SELECT position, hash FROM node WHERE number=? AND level=? AND position>=? AND position<?"
        stored = dict(self._rows(sql, level, start, start + len(hashes)))
        return {place for place, value in enumerate(hashes, start) if stored.get(place) != value}

    def _finding(self, level: int, place: int) -> Finding:
        if level == 0:
            return Finding("entry", f"{self.segment}/{place}", "the entry and its stored hash disagree")
        return Finding("tile", f"{self.segment}/node/{level}/{place}", "is not what the entries give")

    def _rows(self, sql: str, *values: int) -> list[Any]:
        try:
            with closing(open_copy(self.path)) as connection:
                return connection.execute(sql, (self.number, *values)).fetchall()
        except DAMAGED as exc:
            raise Unreadable(Finding("file", self.path.name, str(exc))) from exc

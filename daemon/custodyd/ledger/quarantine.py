"""A broken record: moved aside, read-only, never replaced silently; what a checkpoint confirms in it still counts."""

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec

from custodyd.ledger.door import FILE, SIDES, open_reader, sync_directory
from custodyd.ledger.edge import Edge
from custodyd.ledger.errors import Broken
from custodyd.ledger.note import BadNote, Checkpoint, verify
from custodyd.ledger.suite import leaf_hash

DIRECTORY = "quarantine"
_FOUND = "found.json"


@dataclass(frozen=True, slots=True)
class Confirmed:
    """What still counts of a broken file: the segments before `number` whole, and of it the first `size` entries."""

    number: int
    origin: str
    size: int
    root: str  # hex


@dataclass(frozen=True, slots=True)
class Aside:
    """A file put aside: what a signed checkpoint confirms in it, and the highest segment number that it names."""

    confirmed: Confirmed | None
    newest: int


def put_aside(directory: Path, vkey_of: Callable[[str], str], newest: int) -> Aside:
    """Move the record's files into quarantine/<n>/ and say what is left of them; raises OSError.

    `newest` is the highest segment number known from elsewhere.
    """
    parent = directory / DIRECTORY
    parent.mkdir(exist_ok=True, mode=0o700)
    place = _place(directory)
    place.mkdir(mode=0o700, exist_ok=True)
    for suffix in SIDES:
        source = directory / (FILE + suffix)
        if source.exists():
            source.replace(place / source.name)
    aside = _look(place / FILE, vkey_of)
    aside = replace(aside, newest=max(aside.newest, newest))
    _keep(place / _FOUND, msgspec.json.encode(aside))
    for path in place.iterdir():
        path.chmod(0o400)
    for changed in (place, parent, directory):
        sync_directory(changed)
    return aside


def _keep(path: Path, data: bytes) -> None:
    """Whole or not at all: what is half there could not be told from a quarantine that cannot be read."""
    fresh = path.with_suffix(".new")
    with fresh.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)


def places(directory: Path) -> list[Path]:
    """Where broken files lie, oldest first."""
    return sorted((directory / DIRECTORY).glob("*"))


def _place(directory: Path) -> Path:
    """A new place, or the last one where the move into it was cut short."""
    there = places(directory)
    if there and not (there[-1] / _FOUND).exists():
        return there[-1]
    return directory / DIRECTORY / f"{len(there) + 1:04}"


def latest(directory: Path) -> Aside | None:
    """What was found of the file that was put aside last."""
    there = places(directory)
    return _found(there[-1]) if there else None


def earlier(directory: Path) -> Iterator[bytes]:
    """The confirmed entries of every quarantined file, oldest first; raises Broken when one can no longer be read."""
    for place in places(directory):
        aside = _found(place)
        if aside is not None and aside.confirmed is not None:
            yield from _entries(place, aside.confirmed)


def _found(place: Path) -> Aside | None:
    try:
        return msgspec.json.decode((place / _FOUND).read_bytes(), type=Aside)
    except FileNotFoundError:  # the move was cut short
        return None
    except (OSError, msgspec.DecodeError) as exc:
        raise Broken(f"{place.name} in quarantine cannot be read") from exc


def _entries(place: Path, good: Confirmed) -> Iterator[bytes]:
    sql = "SELECT bytes FROM entry WHERE (number, seq) < (?, ?) ORDER BY number, seq"
    try:
        with closing(_open(place / FILE)) as connection:
            for (data,) in connection.execute(sql, (good.number, good.size)):
                yield data
    except sqlite3.Error as exc:
        raise Broken(f"{place.name} in quarantine cannot be read: {exc}") from exc


def _open(path: Path) -> sqlite3.Connection:
    # a log beside the file counts too; without one it is read as it is
    return open_reader(path, still=not path.with_name(FILE + "-wal").exists())


def _look(path: Path, vkey_of: Callable[[str], str]) -> Aside:
    try:
        with closing(_open(path)) as connection:
            segments = connection.execute("SELECT number, origin FROM segment ORDER BY number").fetchall()
            return Aside(_longest(connection, segments, vkey_of), max((number for number, _ in segments), default=0))
    except sqlite3.Error:
        return Aside(None, 0)


def _longest(
    connection: sqlite3.Connection, segments: list[tuple[int, str]], vkey_of: Callable[[str], str]
) -> Confirmed | None:
    """Each segment counts only while the one before it is confirmed to its end."""
    best: Confirmed | None = None
    for number, origin in segments:
        signed = _signed(connection, number, origin, vkey_of)
        good, whole = _confirmed(connection, number, signed)
        if good is not None:
            best = Confirmed(number, origin, good.size, good.root.hex())
        if not whole:
            break
    return best


def _signed(
    connection: sqlite3.Connection, number: int, origin: str, vkey_of: Callable[[str], str]
) -> dict[int, Checkpoint]:
    signed: dict[int, Checkpoint] = {}
    try:
        for size, note in connection.execute("SELECT size, note FROM checkpoint WHERE number = ?", (number,)):
            try:
                checkpoint = verify(note, vkey_of(origin))
            except BadNote:
                continue
            if checkpoint.size == size:
                signed[size] = checkpoint
    except sqlite3.Error:
        pass  # what was read until here still counts
    return signed


def _confirmed(
    connection: sqlite3.Connection, number: int, signed: dict[int, Checkpoint]
) -> tuple[Checkpoint | None, bool]:
    """The longest prefix of a segment that a checkpoint confirms, and whether it is the whole segment."""
    edge, good, ended = Edge(), None, False
    try:
        for seq, data in connection.execute("SELECT seq, bytes FROM entry WHERE number = ? ORDER BY seq", (number,)):
            if seq != edge.size:
                break
            edge, _ = edge.grown(leaf_hash(data))
            checkpoint = signed.get(edge.size)
            if checkpoint is not None and checkpoint.root == edge.root():
                good = checkpoint
        else:
            ended = True
    except sqlite3.Error:
        pass  # the rest cannot be read
    return good, ended and good is not None and good.size == edge.size

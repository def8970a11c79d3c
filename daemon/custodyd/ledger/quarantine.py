"""A broken record: moved aside, read-only, never replaced silently; what a checkpoint confirms in it still counts."""

import os
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec

from custodyd.ledger import suite, tree
from custodyd.ledger.note import BadNote, Checkpoint, verify
from custodyd.ledger.store import FILE

DIRECTORY = "quarantine"
_GOOD = "confirmed.json"


@dataclass(frozen=True, slots=True)
class Confirmed:
    """What still counts of a broken file: segments before the last whole, of the last `size` entries under `root`."""

    number: int
    segment: str
    origin: str
    size: int
    root: str


def put_aside(directory: Path, vkey_of: Callable[[str], str]) -> Confirmed | None:
    """Move the record's files into quarantine/<n>/ and say what is confirmed in them, if anything."""
    parent = directory / DIRECTORY
    parent.mkdir(exist_ok=True)
    place = parent / f"{len(list(parent.iterdir())) + 1:04}"
    place.mkdir()
    for suffix in ("", "-wal", "-shm"):
        source = directory / (FILE + suffix)
        if source.exists():
            source.replace(place / source.name)
    confirmed = _longest(place / FILE, vkey_of)
    if confirmed is not None:
        (place / _GOOD).write_bytes(msgspec.json.encode(confirmed))
    for path in place.iterdir():
        path.chmod(0o400)
    descriptor = os.open(directory, os.O_RDONLY)
    os.fsync(descriptor)
    os.close(descriptor)
    return confirmed


def _longest(path: Path, vkey_of: Callable[[str], str]) -> Confirmed | None:
    try:
        connection = _open(path)
        notes = connection.execute(
            "SELECT number, segment, origin, note FROM checkpoint JOIN segment USING (number) "
            "ORDER BY number DESC, size DESC"
        ).fetchall()
    except sqlite3.Error:
        return None
    for number, segment, origin, note in notes:
        try:
            checkpoint = verify(note, vkey_of(origin))
            if _root(connection, number, checkpoint) == checkpoint.root:
                return Confirmed(number, segment, origin, checkpoint.size, checkpoint.root.hex())
        except (BadNote, sqlite3.Error, ValueError):
            continue
    return None


def _open(path: Path) -> sqlite3.Connection:
    # the log beside it counts too, so the file is not opened as immutable
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None)


def _root(connection: sqlite3.Connection, number: int, checkpoint: Checkpoint) -> bytes:
    nodes: dict[tuple[int, int], bytes] = {}
    sql = "SELECT bytes FROM entry WHERE number=? AND seq<? ORDER BY seq"
    count = 0

    def hash_at(level: int, place: int) -> bytes:
        return nodes[level, place]

    for count, (data,) in enumerate(connection.execute(sql, (number, checkpoint.size)), 1):
        for level, place, value in tree.completed(count - 1, suite.leaf_hash(data), hash_at):
            nodes[level, place] = value
    if count != checkpoint.size:
        raise ValueError("entries are missing")
    return tree.root(count, hash_at)


def earlier(directory: Path) -> Iterator[bytes]:
    """The confirmed entries of every quarantined file, oldest first."""
    for place in sorted((directory / DIRECTORY).glob("*")):
        mark = place / _GOOD
        if not mark.exists():
            continue
        good = msgspec.json.decode(mark.read_bytes(), type=Confirmed)
        connection = _open(place / FILE)
        sql = "SELECT bytes FROM entry WHERE number<? OR (number=? AND seq<?) ORDER BY number, seq"
        for (data,) in connection.execute(sql, (good.number, good.number, good.size)):
            yield data
        connection.close()

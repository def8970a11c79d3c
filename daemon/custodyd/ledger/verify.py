"""Verifying a copy of the record, an export, a bundle or a receipt: bytes against hashes, hashes against signatures.

It trusts the verifier keys and lodged states that it is given, and nothing in what it checks; it must not know the
live daemon. `entries` adds the slow second pass: canonical form, places, sealed labels, every signature, gaps.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

import msgspec

from custodyd.ledger import gaps, tiles
from custodyd.ledger.canonical import decode
from custodyd.ledger.errors import LedgerError
from custodyd.ledger.lodging import read_root
from custodyd.ledger.note import BadNote, parse, parse_vkey
from custodyd.ledger.segments import Checked, Segment, Trust, check
from custodyd.ledger.slips import verify_slip
from custodyd.ledger.sources import DatabaseSource, ExportSource, open_copy
from custodyd.ledger.verdict import Finding, Verdict
from custodyd.model.facts.record import SegmentOpened

_SQLITE = b"SQLite format 3\x00"


def verify_path(path: Path, trust: Trust, *, entries: bool = True) -> Verdict:
    """Whatever lies at `path`: a database, an export, a directory of exports, a bundle or a receipt.

    Raises BadNote for a bad key.
    """
    for vkey in trust.vkeys:
        parse_vkey(vkey)
    if path.is_dir():
        return verify_exports(path, trust, entries=entries)
    try:
        with path.open("rb") as file:
            head = file.read(len(_SQLITE))
        if head == _SQLITE:
            return verify_database(path, trust, entries=entries)
        return verify_slip(path.read_bytes(), trust)
    except OSError as exc:
        return _failed(Finding("file", path.name, f"cannot be read: {exc.strerror}"))


def verify_exports(directory: Path, trust: Trust, *, entries: bool = True) -> Verdict:
    """One exported segment, or one in each subdirectory."""
    if (directory / tiles.CHECKPOINT).exists() or (directory / "tile").exists():
        return _verdict([_export(directory, trust, entries=entries)], entries=entries)
    parts = sorted(
        (part for part in directory.iterdir() if part.is_dir()), key=lambda part: (len(part.name), part.name)
    )
    if not parts:
        return _failed(Finding("missing", tiles.CHECKPOINT, "this is no export"))
    return _verdict([_export(part, trust, entries=entries) for part in parts], entries=entries)


def _export(directory: Path, trust: Trust, *, entries: bool) -> Checked:
    name = f"{directory.name}/{tiles.CHECKPOINT}"
    try:
        note = (directory / tiles.CHECKPOINT).read_bytes().decode()
        head = parse(note)
    except (OSError, UnicodeDecodeError, BadNote):
        return Checked(None, (Finding("signature", name, "is no checkpoint"),), ())
    source = ExportSource(directory, head.size)
    found = check(Segment(head.origin, source, (note,)), trust, entries=entries)
    return Checked(found.covered, (*found.findings, *source.strange()), found.marks)


def verify_database(path: Path, trust: Trust, *, entries: bool = True) -> Verdict:
    """A copy of the database, with every segment in it."""
    log = path.with_name(path.name + "-wal")
    if log.exists() and log.stat().st_size:
        return _failed(Finding("file", log.name, "a log lies beside the copy: it is not whole"))
    try:
        with closing(open_copy(path)) as connection:
            segments = list(_segments(connection, path, nodes=entries))
            orphans = _orphans(connection)
    except (sqlite3.Error, LedgerError) as exc:
        return _failed(Finding("file", path.name, str(exc)))
    return _verdict([check(segment, trust, entries=entries) for segment in segments], orphans, entries=entries)


def _segments(connection: sqlite3.Connection, path: Path, *, nodes: bool) -> Iterator[Segment]:
    rows = connection.execute("SELECT number, origin FROM segment ORDER BY number").fetchall()
    for number, origin in rows:
        (last,) = connection.execute("SELECT max(seq) FROM entry WHERE number=?", (number,)).fetchone()
        notes = connection.execute("SELECT note FROM checkpoint WHERE number=? ORDER BY size", (number,)).fetchall()
        source = DatabaseSource(path, origin.rpartition("/")[2], number, 0 if last is None else last + 1, nodes)
        yield Segment(origin, source, [note for (note,) in notes], _expected(connection, number + 1, origin))


def _expected(connection: sqlite3.Connection, successor: int, origin: str) -> list[tuple[int, bytes]]:
    """What the first entry of the next segment says of this one."""
    row = connection.execute("SELECT bytes FROM entry WHERE number=? AND seq=0", (successor,)).fetchone()
    try:
        said = msgspec.convert(decode(row[0]).data, SegmentOpened) if row else None
    except (msgspec.DecodeError, UnicodeDecodeError):
        return []  # the form check of that entry says so
    if said is None or said.previous_root is None or said.previous_size is None or said.previous_origin != origin:
        return []
    return [(said.previous_size, read_root(said.previous_root))]


def _orphans(connection: sqlite3.Connection) -> list[Finding]:
    sql = "SELECT DISTINCT number FROM entry WHERE number NOT IN (SELECT number FROM segment)"
    return [
        Finding("chain", str(number), "entries of a segment that is not listed")
        for (number,) in connection.execute(sql)
    ]


def _verdict(parts: Sequence[Checked], more: Sequence[Finding] = (), *, entries: bool) -> Verdict:
    covered = tuple(part.covered for part in parts if part.covered)
    findings = (*(finding for part in parts for finding in part.findings), *more)
    return Verdict(covered, findings, gaps.pair(mark for part in parts for mark in part.marks), parsed=entries)


def _failed(finding: Finding) -> Verdict:
    return Verdict((), (finding,))

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
from custodyd.ledger.note import BadNote, parse, parse_vkey, place_of
from custodyd.ledger.segments import Checked, Segment, Trust, check
from custodyd.ledger.slips import verify_slip
from custodyd.ledger.sources import DAMAGED, DatabaseSource, ExportSource, open_copy
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
        return _verdict([_export(directory, trust, entries=entries)], trust, entries=entries)
    parts = sorted(
        (part for part in directory.iterdir() if part.is_dir()), key=lambda part: (len(part.name), part.name)
    )
    if not parts:
        return _failed(Finding("missing", tiles.CHECKPOINT, "this is no export"))
    return _verdict([_export(part, trust, entries=entries) for part in parts], trust, entries=entries)


def _export(directory: Path, trust: Trust, *, entries: bool) -> Checked:
    name = f"{directory.name}/{tiles.CHECKPOINT}"
    try:
        note = (directory / tiles.CHECKPOINT).read_bytes().decode()
        head = parse(note)
    except (OSError, UnicodeDecodeError, BadNote):
        return Checked(None, (Finding("signature", name, "is no checkpoint"),), ())
    source = ExportSource(directory, head.size)
    if not source.whole:
        return Checked(None, (Finding("missing", name, f"names {head.size} entries, the last are not here"),), ())
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
            file = list(_file(connection, every=entries))
    except (*DAMAGED, LedgerError) as exc:
        return _failed(Finding("file", path.name, str(exc)))
    return _verdict([check(segment, trust, entries=entries) for segment in segments], trust, file, entries=entries)


def _segments(connection: sqlite3.Connection, path: Path, *, nodes: bool) -> Iterator[Segment]:
    rows = connection.execute("SELECT number, origin FROM segment ORDER BY number").fetchall()
    for number, name in rows:
        origin = str(name)
        (size,) = connection.execute("SELECT count(*) FROM entry WHERE number=?", (number,)).fetchone()
        notes = connection.execute("SELECT note FROM checkpoint WHERE number=? ORDER BY size", (number,)).fetchall()
        source = DatabaseSource(path, place_of(origin)[1], number, size, nodes)
        yield Segment(origin, source, [str(note) for (note,) in notes], _expected(connection, number + 1, origin))


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


def _file(connection: sqlite3.Connection, *, every: bool) -> Iterator[Finding]:
    """What is wrong with the file as such: entries that no listed segment has, and SQLite's own opinion."""
    listed = {number for (number,) in connection.execute("SELECT number FROM segment")}
    for (number,) in connection.execute("SELECT DISTINCT number FROM entry"):
        if number not in listed:
            yield Finding("chain", str(number), "entries of a segment that is not listed")
    if every:
        (opinion,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
        if opinion != "ok":
            yield Finding("file", "database", str(opinion))


def _verdict(parts: Sequence[Checked], trust: Trust, more: Sequence[Finding] = (), *, entries: bool) -> Verdict:
    covered = tuple(part.covered for part in parts if part.covered)
    here = {place_of(each.origin)[1] for each in covered}
    lost = [
        Finding("missing", each.segment, "a lodged state names it") for each in trust.lodged if each.segment not in here
    ]
    findings = (*(finding for part in parts for finding in part.findings), *more, *lost)
    return Verdict(covered, findings, gaps.pair(mark for part in parts for mark in part.marks), parsed=entries)


def _failed(finding: Finding) -> Verdict:
    return Verdict((), (finding,))

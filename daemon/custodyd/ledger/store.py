"""The record's file: entries, tree nodes, checkpoints and projections in one transaction. Used on one thread only."""

import contextlib
import os
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from importlib import resources
from pathlib import Path

from custodyd.ledger import rows, suite, tree
from custodyd.ledger.canonical import decode
from custodyd.ledger.errors import Broken, RecordUnavailable, Trouble, Unrecordable
from custodyd.ledger.note import BadNote, Checkpoint, parse
from custodyd.model.entry import Entry
from custodyd.model.projection import Fold, Projection

FILE = "record.db"
RESERVE = "reserve"
RESERVE_BYTES = 16 * 1024 * 1024
_WAL_BYTES = 4 * 1024 * 1024  # beyond it the log is folded back between two batches
_VERSION = 1


def connect(path: Path, *, write: bool) -> sqlite3.Connection:
    """Open the file: the one writer, or a reader that cannot write."""
    if write:
        connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        # SQLite before 3.51.3 can lose pages when one connection checkpoints while another commits
        connection.execute("PRAGMA wal_autocheckpoint=0")
        return connection
    connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None)
    connection.execute("PRAGMA query_only=1")
    return connection


def trouble_of(exc: sqlite3.Error) -> Trouble:
    """What an SQLite error means for the station."""
    name = getattr(exc, "sqlite_errorname", "") or ""
    if name.startswith("SQLITE_FULL"):
        return "full"
    if name.startswith(("SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_PERM")):
        return "read-only"
    return "failing"


class Store:
    """The writer's side. Every method raises RecordUnavailable when the disk refuses, Broken when the file is."""

    def __init__(self, directory: Path, projections: Sequence[Projection]) -> None:
        self.path = directory / FILE
        self._reserve = directory / RESERVE
        self._projections = projections
        self.tables = [table for projection in projections for table in projection.tables]
        self._folds: dict[str, list[Fold]] = {}
        for projection in projections:
            for kind, fold in projection.folds.items():
                self._folds.setdefault(kind, []).append(fold)
        self.number: int = 0
        self.segment: str = ""
        self.origin: str = ""
        self.size: int = 0
        try:
            self._connection = connect(self.path, write=True)
            self._migrate()
            self._rows = rows.WriteRows(self._connection, self.tables)
            self._load_segment()
        except sqlite3.DatabaseError as exc:
            if trouble_of(exc) != "failing":
                raise RecordUnavailable(trouble_of(exc)) from exc
            raise Broken(str(exc)) from exc

    def _migrate(self) -> None:
        (version,) = self._connection.execute("PRAGMA user_version").fetchone()
        if version > _VERSION:
            raise Broken(f"the file has format {version}, this daemon knows {_VERSION}")
        for step in range(version + 1, _VERSION + 1):
            script = resources.files("custodyd.ledger").joinpath("schema", f"{step:04}.sql").read_text("utf-8")
            self._connection.executescript(f"BEGIN;\n{script}\nPRAGMA user_version={step};\nCOMMIT;")

    def _load_segment(self) -> None:
        found = self._connection.execute(
            "SELECT number, segment, origin FROM segment ORDER BY number DESC LIMIT 1"
        ).fetchone()
        if found:
            self.number, self.segment, self.origin = found
            (last,) = self._connection.execute("SELECT max(seq) FROM entry WHERE number=?", (self.number,)).fetchone()
            self.size = 0 if last is None else last + 1

    # --- opening -----------------------------------------------------------------------------------------------

    def check(self, verify: Callable[[str], Checkpoint]) -> None:
        """Look at what stands: the last signed note against the tree, and every entry since; raises Broken.

        `verify` checks a note's signature and raises BadNote.
        """
        try:
            self._check(verify)
        except sqlite3.DatabaseError as exc:
            raise Broken(str(exc)) from exc

    def _check(self, verify: Callable[[str], Checkpoint]) -> None:
        found = self._connection.execute(
            "SELECT size, note FROM checkpoint WHERE number=? ORDER BY size DESC LIMIT 1", (self.number,)
        ).fetchone()
        signed = 0
        if found:
            try:
                checkpoint = verify(found[1])
            except BadNote as exc:
                raise Broken(f"the last checkpoint is not ours: {exc}") from exc
            signed = checkpoint.size
            if signed > self.size or self.root(signed) != checkpoint.root or checkpoint.origin != self.origin:
                raise Broken("the entries are not those of the last checkpoint")
        for seq, data in self._numbered(self.number, max(0, signed - 1)):
            if suite.leaf_hash(data) != self.hash_at(0, seq):
                raise Broken(f"entry {seq} is not what was written")
        (count,) = self._connection.execute("SELECT count(*) FROM entry WHERE number=?", (self.number,)).fetchone()
        if count != self.size:
            raise Broken("entries are missing")

    def refold(self) -> bool:
        """Make projections anew where their versions changed; tells whether it did."""
        kept = dict(self._connection.execute("SELECT name, version FROM projection"))
        if kept == {projection.name: projection.version for projection in self._projections}:
            return False
        with self._transaction():
            self._fold_all("p_")
            self._connection.execute("DELETE FROM projection")
            for projection in self._projections:
                row = (projection.name, projection.version)
                self._connection.execute("INSERT INTO projection VALUES (?, ?)", row)
        return True

    def rebuild(self) -> dict[str, tuple[str, str]]:
        """Fold everything into fresh tables and compare: table → (digest as kept, digest as rebuilt)."""
        with self._transaction():
            self._fold_all("r_")
            found = {
                table.name: (rows.digest(self._connection, table), rows.digest(self._connection, table, "r_"))
                for table in self.tables
            }
            for table in self.tables:
                self._connection.execute(f'DROP TABLE "r_{table.name}"')
        return found

    earlier: Callable[[], Iterator[bytes]] | None = None
    """Entries of quarantined files that still count, oldest first."""

    def _fold_all(self, prefix: str) -> None:
        for table in self.tables:
            rows.create(self._connection, table, prefix)
        target = rows.WriteRows(self._connection, self.tables, prefix)
        for data in self.earlier() if self.earlier else ():
            self._fold(target, decode(data))
        for (data,) in self._connection.execute("SELECT bytes FROM entry ORDER BY number, seq"):
            self._fold(target, decode(data))

    def _fold(self, target: rows.WriteRows, entry: Entry) -> None:
        for fold in self._folds.get(entry.kind, ()):
            fold(target, entry)

    # --- appending ---------------------------------------------------------------------------------------------

    def transact(self, work: Callable[[], object]) -> None:
        """Run `work` in one durable transaction; on a full disk the reserve is freed and it is tried again."""
        try:
            self._transact(work)
        except RecordUnavailable as exc:
            if exc.reason != "full" or not self._free_reserve():
                raise
            self._transact(work)

    def _transact(self, work: Callable[[], object]) -> None:
        size, number, segment, origin = self.size, self.number, self.segment, self.origin
        try:
            with self._transaction():
                work()
        except RecordUnavailable:
            self.size, self.number, self.segment, self.origin = size, number, segment, origin
            raise

    def _transaction(self) -> "_Transaction":
        return _Transaction(self._connection)

    def savepoint(self, work: Callable[[], object]) -> None:
        """Run `work` so that only its own changes fall when it raises; inside `transact`."""
        size, number, segment, origin = self.size, self.number, self.segment, self.origin
        self._connection.execute("SAVEPOINT one")
        try:
            work()
        except (Unrecordable, KeyError, TypeError, ValueError, sqlite3.IntegrityError) as exc:
            self._connection.execute("ROLLBACK TO one")
            self._connection.execute("RELEASE one")
            self.size, self.number, self.segment, self.origin = size, number, segment, origin
            raise Unrecordable(f"{type(exc).__name__}: {exc}") from exc
        self._connection.execute("RELEASE one")

    def open_segment(self, segment: str, origin: str) -> None:
        """Begin a segment; the caller appends its first entry in the same transaction."""
        number = self.number + 1
        self._connection.execute("INSERT INTO segment VALUES (?, ?, ?)", (segment, number, origin))
        self.number, self.segment, self.origin, self.size = number, segment, origin, 0

    def append(self, entry: Entry, data: bytes) -> None:
        """Write one entry, its tree nodes and what it means; inside `savepoint`."""
        row = (self.number, self.size, entry.kind, entry.case, entry.request, data)
        self._connection.execute(
            'INSERT INTO entry (number, seq, kind, "case", request, bytes) VALUES (?,?,?,?,?,?)', row
        )
        nodes = tree.completed(self.size, suite.leaf_hash(data), self.hash_at)
        self._connection.executemany(
            "INSERT INTO node VALUES (?, ?, ?, ?)",
            [(self.number, level, place, value) for level, place, value in nodes],
        )
        self.size += 1
        self._fold(self._rows, entry)

    def beat(self, moment: int) -> None:
        """Rewrite the one-row table: the disk takes writes."""
        self.transact(lambda: self._run("UPDATE heartbeat SET beat=?", moment))

    def keep_note(self, size: int, note: str) -> None:
        """Make a signed note durable."""
        self.transact(lambda: self._run("INSERT OR IGNORE INTO checkpoint VALUES (?, ?, ?)", self.number, size, note))

    def _run(self, sql: str, *values: object) -> None:
        self._connection.execute(sql, values)

    def tidy(self) -> None:
        """Fold the write-ahead log back when it has grown; best effort."""
        log = self.path.with_name(FILE + "-wal")
        if log.exists() and log.stat().st_size > _WAL_BYTES:
            with contextlib.suppress(sqlite3.Error):  # no room to fold back now: the log goes on growing, or says full
                self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def ensure_reserve(self) -> None:
        """Keep 16 MiB to be freed when the disk is full; best effort."""
        if self._reserve.exists():
            return
        room = os.statvfs(self._reserve.parent)
        if room.f_bavail * room.f_frsize < 2 * RESERVE_BYTES:
            return
        try:
            with self._reserve.open("wb") as file:
                os.posix_fallocate(file.fileno(), 0, RESERVE_BYTES)
        except OSError:
            self._reserve.unlink(missing_ok=True)

    def _free_reserve(self) -> bool:
        try:
            self._reserve.unlink()
        except OSError:
            return False
        return True

    # --- reading -----------------------------------------------------------------------------------------------

    def hash_at(self, level: int, position: int) -> bytes:
        """A stored node of the current segment."""
        found = self._connection.execute(
            "SELECT hash FROM node WHERE number=? AND level=? AND position=?", (self.number, level, position)
        ).fetchone()
        if found is None:
            raise Broken(f"node {level}/{position} is missing")
        return bytes(found[0])

    def entry(self, seq: int) -> bytes:
        """The bytes of an entry of the current segment."""
        sql = "SELECT bytes FROM entry WHERE number=? AND seq=?"
        return bytes(self._connection.execute(sql, (self.number, seq)).fetchone()[0])

    def root(self, size: int) -> bytes:
        """Root over the first entries of the current segment."""
        return tree.root(size, self.hash_at)

    def last_note(self) -> Checkpoint | None:
        """The newest checkpoint of the current segment."""
        found = self._connection.execute(
            "SELECT note FROM checkpoint WHERE number=? ORDER BY size DESC LIMIT 1", (self.number,)
        ).fetchone()
        return parse(found[0]) if found else None

    def _numbered(self, number: int, start: int) -> Iterator[tuple[int, bytes]]:
        sql = "SELECT seq, bytes FROM entry WHERE number=? AND seq>=? ORDER BY seq"
        yield from self._connection.execute(sql, (number, start))

    def close(self) -> None:
        """Fold the log back and let go."""
        with contextlib.suppress(sqlite3.Error):  # a full or read-only disk keeps the log, which the next start reads
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        self._connection.close()


class _Transaction:
    """BEGIN IMMEDIATE … COMMIT; foreign errors leave as ours."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def __enter__(self) -> None:
        try:
            self._connection.execute("BEGIN IMMEDIATE")
        except sqlite3.Error as exc:
            raise RecordUnavailable(trouble_of(exc), str(exc)) from exc

    def __exit__(self, kind: type[BaseException] | None, exc: BaseException | None, _: object) -> None:
        try:
            if exc is None:
                self._connection.execute("COMMIT")
                return
            self._rollback()
        except sqlite3.Error as failure:
            self._rollback()
            raise RecordUnavailable(trouble_of(failure), str(failure)) from failure
        if isinstance(exc, sqlite3.Error):
            raise RecordUnavailable(trouble_of(exc), str(exc)) from exc

    def _rollback(self) -> None:
        if self._connection.in_transaction:
            self._connection.execute("ROLLBACK")

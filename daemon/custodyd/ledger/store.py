"""The record's file: entries, tree nodes, checkpoints and projections; used on one thread, it decides nothing.

Except `open`, every method runs on the writer's thread. Errors of SQLite leave as RecordUnavailable or Broken.
"""

import contextlib
import sqlite3
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from importlib import resources
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from custodyd.ledger import door
from custodyd.ledger.edge import Edge
from custodyd.ledger.errors import Broken, LedgerError, RecordUnavailable, Repeated, Unrecordable, WrongDirectory
from custodyd.ledger.projections import Digests, Projections
from custodyd.ledger.suite import leaf_hash
from custodyd.model.entry import Entry
from custodyd.model.projection import Projection

SCHEMA = 1
_APPLICATION = 0x63757364  # as schema/0001.sql sets it
# the log is folded back between two batches after so many commits, or entries with their nodes: some 8 MiB
_LOG_COMMITS = 250
_LOG_NODES = 8_000
_TOO_NEW = {
    "zh-CN": "此记录由更新版本的 custodyd 写成，请安装该版本或更新的版本。",
    "en": "This record was written by a newer custodyd: install that version or a later one.",
}
# what a fold or a value out of place may raise; SQLite's operational errors are the disk's and pass
_FAULTS = (
    *(ArithmeticError, AssertionError, AttributeError, LookupError, RuntimeError, TypeError, ValueError),
    *(sqlite3.IntegrityError, sqlite3.InterfaceError, sqlite3.ProgrammingError, sqlite3.DataError),
)
T = TypeVar("T")


class Head(msgspec.Struct, frozen=True):
    """Where the record stands: the current segment's number (0 = none yet), origin and edge, whether it was closed."""

    number: int = 0
    origin: str = ""
    edge: Edge = Edge()
    closed: bool = False

    @property
    def segment(self) -> str:
        """The id of the current segment."""
        return str(self.number)

    @property
    def size(self) -> int:
        """Entries in the current segment."""
        return self.edge.size


class Store:
    """The writer's side of the file. `open` makes it; it must be checked by `opening` before it is written."""

    def __init__(self, directory: Path, connection: sqlite3.Connection, projections: Sequence[Projection]) -> None:
        self.directory = directory
        self.connection = connection
        self.projections = Projections(connection, projections)
        self.head = Head()
        # of this transaction, written together: before its end, and before anything that looks for them
        self._entries: list[tuple[Any, ...]] = []
        self._nodes: list[tuple[int, int, int, bytes]] = []
        self.earlier: Callable[[], Iterable[bytes]] = tuple  # entries of quarantined files that still count
        self._commits = self._written = 0  # since the log was folded back

    @classmethod
    def open(cls, directory: Path, projections: Sequence[Projection]) -> "Store":
        """Open or make the file; raises Broken, RecordUnavailable, WrongDirectory (made by a newer version)."""
        with door.ours(directory):
            connection = door.open_writer(directory / door.FILE)
            try:
                _migrate(connection)
            except BaseException:
                connection.close()
                raise
        door.sync_directory(directory)
        return cls(directory, connection, projections)

    def transaction(self) -> AbstractContextManager[None]:
        """Everything inside is durable together or not at all; raises RecordUnavailable, Broken."""
        return self._kept(door.transaction(self.connection, self.directory))

    @contextlib.contextmanager
    def _kept(self, inner: AbstractContextManager[None]) -> Generator[None]:
        head = self.head
        try:
            with inner:
                yield
                self._write()
        except BaseException:
            self._back_to(head)
            raise
        self._commits += 1

    def _write(self) -> None:
        """Hand SQLite what was appended since the last time."""
        if self._entries:
            self.connection.executemany("INSERT INTO entry VALUES (?, ?, ?, ?, ?, ?, ?)", self._entries)
            self.connection.executemany("INSERT INTO node VALUES (?, ?, ?, ?)", self._nodes)
            self._written += len(self._nodes)
            self._entries.clear()
            self._nodes.clear()

    def _back_to(self, head: Head) -> None:
        self.head = head
        self._entries.clear()
        self._nodes.clear()

    def alone(self, work: Callable[[], T]) -> T:
        """Run `work` so that its changes alone fall when it raises; inside `transaction`. Raises Unrecordable."""
        self._write()
        head = self.head
        self.connection.execute("SAVEPOINT alone")
        try:
            result = work()
            self._write()
        except (RecordUnavailable, Broken):
            raise
        except (LedgerError, *_FAULTS) as exc:
            self.connection.execute("ROLLBACK TO alone")
            self.connection.execute("RELEASE alone")
            self._back_to(head)
            if isinstance(exc, LedgerError):
                raise
            raise Unrecordable(f"{type(exc).__name__}: {exc}") from exc
        self.connection.execute("RELEASE alone")
        return result

    # --- appending, inside a transaction -----------------------------------------------------------------------

    def open_segment(self, number: int, origin: str) -> None:
        """Begin a segment; the caller appends its first entry in the same transaction."""
        self.connection.execute("INSERT INTO segment VALUES (?, ?, ?)", (str(number), number, origin))
        self.head = Head(number, origin)

    def append(self, entry: Entry, data: bytes, *, closes: bool = False) -> None:
        """Write one entry, its tree nodes and what it means; raises Repeated, and what a fold raises."""
        head = self.head
        if entry.request is not None:
            self._refuse_repeated(entry.request)
        number = head.number
        row = (number, head.edge.size, entry.kind, entry.case, entry.incident, entry.request, data)
        self._entries.append(row)
        edge, nodes = head.edge.grown(leaf_hash(data))
        self._nodes += [(number, *node) for node in nodes]
        self.head = Head(number, head.origin, edge, closes)
        self.projections.fold(entry)

    def _refuse_repeated(self, request: str) -> None:
        self._write()
        sql = "SELECT number, seq FROM entry WHERE request = ?"
        found = self.connection.execute(sql, (request,)).fetchone()
        if found:
            raise Repeated((str(found[0]), found[1]))

    def keep_note(self, size: int, note: str) -> None:
        """Keep the signed note of the current segment."""
        self.connection.execute("INSERT INTO checkpoint VALUES (?, ?, ?)", (self.head.number, size, note))

    def beat(self, moment: int) -> None:
        """Rewrite the one-row table: the disk takes writes."""
        self.connection.execute("UPDATE heartbeat SET beat = ?", (moment,))

    def rebuild(self) -> Digests:
        """Make the projections anew; raises Unrecordable when a fold fails."""
        return self.alone(lambda: self.projections.rebuild(self.all_entries()))

    # --- reading -----------------------------------------------------------------------------------------------

    def hash_at(self, level: int, position: int) -> bytes:
        """A stored hash of the current segment's tree; raises Broken if it is missing."""
        self._write()
        return hash_at(self.connection, self.head.number, level, position)

    def last_note(self, number: int) -> tuple[int, str] | None:
        """Size and text of the newest checkpoint of a segment."""
        sql = "SELECT size, note FROM checkpoint WHERE number = ? ORDER BY size DESC LIMIT 1"
        found: tuple[int, str] | None = self.connection.execute(sql, (number,)).fetchone()
        return found

    def all_entries(self) -> Iterator[bytes]:
        """Every entry that counts, oldest first: confirmed ones of quarantined files, then this file's."""
        yield from self.earlier()
        for (data,) in self.connection.execute("SELECT bytes FROM entry ORDER BY number, seq"):
            yield data

    # --- housekeeping ------------------------------------------------------------------------------------------

    def fold_log(self) -> None:
        """Fold the write-ahead log back into the file when it has grown; raises RecordUnavailable, Broken."""
        if self._commits < _LOG_COMMITS and self._written < _LOG_NODES:
            return
        self._commits = self._written = 0
        with door.ours(self.directory):
            # passive waits for no reader, and a log that keeps its length is flushed faster than one that grows anew
            self.connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()

    def close(self) -> None:
        """Fold the log back and let go."""
        with contextlib.suppress(sqlite3.Error):  # a full or failing disk keeps the log, which the next start reads
            self.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        self.connection.close()


def hash_at(connection: sqlite3.Connection, number: int, level: int, position: int) -> bytes:
    """A stored hash: of a leaf (level 0) or of a complete subtree; raises Broken if it is missing."""
    sql = "SELECT hash FROM node WHERE number = ? AND level = ? AND position = ?"
    found = connection.execute(sql, (number, level, position)).fetchone()
    if found is None:
        raise Broken(f"the tree of segment {number} has no hash at {level}/{position}")
    return bytes(found[0])


def _migrate(connection: sqlite3.Connection) -> None:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    if (tables or version) and application != _APPLICATION:
        raise Broken("the file is not a record")
    if version > SCHEMA:
        raise WrongDirectory("start.record_too_new", _TOO_NEW)
    for step in range(version + 1, SCHEMA + 1):
        script = resources.files("custodyd.ledger").joinpath("schema", f"{step:04}.sql").read_text("utf-8")
        connection.executescript(f"BEGIN;\n{script}\nPRAGMA user_version={step};\nCOMMIT;")

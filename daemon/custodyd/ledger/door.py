"""The door to sqlite3: how the file is opened and what its errors mean; it must not know entries."""

import contextlib
import fcntl
import os
import sqlite3
from collections.abc import Generator
from pathlib import Path
from typing import BinaryIO

from custodyd.ledger.errors import Broken, RecordUnavailable, Trouble, WrongDirectory

FILE = "record.db"
SIDES = ("", "-wal", "-shm")
_LOCK = "lock"
_OPEN_S = 2.0  # a reader that recovers the log holds it for a moment
_NO_ROOM = 1024 * 1024  # SQLite reports some full disks as an I/O error: growing the shared index, for one

IN_USE = {"zh-CN": "另一个进程正在使用此记录。", "en": "Another process has this record open."}


def open_writer(path: Path) -> sqlite3.Connection:
    """The one read-write connection of the product; raises sqlite3.Error, RecordUnavailable."""
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=_OPEN_S)
    try:
        (mode,) = connection.execute("PRAGMA journal_mode=WAL").fetchone()
        if mode != "wal":
            raise RecordUnavailable("failing", "this file system cannot keep a write-ahead log")
        connection.execute("PRAGMA synchronous=FULL")
        # SQLite before 3.51.3 can lose pages when one connection checkpoints while another commits
        connection.execute("PRAGMA wal_autocheckpoint=0")
        # INSERT OR REPLACE would else remove rows past the triggers
        connection.execute("PRAGMA recursive_triggers=1")
        # a full /tmp must not stop a savepoint
        connection.execute("PRAGMA temp_store=MEMORY")
        connection.execute("PRAGMA busy_timeout=0")
    except BaseException:
        connection.close()
        raise
    return connection


def open_reader(path: Path, *, still: bool = False) -> sqlite3.Connection:
    """A connection that cannot write; `still` = nobody writes and no log lies beside it. Raises sqlite3.Error."""
    how = "immutable=1" if still else "mode=ro"
    connection = sqlite3.connect(f"{path.absolute().as_uri()}?{how}", uri=True, isolation_level=None, timeout=_OPEN_S)
    connection.execute("PRAGMA query_only=1")
    return connection


@contextlib.contextmanager
def ours(directory: Path) -> Generator[None]:
    """Foreign errors inside leave as Broken or RecordUnavailable."""
    try:
        yield
    except sqlite3.Error as exc:
        raise _translated(exc, directory) from exc


@contextlib.contextmanager
def transaction(connection: sqlite3.Connection, directory: Path) -> Generator[None]:
    """BEGIN IMMEDIATE … COMMIT, undone by any exception; raises RecordUnavailable, Broken."""
    with ours(directory):
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            connection.execute("COMMIT")
        finally:
            if connection.in_transaction:
                connection.execute("ROLLBACK")


def trouble_of(exc: sqlite3.Error, directory: Path) -> Trouble:
    """What an error that is not damage means for the station."""
    name = _name(exc)
    if name.startswith("SQLITE_FULL"):
        return "full"
    if name.startswith(("SQLITE_READONLY", "SQLITE_PERM")):
        return "read-only"
    return trouble_at(directory)


def free_bytes(directory: Path) -> int:
    """Room left for us on the disk of `directory`; 0 when it does not answer."""
    try:
        room = os.statvfs(directory)
    except OSError:
        return 0
    return room.f_bavail * room.f_frsize


def lock(directory: Path) -> BinaryIO:
    """Hold the directory until the file is closed; raises WrongDirectory if another process does, RecordUnavailable."""
    try:
        file = (directory / _LOCK).open("wb")
    except OSError as exc:
        raise RecordUnavailable(trouble_at(directory)) from exc
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as exc:
        file.close()
        raise WrongDirectory("start.in_use", IN_USE) from exc
    return file


def sync_directory(directory: Path) -> None:
    """Make names in `directory` durable."""
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _translated(exc: sqlite3.Error, directory: Path) -> Broken | RecordUnavailable:
    if _name(exc).startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB", "SQLITE_FORMAT", "SQLITE_ERROR")):
        return Broken(f"{_name(exc)}: {exc}", proven=False)
    return RecordUnavailable(trouble_of(exc, directory), str(exc))


def _name(exc: sqlite3.Error) -> str:
    return getattr(exc, "sqlite_errorname", None) or ""


def trouble_at(directory: Path) -> Trouble:
    """What the disk of `directory` says of itself."""
    try:
        room = os.statvfs(directory)
    except OSError:
        return "failing"
    if room.f_flag & os.ST_RDONLY:
        return "read-only"
    return "full" if room.f_bavail * room.f_frsize < _NO_ROOM else "failing"

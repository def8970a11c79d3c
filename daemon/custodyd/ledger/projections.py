"""Projections: their tables made, folded from entries, made anew and compared; it knows none of them by name."""

import sqlite3
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from custodyd.ledger import suite
from custodyd.ledger.canonical import decode
from custodyd.ledger.rows import WriteRows, table_name
from custodyd.model.entry import Entry
from custodyd.model.projection import Fold, Projection, Table

_TYPES = {"text": "TEXT", "int": "INTEGER"}
_LIVE, _FRESH = "p_", "r_"

Digests = Mapping[str, tuple[str, str]]
"""Table → (digest of its rows as kept, digest of its rows as rebuilt)."""


class Projections:
    """All projections over one connection; every method runs inside the caller's transaction."""

    def __init__(self, connection: sqlite3.Connection, declared: Sequence[Projection]) -> None:
        self._connection = connection
        self._declared = declared
        self.tables = tuple(table for projection in declared for table in projection.tables)
        self._rows = WriteRows(connection, self.tables, _LIVE)
        self._folds: dict[str, list[Fold]] = {}
        for projection in declared:
            for kind, fold in projection.folds.items():
                self._folds.setdefault(kind, []).append(fold)

    def fold(self, entry: Entry) -> None:
        """Let an entry change the rows; raises whatever a fold raises."""
        for fold in self._folds.get(entry.kind, ()):
            fold(self._rows, entry)

    def changed(self) -> bool:
        """Whether the tables in the file were made by other declarations than these."""
        found = self._connection.execute("SELECT name, version, shape FROM projection").fetchall()
        return set(found) != {_mark(projection) for projection in self._declared}

    def renew(self, entries: Iterable[bytes]) -> None:
        """Drop every table of the file and make the declared ones from `entries`."""
        listed = "SELECT name FROM sqlite_schema WHERE type='table' AND substr(name, 1, 2) = ?"
        for (name,) in self._connection.execute(listed, (_LIVE,)).fetchall():
            self._connection.execute(f'DROP TABLE "{name}"')
        self._fill(_LIVE, entries)
        self._connection.execute("DELETE FROM projection")
        marks = [_mark(projection) for projection in self._declared]
        self._connection.executemany("INSERT INTO projection VALUES (?, ?, ?)", marks)

    def rebuild(self, entries: Iterable[bytes]) -> Digests:
        """Fold everything into fresh tables, compare, and let the fresh rows take the place of the kept ones."""
        self._fill(_FRESH, entries)
        found = {table.name: (self.digest(table), self.digest(table, _FRESH)) for table in self.tables}
        for table in self.tables:
            kept, fresh = table_name(table, _LIVE), table_name(table, _FRESH)
            self._connection.execute(f'DELETE FROM "{kept}"')  # noqa: S608 - declared names
            self._connection.execute(f'INSERT INTO "{kept}" SELECT * FROM "{fresh}"')  # noqa: S608 - declared names
            self._connection.execute(f'DROP TABLE "{fresh}"')
        return found

    def digest(self, table: Table, prefix: str = _LIVE) -> str:
        """A chain of hashes over all rows in key order, hex: equal digests mean equal content."""
        columns, key = _list(table.columns), _list(table.key)
        sql = f'SELECT {columns} FROM "{table_name(table, prefix)}" ORDER BY {key}'  # noqa: S608 - declared names
        total = suite.digest(msgspec.json.encode([table.name, list(table.columns)]))
        for row in self._connection.execute(sql):
            total = suite.digest(total + msgspec.json.encode(row))
        return total.hex()

    def _fill(self, prefix: str, entries: Iterable[bytes]) -> None:
        for table in self.tables:
            _create(self._connection, table, prefix)
        rows = WriteRows(self._connection, self.tables, prefix)
        folds = self._folds
        for data in entries:
            entry = decode(data)
            for fold in folds.get(entry.kind, ()):
                fold(rows, entry)


def _create(connection: sqlite3.Connection, table: Table, prefix: str) -> None:
    name = table_name(table, prefix)
    columns = ", ".join(f'"{column}" {_TYPES[kind]}' for column, kind in table.columns.items())
    connection.execute(f'CREATE TABLE "{name}" ({columns}, PRIMARY KEY ({_list(table.key)})) STRICT, WITHOUT ROWID')
    for number, index in enumerate(table.indexes):
        connection.execute(f'CREATE INDEX "{name}_{number}" ON "{name}" ({_list(index)})')


def _list(columns: Iterable[str]) -> str:
    return ", ".join(f'"{column}"' for column in columns)


def _mark(projection: Projection) -> tuple[str, int, str]:
    shape = [[table.name, dict(table.columns), table.key, table.indexes] for table in projection.tables]
    kinds = sorted(projection.folds)
    return projection.name, projection.version, suite.digest(msgspec.json.encode([shape, kinds])).hex()

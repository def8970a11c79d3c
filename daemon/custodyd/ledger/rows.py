"""Rows of projections in SQLite: read and written through declared names and bound values; it knows no entries."""

import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from custodyd.model.projection import Row, Table, Value

Fetch = Callable[[str, Sequence[object]], list[tuple[Any, ...]]]
"""Runs a reading statement with bound values and gives all rows; what it raises is its own affair."""


def table_name(table: Table, prefix: str = "p_") -> str:
    """Its name in the file."""
    return f"{prefix}{table.name}"


class ReadRows:
    """Reading rows; fulfils `model.projection.View`. Names are checked against the declarations, values are bound."""

    def __init__(self, fetch: Fetch, tables: Iterable[Table], prefix: str = "p_") -> None:
        self._fetch = fetch
        self._tables: Mapping[str, Table] = {table.name: table for table in tables}
        self._prefix = prefix
        self._gets: dict[str, str] = {}

    def get(self, table: str, *key: Value) -> Row | None:
        """The row with this primary key."""
        declared = self._tables[table]
        sql = self._gets.get(table)
        if sql is None:
            where = " AND ".join(f'"{column}" = ?' for column in declared.key)
            sql = self._gets[table] = f"{self._from(declared)} WHERE {where}"
        found = self._fetch(sql, key)
        return dict(zip(declared.columns, found[0], strict=True)) if found else None

    def select(
        self,
        table: str,
        *,
        at_most: Mapping[str, Value] | None = None,
        after: tuple[Value, ...] | None = None,
        order: tuple[str, ...] = (),
        limit: int | None = None,
        **equals: Value,
    ) -> Sequence[Row]:
        """Rows that equal `equals` and are <= `at_most`, ordered by `order` then key, beyond `after`."""
        declared = self._tables[table]
        ordered = [_named(declared, column) for column in (*order, *declared.key)]
        where = [f"{_named(declared, column)} IS ?" for column in equals]
        where += [f"{_named(declared, column)} <= ?" for column in at_most or ()]
        values: list[Value] = [*equals.values(), *(at_most or {}).values()]
        if after is not None:
            if len(after) != len(ordered):
                raise ValueError(f"'after' needs {len(ordered)} values here: the order's, then the key's")
            where.append(f"({', '.join(ordered)}) > ({', '.join('?' * len(after))})")
            values.extend(after)
        sql = self._from(declared) + (f" WHERE {' AND '.join(where)}" if where else "")
        sql += f" ORDER BY {', '.join(ordered)}" + (f" LIMIT {int(limit)}" if limit is not None else "")
        return [dict(zip(declared.columns, row, strict=True)) for row in self._fetch(sql, values)]

    def _from(self, table: Table) -> str:
        columns = ", ".join(f'"{column}"' for column in table.columns)
        return f'SELECT {columns} FROM "{table_name(table, self._prefix)}"'  # noqa: S608 - declared names


class WriteRows(ReadRows):
    """Reading and writing rows inside the writer's transaction; fulfils `model.projection.Rows`."""

    def __init__(self, connection: sqlite3.Connection, tables: Iterable[Table], prefix: str = "p_") -> None:
        super().__init__(lambda sql, values: connection.execute(sql, values).fetchall(), tables, prefix)
        self._connection = connection
        self._puts: dict[str, str] = {}

    def put(self, table: str, row: Row) -> None:
        """Insert or replace a whole row; a column that is not named is null."""
        declared = self._tables[table]
        if not row.keys() <= declared.columns.keys():
            raise KeyError(f"{table} has no column {min(row.keys() - declared.columns.keys())}")
        sql = self._puts.get(table)
        if sql is None:
            columns = ", ".join(f'"{column}"' for column in declared.columns)
            marks = ", ".join("?" * len(declared.columns))
            name = table_name(declared, self._prefix)
            sql = self._puts[table] = f'INSERT OR REPLACE INTO "{name}" ({columns}) VALUES ({marks})'  # noqa: S608 - declared names
        self._connection.execute(sql, [row.get(column) for column in declared.columns])

    def drop(self, table: str, *key: Value) -> None:
        """Remove the row with this primary key, if it is there."""
        declared = self._tables[table]
        where = " AND ".join(f'"{column}" = ?' for column in declared.key)
        self._connection.execute(f'DELETE FROM "{table_name(declared, self._prefix)}" WHERE {where}', key)  # noqa: S608 - declared names


def _named(table: Table, column: str) -> str:
    if column not in table.columns:
        raise KeyError(f"{table.name} has no column {column}")
    return f'"{column}"'

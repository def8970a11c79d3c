"""Changing a few columns of a row; it must not know any table."""

from custodyd.model.projection import Rows, Value


def amend(rows: Rows, table: str, *key: Value, **columns: Value) -> None:
    """Write `columns` into the row with this key; a row that is not there stays absent."""
    row = rows.get(table, *key)
    if row is not None:
        rows.put(table, {**row, **columns})

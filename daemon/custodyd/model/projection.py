"""What the entries add up to: tables declared as data and folds over them; it must not know how they are kept."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from custodyd.model.entry import Entry

Value = str | int | None
Row = Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Table:
    """A projection's table: `columns` maps name → "text" or "int"; `key` names the columns of the primary key."""

    name: str
    columns: Mapping[str, str]
    key: tuple[str, ...]
    indexes: tuple[tuple[str, ...], ...] = ()


class View(Protocol):
    """Reading rows: from outside the writer, or inside its transaction."""

    def get(self, table: str, *key: Value) -> Row | None:
        """The row with this primary key."""
        ...

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
        """Rows that equal `equals` and are <= `at_most`, ordered by `order` then key.

        They lie beyond `after`: the values of `order`, then of the key, in the last row seen (none of them null).
        Raises KeyError for a table or column that is not declared, ValueError for an `after` of the wrong length.
        """
        ...


class Rows(View, Protocol):
    """The rows of a projection, as a fold sees them inside the transaction of its entry."""

    def put(self, table: str, row: Row) -> None:
        """Insert or replace a whole row; a column that is not named is null."""
        ...

    def drop(self, table: str, *key: Value) -> None:
        """Remove the row with this primary key, if it is there."""
        ...


Fold = Callable[[Rows, Entry], None]


@dataclass(frozen=True, slots=True)
class Projection:
    """A pure fold (rows, entry) → rows. `folds` maps an entry's kind to what it does; other kinds pass by.

    It depends on entries alone: no clock, no chance, no opened label. Raise `version` when tables or folds change:
    the ledger then rebuilds it from the entries.
    """

    name: str
    version: int
    tables: tuple[Table, ...]
    folds: Mapping[str, Fold] = field(repr=False)


def amend(rows: Rows, table: str, *key: Value, **columns: Value) -> None:
    """Write `columns` into the row with this key; a row that is not there stays absent."""
    row = rows.get(table, *key)
    if row is not None:
        rows.put(table, {**row, **columns})

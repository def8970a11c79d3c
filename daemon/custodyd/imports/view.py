"""The case platform's views, read with SQLAlchemy and nothing written; the only door to sqlalchemy.

It blocks and belongs on a thread of its own. It is imported when a source is read for the first time.
"""

from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Literal, cast

import sqlalchemy as sa
from sqlalchemy import exc, pool

from custodyd.imports.fields import FIELDS, field_of
from custodyd.imports.rows import ORDER, Raw
from custodyd.model.facts.imports import RowKind
from custodyd.settings.shape import Import

MOST = 20_000  # rows of one view: a platform shows what is open, not its archive
_LONGEST = 1000
Reason = Literal["unreachable", "refused", "too-slow", "too-many", "no-such-column", "failing"]
_REASONS: Mapping[str, Reason] = {
    "28": "refused", "42501": "refused", "3D": "refused", "57014": "too-slow", "42P01": "no-such-column",
}  # fmt: skip
"""SQLSTATE or its class → reason (PostgreSQL 15, appendix A)."""


class Unread(Exception):
    """The view cannot be read now."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason: Reason = reason


def read(source: Import, password: str) -> list[Raw]:
    """Every row of every view of a source, numbered from 1 in the order of its fields; raises Unread."""
    with _opened(source, password) as connection:
        found: list[Raw] = []
        for kind in ORDER:
            view: str | None = getattr(source.views, kind)
            if view is not None:
                found += _rows(connection, kind, view, getattr(source.columns, kind))
        return found


@contextmanager
def _opened(source: Import, password: str) -> Generator[sa.Connection]:
    engine = sa.create_engine(_url(source, password), poolclass=pool.NullPool, connect_args=_arguments(source))
    try:
        with engine.connect() as connection, connection.begin():
            if source.dialect == "postgresql":
                connection.exec_driver_sql("SET TRANSACTION READ ONLY")
                limit = round(source.timeout_s * 1000)
                connection.exec_driver_sql(f"SET LOCAL statement_timeout = {limit}")
            yield connection
    except TimeoutError as error:
        raise Unread("too-slow") from error
    except OSError as error:
        raise Unread("unreachable") from error
    except exc.DBAPIError as error:
        raise Unread(_reason(error)) from error
    except exc.SQLAlchemyError as error:
        raise Unread("failing") from error
    finally:
        engine.dispose()


def _url(source: Import, password: str) -> sa.URL:
    if source.dialect == "sqlite":
        return sa.URL.create("sqlite", database=f"file:{source.database}", query={"mode": "ro", "uri": "true"})
    host = None if source.host.startswith("/") else source.host
    port = None if host is None else source.tcp_port
    return sa.URL.create("postgresql+pg8000", source.user, password or None, host, port, source.database)


def _arguments(source: Import) -> dict[str, Any]:
    socket = {"unix_sock": f"{source.host}/.s.PGSQL.{source.tcp_port}"} if source.host.startswith("/") else {}
    return {"timeout": source.timeout_s, **socket}


def _reason(error: exc.DBAPIError) -> Reason:
    told = error.orig.args[0] if error.orig is not None and error.orig.args else ""
    state = str(cast("Mapping[str, object]", told).get("C", "")) if isinstance(told, dict) else ""
    if not state:
        return "unreachable" if isinstance(error, exc.OperationalError | exc.InterfaceError) else "failing"
    return _REASONS.get(state) or _REASONS.get(state[:2]) or "failing"


def _rows(connection: sa.Connection, kind: RowKind, view: str, own: Mapping[str, str]) -> list[Raw]:
    """Only columns that are fields are asked for: what else a platform knows stays there."""
    schema, _, name = view.rpartition(".")
    try:
        columns = [str(one["name"]) for one in sa.inspect(connection).get_columns(name, schema or None)]
    except exc.NoSuchTableError as error:
        raise Unread("no-such-column") from error
    fields = {column: field for column in columns if (field := field_of(kind, column, own)) is not None}
    if not {one.name for one in FIELDS[kind] if one.required} <= set(fields.values()):
        raise Unread("no-such-column")
    names: list[sa.ColumnClause[str]] = [sa.column(column) for column in fields]
    wanted = sa.select(*names).select_from(sa.table(name, schema=schema or None))
    stored = connection.execute(wanted.limit(MOST + 1)).fetchall()
    if len(stored) > MOST:
        raise Unread("too-many")
    told = sorted(tuple(_text(value) for value in row) for row in stored)
    return [Raw(number, kind, dict(zip(fields.values(), row, strict=True))) for number, row in enumerate(told, 1)]


def _text(value: object) -> str:
    if value is None:
        return ""
    return str(value)[:_LONGEST] if not isinstance(value, Sequence) or isinstance(value, str) else "\x00"

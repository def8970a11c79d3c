"""A CSV file as a case platform or a spreadsheet exports it → raw rows; it judges no cell.

UTF-8 (with or without a mark), UTF-16 with one, or GB18030; commas, semicolons or tabs; one kind of row per file.
"""

import codecs
import contextlib
import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from custodyd.imports.fields import FIELDS, field_of
from custodyd.imports.rows import ORDER, Raw
from custodyd.model.facts.imports import RowKind

LARGEST = 8 * 1024 * 1024
_SEPARATORS = ",;\t"
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
Columns = Mapping[str, Mapping[str, str]]
"""A unit's own headers: kind of row → header → field."""


Why = Literal["too_large", "no_text", "no_csv", "empty", "no_kind", "column_missing", "header_twice"]


class Unreadable(Exception):
    """The file is none that can be taken; `why` names the sentence, `about` the columns or the row it is about."""

    def __init__(self, why: Why, about: str = "") -> None:
        super().__init__(why)
        self.why = why
        self.about = about


@dataclass(frozen=True, slots=True)
class Sheet:
    """The rows of a file, numbered as a spreadsheet numbers them; `headers` = field → header, `ignored` headers."""

    kind: RowKind
    rows: tuple[Raw, ...]
    headers: Mapping[str, str]
    ignored: tuple[str, ...]


def read(data: bytes, own: Columns, kind: RowKind | None = None) -> Sheet:
    """The rows of a file; its kind is told by its headers where it is not named. Raises Unreadable."""
    records = _records(_text(data))
    _, header = next(records, (0, list[str]()))
    if not header:
        raise Unreadable("empty")
    found = kind or _kind(header, own)
    fields = _fields(found, header, own)
    if missing := _missing(found, fields):
        raise Unreadable("column_missing", "、".join(missing))
    headers = {field: name.strip() for field, name in zip(fields, header, strict=True) if field is not None}
    if len(headers) < sum(field is not None for field in fields):
        raise Unreadable("header_twice")
    ignored = tuple(name for field, name in zip(fields, header, strict=True) if field is None and name.strip())
    return Sheet(found, tuple(Raw(row, found, _cells(fields, cells)) for row, cells in records), headers, ignored)


def _text(data: bytes) -> str:
    """The file as text; what is valid UTF-8 is UTF-8: Chinese in GB18030 does not look like it."""
    if len(data) > LARGEST:
        raise Unreadable("too_large")
    marked = [encoding for mark, encoding in _MARKS if data.startswith(mark)]
    for encoding in marked or ("utf-8", "gb18030"):
        with contextlib.suppress(UnicodeDecodeError):
            text = data.decode(encoding)
            if "\x00" not in text:
                return text
    raise Unreadable("no_text")


def _records(text: str) -> Iterator[tuple[int, list[str]]]:
    """Each record that is not blank, with its number from 1."""
    first = text.partition("\n")[0]
    separator = max(_SEPARATORS, key=first.count)
    number = 0
    try:
        for cells in csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True):
            number += 1
            if any(cell.strip() for cell in cells):
                yield number, cells
    except csv.Error as exc:
        raise Unreadable("no_csv", str(number + 1)) from exc


def _fields(kind: RowKind, header: Sequence[str], own: Columns) -> list[str | None]:
    return [field_of(kind, name, own.get(kind, {})) for name in header]


def _kind(header: Sequence[str], own: Columns) -> RowKind:
    """The one kind whose required fields are all there."""
    fitting: list[RowKind] = [kind for kind in ORDER if not _missing(kind, _fields(kind, header, own))]
    if len(fitting) != 1:
        raise Unreadable("no_kind")
    return fitting[0]


def _missing(kind: RowKind, fields: Sequence[str | None]) -> list[str]:
    return [field.headers[0] for field in FIELDS[kind] if field.required and field.name not in fields]


def _cells(fields: Sequence[str | None], cells: Sequence[str]) -> dict[str, str]:
    """Field → cell; what stands beyond the last header is no field, and the check says so."""
    found = {field: cell for field, cell in zip(fields, cells, strict=False) if field is not None}
    beyond = any(cell.strip() for cell in cells[len(fields) :])
    return {**found, "+": ""} if beyond else found

"""What an entry must look like beyond its hash: canonical form, place, sealed labels; it must not know trees."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

import msgspec

from custodyd.ledger.note import decode64
from custodyd.ledger.suite import DIGEST_SIZE, KEY_SIZE
from custodyd.ledger.verdict import Check
from custodyd.model.entry import MAX_INTEGER, Entry, Sealed

_SALT_SIZE = 16
_TAG_SIZE = 16
_RUN = re.compile(r"[0-9a-f]{16}")
_KIND = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+")
_POINTER = re.compile(r"(/([^~/]|~[01])*)+")

Fault = tuple[Check, str]
Json: TypeAlias = str | int | float | bool | list["Json"] | dict[str, "Json"] | None


@dataclass(frozen=True, slots=True)
class Place:
    """Where an entry stands, as its origin and its position say."""

    station: str
    segment: str
    seq: int


def read(data: bytes, place: Place) -> tuple[Entry | None, list[Fault]]:
    """The entry in these bytes and everything that is wrong with it."""
    try:
        raw: Json = msgspec.json.decode(data)
        entry = msgspec.convert(raw, Entry)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as exc:
        return None, [("form", f"not an entry: {exc}")]
    return entry, [*_form(data, raw), *_fields(entry, place), *_seals(entry)]


def _form(data: bytes, raw: Json) -> Iterator[Fault]:
    if msgspec.json.encode(raw, order="sorted") != data:
        yield "form", "not in canonical form"
    if not _exact(raw):
        yield "form", "holds a value that two readers may read differently"


def _exact(value: Json) -> bool:
    """Text, booleans, integers that a double holds exactly, and lists and objects of them under ASCII keys."""
    match value:
        case str() | bool():
            return True
        case int():
            return abs(value) <= MAX_INTEGER
        case list():
            return _all_exact(value)
        case dict():
            return _all_ascii(value) and _all_exact(value.values())
        case _:
            return False


def _all_exact(values: Iterable[Json]) -> bool:
    return all(_exact(value) for value in values)


def _all_ascii(keys: Iterable[str]) -> bool:
    return all(key.isascii() for key in keys)


def _fields(entry: Entry, place: Place) -> Iterator[Fault]:
    if (entry.segment, entry.seq) != (place.segment, place.seq):
        yield "field", f"says that it is {entry.segment}/{entry.seq}"
    if entry.station != place.station:
        yield "field", "is of another station"
    if entry.v != 1:
        yield "field", f"has the unknown format {entry.v}"
    if _size(entry.salt) != _SALT_SIZE:
        yield "field", "has no salt of 16 bytes"
    if not _RUN.fullmatch(entry.run) or not _KIND.fullmatch(entry.kind):
        yield "field", "has a malformed run or kind"


def _seals(entry: Entry) -> Iterator[Fault]:
    for sealed in entry.sealed:
        if not _sound(sealed):
            yield "seal", f"the sealed label at {sealed.path[:80]!r} has the wrong shape"


def _sound(sealed: Sealed) -> bool:
    sizes = _size(sealed.commit) == DIGEST_SIZE and _size(sealed.box) >= KEY_SIZE + _TAG_SIZE
    return sizes and sealed.person.startswith("p-") and _POINTER.fullmatch(sealed.path) is not None


def _size(text: str) -> int:
    try:
        return len(decode64(text))
    except ValueError:
        return -1

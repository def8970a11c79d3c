"""The bytes of an entry: RFC 8785 within the limits that make every JSON library agree; it must not know storage."""

from collections.abc import Iterable
from typing import TypeAlias

import msgspec

from custodyd.ledger.errors import Unrecordable
from custodyd.model.entry import MAX_INTEGER, Entry

LARGEST = 65_535

Plain: TypeAlias = "str | int | float | bytes | list[Plain] | tuple[Plain, ...] | dict[str, Plain] | None"

# sorted output is RFC 8785's where keys are ASCII, integers exact and floats absent: `_check` sees to it
_encoder = msgspec.json.Encoder(order="sorted")
_decoder = msgspec.json.Decoder(Entry)


def encode(entry: Entry) -> tuple[Entry, bytes]:
    """Canonical bytes, and the entry as whoever reads them will see it.

    Raises Unrecordable for floats, nulls, far integers, foreign keys, wrong types, or more than 65,535 bytes.
    """
    try:
        _check(entry.data)
        data = _encoder.encode(entry)
        read = _decoder.decode(data)  # checks the types of all that is not kind-specific
    except (msgspec.MsgspecError, TypeError, ValueError, OverflowError, RecursionError) as exc:
        raise Unrecordable(f"an entry has no canonical form: {exc}") from exc
    if len(data) > LARGEST:
        raise Unrecordable(f"an entry of {len(data)} bytes is too long")
    return read, data


def decode(data: bytes) -> Entry:
    """The entry in these bytes; raises msgspec.DecodeError."""
    return _decoder.decode(data)


def _check(value: Plain) -> None:
    if isinstance(value, str):
        return
    if isinstance(value, dict):
        _check_keys(value)
        _check_all(value.values())
    elif isinstance(value, list | tuple):
        _check_all(value)
    elif not isinstance(value, int):
        raise Unrecordable(f"{type(value).__name__} has no place in an entry")
    elif not -MAX_INTEGER <= value <= MAX_INTEGER:
        raise Unrecordable("an integer lies outside the exact range")


def _check_all(values: Iterable[Plain]) -> None:
    for value in values:
        _check(value)


def _check_keys(keys: Iterable[object]) -> None:
    for key in keys:
        if not isinstance(key, str) or not key.isascii():
            raise Unrecordable("keys are ASCII text")

"""The bytes of an entry: RFC 8785 within the limits that make every JSON library agree; it must not know storage."""

from typing import Any

import msgspec

from custodyd.ledger.errors import Unrecordable
from custodyd.model.entry import MAX_INTEGER, Entry

LARGEST = 65_535

_encoder = msgspec.json.Encoder(order="sorted")
_decoder = msgspec.json.Decoder(Entry)


def encode(entry: Entry) -> bytes:
    """Canonical bytes; raises Unrecordable for floats, nulls, far integers, foreign keys, or more than 65,535 bytes."""
    _check(entry.data)
    data = _encoder.encode(entry)
    if len(data) > LARGEST:
        raise Unrecordable(f"an entry of {len(data)} bytes is too long")
    return data


def decode(data: bytes) -> Entry:
    """The entry in these bytes; raises msgspec.DecodeError."""
    return _decoder.decode(data)


def _check(value: Any) -> None:
    match value:
        case bool() | str():
            return
        case int():
            if abs(value) > MAX_INTEGER:
                raise Unrecordable("an integer lies outside the exact range")
        case list():
            for item in value:  # pyright: ignore[reportUnknownVariableType] - any JSON value
                _check(item)
        case dict():
            for key, item in value.items():  # pyright: ignore[reportUnknownVariableType] - any JSON value
                _check_key(key)
                _check(item)
        case _:
            raise Unrecordable(f"{type(value).__name__} has no place in an entry")


def _check_key(key: Any) -> None:
    if not isinstance(key, str) or not key.isascii():
        raise Unrecordable("keys are ASCII text")

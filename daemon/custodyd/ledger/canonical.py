"""The bytes of an entry: RFC 8785 within the limits that make every JSON library agree; it must not know storage."""

from typing import Any

import msgspec

from custodyd.ledger.errors import Unrecordable
from custodyd.model.entry import MAX_INTEGER, Entry

LARGEST = 65_535

# sorted output is byte-identical to RFC 8785 where keys are ASCII, integers exact and floats absent: `_check` sees to it
_encoder = msgspec.json.Encoder(order="sorted")
_decoder = msgspec.json.Decoder(Entry)


def encode(entry: Entry) -> bytes:
    """Canonical bytes; raises Unrecordable for floats, nulls, far integers, foreign keys, or more than 65,535 bytes."""
    try:
        plain = msgspec.to_builtins(entry)
        _check(plain)
        data = _encoder.encode(plain)
    except (TypeError, ValueError, OverflowError, RecursionError) as exc:
        raise Unrecordable(f"an entry has no canonical form: {exc}") from exc
    if len(data) > LARGEST:
        raise Unrecordable(f"an entry of {len(data)} bytes is too long")
    return data


def decode(data: bytes) -> Entry:
    """The entry in these bytes; raises msgspec.DecodeError."""
    return _decoder.decode(data)


def _check(value: Any) -> None:
    kind = type(value)
    if kind is str or kind is bool:
        return
    if kind is int:
        if not -MAX_INTEGER <= value <= MAX_INTEGER:
            raise Unrecordable("an integer lies outside the exact range")
    elif kind is dict:
        for key, item in value.items():
            if type(key) is not str or not key.isascii():
                raise Unrecordable("keys are ASCII text")
            _check(item)
    elif kind in (list, tuple):
        for item in value:
            _check(item)
    else:
        raise Unrecordable(f"{kind.__name__} has no place in an entry")

"""The paper copy of the wrap key: two printable halves, each useless alone; it must not know files or printers.

A half is 64 characters of base32: number, mark of the pair, share (XOR), checksum. Two people keep one each.
"""

import base64
import binascii
import secrets

from custodyd.ledger.errors import LedgerError
from custodyd.ledger.suite import KEY_SIZE, digest

_MARK = 4
_CHECK = 3
_LENGTH = 1 + _MARK + KEY_SIZE + _CHECK
_MARK_DOMAIN = b"custodyd/wrap/1\x00"
_CHECK_DOMAIN = b"custodyd/half/1\x00"


class BadHalf(LedgerError):
    """A half was typed wrongly, or the two do not belong together."""


def split(wrap: bytes) -> tuple[str, str]:
    """Two halves of a key, in groups of four characters."""
    share = secrets.token_bytes(KEY_SIZE)
    other = bytes(one ^ two for one, two in zip(wrap, share, strict=True))
    return _printed(1, wrap, share), _printed(2, wrap, other)


def join(first: str, second: str) -> bytes:
    """The key of two halves, in either order, spaces and case aside; raises BadHalf."""
    (number, mark, share), (other_number, other_mark, other) = _read(first), _read(second)
    if number == other_number:
        raise BadHalf(f"this is half {number} twice")
    wrap = bytes(one ^ two for one, two in zip(share, other, strict=True))
    if mark != other_mark or _mark(wrap) != mark:
        raise BadHalf("the halves are of different keys")
    return wrap


def _printed(number: int, wrap: bytes, share: bytes) -> str:
    body = bytes([number]) + _mark(wrap) + share
    text = base64.b32encode(body + _checksum(body)).decode()
    return " ".join(text[start : start + 4] for start in range(0, len(text), 4))


def _read(text: str) -> tuple[int, bytes, bytes]:
    try:
        raw = base64.b32decode("".join(text.split()).upper().encode("ascii"))
    except (binascii.Error, ValueError) as exc:
        raise BadHalf("a half has 64 letters A to Z and digits 2 to 7") from exc
    body, check = raw[:-_CHECK], raw[-_CHECK:]
    if len(raw) != _LENGTH or _checksum(body) != check or body[0] not in (1, 2):
        raise BadHalf("a half was typed wrongly")
    return body[0], body[1 : 1 + _MARK], body[1 + _MARK :]


def _mark(wrap: bytes) -> bytes:
    return digest(_MARK_DOMAIN + wrap)[:_MARK]


def _checksum(body: bytes) -> bytes:
    return digest(_CHECK_DOMAIN + body)[:_CHECK]

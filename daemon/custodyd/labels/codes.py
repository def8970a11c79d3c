"""Signed codes: making one, and judging whatever a scanner read; pure, it must not know what was issued or voided.

    C1-<kind>-<id>-<n>-<mac>        C1-D-7K2M9QXA-1-W3JQ5T7ZL2ABCDEF

All upper case, so that a QR code holds it in alphanumeric mode. A code says which thing, never who: it opens nothing.
"""

import hmac
import re
import secrets
from base64 import b32encode
from dataclasses import dataclass
from enum import StrEnum

CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Base32 without I, L, O, U, which people misread (https://www.crockford.com/base32.html)."""
KEY_BYTES = 32  # no less than the hash's own length: RFC 2104 §3
RANDOM_BYTES = 5  # 40 bits are exactly eight base32 characters
LAST_ISSUE = 9999
LONGEST = 44  # C1-D-8-4-16 is 35 characters; a later version may be a little longer, a flood is not

_OURS = re.compile(r"C[0-9]{1,3}-")
_ALPHABET = re.compile(r"[0-9A-Z-]*")
_SHAPE = re.compile(rf"(C1-([DPEBCW])-([{CROCKFORD}]{{8}})-([1-9][0-9]{{0,3}})-)([A-Z2-7]{{16}})")


class Kind(StrEnum):
    """What a label is stuck on."""

    DOSSIER = "D"
    DOCUMENT = "P"
    EXHIBIT = "E"
    BELONGINGS = "B"
    COMPARTMENT = "C"
    WRISTBAND_DOCK = "W"


@dataclass(frozen=True, slots=True)
class Label:
    """A code whose signature held: the `issue`-th label of thing `id`; whether it is void is the record's word."""

    kind: Kind
    id: str
    issue: int


class Flaw(StrEnum):
    """Why a text is no label of this station."""

    FOREIGN = "foreign"  # does not begin like ours: maybe a code of the case platform
    OVERLONG = "overlong"
    ALPHABET = "alphabet"
    VERSION = "version"  # C2 and later: printed by a newer program
    SHAPE = "shape"
    SIGNATURE = "signature"  # forged, misread, or signed by another station


@dataclass(frozen=True, slots=True)
class NoLabel:
    """A refusal: what is wrong with the text. The text itself is hostile and is not kept."""

    flaw: Flaw


def fresh_id(random: bytes | None = None) -> str:
    """Eight Crockford base32 characters from five `random` bytes, by default the system's; ValueError on another
    length."""
    drawn = secrets.token_bytes(RANDOM_BYTES) if random is None else random
    if len(drawn) != RANDOM_BYTES:
        raise ValueError(f"an id takes {RANDOM_BYTES} random bytes")
    number = int.from_bytes(drawn, "big")
    return "".join(CROCKFORD[number >> shift & 31] for shift in range(35, -1, -5))


def make(kind: Kind, id: str, issue: int, key: bytes) -> str:
    """The code of the `issue`-th label (1 to 9999) of thing `id`; raises ValueError for parts that fit no code."""
    head = f"C1-{kind.value}-{id}-{issue}-"
    code = head + _mac(head, key)
    if _SHAPE.fullmatch(code) is None:
        raise ValueError("a label takes an id of eight Crockford base32 characters and an issue from 1 to 9999")
    return code


def read(text: str, key: bytes) -> Label | NoLabel:
    """The label that `text` is, or what is wrong with it; for any text, in time bounded by its length."""
    if (flaw := _flaw(text)) is not None:
        return NoLabel(flaw)
    if (parts := _SHAPE.fullmatch(text)) is None:
        return NoLabel(Flaw.SHAPE)
    head, kind, id, issue, mac = parts.groups()
    if not hmac.compare_digest(mac, _mac(head, key)):
        return NoLabel(Flaw.SIGNATURE)
    return Label(Kind(kind), id, int(issue))


def _flaw(text: str) -> Flaw | None:
    begin = _OURS.match(text)
    if begin is None:
        return Flaw.FOREIGN
    if len(text) > LONGEST:
        return Flaw.OVERLONG
    if _ALPHABET.fullmatch(text) is None:
        return Flaw.ALPHABET
    return None if begin[0] == "C1-" else Flaw.VERSION


def _mac(head: str, key: bytes) -> str:
    """80 bits over everything that stands before them, the last hyphen included, in RFC 4648 base32."""
    if len(key) < KEY_BYTES:
        raise ValueError(f"a label key has {KEY_BYTES} bytes")
    return b32encode(hmac.digest(key, head.encode("utf-8"), "sha256")[:10]).decode("ascii")

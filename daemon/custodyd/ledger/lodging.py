"""What others hold of the record: a segment, a size and its whole root, as sent by SMS or printed; it sends nothing."""

import base64
from dataclasses import dataclass

from custodyd.ledger.errors import LedgerError
from custodyd.ledger.note import decode64
from custodyd.ledger.suite import DIGEST_SIZE


class BadLodging(LedgerError):
    """The text is not a segment, a size and a root."""


@dataclass(frozen=True, slots=True)
class Lodged:
    """A state of the record that someone outside has seen."""

    segment: str
    size: int
    root: bytes

    def text(self) -> str:
        """`segment size root`, the root as 52 characters of base32 in fours."""
        return f"{self.segment} {self.size} {printed_root(self.root)}"


def printed_root(root: bytes) -> str:
    """52 characters of base32 in groups of four."""
    text = base64.b32encode(root).decode().rstrip("=")
    return " ".join(text[start : start + 4] for start in range(0, len(text), 4))


def read_root(text: str) -> bytes:
    """A root written in base32, hexadecimal or base64, spaces aside; raises BadLodging."""
    plain = "".join(text.split())
    try:
        raw = _decode(plain)
    except ValueError as exc:
        raise BadLodging("a root cannot be read") from exc
    if len(raw) != DIGEST_SIZE:
        raise BadLodging("a root has the wrong length")
    return raw


def _decode(plain: str) -> bytes:
    if len(plain) == 2 * DIGEST_SIZE:
        return bytes.fromhex(plain)
    if plain.endswith("="):
        return decode64(plain)
    return base64.b32decode(plain.upper() + "=" * (-len(plain) % 8))


def read_lodged(text: str) -> Lodged:
    """`segment size root` as `Lodged.text` writes it; raises BadLodging."""
    words = text.split()
    try:
        segment, size = words[0], int(words[1])
    except (IndexError, ValueError) as exc:
        raise BadLodging("expected: segment, number of entries, root") from exc
    return Lodged(segment, size, read_root(" ".join(words[2:])))

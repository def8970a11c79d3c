"""Receipts: one entry, its disclosed labels and a C2SP tlog-proof, small enough for a printed code; it opens nothing.

Packed, it is the zlib stream of a JSON object: `entry` and `proof` as texts, `openings` as [path, opening, text].
"""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from custodyd.ledger.errors import LedgerError
from custodyd.ledger.note import decode64, encode64
from custodyd.ledger.suite import DIGEST_SIZE

_HEADER = "c2sp.org/tlog-proof@v1"
_LARGEST = 1 << 20  # an entry has at most 65,535 bytes; what inflates beyond this is an attack


Opening = tuple[str, str, str]
"""A disclosed label: its path, its opening in base64, its text."""


class BadProof(LedgerError):
    """A proof or receipt that cannot be read, or does not prove what it says."""


@dataclass(frozen=True, slots=True)
class Proof:
    """A tlog-proof: the leaf's `index`, its `path` (sibling first), and the signed note of the tree."""

    index: int
    path: tuple[bytes, ...]
    note: str

    def text(self) -> str:
        """As the standard writes it."""
        lines = (_HEADER, f"index {self.index}", *map(encode64, self.path))
        return "".join(f"{line}\n" for line in lines) + f"\n{self.note}"


def read_proof(text: str) -> Proof:
    """The proof in a text; an `extra` line is passed over, since nothing vouches for it. Raises BadProof."""
    head, blank, note = text.partition("\n\n")
    lines = head.split("\n")
    try:
        if lines.pop(0) != _HEADER or not blank:
            raise BadProof("not a tlog-proof")
        if lines[0].startswith("extra "):
            decode64(lines.pop(0).removeprefix("extra "))
        word, number = lines.pop(0).split(" ")
        path = tuple(decode64(line) for line in lines)
        index = int(number)
    except (IndexError, ValueError) as exc:
        raise BadProof("not a tlog-proof") from exc
    if word != "index" or str(index) != number or index < 0 or any(len(node) != DIGEST_SIZE for node in path):
        raise BadProof("not a tlog-proof")
    return Proof(index, path, note)


class Receipt(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a person takes home."""

    entry: str
    proof: str
    openings: tuple[Opening, ...] = ()

    def pack(self) -> bytes:
        """Deflated, for a code in byte mode."""
        return zlib.compress(msgspec.json.encode(self, order="sorted"), 9)


def receipt(entry: bytes, proof: Proof, openings: Sequence[Opening] = ()) -> Receipt:
    """A receipt over the stored bytes of an entry."""
    return Receipt(entry.decode(), proof.text(), tuple(openings))


def unpack(data: bytes) -> Receipt:
    """The receipt in a file or code, deflated or plain; raises BadProof."""
    try:
        return msgspec.json.decode(inflate(data), type=Receipt)
    except (msgspec.DecodeError, UnicodeDecodeError) as exc:
        raise BadProof("not a receipt") from exc


def inflate(data: bytes) -> bytes:
    """The JSON in a zlib stream, or as it is; raises BadProof."""
    if data[:1] == b"{":
        return data
    stream = zlib.decompressobj()
    try:
        plain = stream.decompress(data, _LARGEST)
    except zlib.error as exc:
        raise BadProof("neither a receipt nor a bundle") from exc
    if not stream.eof or stream.unused_data:
        raise BadProof("neither a receipt nor a bundle")
    return plain

"""Case bundles: some entries of a segment, each with its proof, and the earlier checkpoints that the tree continues.

A bundle is a JSON object; others' entries are absent, `withheld` counts them by kind. It opens no label itself.
"""

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from custodyd.ledger import tree
from custodyd.ledger.note import decode64, encode64, parse
from custodyd.ledger.receipt import Opening
from custodyd.ledger.verdict import Gap


class Part(msgspec.Struct, frozen=True):
    """One entry, its place, and the way from it to the root (base64, sibling first)."""

    entry: str
    index: int
    path: tuple[str, ...]
    openings: tuple[Opening, ...] = ()


class Earlier(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A checkpoint that was lodged before, and the proof that the bundle's tree continues it."""

    checkpoint: str
    proof: tuple[str, ...]


class Bundle(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All of it under one signed `checkpoint`."""

    checkpoint: str
    entries: tuple[Part, ...]
    lodged: tuple[Earlier, ...] = ()
    gaps: tuple[Gap, ...] = ()
    withheld: dict[str, int] = msgspec.field(default_factory=dict[str, int])

    def pack(self) -> bytes:
        """As a file."""
        return msgspec.json.encode(self, order="sorted")


def bundle(
    note: str,
    chosen: Iterable[tuple[int, bytes, Sequence[Opening]]],
    hash_at: tree.HashAt,
    lodged: Iterable[str] = (),
    gaps: Sequence[Gap] = (),
    withheld: Mapping[str, int] | None = None,
) -> Bundle:
    """A bundle of (index, stored bytes, openings) under the newest note; `lodged` are earlier notes of the segment."""
    size = parse(note).size
    parts = [
        Part(data.decode(), index, _spelled(tree.inclusion(index, size, hash_at)), tuple(openings))
        for index, data, openings in chosen
    ]
    earlier = [Earlier(old, _spelled(tree.consistency(parse(old).size, size, hash_at))) for old in lodged]
    return Bundle(note, tuple(parts), tuple(earlier), tuple(gaps), dict(withheld or {}))


def _spelled(hashes: Iterable[bytes]) -> tuple[str, ...]:
    return tuple(encode64(value) for value in hashes)


def hashes_of(spelled: Iterable[str]) -> list[bytes]:
    """The hashes of a path or proof; raises ValueError."""
    return [decode64(value) for value in spelled]

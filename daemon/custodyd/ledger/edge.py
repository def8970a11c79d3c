"""The right edge of a growing Merkle tree: what an append needs of the past; it must not know storage."""

from collections.abc import Sequence

import msgspec

from custodyd.ledger.suite import EMPTY_ROOT, node_hash
from custodyd.ledger.tree import HashAt, Node


class Edge(msgspec.Struct, frozen=True):
    """The first `size` leaves as their largest complete subtrees, left to right, as (level, hash)."""

    size: int = 0
    peaks: tuple[tuple[int, bytes], ...] = ()

    @classmethod
    def load(cls, size: int, hash_at: HashAt) -> "Edge":
        """The edge of a stored tree."""
        levels = [level for level in range(size.bit_length() - 1, -1, -1) if size >> level & 1]
        return cls(size, tuple((level, hash_at(level, (size >> level) - 1)) for level in levels))

    def grown(self, leaf: bytes) -> tuple["Edge", Sequence[Node]]:
        """The edge with one more leaf, and the nodes that it completes, itself first, as (level, position, hash)."""
        nodes: list[Node] = [(0, self.size, leaf)]
        level, place, value, kept = 0, self.size, leaf, len(self.peaks)
        while place & 1:
            kept -= 1
            value = node_hash(self.peaks[kept][1], value)
            level, place = level + 1, place >> 1
            nodes.append((level, place, value))
        return Edge(self.size + 1, (*self.peaks[:kept], (level, value))), nodes

    def root(self) -> bytes:
        """RFC 6962 root over the leaves so far."""
        if not self.peaks:
            return EMPTY_ROOT
        *rest, (_, value) = self.peaks
        for _, left in reversed(rest):
            value = node_hash(left, value)
        return value

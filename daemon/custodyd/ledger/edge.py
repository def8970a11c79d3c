"""The right edge of a growing Merkle tree: what an append needs of the past; it must not know storage."""

from collections.abc import Sequence
from dataclasses import dataclass

from custodyd.ledger.suite import EMPTY_ROOT, node_hash
from custodyd.ledger.tree import HashAt, Node


@dataclass(frozen=True, slots=True)
class Edge:
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
        peaks = list(self.peaks)
        nodes: list[Node] = [(0, self.size, leaf)]
        level, place, value = 0, self.size, leaf
        while peaks and peaks[-1][0] == level:
            value = node_hash(peaks.pop()[1], value)
            level, place = level + 1, place >> 1
            nodes.append((level, place, value))
        peaks.append((level, value))
        return Edge(self.size + 1, tuple(peaks)), nodes

    def root(self) -> bytes:
        """RFC 6962 root over the leaves so far."""
        if not self.peaks:
            return EMPTY_ROOT
        *rest, (_, value) = self.peaks
        for _, left in reversed(rest):
            value = node_hash(left, value)
        return value

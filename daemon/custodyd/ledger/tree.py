"""The Merkle tree of RFC 6962 over stored hashes: incremental, never rehashing the past; it must not know storage.

Only complete subtrees are stored: `hash_at(level, index)` covers leaves [index·2^level, (index+1)·2^level).
"""

from collections.abc import Callable, Sequence

from custodyd.ledger.suite import SUITE_1, Suite

HashAt = Callable[[int, int], bytes]
Node = tuple[int, int, bytes]


def completed(size: int, leaf: bytes, hash_at: HashAt, suite: Suite = SUITE_1) -> list[Node]:
    """The nodes (level, index, hash) that the leaf with index `size` completes, the leaf itself (level 0) first."""
    nodes: list[Node] = [(0, size, leaf)]
    level, index, value = 0, size, leaf
    while index & 1:
        value = suite.node_hash(hash_at(level, index - 1), value)
        level, index = level + 1, index >> 1
        nodes.append((level, index, value))
    return nodes


def root(size: int, hash_at: HashAt, suite: Suite = SUITE_1) -> bytes:
    """The root over the first `size` leaves."""
    return range_hash(0, size, hash_at, suite) if size else suite.empty_root


def range_hash(start: int, stop: int, hash_at: HashAt, suite: Suite = SUITE_1) -> bytes:
    """MTH(D[start:stop]) of RFC 6962; raises ValueError if empty."""
    width = stop - start
    if width < 1:
        raise ValueError("an empty range has no hash")
    if width & (width - 1) == 0 and start % width == 0:
        level = width.bit_length() - 1
        return hash_at(level, start >> level)
    middle = start + split(width)
    return suite.node_hash(range_hash(start, middle, hash_at, suite), range_hash(middle, stop, hash_at, suite))


def levels_over(leaves: Sequence[bytes], suite: Suite = SUITE_1) -> list[list[bytes]]:
    """Every complete subtree over these leaf hashes: `levels[level][index]`, as `hash_at` finds them."""
    levels = [list(leaves)]
    while len(levels[-1]) > 1:
        levels.append(suite.node_hashes(levels[-1]))
    return levels


def joined(parts: Sequence[bytes], suite: Suite = SUITE_1) -> bytes:
    """The root over neighbouring subtrees of one size, of which only the last may be smaller."""
    level = list(parts) or [suite.empty_root]
    while len(level) > 1:
        odd = level[-1:] if len(level) % 2 else []
        level = suite.node_hashes(level) + odd
    return level[0]


def split(width: int) -> int:
    """The largest power of two below `width`; raises ValueError below 2."""
    if width < 2:
        raise ValueError("a single leaf cannot be split")
    return 1 << (width - 1).bit_length() - 1


def inclusion(index: int, size: int, hash_at: HashAt, suite: Suite = SUITE_1) -> list[bytes]:
    """PATH(index, D[size]) of RFC 6962 §2.1.1, the leaf's sibling first; raises ValueError outside the tree."""
    path: list[bytes] = []
    start, stop = 0, size
    for right in _turns(index, size):
        middle = start + split(stop - start)
        sibling = (start, middle) if right else (middle, stop)
        path.append(range_hash(*sibling, hash_at, suite))
        start, stop = (middle, stop) if right else (start, middle)
    return path[::-1]


def _turns(index: int, size: int) -> list[bool]:
    """From the root down to the leaf: True where the leaf lies in the right half."""
    if not 0 <= index < size:
        raise ValueError("the leaf lies outside the tree")
    turns: list[bool] = []
    while size > 1:
        left = split(size)
        turns.append(index >= left)
        index, size = (index - left, size - left) if index >= left else (index, left)
    return turns


def root_from_inclusion(index: int, size: int, leaf: bytes, path: Sequence[bytes], suite: Suite = SUITE_1) -> bytes:
    """The root that this inclusion proof leads to; raises ValueError when its length cannot be right."""
    value = leaf
    for right, sibling in zip(reversed(_turns(index, size)), path, strict=True):
        value = suite.node_hash(sibling, value) if right else suite.node_hash(value, sibling)
    return value


def is_included(
    index: int, size: int, root_hash: bytes, leaf: bytes, path: Sequence[bytes], suite: Suite = SUITE_1
) -> bool:
    """Whether `path` shows that `leaf` stands at `index` under this root."""
    try:
        return root_from_inclusion(index, size, leaf, path, suite) == root_hash
    except ValueError:
        return False


def consistency(old: int, new: int, hash_at: HashAt, suite: Suite = SUITE_1) -> list[bytes]:
    """PROOF(old, D[new]) of RFC 6962 §2.1.2; raises ValueError unless 0 < old <= new."""
    if not 0 < old <= new:
        raise ValueError("the older tree must have leaves and not more than the newer")
    proof: list[bytes] = []
    start, stop, whole = 0, new, True
    while old < stop:
        middle = start + split(stop - start)
        if old <= middle:
            proof.append(range_hash(middle, stop, hash_at, suite))
            stop = middle
        else:
            proof.append(range_hash(start, middle, hash_at, suite))
            start, whole = middle, False
    if not whole:
        proof.append(range_hash(start, stop, hash_at, suite))
    return proof[::-1]


def is_consistent(
    old: int, old_root: bytes, new: int, new_root: bytes, proof: Sequence[bytes], suite: Suite = SUITE_1
) -> bool:
    """Whether `proof` shows that the newer tree continues the older one; never raises."""
    if not 0 < old <= new:
        return False
    rest = list(proof)
    try:
        shown = _roots(old, new, rest, old_root, suite)
    except IndexError:
        return False
    return not rest and shown == (old_root, new_root)


def _roots(old: int, new: int, rest: list[bytes], known: bytes | None, suite: Suite) -> tuple[bytes, bytes]:
    """Both roots of a subtree, consuming the proof; `known` = the older root while all of it lies in here."""
    if old == new:
        value = rest.pop(0) if known is None else known
        return value, value
    left = split(new)
    if old <= left:
        left_old, left_new = _roots(old, left, rest, known, suite)
        return left_old, suite.node_hash(left_new, rest.pop(0))
    right_old, right_new = _roots(old - left, new - left, rest, None, suite)
    shared = rest.pop(0)
    return suite.node_hash(shared, right_old), suite.node_hash(shared, right_new)

"""The incremental tree against the definition in RFC 6962, written out naively here."""

from collections.abc import Sequence
from dataclasses import replace
from hashlib import sha3_256, sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from custodyd.ledger import tree
from custodyd.ledger.suite import SUITE_1, leaf_hash

MOST = 300
OTHER = replace(SUITE_1, number=2, new=sha3_256)


def mth(entries: Sequence[bytes]) -> bytes:
    """RFC 6962 2.1, as it stands there."""
    if not entries:
        return sha256(b"").digest()
    if len(entries) == 1:
        return sha256(b"\x00" + entries[0]).digest()
    k = largest(len(entries))
    return sha256(b"\x01" + mth(entries[:k]) + mth(entries[k:])).digest()


def largest(n: int) -> int:
    k = 1
    while k * 2 < n:
        k *= 2
    return k


def path(m: int, entries: Sequence[bytes]) -> list[bytes]:
    """RFC 6962 2.1.1."""
    if len(entries) == 1:
        return []
    k = largest(len(entries))
    if m < k:
        return [*path(m, entries[:k]), mth(entries[k:])]
    return [*path(m - k, entries[k:]), mth(entries[:k])]


def subproof(m: int, entries: Sequence[bytes], whole: bool) -> list[bytes]:
    """RFC 6962 2.1.2."""
    if m == len(entries):
        return [] if whole else [mth(entries)]
    k = largest(len(entries))
    if m <= k:
        return [*subproof(m, entries[:k], whole), mth(entries[k:])]
    return [*subproof(m - k, entries[k:], False), mth(entries[:k])]


class Nodes:
    """A node store that refuses to be asked for what was never stored."""

    def __init__(self, entries: Sequence[bytes]) -> None:
        self.known: dict[tuple[int, int], bytes] = {}
        self.reads = 0
        for size, entry in enumerate(entries):
            for level, index, value in tree.completed(size, leaf_hash(entry), self.at):
                assert (level, index) not in self.known
                self.known[level, index] = value

    def at(self, level: int, index: int) -> bytes:
        self.reads += 1
        return self.known[level, index]


ENTRIES = [f"entry {number}".encode() for number in range(MOST)]
NODES = Nodes(ENTRIES)
sizes = st.integers(1, MOST)


def test_appending_never_reads_more_than_one_node_per_level() -> None:
    assert Nodes(ENTRIES).reads < MOST  # one read for every node above the leaves


def test_the_published_vectors_of_certificate_transparency_come_out() -> None:
    leaves = [bytes.fromhex(text) for text in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657")]
    leaves.append(bytes.fromhex("606162636465666768696a6b6c6d6e6f"))
    roots = {
        1: "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        3: "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        8: "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    }
    nodes = Nodes(leaves)
    assert {size: tree.root(size, nodes.at).hex() for size in roots} == roots


@given(sizes)
def test_the_root_is_the_one_of_the_definition(size: int) -> None:
    assert tree.root(size, NODES.at) == mth(ENTRIES[:size])
    assert tree.joined([leaf_hash(entry) for entry in ENTRIES[:size]]) == mth(ENTRIES[:size])


def test_an_empty_tree_has_the_root_of_the_definition() -> None:
    assert tree.root(0, NODES.at) == tree.joined([]) == mth([])


@given(sizes, st.data())
def test_an_inclusion_proof_is_the_one_of_the_definition_and_holds(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    proof = tree.inclusion(index, size, NODES.at)
    assert proof == path(index, ENTRIES[:size])
    assert tree.is_included(index, size, mth(ENTRIES[:size]), leaf_hash(ENTRIES[index]), proof)


@given(sizes, st.data())
def test_a_consistency_proof_is_the_one_of_the_definition_and_holds(new: int, data: st.DataObject) -> None:
    old = data.draw(st.integers(1, new))
    proof = tree.consistency(old, new, NODES.at)
    assert proof == subproof(old, ENTRIES[:new], True)
    assert tree.is_consistent(old, mth(ENTRIES[:old]), new, mth(ENTRIES[:new]), proof)


def bent(proof: Sequence[bytes], data: st.DataObject) -> list[bytes]:
    """The proof with one node changed, missing or too many."""
    kinds = ["longer", *(["shorter", "flipped"] if proof else [])]
    kind, place = data.draw(st.sampled_from(kinds)), data.draw(st.integers(0, max(0, len(proof) - 1)))
    changed = list(proof)
    if kind == "longer":
        changed.insert(place, bytes(32))
    elif kind == "shorter":
        del changed[place]
    else:
        changed[place] = bytes([changed[place][0] ^ 1]) + changed[place][1:]
    return changed


@given(sizes, st.data())
def test_a_bent_inclusion_proof_does_not_hold(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    proof, root = tree.inclusion(index, size, NODES.at), mth(ENTRIES[:size])
    assert not tree.is_included(index, size, root, leaf_hash(ENTRIES[index]), bent(proof, data))
    assert not tree.is_included(index, size, root, leaf_hash(b"another"), proof)
    for wrong in {index ^ 1, index + size, -1} - {index}:
        assert not tree.is_included(wrong, size, root, leaf_hash(ENTRIES[index]), proof)


@given(sizes, st.data())
def test_a_bent_consistency_proof_does_not_hold(new: int, data: st.DataObject) -> None:
    old = data.draw(st.integers(1, new))
    proof, root = tree.consistency(old, new, NODES.at), mth(ENTRIES[:new])
    assert not tree.is_consistent(old, mth(ENTRIES[:old]), new, root, bent(proof, data))
    assert not tree.is_consistent(old, bytes(32), new, root, proof)
    assert not tree.is_consistent(old, mth(ENTRIES[:old]), new, bytes(32), proof)


@given(st.integers(-5, MOST), st.integers(-5, MOST), st.lists(st.binary(min_size=32, max_size=32), max_size=12))
@settings(max_examples=300)
def test_verifying_never_raises(old: int, new: int, proof: list[bytes]) -> None:
    tree.is_consistent(old, bytes(32), new, bytes(32), proof)
    tree.is_included(old, new, bytes(32), bytes(32), proof)


@given(sizes, st.sampled_from([1, 2, 4, 64, 256]))
def test_subtrees_of_one_size_join_to_the_root(size: int, width: int) -> None:
    parts = [mth(ENTRIES[start : min(size, start + width)]) for start in range(0, size, width)]
    assert tree.joined(parts) == mth(ENTRIES[:size])


def test_levels_hold_every_complete_subtree() -> None:
    levels = tree.levels_over([leaf_hash(entry) for entry in ENTRIES])
    assert {(level, at): value for level, row in enumerate(levels) for at, value in enumerate(row)} == NODES.known


def test_proofs_outside_the_tree_are_refused() -> None:
    with pytest.raises(ValueError, match="outside"):
        tree.inclusion(3, 3, NODES.at)
    with pytest.raises(ValueError, match="older"):
        tree.consistency(0, 3, NODES.at)
    with pytest.raises(ValueError, match="split"):
        tree.split(1)


@given(st.integers(0, 40), st.integers(1, 40))
def test_the_hash_of_any_range_is_the_root_over_its_leaves_in_every_suite(start: int, width: int) -> None:
    for suite in (SUITE_1, OTHER):
        leaves = [suite.leaf_hash(entry) for entry in ENTRIES[:80]]
        levels = tree.levels_over(leaves, suite)
        found = tree.range_hash(start, start + width, lambda level, index, at=levels: at[level][index], suite)
        assert found == tree.joined(leaves[start : start + width], suite)


def test_another_suite_is_a_parameter() -> None:
    other = OTHER
    leaves = [other.leaf_hash(entry) for entry in ENTRIES[:5]]
    levels = tree.levels_over(leaves, other)
    root = tree.root(5, lambda level, index: levels[level][index], other)
    assert root == tree.joined(leaves, other) != mth(ENTRIES[:5])
    proof = tree.inclusion(2, 5, lambda level, index: levels[level][index], other)
    assert tree.is_included(2, 5, root, leaves[2], proof, other)
    assert not tree.is_included(2, 5, root, leaves[2], proof)
    leaves = [other.leaf_hash(entry) for entry in ENTRIES[:7]]
    levels = tree.levels_over(leaves, other)
    proof = tree.inclusion(0, 7, lambda level, index: levels[level][index], other)  # a sibling of more than one subtree
    assert tree.is_included(0, 7, tree.joined(leaves, other), leaves[0], proof, other)
    for old in range(1, 8):
        first = tree.joined(leaves[:old], other)
        proof = tree.consistency(old, 7, lambda level, index: levels[level][index], other)
        assert tree.is_consistent(old, first, 7, tree.joined(leaves, other), proof, other)


def test_nothing_continues_an_empty_tree_or_a_longer_one() -> None:
    empty, root = mth([]), mth(ENTRIES[:3])
    for old, old_root, new, new_root in (
        (0, empty, 0, empty),
        (0, empty, 3, root),
        (4, root, 3, root),
        (-1, root, 3, root),
    ):
        assert not tree.is_consistent(old, old_root, new, new_root, [])


def test_many_leaves_are_hashed_as_each_alone() -> None:
    assert SUITE_1.leaf_hashes(ENTRIES[:3]) == [sha256(b"\x00" + entry).digest() for entry in ENTRIES[:3]]


def test_the_levels_end_at_the_last_complete_subtree() -> None:
    one, two, three = (leaf_hash(entry) for entry in ENTRIES[:3])
    assert tree.levels_over([one]) == [[one]]
    assert tree.levels_over([one, two, three]) == [[one, two, three], [mth_of(one, two)]]


def mth_of(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right).digest()


def test_keys_are_derived_as_rfc_5869_shows() -> None:
    derived = SUITE_1.derive(b"\x0b" * 22, bytes(range(13)), bytes(range(0xF0, 0xFA)))  # A.1, its first 32 bytes
    assert derived.hex() == "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf"

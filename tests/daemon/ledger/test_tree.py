"""RFC 6962 trees against the definition in the RFC, for every size a hand can check."""

from hypothesis import given
from hypothesis import strategies as st

from custodyd.ledger import suite, tree


def naive(leaves: list[bytes]) -> bytes:
    if not leaves:
        return suite.EMPTY_ROOT
    if len(leaves) == 1:
        return leaves[0]
    split = 1 << (len(leaves) - 1).bit_length() - 1
    return suite.node_hash(naive(leaves[:split]), naive(leaves[split:]))


def grown(count: int) -> tuple[list[bytes], dict[tuple[int, int], bytes]]:
    nodes: dict[tuple[int, int], bytes] = {}
    leaves = [suite.leaf_hash(str(n).encode()) for n in range(count)]
    for size, leaf in enumerate(leaves):
        for level, place, value in tree.completed(size, leaf, lambda level, place: nodes[level, place]):
            nodes[level, place] = value
    return leaves, nodes


@given(st.integers(0, 80))
def test_an_incremental_root_equals_the_definition(size: int) -> None:
    leaves, nodes = grown(size)
    assert tree.root(size, lambda level, place: nodes[level, place]) == naive(leaves)


@given(st.integers(1, 80), st.data())
def test_every_inclusion_proof_leads_to_the_root(size: int, data: st.DataObject) -> None:
    leaves, nodes = grown(size)
    index = data.draw(st.integers(0, size - 1))
    path = tree.inclusion(index, size, lambda level, place: nodes[level, place])
    assert tree.root_from_inclusion(index, size, leaves[index], path) == naive(leaves)
    if size > 1:
        assert tree.root_from_inclusion(index, size, leaves[index - 1], path) != naive(leaves)


@given(st.integers(1, 80), st.data())
def test_consistency_proofs_hold_and_a_rewritten_past_does_not(new: int, data: st.DataObject) -> None:
    leaves, nodes = grown(new)
    old = data.draw(st.integers(1, new))
    proof = tree.consistency(old, new, lambda level, place: nodes[level, place])
    assert tree.is_consistent(old, naive(leaves[:old]), new, naive(leaves), proof)
    forged = [suite.leaf_hash(b"forged"), *leaves[1:old]]
    assert not tree.is_consistent(old, naive(forged), new, naive(leaves), proof)

"""The growing edge of the tree against the definition of RFC 6962."""

from hypothesis import given, settings
from hypothesis import strategies as st

from custodyd.ledger import suite, tree
from custodyd.ledger.edge import Edge


def by_definition(leaves: list[bytes]) -> bytes:
    if not leaves:
        return suite.EMPTY_ROOT
    if len(leaves) == 1:
        return leaves[0]
    split = 1 << (len(leaves) - 1).bit_length() - 1
    return suite.node_hash(by_definition(leaves[:split]), by_definition(leaves[split:]))


@given(st.integers(0, 200))
@settings(max_examples=60, deadline=None)
def test_every_root_is_the_one_by_definition_and_the_stored_nodes_give_it_again(size: int) -> None:
    leaves = [suite.leaf_hash(bytes([number])) for number in range(size)]
    stored: dict[tuple[int, int], bytes] = {}
    edge = Edge()
    for leaf in leaves:
        edge, nodes = edge.grown(leaf)
        stored |= {(level, position): value for level, position, value in nodes}

    def hash_at(level: int, position: int) -> bytes:
        return stored[level, position]

    assert edge.size == size
    assert edge.root() == by_definition(leaves)
    assert tree.root(size, hash_at) == edge.root()
    assert Edge.load(size, hash_at) == edge
    assert len(stored) == sum(size >> level for level in range(size.bit_length()))

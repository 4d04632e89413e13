"""Merkle trees against the test vectors of RFC 6962's reference implementation, and against themselves."""

import hashlib

from hypothesis import given
from hypothesis import strategies as st

from memos_graph.audit import merkle

# Inputs and roots of the Certificate Transparency reference tests (certificate-transparency, merkle_tree_test).
INPUTS = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def test_roots_are_those_of_the_standard() -> None:
    leaves = [merkle.leaf_hash(bytes.fromhex(each)) for each in INPUTS]
    assert [merkle.root(leaves[: n + 1]).hex() for n in range(8)] == ROOTS
    assert merkle.root([]) == hashlib.sha256(b"").digest()


@given(st.integers(0, 70), st.sets(st.integers(0, 80)))
def test_roots_of_many_sizes_are_those_of_each(count: int, sizes: set[int]) -> None:
    leaves = [merkle.leaf_hash(bytes([n])) for n in range(count)]
    found = merkle.roots(leaves, sizes)
    assert found == {size: merkle.root(leaves[:size]) for size in sizes if size <= count}


@given(st.integers(1, 70), st.data())
def test_a_proof_leads_to_the_root_and_no_other_leaf_does(size: int, data: st.DataObject) -> None:
    leaves = [merkle.leaf_hash(bytes([n])) for n in range(size)]
    index = data.draw(st.integers(0, size - 1))
    path = merkle.inclusion(leaves, index)
    assert merkle.root_from(leaves[index], index, size, path) == merkle.root(leaves)
    wrong = merkle.leaf_hash(b"another")
    assert merkle.root_from(wrong, index, size, path) != merkle.root(leaves)
    assert merkle.root_from(leaves[index], index, size, [*path, wrong]) is None
    if path:
        assert merkle.root_from(leaves[index], index, size, path[:-1]) is None

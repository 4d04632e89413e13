"""Lineage: where memories come from and what came of them, as far as one may see."""

from collections.abc import Callable

import pytest

from memos_graph import Memory, MemOS, Message
from memos_graph.errors import InputError, NotFoundError


@pytest.fixture
def mount(mount_by_face: Callable[..., Memory]) -> Callable[..., Memory]:
    return mount_by_face


@pytest.fixture
def cube(space: Memory) -> str:
    talk = [Message(id="m1", speaker="Alice", text="The mill was sold to Hanna. The old wheel still turns at night.")]
    return space.add(talk, source="chat").added[0]


def test_lineage_goes_both_ways(space: Memory, cube: str) -> None:
    lineage = space.lineage(cube)
    facts = lineage.downstream()
    assert {fact.text for fact in facts} == {"The mill was sold to Hanna.", "The old wheel still turns at night."}
    assert lineage.upstream() == ()
    assert {(edge.type, edge.transform, edge.by) for edge in lineage.edges} == {
        ("DERIVED_FROM", "extracted", space.principal)
    }
    (whole,) = space.lineage(facts[0].id).upstream()
    assert (whole.id, whole.source, whole.position, whole.origin_id) == (cube, "chat", 0, "m1")


def test_a_noted_origin_shows_and_goes_as_deep_as_asked(space: Memory, cube: str) -> None:
    chain = [cube, *(space.add(f"Summary number {i} of the mill.").added[0] for i in range(3))]
    for made, origin in zip(chain[1:], chain, strict=False):
        space.provenance.annotate(made, derived_from=origin, transform="summarised")
    ids = {node.id for node in space.lineage(chain[3]).nodes}
    assert set(chain) <= ids
    near = space.lineage(chain[3], depth=1)
    assert chain[2] in {node.id for node in near.nodes}
    assert chain[1] not in {node.id for node in near.nodes}
    for depth in (0, 9, -1):
        with pytest.raises(InputError):
            space.lineage(cube, depth=depth)


def test_no_memory_becomes_its_own_ancestor(space: Memory, cube: str) -> None:
    other = space.add("A short history of the mill.").added[0]
    space.provenance.annotate(other, derived_from=cube, transform="summarised")
    for made, origin in ((cube, other), (cube, cube), (other, cube)):
        with pytest.raises(InputError):
            space.provenance.annotate(made, derived_from=origin, transform="summarised")


def test_what_one_may_not_read_does_not_show(
    memos: MemOS, space: Memory, cube: str, mount: Callable[..., Memory]
) -> None:
    hidden = mount("hidden")
    secret = hidden.add("A private note about the mill.").added[0]
    hidden.provenance.annotate(cube, derived_from=secret, transform="merged")
    guest = f"{space.principal}.guest"
    space.grant(guest, [])
    theirs = memos.mount(space.space, principal=guest).lineage(cube)
    assert secret not in {node.id for node in theirs.nodes}
    assert secret not in {end for edge in theirs.edges for end in (edge.start, edge.end)}
    assert secret in {node.id for node in space.lineage(cube).nodes}
    with pytest.raises(NotFoundError):
        memos.mount(space.space, principal=guest).lineage(secret)


def test_a_new_origin_needs_the_right_to_read_it(memos: MemOS, space: Memory, cube: str) -> None:
    stranger = f"{space.principal}.stranger"
    theirs = memos.mount(f"{stranger}/notes", principal=stranger)
    own = theirs.add("My own note.").added[0]
    with pytest.raises(NotFoundError):
        theirs.provenance.annotate(own, derived_from=cube, transform="copied")
    with pytest.raises(NotFoundError):
        theirs.provenance.annotate(cube, derived_from=own, transform="copied")
    assert {node.id for node in space.lineage(cube).upstream()} == set()

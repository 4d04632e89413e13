"""Near-duplicates: proposed, merged with both parents kept, and taken apart again."""

import pytest
from support.raw_graph import value

from memos_graph import Memory, MemOS, Message, State
from memos_graph.errors import InputError

ONE = "Dana moved to Lisbon in May 2024."
TWO = "Dana moved to Lisbon in May 2024!"


@pytest.fixture
def pair(space: Memory) -> tuple[str, str]:
    (first,) = space.add([Message(id="m1", speaker="Alice", text=ONE)], source="chat", tags=["move"]).added
    (second,) = space.add([Message(id="m2", speaker="Bob", text=TWO)], source="mail", tags=["home"]).added
    space.add([Message(id="m3", speaker="Bob", text="The oven arrives next week.")], source="mail")
    return first, second


def hits(space: Memory) -> list[str]:
    return [hit.cube.id for hit in space.search("Where did Dana move?").hits if hit.why["words"] > 0]


def test_duplicates_proposes_the_pair_and_no_other(space: Memory, pair: tuple[str, str]) -> None:
    (found,) = space.duplicates()
    assert (found.first, found.second, found.similarity) == (*pair, 1.0)
    assert space.duplicates(level="fact", threshold=0.9)[0].similarity > 0.9
    with pytest.raises(InputError):
        space.duplicates(threshold=0)


def test_a_merge_keeps_its_parents_and_shows_them(memos: MemOS, space: Memory, pair: tuple[str, str]) -> None:
    done = space.merge(pair, reason="the same")
    new = done.cubes[0]
    assert new in hits(space)
    assert not set(pair) & set(hits(space))
    cube = space.get(new)
    assert (cube.text, cube.state, set(cube.descriptive.tags)) == (ONE, State.ACTIVATED, {"move", "home"})
    assert {space.get(each).state for each in pair} == {State.MERGED}
    edges = {(edge.start, edge.type, edge.end, edge.transform) for edge in space.lineage(new).edges}
    for parent in pair:
        assert (new, "DERIVED_FROM", parent, "merged") in edges
        assert (parent, "MERGED_INTO", new, None) in edges
    assert value(memos, "MATCH (s:Space {id: $s}) RETURN s.cubes", s=space.space) == 2


def test_a_merge_says_the_text_that_was_chosen(space: Memory, pair: tuple[str, str]) -> None:
    new = space.merge(pair, text="Dana lives in Lisbon since May 2024.").cubes[0]
    assert space.get(new).text == "Dana lives in Lisbon since May 2024."
    assert "Dana lives in Lisbon since May 2024." in {node.text for node in space.lineage(new).downstream()}


def test_restoring_the_parents_takes_a_merge_back_and_it_can_be_made_again(
    space: Memory, pair: tuple[str, str]
) -> None:
    before = set(hits(space))
    new = space.merge(pair).cubes[0]
    for parent in pair:
        space.restore(parent)
    space.archive(new)
    assert set(hits(space)) == before
    assert space.merge(pair).cubes[0] != new


def test_facts_are_merged_too(space: Memory, pair: tuple[str, str]) -> None:
    facts = [space.lineage(each).downstream()[0].id for each in pair]
    new = space.merge(facts).cubes[0]
    assert {node.id for node in space.lineage(new).upstream()} == {*facts, *pair}
    assert set(pair) <= set(hits(space))


def test_what_does_not_belong_together_is_not_merged(space: Memory, pair: tuple[str, str]) -> None:
    fact = space.lineage(pair[0]).downstream()[0].id
    for wrong in ([pair[0]], [pair[0], pair[0]], [pair[0], fact]):
        with pytest.raises(InputError):
            space.merge(wrong)

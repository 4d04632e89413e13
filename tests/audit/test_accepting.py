"""An operator says that an edit by hand was made on purpose: it is vouched for, told in the log, and nothing else is."""

import pytest
from support.raw_graph import rows, unvouched

from memos_graph import InputError, IntegrityError, Memory, MemOS, Message, NotFoundError, StateError
from memos_graph.governance import Action

pytestmark = pytest.mark.tampers
WHY = "put right by hand, ticket 4711"


@pytest.fixture
def two(space: Memory) -> tuple[str, str]:
    said = [
        Message(id="m1", speaker="Ana", text="The kiln is fired on Mondays."),
        Message(id="m2", text="Tea is at four."),
    ]
    first, second = space.add(said, source="talk").added
    return first, second


def told(space: Memory) -> list[str]:
    return [each.what for each in space.audit.verify().broken]


def test_an_edited_memory_is_read_again_once_it_is_accepted(memos: MemOS, space: Memory, two: tuple[str, str]) -> None:
    (cube, other) = two
    rows(
        memos,
        "MATCH (c:MemCube {id: $c})-[:CURRENT]->(v) SET c.speaker = 'Anna', c.text = $t, v.text = $t",
        c=cube,
        t="The kiln is fired on Tuesdays.",
    )
    rows(memos, "MATCH (c:MemCube {id: $c}) SET c.speaker = 'Mallory'", c=other)
    with pytest.raises(IntegrityError):
        space.get(cube)
    done = memos.installation.accept(cube, space=space.space, by="operator", reason=WHY)
    assert (done.space, len(done.changed)) == (space.space, 2)
    assert (space.get(cube).text, space.get(cube).descriptive.speaker) == ("The kiln is fired on Tuesdays.", "Anna")
    assert unvouched(memos, since=cube) == [other], "nothing else is vouched for"
    (event,) = (entry for entry in space.log(limit=50) if entry.action == "accept")
    assert (event.principal, event.reason, [each.id for each in event.cubes]) == ("operator", WHY, [cube])
    rows(memos, "MATCH (c:MemCube {id: $c}) REMOVE c.speaker", c=other)
    assert told(space) == []
    with pytest.raises(StateError, match="nothing to accept"):
        memos.installation.accept(cube, space=space.space, by="operator", reason=WHY)
    space.update(cube, text="The kiln is fired on Fridays.")
    assert told(space) == []


def test_rights_and_the_number_of_memories_are_accepted_by_the_name_of_what_they_govern(
    memos: MemOS, space: Memory, two: tuple[str, str]
) -> None:
    accept, reader, owner = memos.installation.accept, f"{space.principal}.reader", space.principal
    space.grant(reader, [])
    rows(memos, "MATCH (:Principal {id: $r})-[g:GRANTED]->(:Space {id: $s}) SET g.actions = ['read', 'write']", r=reader, s=space.space)  # fmt: skip
    rows(memos, "MATCH (p:Principal {id: $r}) SET p.kind = 'role'", r=reader)
    rows(memos, "MATCH (c:MemCube {id: $c}) CREATE (kept:Kept) SET kept = properties(c)", c=two[0])
    space.set(two[0], priority=3)
    rows(memos, "MATCH (c:MemCube {id: $c}), (kept:Kept {id: $c}) SET c = properties(kept) DELETE kept", c=two[0])
    assert told(space)
    done = accept(space.space, space=space.space, by=owner, reason=WHY)
    assert done.changed == ("grants", "the number of its memories, or the states they are in")
    assert told(space) == [f"The principal '{reader}', its tenant or its mandate is not as it was set."]
    assert accept(reader, space=space.space, by=owner, reason=WHY).changed == ("principal",)
    assert told(space) == []
    space.grant(f"{owner}.other", [Action.WRITE])
    space.add("One more.")
    assert told(space) == []


def test_what_can_not_be_vouched_for_is_refused(memos: MemOS, space: Memory, two: tuple[str, str]) -> None:
    accept = memos.installation.accept
    rows(memos, "MATCH (c:MemCube {id: $c}) SET c.text = 'Something else.'", c=two[0])
    with pytest.raises(StateError, match="says two things"):
        accept(two[0], space=space.space, by="operator", reason=WHY)
    space.delete(two[1])
    rows(memos, "MATCH (c:MemCube {id: $c}) SET c.state = 'activated', c.text = 'Back.'", c=two[1])
    with pytest.raises(StateError, match="was erased"):
        accept(two[1], space=space.space, by="operator", reason=WHY)
    with pytest.raises(InputError):
        accept(two[0], space=space.space, by="operator", reason=" ")
    for target in ("nobody", "nobody/notes"):
        with pytest.raises(NotFoundError):
            accept(target, space=space.space, by="operator", reason=WHY)
    assert len(told(space)) >= 2

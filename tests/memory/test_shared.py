"""Memories shared one by one or by topic: found by whom they were shared with, and nothing besides them."""

from collections.abc import Callable

import pytest
from support.raw_graph import holders, value

from memos_graph import Action, Memory, MemOS, Message
from memos_graph.errors import ForbiddenError, InputError, NotFoundError
from memos_graph.language.sensitivity import LevelName

KILN, GLAZE, BOAT = "The kiln is fired on Thursday.", "The kiln needs a new door.", "The boat lies in Genoa."
QUESTION = "When is the kiln fired?"


@pytest.fixture
def mount(mount_by_face: Callable[..., Memory]) -> Callable[..., Memory]:
    return mount_by_face


@pytest.fixture
def cubes(space: Memory) -> list[str]:
    """Two memories about a kiln and one about a boat, in one conversation."""
    said = [Message(id=f"m{i}", speaker="Ann", text=text) for i, text in enumerate((KILN, BOAT, GLAZE))]
    return list(space.add(said, source="talk").added)


@pytest.fixture
def guest(mount: Callable[..., Memory], principal: str) -> Memory:
    """Somebody with notes of its own, and no grant."""
    return mount(owner=f"{principal}.guest", as_=f"{principal}.guest")


def texts(memory: Memory, question: str = QUESTION) -> list[str]:
    return [hit.cube.text for hit in memory.shared.search(question).hits]


def topic_of(space: Memory, cube: str) -> str:
    """Return the topic that a search shows for a memory."""
    hit = next(hit for hit in space.search(QUESTION).hits if hit.cube.id == cube)
    assert hit.path is not None
    return hit.path.topic


def test_one_memory_is_found_by_whom_it_is_shared_with_and_no_other(
    space: Memory, guest: Memory, cubes: list[str]
) -> None:
    assert guest.shared.list() == []
    assert texts(guest) == []
    space.permissions.grant(guest.principal, [Action.READ], cube=cubes[0])
    assert [cube.text for cube in guest.shared.list()] == [KILN]
    (hit,) = guest.shared.search(QUESTION).hits
    assert (hit.cube.id, hit.why["words"] > 0, hit.why["meaning"] > 0.5) == (cubes[0], True, True)
    assert [entry.action for entry in space.logs.query(actor=guest.principal)] == ["search", "list"]
    with pytest.raises(NotFoundError):
        guest.get(cubes[2])
    space.permissions.revoke(guest.principal, cube=cubes[0])
    assert guest.shared.list() == []
    assert texts(guest) == []


def test_a_topic_is_shared_with_all_that_is_about_it_and_what_will_be(
    space: Memory, guest: Memory, cubes: list[str]
) -> None:
    topic = topic_of(space, cubes[0])
    space.permissions.grant(guest.principal, [Action.READ], topic=topic)
    about = {cube.text for cube in guest.shared.list()}
    assert KILN in about
    assert BOAT not in about
    assert guest.get(cubes[0]).text == KILN
    (later,) = space.add([Message(id="m9", text="The kiln of the school is for sale.")], source="more").added
    assert later in {cube.id for cube in guest.shared.list()}
    (fact,) = [each.id for each in space.page(level="fact") if each.text == KILN]
    assert guest.get(fact).text == KILN
    (granted,) = [grant for grant in space.grants() if grant.topic]
    assert (granted.principal, granted.topic, granted.cube) == (guest.principal, topic, None)
    decision = space.can(guest.principal, Action.READ, cubes[0])
    assert decision.allowed
    assert [path.via[-1] for path in decision.paths if path.in_force] == [f"topic {topic}"]
    own = guest.can(guest.principal, Action.READ, cubes[0])
    assert [path.via[-1] for path in own.paths] == ["a topic of it"]
    space.update(cubes[0], text="The lathe stands in Turin.")
    with pytest.raises(NotFoundError):
        guest.get(cubes[0])
    space.permissions.revoke(guest.principal, topic=topic)
    assert guest.shared.list() == []
    assert space.audit.verify().whole


def test_a_topic_stays_shared_while_what_is_about_it_changes(space: Memory, guest: Memory) -> None:
    (cube,) = space.add([Message(id="m1", text=KILN)], source="talk").added
    topic = topic_of(space, cube)
    space.permissions.grant(guest.principal, [Action.READ], topic=topic)
    space.update(cube, text="The kiln is fired on Friday.")
    assert [each.id for each in guest.shared.list()] == [cube]
    space.update(cube, text=BOAT)
    assert guest.shared.list() == []
    space.update(cube, text=KILN)
    assert [each.id for each in guest.shared.list()] == [cube]


def test_a_denial_and_a_level_count_for_what_is_shared(space: Memory, guest: Memory, cubes: list[str]) -> None:
    (mail,) = space.add([Message(id="m7", text="Write to potter@example.org about the kiln.")], source="mail").added
    topic = topic_of(space, cubes[0])
    space.permissions.grant(guest.principal, [Action.READ], topic=topic, sees=LevelName.PUBLIC)
    space.permissions.grant(guest.principal, [Action.READ], cube=mail, sees=LevelName.PUBLIC)
    space.permissions.deny(guest.principal, [Action.READ], cube=cubes[0])
    assert KILN not in {cube.text for cube in guest.shared.list()} | set(texts(guest))
    (shown,) = [cube for cube in guest.shared.list() if cube.id == mail]
    assert shown.text == "Write to [e-mail] about the kiln."
    hit = next(hit for hit in guest.shared.search("potter@example.org").hits if hit.cube.id == mail)
    assert (hit.cube.text, hit.why["words"]) == (shown.text, 0.0)


def test_only_who_may_share_shares_a_topic_that_is_there(
    memos: MemOS, space: Memory, guest: Memory, cubes: list[str], principal: str
) -> None:
    topic, friend = topic_of(space, cubes[0]), f"{principal}.friend"
    space.grant(guest.principal, [Action.READ])
    theirs = memos.mount(space.space, principal=guest.principal)
    with pytest.raises(ForbiddenError):
        theirs.permissions.grant(friend, [Action.READ], topic=topic)
    space.grant(guest.principal, [Action.SHARE])
    with pytest.raises(ForbiddenError):
        theirs.permissions.grant(friend, [Action.WRITE], topic=topic)
    theirs.permissions.grant(friend, [Action.READ], topic=topic)
    for act in (space.permissions.grant, theirs.permissions.grant):
        with pytest.raises(NotFoundError):
            act(friend, [Action.READ], topic="no such topic")
    with pytest.raises(InputError):
        space.permissions.grant(friend, [Action.READ], topic=topic, cube=cubes[0])
    with pytest.raises(NotFoundError):
        space.permissions.revoke(friend, topic="no such topic")


def test_a_topic_that_may_not_be_known_is_not_there_to_be_shared(
    memos: MemOS, space: Memory, guest: Memory, principal: str
) -> None:
    (secret,) = space.add([Message(id="m1", text="The zeppelin is hidden in the barn.")], source="talk").added
    hit = next(hit for hit in space.search("Where is the zeppelin?").hits if hit.cube.id == secret)
    assert hit.path is not None
    space.grant(guest.principal, [Action.SHARE])
    space.permissions.deny(guest.principal, [Action.READ], cube=secret)
    theirs = memos.mount(space.space, principal=guest.principal)
    with pytest.raises(NotFoundError) as hidden:
        theirs.permissions.grant(f"{principal}.friend", [Action.READ], topic=hit.path.topic)
    with pytest.raises(NotFoundError) as missing:
        theirs.permissions.grant(f"{principal}.friend", [Action.READ], topic="nothing")
    assert str(hidden.value).replace(hit.path.topic, "nothing") == str(missing.value)


def test_a_topic_does_not_go_on_under_the_name_of_what_was_erased(memos: MemOS, space: Memory, guest: Memory) -> None:
    (first,) = space.add([Message(id="m1", text="The zorbtak kiln is here.")], source="one").added
    (second,) = space.add([Message(id="m2", text=GLAZE)], source="two").added
    about = "MATCH (:MemCube {id: $cube})-[:MENTIONS]->(:Concept)-[:WITHIN]->(t:Topic) WHERE t.name CONTAINS 'zorbtak' RETURN t.name"
    topic = value(memos, about, cube=second)
    space.permissions.grant(guest.principal, [Action.READ], topic=topic)
    assert {cube.id for cube in guest.shared.list()} == {first, second}
    assert [{c.id for c in entry.cubes} for entry in space.logs.query(action="grant")] == [{first, second}]
    space.delete(first)
    assert holders(memos, "zorbtak") == []
    assert [cube.id for cube in guest.shared.list()] == [second]
    (granted,) = [grant for grant in space.grants() if grant.topic]
    space.permissions.revoke(guest.principal, topic=granted.topic)
    assert guest.shared.list() == []


@pytest.mark.parametrize(("question", "limit"), [("", 10), ("   ", 10), ("kiln", 0), ("kiln", 201)])
def test_a_bad_question_is_refused(guest: Memory, question: str, limit: int) -> None:
    with pytest.raises(InputError):
        guest.shared.search(question, limit=limit)


def test_who_writes_a_memory_out_of_the_topic_that_let_it_in_is_told_what_it_wrote(
    space: Memory, guest: Memory, cubes: list[str]
) -> None:
    space.permissions.grant(guest.principal, [Action.READ, Action.WRITE], topic=topic_of(space, cubes[0]))
    version = guest.update(cubes[0], text="Nothing is known.")
    assert (version.number, version.text, version.by) == (2, "Nothing is known.", guest.principal)
    with pytest.raises(NotFoundError):
        guest.get(cubes[0])
    assert space.get(cubes[0]).text == "Nothing is known."

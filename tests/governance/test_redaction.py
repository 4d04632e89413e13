"""Views below a level of sensitivity: the stored text is whole, what a reader gets is not, wherever it gets it."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from support.raw_graph import value

from memos_graph import Action, Filters, Memory, MemOS, Message
from memos_graph.errors import ForbiddenError, InputError
from memos_graph.language.sensitivity import LevelName
from memos_graph.search.selection import Selection, select

MAIL, CARD = "zora.quill@example.org", "4111 1111 1111 1111"
TALK = [
    Message(id="m1", speaker="Ann", text=f"Write to Zora about the ferry. Her address is {MAIL}."),
    Message(id="m2", speaker="Ann", text=f"The ferry is paid with the card {CARD}."),
    Message(id="m3", speaker="Bob", text="The ferry leaves at nine."),
]
POLICY = "policy: 1\nname: desk\nredaction: {default: public, roles: {desk: personal}, principals: {%s: secret}}\n"


@pytest.fixture
def talk(space: Memory) -> tuple[str, ...]:
    return space.add(TALK, source="chat").added


@pytest.fixture
def guest(principal: str) -> str:
    return f"{principal}.guest"


def told(memory: Memory) -> str:
    """Everything a principal can get out of a space."""
    memory.search("warm up")
    questions = ("Where do I write about the ferry?", MAIL, CARD, "card ferry paid", "Zora")
    searched = [memory.search(question, limit=50).hits for question in questions]
    later = [memory.search(each, limit=50, filters=Filters(as_of=datetime.now(UTC))).hits for each in questions]
    cubes = memory.page(limit=200)
    lineage = [memory.lineage(cube.id) for cube in cubes]
    history = [memory.history(cube.id) for cube in cubes]
    since = datetime(2020, 1, 1, tzinfo=UTC)
    shown = [memory.get(cube.id) for cube in cubes] + [memory.get(cube.id, as_of=datetime.now(UTC)) for cube in cubes]
    rest = (
        list(memory.export()),
        memory.duplicates(threshold=0.1),
        memory.review(),
        memory.changes(since),
        memory.log(limit=200),
        memory.audit,
    )
    return str((searched, later, cubes, lineage, history, shown, rest))


def test_a_grant_shows_what_is_sensitive_up_to_its_level(
    memos: MemOS, space: Memory, talk: tuple[str, ...], guest: str
) -> None:
    assert MAIL in told(space)
    assert CARD in told(space)
    seen = {}
    for level in LevelName:
        space.permissions.grant(guest, [Action.READ], sees=level)
        seen[level] = told(memos.mount(space.space, principal=guest))
    assert [MAIL in each for each in seen.values()] == [False, True, True, True]
    assert [CARD in each for each in seen.values()] == [False, False, True, True]
    assert "[e-mail]" in seen[LevelName.PUBLIC]
    assert "[payment card]" in seen[LevelName.PERSONAL]
    assert "leaves at nine" in seen[LevelName.PUBLIC]
    # Not even its checksum, from which a number could be guessed.
    sums = [value(memos, "MATCH (v:MemVersion {cube: $c}) RETURN v.sha256", c=cube) for cube in talk]
    assert [each in seen[LevelName.PUBLIC] for each in sums] == [False, False, True]


@pytest.mark.alone
def test_what_is_hidden_finds_nothing_and_moves_no_score(
    memos: MemOS, space: Memory, talk: tuple[str, ...], guest: str
) -> None:
    space.permissions.grant(guest, [Action.READ], sees=LevelName.PUBLIC)
    theirs = memos.mount(space.space, principal=guest)

    def scores(memory: Memory, question: str) -> dict[str, float]:
        return {hit.cube.id: hit.why["words"] for hit in memory.search(question, limit=20).hits}

    assert space.search(CARD).hits[0].why["words"] == 1.0
    for hit in theirs.search(CARD, limit=20).hits:
        assert hit.why["words"] == 0.0
    assert scores(theirs, "4111111111111111 ferry") == scores(theirs, "5222222222222222 ferry")
    stored = value(
        memos, "MATCH (c:MemCube {space: $s}) RETURN collect(c.context) + collect(c.views[0])", s=space.space
    )
    concepts = value(memos, "MATCH (k:Concept {space: $s}) RETURN collect(k.name)", s=space.space)
    assert MAIL not in str((stored, concepts))
    assert "4111" not in str((stored, concepts))


def test_a_policy_says_who_sees_what(memos: MemOS, space: Memory, talk: tuple[str, ...], guest: str) -> None:
    other, third = f"{guest}.b", f"{guest}.c"
    for reader in (guest, other, third):
        space.grant(reader, [])
    assert all(MAIL in told(memos.mount(space.space, principal=each)) for each in (guest, other))
    space.policy.apply(POLICY % other)
    assert MAIL not in told(memos.mount(space.space, principal=guest))
    assert CARD in told(memos.mount(space.space, principal=other))
    assert CARD in told(space)
    roles = memos._services.roles
    roles.create(f"{space.owner}/desk", space.owner)
    theirs = memos.mount(space.space, principal=third)
    assert "[e-mail]" in str(theirs.search("Where do I write?"))
    roles.add(f"{space.owner}/desk", space.owner, third)
    assert MAIL in str(theirs.search("Where do I write?"))
    assert CARD not in told(theirs)
    roles.remove(f"{space.owner}/desk", space.owner, third)
    assert MAIL not in str(theirs.search("Where do I write?"))


def test_nobody_gives_or_brings_back_more_than_it_sees(
    memos: MemOS, space: Memory, talk: tuple[str, ...], guest: str
) -> None:
    rights = [Action.READ, Action.WRITE, Action.SHARE]
    space.permissions.grant(guest, rights, sees=LevelName.PUBLIC)
    theirs = memos.mount(space.space, principal=guest)
    theirs.permissions.grant(f"{guest}.b", [Action.READ])
    assert MAIL not in told(memos.mount(space.space, principal=f"{guest}.b"))
    theirs.update(talk[0], text="Write to nobody.")
    with pytest.raises(ForbiddenError, match="may not see"):
        theirs.rollback(talk[0], to=1)
    space.rollback(talk[0], to=1)
    assert MAIL in space.get(talk[0]).text
    assert MAIL not in told(theirs)
    before = space.changes(datetime(2020, 1, 1, tzinfo=UTC))
    assert MAIL in str(before)
    decision = memos._services.governance.decide(space.owner, guest, Action.READ, space.space)
    assert decision.sees == LevelName.PUBLIC


def test_what_is_not_seen_whole_goes_into_no_payload(
    memos: MemOS, space: Memory, talk: tuple[str, ...], guest: str
) -> None:
    space.permissions.grant(guest, [Action.READ, Action.TRANSFORM], sees=LevelName.PERSONAL)
    runner = memos._services.runner
    own = str(select(runner, Selection(), space=space.space, principal=space.principal))
    theirs = str(select(runner, Selection(), space=space.space, principal=guest))
    assert CARD in own
    assert CARD not in theirs
    assert MAIL in theirs


def test_a_rollback_of_the_space_keeps_what_was_found_sensitive(
    memos: MemOS, space: Memory, talk: tuple[str, ...], guest: str
) -> None:
    moment = datetime.now(UTC)
    space.update(talk[0], text="Write to nobody.")
    space.permissions.grant(guest, [Action.READ, Action.WRITE], sees=LevelName.PUBLIC)
    theirs = memos.mount(space.space, principal=guest)
    theirs.roll_back_to(moment)
    assert MAIL in space.get(talk[0]).text
    assert MAIL not in told(theirs)
    assert space.audit.verify().whole


def test_a_level_may_be_named_by_a_text_and_one_that_is_none_is_refused(space: Memory, mount: Callable[..., Memory]):
    space.add("Write to dana@example.org.")
    space.permissions.grant("guest", [Action.READ], sees="public")
    assert "dana@" not in mount(owner=space.principal, as_="guest").page()[0].text
    with pytest.raises(InputError, match="'everything' is not a level"):
        space.permissions.grant("guest", [Action.READ], sees="everything")

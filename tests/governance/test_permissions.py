"""Denials, single memories, roles, mandates and purposes: decided in the graph, in every read and write."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from memos_graph import Action, Memory, MemOS, Message
from memos_graph.errors import ForbiddenError, InputError, NotFoundError

TALK = [
    Message(id="m1", speaker="Alice", text="The greenhouse is heated with straw."),
    Message(id="m2", speaker="Alice", text="Dana owes the bank nine thousand euros."),
    Message(id="m3", speaker="Bob", text="The straw comes from the farm."),
]


@pytest.fixture
def mount(mount_by_face: Callable[..., Memory]) -> Callable[..., Memory]:
    return mount_by_face


@pytest.fixture
def talk(space: Memory) -> tuple[str, ...]:
    return space.add(TALK, source="chat").added


@pytest.fixture
def guest(principal: str) -> str:
    return f"{principal}.guest"


def told(memory: Memory) -> str:
    """Everything a principal can get out of a space without knowing an id."""
    memory.search("warm up")  # leaves something in the cache
    found = [memory.search(question, limit=50) for question in ("Who owes the bank?", "greenhouse straw", "Dana")]
    cubes = memory.page(limit=200)
    lineage = [memory.lineage(cube.id) for cube in cubes]
    history = [memory.history(cube.id) for cube in cubes]
    return str((found, cubes, lineage, history, memory.log(limit=200)))


def test_a_denied_memory_and_what_was_made_from_it_are_nowhere(
    memos: MemOS, space: Memory, talk: tuple[str, ...], guest: str
) -> None:
    space.grant(guest, [Action.WRITE])
    theirs = memos.mount(space.space, principal=guest)
    assert "nine thousand" in told(theirs)
    space.permissions.deny(guest, [Action.READ], cube=talk[1], reason="not his business")
    said = told(theirs)
    assert "nine thousand" not in said
    assert talk[1] not in said
    assert "greenhouse" in said
    facts = [node.id for node in space.lineage(talk[1]).nodes]
    for cube in {talk[1], *facts}:
        for act in (theirs.get, theirs.history, theirs.lineage, theirs.delete, lambda c: theirs.update(c, text="x")):
            with pytest.raises(NotFoundError) as forbidden:
                act(cube)
            with pytest.raises(NotFoundError) as missing:
                act("no-such-memory")
            assert str(forbidden.value).replace(cube, "ID") == str(missing.value).replace("no-such-memory", "ID")
    assert "nine thousand" in told(space)
    space.permissions.allow(guest, cube=talk[1])
    assert "nine thousand" in told(theirs)


def test_a_search_kept_in_memory_is_not_served_after_a_denial(
    memos: MemOS, space: Memory, talk: tuple[str, ...], guest: str
) -> None:
    space.grant(guest, [])
    theirs = memos.mount(space.space, principal=guest)
    first = theirs.search("Who owes the bank?")
    assert theirs.search("Who owes the bank?").cached
    assert talk[1] in {hit.cube.id for hit in first.hits}
    space.permissions.deny(guest, [Action.READ], cube=talk[1])
    after = theirs.search("Who owes the bank?")
    assert not after.cached
    assert talk[1] not in {hit.cube.id for hit in after.hits}


def test_a_denied_act_leaves_the_others(memos: MemOS, space: Memory, talk: tuple[str, ...], guest: str) -> None:
    space.grant(guest, [Action.WRITE])
    space.permissions.deny(guest, [Action.WRITE], cube=talk[0])
    theirs = memos.mount(space.space, principal=guest)
    assert theirs.get(talk[0]).text == TALK[0].text
    with pytest.raises(ForbiddenError):
        theirs.update(talk[0], text="Mine now.")
    assert theirs.update(talk[2], text="The straw is used up.").number == 2


def test_a_denial_on_the_space_outweighs_a_grant_and_ends_in_time(
    memos: MemOS, space: Memory, talk: tuple[str, ...], guest: str, pass_time: Callable[[timedelta], None]
) -> None:
    space.grant(guest, [])
    space.permissions.deny(guest, [Action.READ], expires_at=datetime.now(UTC) + timedelta(hours=1))
    with pytest.raises(NotFoundError):
        memos.mount(space.space, principal=guest)
    pass_time(timedelta(hours=1))
    assert memos.mount(space.space, principal=guest).get(talk[0])


def test_one_memory_can_be_shared_alone(memos: MemOS, space: Memory, talk: tuple[str, ...], guest: str) -> None:
    theirs = memos.mount(f"{guest}/notes", principal=guest)
    space.permissions.grant(guest, [], cube=talk[0])
    assert theirs.get(talk[0]).text == TALK[0].text
    assert [version.number for version in theirs.history(talk[0])] == [1]
    assert {node.id for node in theirs.lineage(talk[0]).nodes} == {talk[0]}
    with pytest.raises(NotFoundError):
        theirs.get(talk[1])
    with pytest.raises(NotFoundError):
        memos.mount(space.space, principal=guest)
    with pytest.raises(ForbiddenError):
        theirs.update(talk[0], text="Mine now.")
    space.permissions.revoke(guest, cube=talk[0])
    with pytest.raises(NotFoundError):
        theirs.get(talk[0])


def test_the_owner_keeps_every_right(space: Memory, talk: tuple[str, ...], memos: MemOS, guest: str) -> None:
    space.grant(guest, [Action.SHARE, Action.ADMINISTER])
    theirs = memos.mount(space.space, principal=guest)
    with pytest.raises(ForbiddenError, match="keeps every right"):
        theirs.permissions.deny(space.principal, [Action.READ])
    with pytest.raises(NotFoundError, match="owns it"):
        theirs.permissions.deny(space.principal, [Action.READ], cube=talk[0])
    role, roles = f"{guest}/all", memos._services.roles
    roles.create(role, guest)
    roles.add(role, guest, space.principal)
    theirs.permissions.deny(role, [Action.READ])
    theirs.permissions.deny(role, [Action.READ], cube=talk[1])
    assert "nine thousand" in told(space)


def test_a_role_gives_and_takes_what_it_is_granted_and_denied(
    memos: MemOS, space: Memory, talk: tuple[str, ...], guest: str
) -> None:
    role, roles = f"{space.principal}/readers", memos._services.roles
    assert roles.create(role, space.principal)
    assert not roles.create(role, space.principal)
    space.grant(role, [])
    with pytest.raises(NotFoundError):
        memos.mount(space.space, principal=guest)
    roles.add(role, space.principal, guest)
    theirs = memos.mount(space.space, principal=guest)
    assert "nine thousand" in told(theirs)
    assert [access.space for access in memos._services.governance.spaces(guest)] == [space.space]
    space.permissions.deny(role, [Action.READ], cube=talk[1])
    assert "nine thousand" not in told(theirs)
    assert [member.principal for member in roles.members(role, space.principal)] == [guest]
    roles.remove(role, space.principal, guest)
    with pytest.raises(NotFoundError):
        theirs.get(talk[0])
    for wrong in (lambda: roles.add(role, guest, guest), lambda: roles.members(role, guest)):
        with pytest.raises(NotFoundError, match="no role"):
            wrong()
    with pytest.raises(ForbiddenError):
        roles.create(role, guest)
    with pytest.raises(NotFoundError, match="no role"):
        space.grant(f"{space.principal}/nobodies", [])


def test_an_agent_acts_for_a_user_with_no_more_than_both_may(
    memos: MemOS, space: Memory, talk: tuple[str, ...], guest: str
) -> None:
    agent, roles = f"{guest}.bot", memos._services.roles
    space.grant(guest, [])
    space.grant(agent, [Action.WRITE])
    with pytest.raises(ForbiddenError, match="no mandate"):
        memos.mount(space.space, principal=agent, on_behalf_of=guest)
    mandate = roles.delegate(guest, agent)
    theirs = memos.mount(space.space, principal=agent, on_behalf_of=guest)
    assert theirs.get(talk[0])
    with pytest.raises(ForbiddenError):  # the agent may write, the user may not
        theirs.update(talk[0], text="Mine now.")
    space.grant(guest, [Action.WRITE])
    assert theirs.update(talk[0], text="The greenhouse is cold.").by == mandate.mandate
    assert {entry.principal for entry in space.log() if entry.action == "update"} == {f"{agent}>{guest}"}
    space.permissions.deny(guest, [Action.READ], cube=talk[1])
    assert "nine thousand" not in told(theirs)
    space.revoke(agent)
    with pytest.raises(NotFoundError):
        theirs.get(talk[0])
    space.grant(agent, [])
    roles.end(guest, agent)
    with pytest.raises(NotFoundError):
        theirs.get(talk[0])
    with pytest.raises(ForbiddenError, match="no mandate"):
        memos.mount(space.space, principal=agent, on_behalf_of=guest)
    with pytest.raises(NotFoundError):
        roles.end(guest, agent)


def test_a_mandate_can_be_for_some_acts_only(memos: MemOS, space: Memory, talk: tuple[str, ...], guest: str) -> None:
    agent = f"{guest}.bot"
    space.grant(guest, [Action.WRITE])
    space.grant(agent, [Action.WRITE])
    memos._services.roles.delegate(guest, agent, actions=[])
    theirs = memos.mount(space.space, principal=agent, on_behalf_of=guest)
    assert theirs.get(talk[0])
    with pytest.raises(ForbiddenError):
        theirs.update(talk[0], text="Mine now.")


def test_a_grant_can_ask_for_a_purpose(memos: MemOS, space: Memory, talk: tuple[str, ...], guest: str) -> None:
    space.permissions.grant(guest, [], purposes=["treatment"])
    for purpose in (None, "marketing"):
        with pytest.raises(NotFoundError):
            memos.mount(space.space, principal=guest, purpose=purpose)
    assert memos.mount(space.space, principal=guest, purpose="treatment").get(talk[0])
    with pytest.raises(InputError, match="not a purpose"):
        memos.mount(space.space, principal=guest, purpose="any thing")


def test_a_grant_for_a_purpose_is_not_in_force_for_who_states_none(memos: MemOS, space: Memory, guest: str) -> None:
    space.permissions.grant(guest, [Action.READ], purposes=["treatment"])
    memos._services.roles.delegate(guest, f"{guest}.bot")
    for who in (guest, f"{guest}.bot>{guest}"):
        decision = space.can(who, Action.READ)
        assert (decision.allowed, [path.in_force for path in decision.paths]) == (False, [False])


def test_why_somebody_may_or_may_not_is_a_path_in_the_graph(
    memos: MemOS, space: Memory, talk: tuple[str, ...], guest: str
) -> None:
    role = f"{space.principal}/readers"
    memos._services.roles.create(role, space.principal)
    memos._services.roles.add(role, space.principal, guest)
    nothing = space.can(guest, Action.READ, talk[0])
    assert (nothing.allowed, nothing.paths) == (False, ())
    space.grant(role, [])
    granted = space.can(guest, Action.READ, talk[0])
    assert granted.allowed
    assert [(path.via, path.denies, path.in_force) for path in granted.paths] == [
        ((guest, role, space.space), False, True)
    ]
    space.permissions.deny(guest, [Action.READ], cube=talk[0], reason="closed")
    denied = space.can(guest, Action.READ, talk[0])
    assert not denied.allowed
    assert [(path.via, path.reason) for path in denied.paths if path.denies] == [((guest, talk[0]), "closed")]
    assert space.can(guest, Action.READ).allowed
    theirs = memos.mount(space.space, principal=guest)
    assert theirs.can(guest, Action.READ, talk[1]).allowed
    with pytest.raises(ForbiddenError):
        theirs.can(space.principal, Action.READ, talk[1])
    with pytest.raises(NotFoundError):
        theirs.can(space.principal, Action.READ, talk[0])

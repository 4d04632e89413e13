"""Who may do what: grants, their end, and ids that are none."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from support.raw_graph import nodes_of, value

from memos_graph import Action, Memory, MemOS, Message
from memos_graph.errors import ForbiddenError, InputError, NotFoundError

TEXT = "The greenhouse is heated with straw."


@pytest.fixture
def cube(space: Memory) -> str:
    return space.add([Message(id="m1", speaker="Alice", text=TEXT)]).added[0]


@pytest.fixture
def guest(principal: str) -> str:
    return f"{principal}.guest"


def test_a_reader_reads_and_does_nothing_else(memos: MemOS, space: Memory, cube: str, guest: str) -> None:
    other = space.add("The straw comes from the farm.").added[0]
    space.grant(guest, [])
    theirs = memos.mount(space.space, principal=guest)
    assert theirs.get(cube).text == TEXT
    assert theirs.search("greenhouse").hits
    assert theirs.owner == space.principal
    before = nodes_of(memos, space.space)
    for act in (
        lambda: theirs.add("A new memory."),
        lambda: theirs.update(cube, text="Mine now."),
        lambda: theirs.rollback(cube, to=1),
        lambda: theirs.delete(cube),
        lambda: theirs.provenance.annotate(cube, derived_from=other, transform="merged"),
        lambda: theirs.grant(f"{guest}.friend", []),
        lambda: theirs.revoke(space.principal),
        theirs.grants,
    ):
        with pytest.raises(ForbiddenError):
            act()
    assert nodes_of(memos, space.space) == before
    assert space.get(cube).behavioural.version == 1


def test_a_writer_writes_and_can_not_share(memos: MemOS, space: Memory, cube: str, guest: str) -> None:
    space.grant(guest, [Action.WRITE])
    theirs = memos.mount(space.space, principal=guest)
    assert theirs.update(cube, text="The greenhouse is cold.").by == guest
    theirs.add([Message(id="m2", text="The straw is used up.")])
    with pytest.raises(ForbiddenError):
        theirs.grant(f"{guest}.friend", [])


def test_nobody_shares_more_than_they_hold(memos: MemOS, space: Memory, cube: str, guest: str) -> None:
    space.grant(guest, [Action.SHARE])
    theirs = memos.mount(space.space, principal=guest)
    friend = f"{guest}.friend"
    for actions in ([Action.WRITE], [Action.SHARE, Action.ADMINISTER]):
        with pytest.raises(ForbiddenError, match="does not hold it"):
            theirs.grant(friend, actions)
    theirs.grant(friend, [Action.READ])
    assert memos.mount(space.space, principal=friend).get(cube).text == TEXT
    with pytest.raises(ForbiddenError, match="keeps every right"):
        theirs.grant(space.principal, [])
    with pytest.raises(NotFoundError):
        theirs.revoke(space.principal)
    assert {a for g in space.grants() if g.principal == space.principal for a in g.actions} == set(Action)


def test_a_grant_ends_at_its_time(
    memos: MemOS, space: Memory, cube: str, guest: str, pass_time: Callable[[timedelta], None]
) -> None:
    space.grant(guest, [Action.WRITE], expires_at=datetime.now(UTC) + timedelta(hours=1))
    theirs = memos.mount(space.space, principal=guest)
    assert theirs.get(cube)
    pass_time(timedelta(hours=1))
    for act in (
        lambda: theirs.get(cube),
        lambda: theirs.add("Too late."),
        lambda: theirs.update(cube, text="Too late."),
        lambda: memos.mount(space.space, principal=guest),
    ):
        with pytest.raises(NotFoundError):
            act()
    assert memos._services.governance.spaces(guest) == []


def test_revoking_takes_effect_at_once_and_only_once(memos: MemOS, space: Memory, cube: str, guest: str) -> None:
    space.grant(guest, [Action.WRITE])
    theirs = memos.mount(space.space, principal=guest)
    space.revoke(guest)
    with pytest.raises(NotFoundError):
        theirs.get(cube)
    with pytest.raises(NotFoundError):
        theirs.update(cube, text="Still here?")
    with pytest.raises(NotFoundError):
        space.revoke(guest)
    assert [grant.principal for grant in space.grants()] == [space.principal]


def test_a_second_grant_replaces_the_first(memos: MemOS, space: Memory, guest: str) -> None:
    space.grant(guest, [Action.WRITE, Action.SHARE])
    until = datetime.now(UTC) + timedelta(days=1)
    space.grant(guest, [Action.READ], expires_at=until)
    (grant,) = [grant for grant in space.grants() if grant.principal == guest]
    assert grant.actions == (Action.READ,)
    assert grant.expires_at == until
    assert grant.by == space.principal


def test_spaces_are_listed_by_page(memos: MemOS, space: Memory, principal: str) -> None:
    for name in ("a", "b", "c"):
        memos.mount(f"{principal}/{name}", principal=principal)
    governance = memos._services.governance
    first = governance.spaces(principal, limit=2)
    rest = governance.spaces(principal, after=first[-1].space)
    assert [access.space for access in [*first, *rest]] == [f"{principal}/{name}" for name in ("a", "b", "c", "notes")]


@pytest.mark.alone
@pytest.mark.parametrize(
    "space_id",
    ["", "notes", "/notes", "a//b", "a/", "../x/y", "a/b c", "a/b\n", "a/" + "x" * 129, "a/b/c/d/e/f", "a/b'})"],
)
def test_a_malformed_space_id_is_refused(memos: MemOS, space_id: str) -> None:
    before = value(memos, "MATCH (s:Space) RETURN count(s)")
    with pytest.raises(InputError):
        memos.mount(space_id, principal="a")
    assert value(memos, "MATCH (s:Space) RETURN count(s)") == before


@pytest.mark.parametrize("name", ["", " ", "a b", "a/b/c", "-a", "x" * 129, "a\0", "a\n"])
def test_a_malformed_principal_id_is_refused(memos: MemOS, space: Memory, name: str) -> None:
    with pytest.raises(InputError):
        memos._services.governance.create_principal(name)
    with pytest.raises(InputError):
        space.grant(name, [])
    assert [grant.principal for grant in space.grants()] == [space.principal]


def test_a_mount_of_a_space_under_another_name_makes_nothing(memos: MemOS, principal: str) -> None:
    with pytest.raises(NotFoundError):
        memos.mount(f"{principal}/notes", principal=f"{principal}.other")
    assert value(memos, "MATCH (s:Space {id: $s}) RETURN count(s)", s=f"{principal}/notes") == 0

"""Who may change whose rights: the table, and that nobody's rights are lost by who may not take them."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from support.raw_graph import derive, rows

from memos_graph import Action, Memory, MemOS
from memos_graph.errors import ForbiddenError, MemosError, NotFoundError
from memos_graph.governance.rights import RIGHTS, RightsChange, Whose, table
from memos_graph.language.sensitivity import LevelName

ROOT = Path(__file__).resolve().parents[2]
CONTRACT = "The contract with the harbour ends in June."
EVERY = list(Action)


@pytest.fixture
def cube(space: Memory) -> str:
    return space.add(CONTRACT).added[0]


@pytest.fixture
def as_(memos: MemOS, space: Memory, principal: str) -> Callable[..., Memory]:
    """Somebody with some rights in the space, by the owner's grant."""

    def with_rights(name: str, *actions: Action) -> Memory:
        space.grant(f"{principal}.{name}", actions)
        return memos.mount(space.space, principal=f"{principal}.{name}")

    return with_rights


def held(memory: Memory) -> set[str]:
    found = memory._services.governance.access(memory.space, memory.principal)
    return set(found.actions) if found else set()


def test_the_table_in_the_documentation_is_the_one_that_is_kept() -> None:
    assert table() in (ROOT / "docs" / "governance.md").read_text(encoding="utf-8")
    assert set(RIGHTS) == set(RightsChange)


ACTS: dict[RightsChange, Callable[[Memory, str, str], object]] = {
    RightsChange.GRANT: lambda memory, who, cube: memory.permissions.grant(who, []),
    RightsChange.REVOKE: lambda memory, who, cube: memory.permissions.revoke(who),
    RightsChange.DENY: lambda memory, who, cube: memory.permissions.deny(who, [Action.READ], cube=cube),
    RightsChange.ALLOW: lambda memory, who, cube: memory.permissions.allow(who, cube=cube),
    RightsChange.POLICY: lambda memory, who, cube: memory.policy.apply("policy: 1\nname: desk\n"),
}


@pytest.mark.parametrize("change", ACTS)
@pytest.mark.parametrize("action", [None, *Action])
def test_each_act_takes_what_the_table_says(
    space: Memory, cube: str, as_: Callable[..., Memory], change: RightsChange, action: Action | None
) -> None:
    right, who = RIGHTS[change], "somebody.else"
    me = as_("actor", *([action] if action else []))
    if change in {RightsChange.REVOKE, RightsChange.ALLOW}:
        (me if action is Action.SHARE else space).permissions.grant(who, [])
        space.permissions.deny(who, [Action.READ], cube=cube)
    before = [grant for grant in space.grants() if grant.principal == who]
    allowed = action is not None and action is right.needs
    if allowed:
        ACTS[change](me, who, cube)
    else:
        with pytest.raises(ForbiddenError):
            ACTS[change](me, who, cube)
        assert [grant for grant in space.grants() if grant.principal == who] == before
    assert right.whose is Whose.HOLDER


def test_who_shares_takes_no_rights_of_others(space: Memory, as_: Callable[..., Memory], principal: str) -> None:
    """Neither by granting less than they hold, nor by revoking."""
    chief = as_("chief", *EVERY)
    sharer = as_("sharer", Action.SHARE)
    sharer.permissions.grant(
        chief.principal, [], sees=LevelName.PUBLIC, purposes=["billing"], expires_at=datetime.now(UTC)
    )
    assert held(chief) == set(EVERY)
    assert chief.can(chief.principal, Action.WRITE).sees is LevelName.SECRET
    sharer.permissions.revoke(chief.principal)
    assert held(chief) == set(EVERY)
    with pytest.raises(ForbiddenError, match="others gave"):
        sharer.permissions.revoke(chief.principal)
    other = as_("other", Action.SHARE)
    other.permissions.grant("somebody", [])
    with pytest.raises(ForbiddenError, match="others gave"):
        sharer.permissions.revoke("somebody")
    chief.permissions.revoke("somebody")
    assert "somebody" not in str(space.grants())
    chief.permissions.revoke(sharer.principal)
    assert held(sharer) == set()
    with pytest.raises(NotFoundError):
        chief.permissions.revoke(space.principal)


@pytest.mark.parametrize("where", ["cube", "topic"])
def test_on_one_memory_and_on_topics_the_same(
    memos: MemOS, space: Memory, as_: Callable[..., Memory], principal: str, where: str
) -> None:
    (cube,) = space.add("Dana bought a clarinet.").added
    topic = next(hit.path.topic for hit in space.search("clarinet").hits if hit.path)
    on = {"cube": cube} if where == "cube" else {"topic": topic}
    reader, sharer = f"{principal}.reader", as_("sharer", Action.SHARE)
    space.permissions.grant(reader, [Action.WRITE], **on)
    sharer.permissions.grant(reader, [], **on)
    decided = space.can(reader, Action.WRITE, cube)
    assert decided.allowed
    sharer.permissions.revoke(reader, **on)
    with pytest.raises(ForbiddenError):
        sharer.permissions.revoke(reader, **on)
    assert space.can(reader, Action.WRITE, cube).allowed
    space.permissions.revoke(reader, **on)
    assert not space.can(reader, Action.READ, cube).allowed


def test_a_policy_of_sharing_binds_revoking(space: Memory, as_: Callable[..., Memory], principal: str) -> None:
    sharer = as_("sharer", Action.SHARE)
    sharer.permissions.grant("somebody", [])
    space.policy.apply("policy: 1\nname: desk\nsharing: {who: [owner]}\n")
    for act in (lambda: sharer.permissions.revoke("somebody"), lambda: sharer.permissions.grant("another", [])):
        with pytest.raises(ForbiddenError, match="does not let this principal share"):
            act()
    assert "somebody" in str(space.grants())
    space.permissions.revoke("somebody")


def test_nobody_gives_longer_or_for_more_than_it_holds(
    memos: MemOS, space: Memory, as_: Callable[..., Memory], principal: str
) -> None:
    soon, later = (datetime.now(UTC) + timedelta(hours=hours) for hours in (1, 2))
    sharer = f"{principal}.sharer"
    space.permissions.grant(sharer, [Action.SHARE], expires_at=soon, purposes=["billing"])
    theirs = memos.mount(space.space, principal=sharer, purpose="billing")
    for ends in (None, later):
        theirs.permissions.grant("somebody", [], expires_at=ends)
        (given,) = (grant for grant in space.grants() if grant.principal == "somebody")
        assert given.expires_at is not None
        assert abs(given.expires_at - soon) < timedelta(milliseconds=1)
        assert given.purposes == ("billing",)
    with pytest.raises(ForbiddenError, match="other purposes"):
        theirs.permissions.grant("somebody", [], purposes=["treatment"])
    # What one holds by two grants, one holds as the longer of both.
    memos._services.roles.create(f"{principal}/staff", principal)
    space.permissions.grant(f"{principal}/staff", [Action.SHARE])
    memos._services.roles.add(f"{principal}/staff", principal, sharer, expires_at=later)
    theirs.permissions.grant("somebody", [])
    (given,) = (grant for grant in space.grants() if grant.principal == "somebody")
    assert given.expires_at is not None
    assert abs(given.expires_at - later) < timedelta(milliseconds=1)
    assert given.purposes is None


def test_what_an_agent_gave_for_one_one_may_take_back_and_not_the_other_way(
    memos: MemOS, space: Memory, as_: Callable[..., Memory], principal: str
) -> None:
    sharer, bot = as_("sharer", Action.SHARE), as_("bot", Action.SHARE)
    memos._services.roles.delegate(sharer.principal, bot.principal)
    agent = memos.mount(space.space, principal=bot.principal, on_behalf_of=sharer.principal)
    agent.permissions.grant("somebody", [])
    with pytest.raises(ForbiddenError):
        bot.permissions.revoke("somebody")
    sharer.permissions.revoke("somebody")
    sharer.permissions.grant("somebody", [])
    with pytest.raises(ForbiddenError):
        agent.permissions.revoke("somebody")


def test_an_administrator_sees_what_reaches_a_memory_from_elsewhere(
    memos: MemOS, space: Memory, cube: str, mount: Callable[..., Memory], as_: Callable[..., Memory], principal: str
) -> None:
    other = mount("other")
    (origin,) = other.add("Somewhere else.").added
    derive(memos, cube, origin)
    other.permissions.deny("somebody", [Action.READ], cube=origin, reason="a reason of that space")
    for who in (space, as_("chief", Action.ADMINISTER)):
        (seen,) = (grant for grant in who.grants() if grant.denied)
        assert (seen.principal, seen.cube, seen.by, seen.reason) == ("somebody", cube, principal, None)
    assert not [grant for grant in as_("sharer", Action.SHARE).grants() if grant.denied]


def told(act: Callable[[], object]) -> str:
    try:
        return f"fine: {act()}"
    except MemosError as error:
        return f"{type(error).__name__}: {error.message} {error.hint}"


@pytest.mark.parametrize("tenant", [True, False])
def test_foreign_names_and_roles_are_answered_like_missing_ones(
    memos: MemOS, space: Memory, cube: str, principal: str, tenant: bool
) -> None:
    roles, tenants = memos._services.roles, memos._services.tenants
    stranger = f"{principal}.stranger"
    tenants.join(f"t2.{principal}", [stranger])
    roles.create(f"{stranger}/staff", stranger)
    if tenant:
        tenants.join(f"t1.{principal}", [principal])
    for known, unknown in ((stranger, f"{principal}.nobody"), (f"{stranger}/staff", f"{principal}.nobody/staff")):
        for act in (
            lambda who: space.permissions.grant(who, []),
            lambda who: space.permissions.grant(who, [], cube=cube),
            lambda who: space.permissions.deny(who, [Action.READ], cube=cube),
            lambda who: space.permissions.allow(who, cube=cube),
            space.permissions.revoke,
            lambda who: space.permissions.revoke(who, cube=cube),
            lambda who: [(each.actions, each.denied) for each in space.grants() if each.principal == who],
            lambda who: roles.members(who if "/" in who else f"{who}/none", principal),
        ):
            answers = [told(lambda act=act, who=who: act(who)).replace(who, "WHO") for who in (known, unknown)]
            assert answers[0] == answers[1]
    for known, unknown in ((stranger, f"{principal}.nobody"),):
        answers = [
            told(lambda who=who: roles.delegate(principal, who).model_dump(exclude={"created_at"})).replace(who, "WHO")
            for who in (known, unknown)
        ]
        assert answers[0] == answers[1]
    if tenant:
        asked = (stranger, f"{principal}.nobody", f"{stranger}/staff", f"{principal}.nobody/staff")
        found = rows(
            memos, "UNWIND $ids AS id MATCH (p:Principal {id: id})-[:GRANTED|DENIED]->() RETURN p.id", ids=asked
        )
        assert found == []


def test_a_role_that_was_granted_before_it_was_made_is_made_by_its_owner(
    memos: MemOS, space: Memory, principal: str
) -> None:
    roles, clinic, nora = memos._services.roles, f"{principal}.clinic", f"{principal}.nora"
    space.permissions.grant(f"{clinic}/nurses", [])
    with pytest.raises(NotFoundError):
        roles.add(f"{clinic}/nurses", clinic, nora)
    with pytest.raises(NotFoundError):
        roles.members(f"{clinic}/nurses", clinic)
    assert roles.create(f"{clinic}/nurses", clinic)
    assert not roles.create(f"{clinic}/nurses", clinic)
    roles.add(f"{clinic}/nurses", clinic, nora)
    assert space.can(nora, Action.READ).allowed


def test_only_the_operator_says_whose_tenant_a_name_is_of(memos: MemOS, space: Memory, principal: str) -> None:
    roles, tenants, names = memos._services.roles, memos._services.tenants, [f"{principal}.n{i}" for i in range(4)]
    tenants.join(f"t.{principal}", [principal])
    roles.create(f"{principal}/staff", principal)
    roles.add(f"{principal}/staff", principal, names[0])
    roles.delegate(principal, names[1])
    for act in (
        lambda: space.permissions.grant(names[2], []),
        lambda: space.permissions.deny(names[3], [Action.READ]),
    ):
        with pytest.raises(ForbiddenError, match="of none"):
            act()
    for name in names:
        memos._services.api_keys.create(name)
    found = rows(memos, "UNWIND $names AS name MATCH (p:Principal {id: name}) RETURN p.tenant AS tenant", names=names)
    assert [row["tenant"] for row in found] == [None] * 4
    space.grant(f"{principal}/staff", [])
    assert not space.can(names[0], Action.READ).allowed
    tenants.join(f"t.{principal}", names)
    assert space.can(names[0], Action.READ).allowed
    space.permissions.grant(names[2], [])
    assert space.can(names[2], Action.READ).allowed

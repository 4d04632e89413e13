"""Tenants: no grant reaches over the wall between them."""

from collections.abc import Callable

import pytest
from support.raw_graph import rows

from memos_graph import Action, Memory, MemOS, Message
from memos_graph.errors import ForbiddenError, InputError, NotFoundError
from memos_graph.governance.tenants import Tenants

TALK = [Message(id="m1", speaker="Ann", text="The greenhouse is heated with straw.")]


@pytest.fixture
def tenants(memos: MemOS) -> Tenants:
    return memos._services.tenants


@pytest.mark.tampers
def test_a_grant_over_the_wall_opens_nothing(
    memos: MemOS, space: Memory, mount: Callable[..., Memory], tenants: Tenants, principal: str
) -> None:
    space.add(TALK, source="chat")
    guest = f"{principal}.guest"
    space.grant(guest, [Action.WRITE])
    theirs = mount(owner=principal, as_=guest)
    assert theirs.search("straw").hits
    tenants.join(f"t.{principal}", [principal])
    assert theirs.search("straw").hits == ()
    assert theirs.page() == []
    with pytest.raises(NotFoundError):
        theirs.add("Somebody was here.")
    with pytest.raises(NotFoundError):
        mount(owner=principal, as_=guest)
    with pytest.raises(ForbiddenError, match="another tenant"):
        space.grant(guest, [])
    # Not even one that was written by hand.
    statement = (
        "MATCH (p:Principal {id: $p}), (s:Space {id: $s}) MERGE (p)-[g:GRANTED]->(s) SET g.actions = ['read'] RETURN 1"
    )
    rows(memos, statement, p=guest, s=space.space)
    with pytest.raises(NotFoundError):
        mount(owner=principal, as_=guest)
    assert space.search("straw").hits
    tenants.join(f"t.{principal}", [guest])
    assert mount(owner=principal, as_=guest).search("straw").hits
    tenants.leave([principal, guest])
    assert mount(owner=principal, as_=guest).search("straw").hits


def test_roles_and_mandates_stay_inside(
    memos: MemOS, space: Memory, mount: Callable[..., Memory], tenants: Tenants, principal: str
) -> None:
    space.add(TALK, source="chat")
    role, inside, outside, agent = f"{principal}/desk", f"{principal}.in", f"{principal}.out", f"{principal}.bot"
    tenants.join(f"t.{principal}", [principal])
    roles = memos._services.roles
    roles.create(role, principal)
    space.grant(role, [])
    memos._services.governance.create_principal(outside)
    for member in (inside, outside):
        roles.add(role, principal, member)
    with pytest.raises(NotFoundError):  # a role puts nobody into a tenant
        mount(owner=principal, as_=inside)
    tenants.join(f"t.{principal}", [inside])
    assert mount(owner=principal, as_=inside).search("straw").hits
    with pytest.raises(NotFoundError):
        mount(owner=principal, as_=outside)
    # An agent of another tenant does not get in by a mandate either; one that joined does.
    memos._services.governance.create_principal(agent, kind="agent")
    roles.delegate(principal, agent)
    with pytest.raises(NotFoundError):
        memos.mount(space.space, principal=agent, on_behalf_of=principal)
    roles.delegate(principal, f"{agent}2")
    tenants.join(f"t.{principal}", [f"{agent}2"])
    space.grant(f"{agent}2", [])
    assert memos.mount(space.space, principal=f"{agent}2", on_behalf_of=principal).search("straw").hits
    decision = memos._services.governance.decide(principal, outside, Action.READ, space.space)
    assert (decision.allowed, [path.in_force for path in decision.paths]) == (False, [False])


def test_a_move_is_in_the_logs_of_the_spaces_it_moves(space: Memory, tenants: Tenants, principal: str) -> None:
    tenants.join(f"t.{principal}", [principal])
    (entry,) = space.logs.query(action="tenant")
    assert entry.detail == f"t.{principal}"
    assert principal in next(each for each in tenants.all() if each.tenant == f"t.{principal}").principals
    assert space.audit.verify().whole
    for wrong in ("", "a b", "x" * 65):
        with pytest.raises(InputError):
            tenants.join(wrong, [principal])
    with pytest.raises(InputError):
        tenants.join("fine", ["a b"])

"""The verbs of roles and mandates, and whether somebody may do something."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated

from pydantic import Field

from memos_graph.governance import Action, Decision
from memos_graph.governance.roles import Mandate, Member
from memos_graph.kit.moments import UtcDatetime
from memos_graph.types import Model
from memos_graph.verbs.declaring import Command, On, Principal, Rest, verb
from memos_graph.verbs.fields import Arguments, InPath, Moment, Nothing, Purpose, Short, Text, Who

_PARTS = {
    "owner": Annotated[Who, Field(max_length=128, description="Whose role it is: you.", examples=["clinic"])],
    "name": Annotated[Who, Field(max_length=128, description="Its name.", examples=["nurses"])],
}
RoleId = Annotated[Text, InPath(_PARTS), Field(description="OWNER/NAME, under your own name.")]
Person = Annotated[Who, Field(max_length=128, description="Whose role it is.", examples=["nora"])]
Agent = Annotated[Who, Field(max_length=128, description="Who acts for you.", examples=["helper-bot"])]
_UNTIL = {"expires_at": "until"}
_MEMBER = Rest("", "/roles/{owner}/{name}/members/{member}", problems=(404,), status=204)


class OneRole(Arguments):
    """A role."""

    role: RoleId


class NewMember(Arguments):
    """Until when somebody has a role."""

    role: RoleId
    principal: Person
    until: Moment | None = Field(default=None, description="Until when; none: until it is taken away.")


class OneMember(Arguments):
    """Who has a role."""

    role: RoleId
    principal: Person


class NewMandate(Arguments):
    """Who may act for you, for what, and until when."""

    agent: Agent
    purpose: Annotated[Purpose, Field(max_length=64)] | None = Field(
        default=None, description="What it acts for; grants can ask for a purpose.", examples=["support"]
    )
    actions: tuple[Action, ...] | None = Field(
        default=None, description="Only these acts; none: all that both of you may do."
    )
    until: Moment | None = Field(default=None, description="Until when; none: until it is ended.")


class OneMandate(Arguments):
    """A mandate."""

    agent: Agent
    purpose: Purpose | None = Field(default=None, description="The purpose it was given for.")


class Whether(Arguments):
    """Who may do what."""

    principal: Annotated[Who, Field(max_length=128, description="Who.", examples=["bob"])]
    action: Action = Field(description="What.")
    target: Short = Field(min_length=1, description="A memory's id, or a space `owner/name`.")


class RoleMade(Model):
    """A role, and whether it is new."""

    role: str
    made: bool


class RoleGiven(Model):
    """Who has a role now."""

    role: str
    principal: str
    expires_at: UtcDatetime | None


class RoleTaken(Model):
    """Who has a role no more."""

    role: str
    principal: str
    removed: bool = True


class MandateEnded(Model):
    """Who acts for whom no more."""

    agent: str
    user: str
    purpose: str | None
    ended: bool = True


@verb(
    On.OWN,
    rest=Rest("PUT", "/roles/{owner}/{name}", problems=(403,), status=204),
    command=Command(name="role create", positional=("role",)),
    writes=True,
)
def make_role(by: Principal, given: OneRole) -> RoleMade:
    """Make a role under your own name; one that is there stays as it is."""
    return RoleMade(role=given.role, made=by.roles.create(given.role))


@verb(
    On.OWN,
    rest=Rest("GET", "/roles/{owner}/{name}/members", problems=(404,)),
    command=Command(name="role show", positional=("role",)),
)
def list_members(by: Principal, given: OneRole) -> Sequence[Member]:
    """Show who has a role of yours."""
    return by.roles.members(given.role)


@verb(
    On.OWN,
    rest=replace(_MEMBER, method="PUT", body="NewMember", binds={"member": "principal", **_UNTIL}),
    command=Command(
        "memos role add clinic/nurses nora --until 2026-12-31", name="role add", positional=("role", "principal")
    ),
    writes=True,
)
def add_member(by: Principal, given: NewMember) -> RoleGiven:
    """Give a principal a role of yours, until a time if one is given."""
    by.roles.add(given.role, given.principal, expires_at=given.until)
    return RoleGiven(role=given.role, principal=given.principal, expires_at=given.until)


@verb(
    On.OWN,
    rest=replace(_MEMBER, method="DELETE", binds={"member": "principal"}),
    command=Command(name="role remove", positional=("role", "principal")),
    writes=True,
)
def remove_member(by: Principal, given: OneMember) -> RoleTaken:
    """Take a role of yours away from a principal, at once."""
    by.roles.remove(given.role, given.principal)
    return RoleTaken(role=given.role, principal=given.principal)


@verb(
    On.OWN,
    rest=Rest("POST", "/mandates", "NewMandate", problems=(), status=201, binds=_UNTIL),
    command=Command(
        "memos mandate give helper-bot --purpose support --only read --until 2026-12-31\n"
        'memos search "Where does Dana live?" --as "helper-bot>alice:support"',
        name="mandate give",
        positional=("agent",),
        spelt={"actions": "--only"},
    ),
    writes=True,
)
def give_mandate(by: Principal, given: NewMandate) -> Mandate:
    """Let an agent act for you: it may then do what both of you may do, and no more."""
    return by.mandates.give(given.agent, purpose=given.purpose, actions=given.actions, expires_at=given.until)


@verb(On.OWN, rest=Rest("GET", "/mandates", problems=()), command=Command(name="mandate list"))
def list_mandates(by: Principal, _given: Nothing) -> Sequence[Mandate]:
    """List the mandates you gave or hold."""
    return by.mandates.list()


@verb(
    On.OWN,
    rest=Rest("DELETE", "/mandates/{agent}", problems=(404,), status=204),
    command=Command(name="mandate end", positional=("agent",)),
    writes=True,
)
def end_mandate(by: Principal, given: OneMandate) -> MandateEnded:
    """End a mandate you gave, at once."""
    by.mandates.end(given.agent, purpose=given.purpose)
    return MandateEnded(agent=given.agent, user=by.principal, purpose=given.purpose)


@verb(On.OWN, rest=Rest("GET", "/decisions", problems=(403, 404)))
def decide(by: Principal, given: Whether) -> Decision:
    """Tell whether a principal may do something, with every grant and denial that bears on it."""
    return by.decide(given.principal, given.action, given.target)


VERBS = (
    make_role,
    list_members,
    add_member,
    remove_member,
    give_mandate,
    list_mandates,
    end_mandate,
    decide,
)

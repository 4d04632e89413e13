"""The verbs of grants and denials: who may do what in a space and with single memories of it, and who may not."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated

from pydantic import BeforeValidator, Field

from memos_graph.governance import Action, Grant
from memos_graph.language.sensitivity import LevelName
from memos_graph.memory.memory import MemoryApi
from memos_graph.types import Model, Shaped
from memos_graph.verbs import shapes
from memos_graph.verbs.declaring import Command, On, Rest, verb
from memos_graph.verbs.fields import Arguments, InPath, Moment, Nothing, Purpose, Reason, Short, Text
from memos_graph.verbs.kinds import ValueType, id_of

_GRANTEE = Annotated[
    Text,
    Shaped(shapes.PRINCIPAL_OR_ROLE),
    Field(max_length=260, description="Who it is for; a role `clinic/nurses` is `clinic~nurses`.", examples=["bob"]),
]
Grantee = Annotated[
    Text, InPath({"grantee": _GRANTEE}), Field(description="Who it is for: a principal, or a role OWNER/NAME.")
]
OneCube = Annotated[Short, BeforeValidator(id_of), ValueType.CUBE]
_CUBE = "Only this one memory of the space."
_TOPIC = "Only what is about this topic of the space, and what will be."
_WHO = ("principal", "actions")
_METAVARS = {"topic": "TOPIC"}


class NewGrant(Arguments):
    """What a principal may do in a space."""

    principal: Grantee
    actions: Annotated[tuple[Action, ...], Field(min_length=1)] = Field(
        default=(Action.READ,), description="What they may do.", examples=[["read", "write"]]
    )
    cube: OneCube | None = Field(default=None, description=_CUBE)
    topic: Short | None = Field(default=None, description=_TOPIC)
    purposes: tuple[Purpose, ...] | None = Field(
        default=None, description="Only for acts with one of these purposes; none: any."
    )
    sees: LevelName | None = Field(
        default=None, description="Show what is sensitive up to this level only; none: all of it."
    )
    until: Moment | None = Field(default=None, description="Until when; none: until it is revoked.")


class NewDenial(Arguments):
    """What a principal may not do in a space."""

    principal: Grantee
    actions: Annotated[tuple[Action, ...], Field(min_length=1)] = Field(
        default=(Action.READ,), description="What they may not do.", examples=[["read"]]
    )
    cube: OneCube | None = Field(default=None, description=_CUBE)
    reason: Reason = None
    until: Moment | None = Field(default=None, description="Until when; none: until it is taken back.")


class Granted(Arguments):
    """Whose grants, and on what."""

    principal: Grantee
    cube: OneCube | None = Field(default=None, description=_CUBE)
    topic: Short | None = Field(default=None, description=_TOPIC)


class Denied(Arguments):
    """Whose denial, and on what."""

    principal: Grantee
    cube: OneCube | None = Field(default=None, description=_CUBE)


class Revoked(Model):
    """Who has no grant any more, and on what."""

    principal: str
    space: str
    cube: str | None
    topic: str | None
    granted: bool = False


class Allowed(Model):
    """Whom nothing keeps from acts any more, and on what."""

    principal: str
    space: str
    cube: str | None
    denied: bool = False


def _rest(method: str, what: str, *, status: int = 200, name: str) -> Rest:
    path = f"/spaces/{{owner}}/{{name}}/{what}"
    return Rest(method, path, problems=(403, 404), status=status, name=name)


def _put(what: str, body: str, *, query: tuple[str, ...], name: str) -> Rest:
    given = _rest("PUT", f"{what}/{{grantee}}", name=name)
    return replace(given, body=body, query=query, binds={"expires_at": "until"}, needs=("actions",))


@verb(On.SPACE, rest=_rest("GET", "grants", name="list_grants"), command=Command(name="grants"))
def list_grants(space: MemoryApi, _given: Nothing) -> Sequence[Grant]:
    """Show who may do what in a space, with its topics and with single memories of it, and who may not; needs the right to share."""
    return space.grants()


@verb(
    On.SPACE,
    rest=_put("grants", "NewGrant", query=("cube", "topic"), name="put_grant"),
    command=Command(
        "memos grant bob read write --space alice/notes\n"
        "memos grant clinic/nurses read --purpose treatment --until 2026-12-31\n"
        "memos grant bob read --topic pottery",
        positional=_WHO,
        called=_METAVARS,
    ),
    writes=True,
    step=True,
)
def grant(space: MemoryApi, given: NewGrant) -> Grant:
    """Let a principal or a role act in a space, with one memory of it or with a topic's; replaces what you granted it there."""
    space.permissions.grant(
        given.principal,
        given.actions,
        cube=given.cube,
        topic=given.topic,
        purposes=given.purposes,
        sees=given.sees,
        expires_at=given.until,
    )
    return _standing(space, given.principal, given.cube, given.topic, denied=False)


@verb(
    On.SPACE,
    rest=_rest("DELETE", "grants/{grantee}", status=204, name="delete_grant"),
    command=Command(positional=("principal",), called=_METAVARS),
    writes=True,
)
def revoke(space: MemoryApi, given: Granted) -> Revoked:
    """Take grants on a space, on one memory of it or on a topic away, at once: those you gave; administrators all, but the owner's."""
    space.permissions.revoke(given.principal, cube=given.cube, topic=given.topic)
    return Revoked(space=space.space, **given.model_dump())


@verb(
    On.SPACE,
    rest=_put("denials", "NewDenial", query=("cube",), name="put_denial"),
    command=Command('memos deny bob read --cube 019f8a3c-… --reason "not his case"', positional=_WHO),
    writes=True,
)
def deny(space: MemoryApi, given: NewDenial) -> Grant:
    """Keep a principal or a role from acts in a space, or with one memory and what was made from it, whatever it is granted."""
    space.permissions.deny(given.principal, given.actions, cube=given.cube, reason=given.reason, expires_at=given.until)
    return _standing(space, given.principal, given.cube, None, denied=True)


@verb(
    On.SPACE,
    rest=_rest("DELETE", "denials/{grantee}", status=204, name="delete_denial"),
    command=Command(positional=("principal",)),
    writes=True,
)
def allow(space: MemoryApi, given: Denied) -> Allowed:
    """Take a denial back."""
    space.permissions.allow(given.principal, cube=given.cube)
    return Allowed(space=space.space, **given.model_dump())


def _standing(space: MemoryApi, principal: str, cube: str | None, topic: str | None, *, denied: bool) -> Grant:
    wanted = (principal, cube, topic, denied, space.principal)
    given = ((each, (each.principal, each.cube, each.topic, each.denied, each.by)) for each in space.grants())
    return next(each for each, as_ in given if as_ == wanted)


VERBS = (list_grants, grant, revoke, deny, allow)

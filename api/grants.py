"""Grants and denials: who may do what in a space and with single memories of it, and who may not."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Path, Query, status

from memos_graph.acting import Memory
from memos_graph.api.auth import CallerDep
from memos_graph.api.problems import documented
from memos_graph.api.schemas import NewDenial, NewGrant, Space
from memos_graph.governance import Grant
from memos_graph.types import Shaped
from memos_graph.verbs import shapes
from memos_graph.verbs.fields import Short, Text

router = APIRouter(prefix="/v1/spaces/{owner}/{name}", tags=["grants"])
Grantee = Annotated[
    Text,
    Shaped(shapes.PRINCIPAL_OR_ROLE),
    Path(max_length=260, description="Who it is for; a role `clinic/nurses` is `clinic~nurses`.", examples=["bob"]),
]
Topic = Annotated[Short | None, Query(description="Only what is about this topic of the space, and what will be.")]
Cube = Annotated[Short | None, Query(description="Only this one memory of the space.")]


@router.get("/grants", responses=documented(403, 404))
def list_grants(space: Space, caller: CallerDep) -> Sequence[Grant]:
    """Show who may do what in a space, with its topics and with single memories of it, and who may not; needs the right to share."""
    return caller.space(space).grants()


@router.put("/grants/{grantee}", responses=documented(403, 404, body=True))
def put_grant(
    space: Space, grantee: Grantee, body: NewGrant, caller: CallerDep, cube: Cube = None, topic: Topic = None
) -> Grant:
    """Let a principal or a role act in a space, with one memory of it or with a topic's; replaces what you granted it there."""
    memory, who = caller.space(space), grantee.replace("~", "/")
    memory.permissions.grant(
        who, body.actions, cube=cube, topic=topic, purposes=body.purposes, sees=body.sees, expires_at=body.expires_at
    )
    return _standing(memory, who, cube, topic, denied=False)


@router.delete("/grants/{grantee}", status_code=status.HTTP_204_NO_CONTENT, responses=documented(403, 404))
def delete_grant(space: Space, grantee: Grantee, caller: CallerDep, cube: Cube = None, topic: Topic = None) -> None:
    """Take grants on a space, on one memory of it or on a topic away, at once: those you gave; administrators all, but the owner's."""
    caller.space(space).permissions.revoke(grantee.replace("~", "/"), cube=cube, topic=topic)


@router.put("/denials/{grantee}", responses=documented(403, 404, body=True))
def put_denial(space: Space, grantee: Grantee, body: NewDenial, caller: CallerDep, cube: Cube = None) -> Grant:
    """Keep a principal or a role from acts in a space, or with one memory and what was made from it, whatever it is granted."""
    memory, who = caller.space(space), grantee.replace("~", "/")
    memory.permissions.deny(who, body.actions, cube=cube, reason=body.reason, expires_at=body.expires_at)
    return _standing(memory, who, cube, None, denied=True)


@router.delete("/denials/{grantee}", status_code=status.HTTP_204_NO_CONTENT, responses=documented(403, 404))
def delete_denial(space: Space, grantee: Grantee, caller: CallerDep, cube: Cube = None) -> None:
    """Take a denial back."""
    caller.space(space).permissions.allow(grantee.replace("~", "/"), cube=cube)


def _standing(memory: Memory, grantee: str, cube: str | None, topic: str | None, *, denied: bool) -> Grant:
    wanted = (grantee, cube, topic, denied, memory.principal)
    given = ((each, (each.principal, each.cube, each.topic, each.denied, each.by)) for each in memory.grants())
    return next(each for each, as_ in given if as_ == wanted)

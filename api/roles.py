"""Roles, mandates, and whether somebody may do something."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Path, Query, status

from memos_graph.api.auth import CallerDep
from memos_graph.api.problems import documented
from memos_graph.api.schemas import NewMandate, NewMember, Purpose, Who
from memos_graph.governance import Action, Decision
from memos_graph.governance.roles import Mandate, Member
from memos_graph.verbs.fields import Short

router = APIRouter(prefix="/v1", tags=["roles"])
Owner = Annotated[Who, Path(max_length=128, description="Whose role it is: you.", examples=["clinic"])]
Name = Annotated[Who, Path(max_length=128, description="Its name.", examples=["nurses"])]
Principal = Annotated[Who, Path(max_length=128, description="A principal.", examples=["nora"])]
For = Annotated[Purpose | None, Query(description="The purpose it was given for.")]


@router.put("/roles/{owner}/{name}", status_code=status.HTTP_204_NO_CONTENT, responses=documented(403))
def make_role(owner: Owner, name: Name, caller: CallerDep) -> None:
    """Make a role under your own name; one that is there stays as it is."""
    caller.roles.create(f"{owner}/{name}")


@router.get("/roles/{owner}/{name}/members", responses=documented(404))
def list_members(owner: Owner, name: Name, caller: CallerDep) -> Sequence[Member]:
    """Show who has a role of yours."""
    return caller.roles.members(f"{owner}/{name}")


@router.put(
    "/roles/{owner}/{name}/members/{member}",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=documented(404, body=True),
)
def add_member(owner: Owner, name: Name, member: Principal, body: NewMember, caller: CallerDep) -> None:
    """Give a principal a role of yours, until a time if one is given."""
    caller.roles.add(f"{owner}/{name}", member, expires_at=body.expires_at)


@router.delete(
    "/roles/{owner}/{name}/members/{member}", status_code=status.HTTP_204_NO_CONTENT, responses=documented(404)
)
def remove_member(owner: Owner, name: Name, member: Principal, caller: CallerDep) -> None:
    """Take a role of yours away from a principal, at once."""
    caller.roles.remove(f"{owner}/{name}", member)


@router.post("/mandates", status_code=status.HTTP_201_CREATED, responses=documented(body=True))
def give_mandate(body: NewMandate, caller: CallerDep) -> Mandate:
    """Let an agent act for you: with `X-On-Behalf-Of` it may then do what both of you may do, and no more."""
    return caller.mandates.give(body.agent, purpose=body.purpose, actions=body.actions, expires_at=body.expires_at)


@router.get("/mandates", responses=documented())
def list_mandates(caller: CallerDep) -> Sequence[Mandate]:
    """List the mandates you gave or hold."""
    return caller.mandates.list()


@router.delete("/mandates/{agent}", status_code=status.HTTP_204_NO_CONTENT, responses=documented(404))
def end_mandate(agent: Principal, caller: CallerDep, purpose: For = None) -> None:
    """End a mandate you gave, at once."""
    caller.mandates.end(agent, purpose=purpose)


@router.get("/decisions", responses=documented(403, 404))
def decide(
    caller: CallerDep,
    principal: Annotated[Who, Query(max_length=128, description="Who.", examples=["bob"])],
    action: Annotated[Action, Query(description="What.")],
    target: Annotated[Short, Query(min_length=1, description="A memory's id, or a space `owner/name`.")],
) -> Decision:
    """Tell whether a principal may do something, with every grant and denial that bears on it."""
    return caller.decide(principal, action, target)

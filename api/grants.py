"""Grants: who may do what in a space."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Path, status

from memos_graph.api.auth import CallerDep
from memos_graph.api.problems import documented
from memos_graph.api.schemas import NewGrant, Space, Text
from memos_graph.infrastructure.governance import Grant

router = APIRouter(prefix="/v1/spaces/{owner}/{name}/grants", tags=["grants"])
Grantee = Annotated[Text, Path(max_length=128, description="Who the grant is for.", examples=["bob"])]


@router.get("", responses=documented(403, 404))
def list_grants(space: Space, caller: CallerDep) -> Sequence[Grant]:
    """Show who may do what in a space; needs the right to share."""
    return caller.memory(space).grants()


@router.put("/{grantee}", responses=documented(403, 404, body=True))
def put_grant(space: Space, grantee: Grantee, body: NewGrant, caller: CallerDep) -> Grant:
    """Let a principal act in a space; replaces what it was granted there before."""
    memory = caller.memory(space)
    memory.grant(grantee, body.actions, expires_at=body.expires_at)
    return next(grant for grant in memory.grants() if grant.principal == grantee)


@router.delete("/{grantee}", status_code=status.HTTP_204_NO_CONTENT, responses=documented(403, 404))
def delete_grant(space: Space, grantee: Grantee, caller: CallerDep) -> None:
    """Take a principal's grant away, at once; the owner's stays."""
    caller.memory(space).revoke(grantee)

"""Provenance: where a memory came from, and what came of it."""

from typing import Annotated

from fastapi import APIRouter, Query, status

from memos_graph.api.auth import CallerDep
from memos_graph.api.problems import documented
from memos_graph.api.schemas import CubeId, Derivation
from memos_graph.kit.moments import UtcDatetime
from memos_graph.memory.provenance import Lineage

router = APIRouter(prefix="/v1/cubes/{cube}/lineage", tags=["provenance"])


@router.get("", responses=documented(404))
def show_lineage(
    cube: CubeId,
    caller: CallerDep,
    depth: Annotated[int, Query(ge=1, le=8, description="Steps each way.")] = 4,
    as_of: Annotated[UtcDatetime | None, Query(description="As it was known at this moment.")] = None,
) -> Lineage:
    """Show what a memory came from and what came from it, as far as you may read."""
    return caller.provenance.lineage(cube, depth=depth, as_of=as_of)


@router.post("", status_code=status.HTTP_204_NO_CONTENT, responses=documented(403, 404, 409, body=True))
def annotate(cube: CubeId, body: Derivation, caller: CallerDep) -> None:
    """Note that a memory was made from another one: lineage shows it as noted, and nothing else follows from it."""
    caller.provenance.annotate(cube, derived_from=body.derived_from, transform=body.transform)

"""Memories by id: read, correct, undo, delete."""

import re
from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Header, Query, Response

from memos_graph.api.auth import CallerDep
from memos_graph.api.problems import documented
from memos_graph.api.schemas import CubeId, Diff, NewText, Rollback
from memos_graph.errors import InputError
from memos_graph.kit.moments import UtcDatetime
from memos_graph.lifecycle.lifecycle import Deleted
from memos_graph.types import MemCube, Shaped, Version
from memos_graph.verbs import shapes
from memos_graph.verbs.fields import Number, Short

router = APIRouter(prefix="/v1/cubes/{cube}", tags=["cubes"])
_ETAG = re.compile(r'(?:W/)?"(\d{1,15})"')
_WHY = "Why; kept in the log."


@router.get("", responses=documented(404))
def show_cube(
    cube: CubeId,
    caller: CallerDep,
    response: Response,
    as_of: Annotated[UtcDatetime | None, Query(description="As it was known at this moment.")] = None,
) -> MemCube:
    """Show a memory with all its metadata; its version number is the ETag."""
    found = caller.cubes.get(cube, as_of=as_of)
    response.headers["ETag"] = f'"{found.behavioural.version}"'
    return found


@router.patch("", responses=documented(403, 404, 409, 412, body=True))
def update_cube(
    cube: CubeId,
    body: NewText,
    caller: CallerDep,
    if_match: Annotated[
        Annotated[str, Shaped(shapes.ETAG)] | None, Header(description='The ETag it was read with, e.g. `"3"`.')
    ] = None,
) -> Version:
    """Correct a memory: a new version, nothing is overwritten. Refused when the expected version no longer stands."""
    expected = body.expected_version if if_match is None else _version_of(if_match)
    return caller.updates.update(cube, text=body.text, reason=body.reason, expected_version=expected)


@router.delete("", responses=documented(403, 404, 409))
def delete_cube(
    cube: CubeId, caller: CallerDep, reason: Annotated[Short | None, Query(description=_WHY)] = None
) -> Deleted:
    """Erase a memory in every version, and what was derived from it alone; tombstones stay."""
    return caller.updates.delete(cube, reason=reason)


@router.get("/versions", responses=documented(404))
def list_versions(
    cube: CubeId,
    caller: CallerDep,
    as_of: Annotated[UtcDatetime | None, Query(description="Only those known at this moment.")] = None,
) -> Sequence[Version]:
    """Show every version of a memory, oldest first."""
    return caller.updates.history(cube, as_of=as_of)


@router.get("/diff", responses=documented(404))
def diff_versions(
    cube: CubeId, caller: CallerDep, old: Annotated[Number, Query()], new: Annotated[Number, Query()]
) -> Diff:
    """Show what changed between two versions."""
    return Diff(old=old, new=new, diff=caller.updates.diff(cube, old=old, new=new))


@router.post("/rollback", responses=documented(403, 404, 409, body=True))
def roll_back_cube(cube: CubeId, body: Rollback, caller: CallerDep) -> Version:
    """Make an earlier version's content current again, in a new version."""
    return caller.updates.rollback(cube, to=body.to, reason=body.reason)


def _version_of(etag: str) -> int:
    match = _ETAG.fullmatch(etag.strip())
    if match is None or int(match[1]) < 1:
        raise InputError("If-Match is no ETag of a memory.", hint='Send the version in quotes, e.g. "3".')
    return int(match[1])

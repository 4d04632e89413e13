"""Correcting a memory, with what version was read as `If-Match`."""

import re
from typing import Annotated

from fastapi import APIRouter, Header

from memos_graph.api.auth import CallerDep
from memos_graph.api.problems import documented
from memos_graph.api.schemas import CubeId, NewText
from memos_graph.errors import InputError
from memos_graph.types import Shaped, Version
from memos_graph.verbs import shapes

router = APIRouter(prefix="/v1/cubes/{cube}", tags=["cubes"])
_ETAG = re.compile(r'(?:W/)?"(\d{1,15})"')


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


def _version_of(etag: str) -> int:
    match = _ETAG.fullmatch(etag.strip())
    if match is None or int(match[1]) < 1:
        raise InputError("If-Match is no ETag of a memory.", hint='Send the version in quotes, e.g. "3".')
    return int(match[1])

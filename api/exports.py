"""Exports, a stream of lines; and bundles, a stream of bytes."""

import json
from collections.abc import Iterator
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import StreamingResponse

from memos_graph.api import problems
from memos_graph.api.auth import CallerDep
from memos_graph.api.problems import documented
from memos_graph.api.schemas import Space
from memos_graph.search.selection import Selection
from memos_graph.verbs.fields import Short

router = APIRouter(prefix="/v1", tags=["exports"])
_MEDIA_TYPE = "application/x-ndjson"
_BUNDLE = "application/vnd.memcube+zip"
Names = Annotated[list[Short], Query(max_length=200)]


@router.get(
    "/spaces/{owner}/{name}/export",
    response_class=StreamingResponse,
    responses={**documented(404), 200: {"content": {_MEDIA_TYPE: {"schema": {"type": "string"}}}}},
)
def export(
    space: Space,
    caller: CallerDep,
    request: Request,
    cube: Names = [],  # noqa: B006
    source: Names = [],  # noqa: B006
    concept: Names = [],  # noqa: B006
    topic: Names = [],  # noqa: B006
    facts: Annotated[bool, Query(description="Facts too, not only messages and passages.")] = False,
) -> StreamingResponse:
    """Export memories as lines of JSON, each with its owner's mark; without a selection, the whole space."""
    # What broke off, e.g. since the right to read was taken away meanwhile, ends with a line that holds the problem (docs/rest.md).
    selection = Selection(cubes=tuple(cube), sources=tuple(source), concepts=tuple(concept), topics=tuple(topic))
    lines = caller.space(space).export(selection, level=None if facts else "whole")
    # The first line is waited for here, so that what can't be answered is a problem and not a broken stream.
    return StreamingResponse(_told(request, next(lines, ""), lines), media_type=_MEDIA_TYPE)


@router.get(
    "/spaces/{owner}/{name}/dump",
    response_class=StreamingResponse,
    responses={**documented(403, 404), 200: {"content": {_BUNDLE: {"schema": {"type": "string", "format": "binary"}}}}},
)
def dump(
    space: Space,
    caller: CallerDep,
    cube: Names = [],  # noqa: B006
    source: Names = [],  # noqa: B006
    concept: Names = [],  # noqa: B006
    topic: Names = [],  # noqa: B006
    content_only: Annotated[bool, Query(description="Without grants, policies and the log.")] = False,
) -> StreamingResponse:
    """Write memories with versions, provenance and states to one signed bundle; without a selection, the whole space."""
    # What breaks off ends without the directory of a ZIP archive, and so is no bundle.
    selection = Selection(cubes=tuple(cube), sources=tuple(source), concepts=tuple(concept), topics=tuple(topic))
    pieces = caller.space(space).dump(selection, content_only=content_only)
    return StreamingResponse(_whole(next(pieces, b""), pieces), media_type=_BUNDLE)


def _whole(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from rest


def _told(request: Request, first: str, rest: Iterator[str]) -> Iterator[str]:
    yield first
    try:
        yield from rest
    except Exception as error:  # noqa: BLE001 - the status line is gone: whatever it is, the reader is told in the stream
        yield json.dumps({"error": problems.in_lines(request, error)}, ensure_ascii=False) + "\n"

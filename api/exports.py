"""Exports: a stream of lines."""

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


def _told(request: Request, first: str, rest: Iterator[str]) -> Iterator[str]:
    yield first
    try:
        yield from rest
    except Exception as error:  # noqa: BLE001 - the status line is gone: whatever it is, the reader is told in the stream
        yield json.dumps({"error": problems.in_lines(request, error)}, ensure_ascii=False) + "\n"

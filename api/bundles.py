"""Bundles: written as a stream of bytes, and loaded from a body."""

from itertools import chain
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import StreamingResponse
from pydantic import Field

from memos_graph.api.auth import CallerDep
from memos_graph.api.exports import Names
from memos_graph.api.problems import documented
from memos_graph.api.schemas import Space
from memos_graph.api.spaces import Upload, uploaded
from memos_graph.errors import InputError
from memos_graph.exchange.bundle.encryption import MEDIA_TYPE
from memos_graph.exchange.loading.report import Loaded, OnConflict
from memos_graph.search.selection import Selection
from memos_graph.verbs.fields import Text

router = APIRouter(prefix="/v1/spaces/{owner}/{name}", tags=["exports"])
_MEDIA_TYPE = "application/vnd.memcube+zip"
_BINARY = {"schema": {"type": "string", "format": "binary"}}
_BODY: dict[str, Any] = {
    "requestBody": {"required": True, "content": {_MEDIA_TYPE: _BINARY, "application/octet-stream": _BINARY}}
}
Pair = Annotated[Text, Field(max_length=300, pattern=r"^[^=]+=[^=]+$")]


@router.get(
    "/dump",
    response_class=StreamingResponse,
    responses={**documented(403, 404), 200: {"content": {_MEDIA_TYPE: _BINARY, MEDIA_TYPE: _BINARY}}},
)
def dump_bundle(
    space: Space,
    caller: CallerDep,
    cube: Names = [],  # noqa: B006
    source: Names = [],  # noqa: B006
    concept: Names = [],  # noqa: B006
    topic: Names = [],  # noqa: B006
    content_only: Annotated[bool, Query(description="Without grants, policies and the log.")] = False,
    recipient: Annotated[
        list[Text],
        Query(
            max_length=100, description="Who alone can open it: `age1…` or a public SSH key. It is an age file then."
        ),
    ] = [],  # noqa: B006
) -> StreamingResponse:
    """Write memories with versions, provenance and states to one signed bundle; without a selection, the whole space."""
    # What breaks off ends without the directory of a ZIP archive, and so is no bundle.
    selection = Selection(cubes=tuple(cube), sources=tuple(source), concepts=tuple(concept), topics=tuple(topic))
    pieces = caller.space(space).dump(selection, content_only=content_only, recipients=recipient)
    # The first piece is waited for here, so that what can't be answered is a problem and not a broken stream.
    return StreamingResponse(chain([next(pieces, b"")], pieces), media_type=MEDIA_TYPE if recipient else _MEDIA_TYPE)


@router.post("/load", responses=documented(403, 404, 429, body=True), openapi_extra=_BODY)
def load_bundle(
    space: Space,
    caller: CallerDep,
    request: Request,
    upload: Annotated[Upload, Depends(uploaded)],
    conflicts: Annotated[
        OnConflict, Query(description="What becomes of memories that are here and say something else.")
    ] = OnConflict.KEEP,
    names: Annotated[
        list[Pair], Query(alias="map", max_length=200, description="Who is called how here: `THERE=HERE`.")
    ] = [],  # noqa: B006
    grant: Annotated[
        bool, Query(description="Grant and deny here, too, what it says of those named by `map`.")
    ] = False,
    dry_run: Annotated[bool, Query(description="Only tell what would be done.")] = False,
) -> Loaded:
    """Load the memories of a bundle into a space; the same again goes on where it was, and loads nothing twice."""

    def go_on(_: int) -> None:
        if upload.gone():
            raise InputError("Whoever sent the bundle is gone, so the rest of it was left out.")

    pairs = dict(each.split("=", 1) for each in names)
    loaded = caller.space(space).load(
        upload.data, conflicts=conflicts, names=pairs, grant=grant, dry_run=dry_run, progress=go_on
    )
    request.app.state.metrics.added.inc(loaded.memories if not dry_run else 0)
    return loaded

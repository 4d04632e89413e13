"""Making spaces, and what is put into them."""

import asyncio
import threading
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Query, Request, Response, status

from memos_graph.api.auth import CallerDep
from memos_graph.api.problems import documented
from memos_graph.api.schemas import NewMessages, Space
from memos_graph.formats import DateOrder, Message, Stopped
from memos_graph.governance import Access
from memos_graph.kit.moments import UtcDatetime, ZonedDatetime
from memos_graph.memory.adding import AddReport, as_parsed
from memos_graph.verbs.fields import Short, Text

router = APIRouter(prefix="/v1/spaces", tags=["spaces"])

_MEDIA_TYPES = (
    "text/plain", "text/markdown", "text/html", "application/json", "application/x-ndjson", "application/pdf", "application/zip",
    "application/octet-stream",
)  # fmt: skip
_BINARY = {"schema": {"type": "string", "format": "binary"}}
_UPLOAD: dict[str, Any] = {"requestBody": {"required": True, "content": dict.fromkeys(_MEDIA_TYPES, _BINARY)}}


@dataclass(frozen=True)
class Upload:
    """A body that was sent, and whether whoever sent it is gone meanwhile."""

    data: bytes
    gone: Stopped


async def uploaded(request: Request) -> AsyncIterator[Upload]:
    """Yield the body, and watch whether whoever sent it goes away."""
    data, gone = await request.body(), threading.Event()

    async def watch() -> None:
        while (await request.receive())["type"] != "http.disconnect":
            pass
        gone.set()

    watching = asyncio.create_task(watch())
    try:
        yield Upload(data, gone.is_set)
    finally:
        watching.cancel()


@router.put("/{owner}/{name}", responses={201: {"model": Access, "description": "Made"}, **documented(404)})
def create_space(space: Space, caller: CallerDep, response: Response) -> Access:
    """Make a space under your own name; one that is there is returned as it is."""
    access, new = caller.create(space)
    if new:
        response.status_code = status.HTTP_201_CREATED
    return access


@router.post("/{owner}/{name}/messages", responses=documented(403, 404, 429, body=True))
def add_messages(space: Space, body: NewMessages, caller: CallerDep, request: Request) -> AddReport:
    """Remember messages: the same ones again change nothing, but one alone without id and time is said anew each time."""
    messages = [Message(**message.model_dump()) for message in body.messages]
    memory, limit = caller.space(space), request.app.state.memos.settings.max_text_chars
    entries = messages if body.said_now else as_parsed(messages, body.source, limit)
    report = memory.add(entries, source=body.source, tags=body.tags, expires_at=body.expires_at)
    request.app.state.metrics.added.inc(len(report.added))
    return report


@router.post("/{owner}/{name}/documents", responses=documented(403, 404, 429, body=True), openapi_extra=_UPLOAD)
def add_document(
    space: Space,
    caller: CallerDep,
    request: Request,
    upload: Annotated[Upload, Depends(uploaded)],
    source: Annotated[Short, Query(min_length=1, description="What to call the source.", examples=["handbook.md"])],
    tag: Annotated[list[Short], Query(max_length=50, description="Labels for filters.")] = [],  # noqa: B006
    at: Annotated[ZonedDatetime | None, Query(description="Date of the whole, where it names none.")] = None,
    date_order: Annotated[
        DateOrder | None, Query(description="What 05/08/25 means in a log; default: what the log itself shows.")
    ] = None,
    expires_at: Annotated[UtcDatetime | None, Query(description="When these memories end.")] = None,
    content_type: Annotated[Text | None, Header(include_in_schema=False)] = None,
) -> AddReport:
    """Remember a transcript or document sent as the body: chat JSON, JSONL, plain log, Markdown, text, HTML, PDF, mail or subtitles."""
    report = caller.space(space).add_data(
        upload.data,
        name=source,
        media_type=content_type,
        tags=tag,
        expires_at=expires_at,
        at=at,
        date_order=date_order,
        stopped=upload.gone,
    )
    request.app.state.metrics.added.inc(len(report.added))
    return report

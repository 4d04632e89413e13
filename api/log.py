"""The log of a space: who did what, when, to which memory."""

from typing import Annotated

from fastapi import APIRouter, Query

from memos_graph.api.auth import CallerDep
from memos_graph.api.problems import documented
from memos_graph.api.schemas import Limit, LogPage, Space
from memos_graph.kit.moments import UtcDatetime
from memos_graph.memory.logquery import LogEntry
from memos_graph.verbs.fields import Number, Short

router = APIRouter(prefix="/v1/spaces/{owner}/{name}/log", tags=["log"])


@router.get("", responses=documented(404))
def query_log(
    space: Space,
    caller: CallerDep,
    cube: Annotated[Short | None, Query(description="Only acts on this memory.")] = None,
    actor: Annotated[Short | None, Query(description="Only this principal's acts.")] = None,
    action: Annotated[Short | None, Query(description="Only this act, e.g. `search`.")] = None,
    request_id: Annotated[Short | None, Query(description="Only what this request did.")] = None,
    since: Annotated[UtcDatetime | None, Query(description="From this moment on.")] = None,
    until: Annotated[UtcDatetime | None, Query(description="Before this moment.")] = None,
    before: Annotated[Number | None, Query(description="`next` of the page before.")] = None,
    limit: Limit = 50,
) -> LogPage[LogEntry]:
    """Show what was done in a space, newest first; without the right to administer, your own acts."""
    found = caller.space(space).logs.query(
        cube=cube,
        actor=actor,
        action=action,
        request_id=request_id,
        since=since,
        until=until,
        before=before,
        limit=limit,
    )
    return LogPage[LogEntry](items=tuple(found), next=found[-1].seq if len(found) == limit else None)

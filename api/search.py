"""Search."""

from fastapi import APIRouter, Request

from memos_graph.api.auth import CallerDep
from memos_graph.api.problems import documented
from memos_graph.api.schemas import Question
from memos_graph.verbs.shared import Answer

router = APIRouter(prefix="/v1", tags=["search"])


@router.post("/search", responses=documented(404, body=True))
def search(body: Question, caller: CallerDep, request: Request) -> Answer:
    """Return the memories that answer a question best, each with why, its path and its sources."""
    spaces = caller.asking(body.spaces)
    found = spaces[0].search(
        body.question,
        limit=body.limit,
        spaces=[memory.space for memory in spaces],
        filters=body.filters,
        at=body.at,
    )
    request.app.state.metrics.searches.inc()
    call = found.call if body.explain else None
    return Answer(hits=found.hits, request_id=found.request_id, cached=found.cached, withheld=found.withheld, call=call)

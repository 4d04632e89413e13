"""What others shared with you one by one or by topic."""

from typing import Annotated

from fastapi import APIRouter, Query

from memos_graph.api.auth import CallerDep
from memos_graph.api.problems import documented
from memos_graph.api.schemas import Answer, Limit, SharedQuestion
from memos_graph.types import MemCube
from memos_graph.verbs.fields import Text
from memos_graph.verbs.pages import Page

router = APIRouter(prefix="/v1/shared", tags=["shared"])


@router.get("", responses=documented())
def list_shared(
    caller: CallerDep,
    after: Annotated[Text, Query(max_length=100, description="`next` of the page before.")] = "",
    limit: Limit = 50,
) -> Page[MemCube]:
    """List the memories that were shared with you one by one or by topic, in whichever space."""
    found = caller.shared.list(after=after, limit=limit)
    return Page[MemCube](items=tuple(found), next=found[-1].id if len(found) == limit else None)


@router.post("/search", responses=documented(body=True))
def search_shared(body: SharedQuestion, caller: CallerDep) -> Answer:
    """Return those of them that answer a question best."""
    found = caller.shared.search(body.question, limit=body.limit)
    call = found.call if body.explain else None
    return Answer(hits=found.hits, request_id=found.request_id, cached=False, withheld=found.withheld, call=call)

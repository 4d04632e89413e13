"""Where one begins: the spaces of who looks, and a search through them with its reasons drawn."""

from typing import Any

from starlette.responses import HTMLResponse

from memos_graph.console.page import pages
from memos_graph.console.reasons import faded, parts
from memos_graph.console.visit import Visit, Visiting
from memos_graph.search.calls import SearchResult
from memos_graph.verbs.fields import Arguments, Asked, Most, SpaceId
from memos_graph.verbs.spaces import SpacesPage, list_spaces

router = pages()
SHARED = "shared"
"""In place of a space: what others shared one by one or by topic."""
_MOST_SPACES = 200


class SearchForm(Arguments):
    """A search."""

    q: Asked
    space: SpaceId = ""
    limit: Most = 10


@router.get("")
def home(visit: Visiting) -> HTMLResponse:
    """Show the spaces of who looks, a page at a time."""
    found = list_spaces.run(visit.acting, visit.asked(SpacesPage))
    return visit.page("home.html", spaces=found.items, next=found.next)


@router.get("/search")
def search(visit: Visiting) -> HTMLResponse:
    """Show what answers a question, each with why."""
    spaces = [each.space for each in visit.acting.spaces(limit=_MOST_SPACES)]
    typed = visit.request.query_params
    given: dict[str, Any] = {"q": typed.get("q", ""), "space": typed.get("space", ""), "spaces": spaces}
    if not given["q"].strip():
        return visit.page("search.html", found=None, hits=(), **given)
    found = _found(visit, visit.asked(SearchForm), spaces)
    hits = [{"hit": hit, "parts": parts(hit), "faded": faded(hit)} for hit in found.hits]
    return visit.page("search.html", found=found, hits=hits, **given)


def _found(visit: Visit, asked: SearchForm, spaces: list[str]) -> SearchResult:
    chosen = [asked.space] if asked.space else spaces
    if asked.space == SHARED or not chosen:
        return visit.acting.shared.search(asked.q, limit=asked.limit)
    entered = visit.acting.asking(chosen)
    return entered[0].search(asked.q, limit=asked.limit, spaces=[memory.space for memory in entered])

"""A space: what it holds, its memories in order, and what in it is to be settled."""

from typing import Any

from starlette.responses import HTMLResponse, Response

from memos_graph.console.charts import columns
from memos_graph.console.graphs import mapped
from memos_graph.console.page import pages
from memos_graph.console.visit import SPACE, Submitted, Visiting, read, see
from memos_graph.errors import InputError
from memos_graph.verbs import lifecycle, spaces
from memos_graph.verbs.fields import Nothing

router = pages()
_SETTLES = {
    "supersede": lifecycle.supersede,
    "contradict": lifecycle.contradict,
    "dismiss": lifecycle.dismiss,
    "reconsider": lifecycle.reconsider,
}


@router.get(SPACE)
def show(visit: Visiting) -> HTMLResponse:
    """Show what a space holds."""
    space = visit.space()
    found = spaces.overview.run(space, Nothing())
    return visit.page(
        "space.html",
        space=space.space,
        access=visit.acting.access(space.space),
        found=found,
        months=columns([(each.month, each.memories) for each in found.months]),
        picture=mapped(found, lambda text: visit.at("search", q=text, space=space.space)),
    )


@router.get(f"{SPACE}/memories")
def memories(visit: Visiting) -> HTMLResponse:
    """Show the memories of a space in the order they were written."""
    space, asked = visit.space(), visit.asked(spaces.CubesPage)
    found = spaces.list_cubes.run(space, asked)
    return visit.page("memories.html", space=space.space, cubes=found.items, next=found.next, asked=asked)


@router.get(f"{SPACE}/settle")
def unsettled(visit: Visiting) -> HTMLResponse:
    """Show what says the same twice, and what seems to have taken the place of what."""
    space = visit.space()
    given: dict[str, Any] = {
        "proposals": lifecycle.review.run(space, lifecycle.Proposals()),
        "dismissed": lifecycle.review.run(space, lifecycle.Proposals(dismissed=True)),
        "duplicates": lifecycle.duplicates.run(space, visit.asked(lifecycle.Likeness)),
    }
    return visit.page("settle.html", space=space.space, **given)


@router.post(f"{SPACE}/settle")
def settle(visit: Visiting, fields: Submitted) -> Response:
    """Settle one pair."""
    space, how = visit.space(), fields.get("how", "")
    if how == "merge":
        pair = [fields.get("new", ""), fields.get("old", "")]
        lifecycle.merge.run(visit.acting, read(lifecycle.Merge, {"reason": fields.get("reason", "")}, cubes=pair))
    elif how in _SETTLES:
        _SETTLES[how].run(visit.acting, read(lifecycle.Retire, fields))
    else:
        raise InputError(f"'{how[:40]}' settles nothing.", hint="Use the buttons of the page.")
    return see(visit.at.space(space.space, "settle"))

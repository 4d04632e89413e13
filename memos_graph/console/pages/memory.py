"""A memory's page: what it says and said, where it hangs, what rests on it, and who read it."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime
from typing import Any

from starlette.responses import HTMLResponse

from memos_graph.acting import Memory
from memos_graph.console.differences import steps
from memos_graph.console.graphs import drawn, resting, worded
from memos_graph.console.page import pages
from memos_graph.console.visit import Visit, Visiting
from memos_graph.errors import AccessError, NotFoundError
from memos_graph.governance import Action
from memos_graph.memory.provenance import Lineage
from memos_graph.types import MemCube
from memos_graph.verbs import cubes, log, payloads, provenance
from memos_graph.verbs.fields import Nothing

router = pages()
_DEPTH = 8
_MOST_READERS = 100


@router.get("/memories/{cube}")
def show(cube: str, visit: Visiting) -> HTMLResponse:
    """Show a memory as it is, or as it was known at a moment."""
    asked = visit.asked(cubes.AsOf, cube=cube)
    found = cubes.get.run(visit.acting, asked)
    versions = cubes.history.run(visit.acting, cubes.Versions(cube=found.id, as_of=asked.as_of))
    lineage = provenance.lineage.run(visit.acting, provenance.HowFar(cube=found.id, depth=_DEPTH, as_of=asked.as_of))
    space = _space(visit, found)
    in_space = _in_space(space, found, lineage)
    lineage = _titled(lineage, {each.id: f"{form} of {each.title}" for form, each in in_space["forms"]})
    forms = {each.id for _, each in in_space["forms"]}  # which have no page of their own
    addresses = {
        node.id: visit.at.space(found.governance.space, "forms") if node.id in forms else visit.at.memory(node.id)
        for node in lineage.nodes
    }
    return visit.page(
        "memory.html",
        cube=found,
        as_of=asked.as_of,
        versions=steps(versions),
        lineage=lineage,
        words=[worded(edge) for edge in lineage.edges],
        addresses=addresses,
        picture=drawn(lineage, addresses),
        rests=resting(lineage),
        going=_going(visit, found, forms, as_of=asked.as_of),
        space=space,
        **_beside(visit, found, space),
        **in_space,
    )


@router.get("/memories/{cube}/around")
def around(cube: str, visit: Visiting) -> HTMLResponse:
    """Show what was said before and after a memory."""
    found = cubes.around.run(visit.acting, visit.asked(cubes.Around, cube=cube))
    space = found[0].governance.space
    return visit.page("around.html", cube=cube, space=space, around=found)


def _space(visit: Visit, cube: MemCube) -> Memory | None:
    """Return the memory's space; none to who may read the memory alone."""
    try:
        return visit.acting.space(cube.governance.space)
    except NotFoundError:
        return None


def _going(visit: Visit, cube: MemCube, forms: AbstractSet[str], *, as_of: datetime | None) -> frozenset[str] | None:
    """Return what a deletion would take along, of ``forms`` each; none to who may not delete it, and of how it was."""
    if as_of is not None:
        return None
    try:
        return frozenset(visit.acting.updates.foresee(cube.id)) | forms
    except AccessError:
        return None


def _beside(visit: Visit, cube: MemCube, space: Memory | None) -> dict[str, Any]:
    found: Sequence[MemCube] = ()
    if space is not None:
        found = cubes.around.run(visit.acting, cubes.Around(cube=cube.id))
    return {"around": found if len(found) > 1 else ()}


def _titled(lineage: Lineage, titles: dict[str, str]) -> Lineage:
    """Return a lineage in which KV-caches and adapters, which say nothing themselves, are called by what they are of."""
    nodes = [node.model_copy(update={"text": titles.get(node.id) or node.text}) for node in lineage.nodes]
    return lineage.model_copy(update={"nodes": tuple(nodes)})


def _in_space(space: Memory | None, cube: MemCube, lineage: Lineage) -> dict[str, Any]:
    """Return what is told of a memory to who may read its space: the forms it is in, and acts on it."""
    if space is None:
        return {"forms": (), "acts": None, "all_acts": False}
    known = {node.id for node in lineage.nodes}
    forms = [
        (form, each)
        for form, verb in (("KV-cache", payloads.list_kv), ("LoRA adapter", payloads.list_lora))
        for each in verb.run(space, Nothing())
        if each.id in known
    ]
    acts = log.query_log.run(space, log.LogFilters(cube=cube.id, limit=_MOST_READERS)).items
    every = space.can(space.principal, Action.ADMINISTER).allowed
    return {"forms": forms, "acts": acts, "all_acts": every}

"""A space's log: who did what, and whether it is as it was written."""

from starlette.responses import HTMLResponse

from memos_graph.acting import Memory
from memos_graph.audit.verify import Verification
from memos_graph.console.page import pages
from memos_graph.console.visit import SPACE, Submitted, Visit, Visiting
from memos_graph.errors import ForbiddenError
from memos_graph.governance import Action
from memos_graph.verbs import audits, log
from memos_graph.verbs.fields import Nothing

router = pages()
_FILTERS = ("actor", "action", "cube", "request_id", "since", "until")


@router.get(f"{SPACE}/log")
def show(visit: Visiting) -> HTMLResponse:
    """Show what was done in a space, newest first."""
    return _log(visit, visit.space())


@router.post(f"{SPACE}/log")
def verify(visit: Visiting, fields: Submitted) -> HTMLResponse:
    """Check the events, links, seals and versions; all of the log where that is asked."""
    space = visit.space()
    return _log(visit, space, audits.verify_log.run(space, audits.Thoroughness(full=bool(fields.get("full")))))


def _log(visit: Visit, space: Memory, verified: Verification | None = None) -> HTMLResponse:
    typed = visit.request.query_params
    dates = {name: f"{typed[name]}T00:00:00Z" for name in ("since", "until") if typed.get(name)}
    found = log.query_log.run(space, visit.asked(log.LogFilters, **dates))
    filters = {name: typed.get(name, "") for name in _FILTERS}
    every = space.can(space.principal, Action.ADMINISTER).allowed
    try:
        seals = audits.list_seals.run(space, Nothing())
    except ForbiddenError:
        seals = ()
    return visit.page(
        "log.html",
        space=space.space,
        acts=found.items,
        next=found.next,
        filters=filters,
        every=every,
        seals=seals,
        verified=verified,
    )

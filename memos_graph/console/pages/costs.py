"""What a space costs, and what its forms spare."""

from starlette.responses import HTMLResponse

from memos_graph.console.charts import columns
from memos_graph.console.page import pages
from memos_graph.console.visit import SPACE, Visiting
from memos_graph.memory.costs import CostBy
from memos_graph.verbs import costs

router = pages()


@router.get(f"{SPACE}/costs")
def bill(visit: Visiting) -> HTMLResponse:
    """Show the bill of the last thirty days, by act and form: everybody's to who administers the space, else one's own."""
    space = visit.space()
    report = costs.cost.run(space, costs.BilledDays())
    by_day = costs.cost.run(space, costs.BilledDays(by=(CostBy.DAY,)))
    days = columns([(each.day or "", each.acts) for each in by_day.costs])
    return visit.page("costs.html", space=space.space, report=report, days=days)

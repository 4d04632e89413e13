"""The verb of the bill: what memory costs, and what its forms spare."""

from typing import Annotated

from pydantic import Field

from memos_graph.memory.costs import CostBy, CostReport
from memos_graph.memory.memory import MemoryApi
from memos_graph.verbs.declaring import Command, On, Rest, verb
from memos_graph.verbs.fields import Arguments, Moment


class BilledDays(Arguments):
    """Which part of the bill."""

    since: Moment | None = Field(
        default=None, description="From the day of this moment on, in UTC; default: thirty days back."
    )
    until: Moment | None = Field(default=None, description="To the day of this moment, in UTC; default: today.")
    by: Annotated[tuple[CostBy, ...], Field(max_length=5, description="What it is summed by.")] = (
        CostBy.ACT,
        CostBy.FORM,
    )


@verb(
    On.SPACE,
    rest=Rest("GET", "/spaces/{owner}/{name}/cost", problems=(404,)),
    command=Command("memos cost --by day --by act", name="cost"),
)
def cost(space: MemoryApi, given: BilledDays) -> CostReport:
    """Show what acts took: seconds, tokens and bytes, and what KV-caches spared; everybody's with `administer`, else one's own."""
    return space.costs.report(since=given.since, until=given.until, by=given.by)


VERBS = (cost,)

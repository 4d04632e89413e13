"""The verb of a space's log: who did what, when, to which memory."""

from pydantic import Field

from memos_graph.memory.logquery import LogEntry
from memos_graph.memory.memory import MemoryApi
from memos_graph.verbs.declaring import On, Rest, verb
from memos_graph.verbs.fields import Arguments, Limit, Moment, Number, Short
from memos_graph.verbs.pages import LogPage, following


class LogFilters(Arguments):
    """Which acts to show."""

    cube: Short | None = Field(default=None, description="Only acts on this memory.")
    actor: Short | None = Field(default=None, description="Only this principal's acts.")
    action: Short | None = Field(default=None, description="Only this act, e.g. `search`.")
    request_id: Short | None = Field(default=None, description="Only what this request did.")
    since: Moment | None = Field(default=None, description="From this moment on.")
    until: Moment | None = Field(default=None, description="Before this moment.")
    before: Number | None = Field(default=None, description="`next` of the page before.")
    limit: Limit = 50


@verb(On.SPACE, rest=Rest("GET", "/spaces/{owner}/{name}/log", problems=(404,)))
def query_log(space: MemoryApi, given: LogFilters) -> LogPage[LogEntry]:
    """Show what was done in a space, newest first; without the right to administer, your own acts."""
    found = space.logs.query(**given.model_dump())
    return LogPage[LogEntry](items=tuple(found), next=following(found, given.limit, lambda entry: entry.seq))


VERBS = (query_log,)

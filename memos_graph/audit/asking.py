"""Questions to a log whose answer is partly in archives: they are told as the events of the graph are, to whom those would be."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from memos_graph.audit.chain import Chain
from memos_graph.audit.reading import changed
from memos_graph.audit.walking import Read
from memos_graph.graph.rows import Row
from memos_graph.kit.clock import now


@dataclass(frozen=True)
class LogQuestion:
    """Which acts somebody asks for, as ``audit/log`` takes it."""

    principal: str
    actor: str | None
    action: str | None
    cube: str | None
    request_id: str | None
    since: datetime
    until: datetime
    before: int
    after: int
    limit: int

    def fits(self, row: Row, *, every: bool) -> bool:
        """Whether an event is one of them; ``every``: others' acts may be told."""
        event = row["properties"]
        return (
            self.since <= event["at"] < self.until
            and (every or event["principal"] == self.principal)
            and self.actor in {None, event["principal"]}
            and self.action in {None, event["action"]}
            and self.request_id in {None, event["request_id"]}
            and (self.cube is None or any(each["id"] == self.cube for each in row["cubes"]))
        )


def with_archived(
    read: Read, chain: Chain, space: str, asked: LogQuestion, rows: Sequence[Row]
) -> tuple[list[Row], frozenset[int]]:
    """Return ``rows`` of the graph with what archives have among them, and which of these are not what was recorded.

    Archives are read only as far as they reach into the answer. Raises ``AuditError`` for one that can't be.
    """
    reached = rows[-1]["seq"] if len(rows) >= asked.limit else asked.after
    if chain.archives.last(space) <= reached:
        return list(rows), frozenset()
    (end,) = read("audit/end", space=space) or ({"seq": 0},)
    rights = next(iter(read("audit/rights", principal=asked.principal, space=space, now=now())), None)
    if rights is None or asked.cube in rights["forbidden"]:
        return list(rows), frozenset()
    kept = chain.archives.newest(
        space,
        lambda row: asked.fits(row, every=rights["every"]),
        before=min(asked.before, end["seq"] + 1),
        after=reached,
        limit=asked.limit,
    )
    here = {row["seq"] for row in rows}  # what is about to leave the graph is in both
    kept = [row for row in kept if row["properties"]["seq"] not in here]
    told = [*rows, *(_told(row, set(rights["forbidden"])) for row in kept)]
    told.sort(key=lambda row: -int(row["seq"]))
    return told[: asked.limit], changed(chain, space, kept)


def _told(row: Row, forbidden: set[str]) -> Row:
    """Return an archived event as ``audit/log`` gives one; none has words."""
    event = row["properties"]
    given = {name: event[name] for name in ("id", "seq", "at", "action", "principal", "request_id", "count")}
    cubes = [each for each in row["cubes"] if each["id"] not in forbidden]
    return {**given, "reason": None, "detail": None, "cubes": cubes}

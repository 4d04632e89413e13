"""LogQuery: who did what, when, to which memory (paper, 4.3: LogQuery API)."""

import time
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from pydantic import Field, ValidationError

from memos_graph.audit import AuditLog
from memos_graph.audit.asking import LogQuestion, with_archived
from memos_graph.audit.reading import altered
from memos_graph.governance import Action, MemGovernance
from memos_graph.graph.rows import Row
from memos_graph.graph.runner import Runner
from memos_graph.kit.clock import now
from memos_graph.kit.moments import UtcDatetime
from memos_graph.memory.refusing import recording
from memos_graph.types import Model

_FIRST = datetime(1970, 1, 1, tzinfo=UTC)
_LAST = datetime(9999, 12, 31, tzinfo=UTC)
_NEWEST = 2**62
_PAGE = 500
UNREADABLE = "unreadable"
"""The action of an entry whose event is not as events are written."""
_FORGED = "This event is not as events are written: somebody changed the log past memos-graph. The check of the log tells more."


class Touched(Model):
    """A memory an act was on, in the version it then had."""

    id: str
    version: int | None


class LogEntry(Model):
    """One recorded act."""

    id: str = Field(description="UUIDv7.")
    seq: int = Field(description="Place in the space's log, from 1 without gaps.")
    at: UtcDatetime
    action: str
    principal: str
    request_id: str
    reason: str | None = None
    detail: str | None = None
    count: int = Field(description="How many memories the act was on; of `refused`, how often.")
    cubes: tuple[Touched, ...] = ()
    altered: bool = Field(
        default=False, description="It is not what was recorded: somebody changed it in the database itself."
    )


@recording
class LogQuery:
    """The LogQuery API of one principal on one space. Without ``administer`` it sees its own acts only."""

    def __init__(self, runner: Runner, audit: AuditLog, principal: str, space: str) -> None:
        self._runner = runner
        self._audit = audit
        self._principal = principal
        self._space = space

    def query(
        self,
        *,
        cube: str | None = None,
        actor: str | None = None,
        action: str | None = None,
        request_id: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        before: int | None = None,
        after: int = 0,
        limit: int = 50,
    ) -> list[LogEntry]:
        """Return acts, newest first, of those with a ``seq`` between ``after`` and ``before``.

        Each is held against its hash: one that was changed in the database itself says so (``altered``).
        ``before`` is the ``seq`` of the last entry of the page already seen. Raises ``NotFoundError``
        on a later page of a space that may not be read any more: a log that breaks off is not taken for its end.
        """
        self._audit.flush(self._space)
        asked = LogQuestion(
            principal=self._principal,
            actor=actor,
            action=action,
            cube=cube,
            request_id=request_id,
            since=since or _FIRST,
            until=until or _LAST,
            before=before or _NEWEST,
            after=after,
            limit=limit,
        )
        rows = self._runner.read("audit/log", space=self._space, now=now(), **asdict(asked))
        changed = altered(self._runner.read, self._audit.chain, self._space, [row["seq"] for row in rows])
        rows, more = with_archived(self._runner.read, self._audit.chain, self._space, asked, rows)
        if before is not None and len(rows) < limit:
            self._check_readable()
        return [_entry(row, altered=row["seq"] in changed | more) for row in rows]

    def _check_readable(self) -> None:
        MemGovernance(self._runner).require(self._space, self._principal, Action.READ)

    def follow(self, *, every_s: float = 1.0, **filters: Any) -> Iterator[LogEntry]:
        """Yield acts as they come, oldest first, from now on and without end; ``filters`` as of ``query``.

        Raises ``NotFoundError`` once the space may not be read any more.
        """
        newest = self.query(limit=1)
        seen = newest[0].seq if newest else 0
        while True:
            fresh: list[LogEntry] = []
            while page := self.query(after=seen, before=fresh[-1].seq if fresh else None, limit=_PAGE, **filters):
                fresh += page
            if not fresh:
                self._check_readable()
            yield from reversed(fresh)
            seen = max([seen, *(entry.seq for entry in fresh)])
            time.sleep(every_s)


def _entry(row: Row, *, altered: bool) -> LogEntry:
    """Return an event as an entry; one that is not as events are written is told of as that, and keeps back no other."""
    try:
        return LogEntry(**{**row, "cubes": tuple(Touched(**each) for each in row["cubes"])}, altered=altered)
    except ValidationError:
        seq, at = int(row["seq"]), row["at"]
        return LogEntry(
            id="", seq=seq, at=at, action=UNREADABLE, principal="", request_id="", count=0, detail=_FORGED, altered=True
        )

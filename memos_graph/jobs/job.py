"""What a job is: work of one space, queued in the graph, claimed by one worker at a time."""

from enum import StrEnum
from typing import Any

from pydantic import Field

from memos_graph.graph.rows import Row
from memos_graph.kit.moments import UtcDatetime
from memos_graph.types import Model


class JobState(StrEnum):
    """Where a job stands."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Job(Model):
    """A piece of work, as somebody who may see it is told of it."""

    id: str
    kind: str
    space: str
    state: JobState
    given: dict[str, Any] = Field(description="Its arguments: ids, numbers and names of kinds, never content.")
    attempt: int = Field(default=0, description="How often it was begun.")
    attempts: int = Field(description="How often it may be begun before it is given up.")
    step: int | None = Field(default=None, description="How far it is, of `steps`.")
    steps: int | None = None
    problem: str | None = Field(default=None, description="What the last attempt failed of.")
    result: dict[str, Any] | None = Field(default=None, description="What came of it: ids and counts.")
    owner: str | None = Field(default=None, description="The worker that has it.")
    why: str | None = Field(default=None, description="Why the scheduler asked for it; none: somebody did.")
    created_by: str = Field(description="Whose rights it is done with.")
    created_at: UtcDatetime
    due_at: UtcDatetime = Field(description="Not begun before; of one that runs, the end of its lease.")
    started_at: UtcDatetime | None = None
    ended_at: UtcDatetime | None = None


class Claim(Model):
    """A job that this worker has; ``attempt`` is the fencing token of all it does for it, ``traceparent`` the span that asked for it."""

    id: str
    kind: str
    space: str
    given: str
    attempt: int
    attempts: int
    principal: str
    traceparent: str | None = None


def claim_of(row: Row) -> Claim:
    """Return the claim that ``jobs/take`` gave."""
    return Claim(
        id=row["id"],
        kind=row["kind"],
        space=row["space"],
        given=row["given"],
        attempt=row["attempt"],
        attempts=row["attempts"],
        principal=row["created_by"],
        traceparent=row["traceparent"],
    )

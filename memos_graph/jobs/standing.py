"""What work there is in the whole database: for whoever watches over it, who is told no names."""

from collections.abc import Sequence

from pydantic import Field

from memos_graph.graph.runner import Runner
from memos_graph.jobs.job import JobState
from memos_graph.kit.clock import now
from memos_graph.memcube.rows import moment
from memos_graph.types import Model

ERASES = frozenset({"erase", "sweep"})
"""Kinds of jobs that an erasure leaves to a place that keeps payloads."""
_STATES = (*JobState, "waiting")


class JobsStanding(Model):
    """The jobs of one kind in one state."""

    kind: str
    state: str = Field(description="Of `JobState`; `waiting`: for a place that keeps payloads.")
    jobs: int
    waits_s: float = Field(
        description="Seconds since the oldest of those that may be begun was asked for; 0: none waits."
    )


def standing(runner: Runner) -> Sequence[JobsStanding]:
    """Return how many jobs there are, by kind and state."""
    at = now()
    return [
        JobsStanding(
            kind=row["kind"],
            state=row["state"],
            jobs=row["jobs"],
            waits_s=max(0.0, (at - moment(row["since"])).total_seconds()) if row["since"] else 0.0,
        )
        for row in runner.read("jobs/standing", states=list(map(str, _STATES)), now=at)
    ]

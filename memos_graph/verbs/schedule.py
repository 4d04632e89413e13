"""The verbs of the MemScheduler: what it would do in a space, why, and having it done."""

from collections.abc import Sequence
from typing import Annotated

from pydantic import Field

from memos_graph.jobs.job import Job
from memos_graph.memory.memory import MemoryApi
from memos_graph.scheduler.planning import SchedulePlan
from memos_graph.verbs.declaring import Command, On, Rest, verb
from memos_graph.verbs.fields import Arguments, Short

_SCHEDULE = "/spaces/{owner}/{name}/schedule"


class Planned(Arguments):
    """For what is planned."""

    labels: Annotated[tuple[Short, ...], Field(max_length=50, description="Labels of what is worked on.")] = ()


class Past(Arguments):
    """How much of the past."""

    limit: Annotated[int, Field(ge=1, le=500, description="How many at most.")] = 100


@verb(
    On.SPACE,
    rest=Rest("GET", _SCHEDULE, problems=(403, 404, 409)),
    command=Command("memos schedule plan", name="schedule plan", spelt={"labels": "--label"}),
)
def plan_schedule(space: MemoryApi, given: Planned) -> SchedulePlan:
    """Show in which form memories would serve best: what would be built, kept, dropped, taught and archived, and why."""
    return space.schedule.plan(labels=given.labels)


@verb(
    On.SPACE,
    rest=Rest("POST", _SCHEDULE, "Planned", status=202, problems=(403, 404, 409)),
    command=Command("memos schedule run && memos work --until-empty", name="schedule run", spelt={"labels": "--label"}),
)
def run_schedule(space: MemoryApi, given: Planned) -> Sequence[Job]:
    """Have the plan of this moment carried out by workers."""
    return space.schedule.run(labels=given.labels)


@verb(
    On.SPACE,
    rest=Rest("GET", f"{_SCHEDULE}/history", problems=(403, 404)),
    command=Command(name="schedule history"),
)
def schedule_history(space: MemoryApi, given: Past) -> Sequence[Job]:
    """List the jobs that the scheduler asked for, newest first, each with why."""
    return space.schedule.history(limit=given.limit)


VERBS = (plan_schedule, run_schedule, schedule_history)

"""A plan carried out: each step that changes something becomes a job, done with the rights of who had it planned."""

from collections.abc import Sequence
from typing import Any

from memos_graph.errors import StateError
from memos_graph.governance import Action
from memos_graph.jobs.job import Job, JobState
from memos_graph.policies.document import Scheduling
from memos_graph.scheduler.kinds import checked
from memos_graph.scheduler.planning import PlanAct, SchedulePlan, SchedulePlanner, ScheduleStep
from memos_graph.scheduler.terms import terms_of
from memos_graph.services import Services

_UNDER_WAY = (JobState.QUEUED, JobState.RUNNING)
_LOOKED_BACK = 200


def plan(services: Services, space: str, principal: str, *, labels: Sequence[str] = ()) -> SchedulePlan:
    """Return what the scheduler would do in a space now.

    Raises ``ForbiddenError`` without the right to transform, ``StateError`` where the scheduler is off.
    """
    services.governance.require(space, principal, Action.TRANSFORM)
    terms = terms_of(services.runner, services.settings, space)
    if terms.mode is Scheduling.OFF:
        raise StateError(f"The scheduler is off in '{space}'.", hint=f"{terms.told} would have to say advise or act.")
    services.audit.flush()  # what was read just now counts
    history = services.jobs.every(space, scheduled=True, limit=_LOOKED_BACK)
    planner = SchedulePlanner(services.runner, services.settings, terms, space=space, principal=principal)
    return planner.plan(services.host.process.health(), history, labels=labels)


def carry_out(services: Services, made: SchedulePlan, principal: str) -> list[Job]:
    """Queue the jobs of a plan; one that is under way already is not queued twice."""
    under_way = [
        (job.kind, job.given) for job in services.jobs.every(made.space, states=_UNDER_WAY, limit=_LOOKED_BACK)
    ]
    queued: list[Job] = []
    for step in made.steps:
        asked = _job(step)
        if asked is None:
            continue
        kind, given = asked[0], checked(*asked)[1].model_dump(mode="json")
        if (kind, given) not in under_way:
            job = services.jobs.submit(kind, given, space=made.space, principal=principal, why=step.why)
            queued.append(services.jobs.get(job, space=made.space))
    return queued


def _job(step: ScheduleStep) -> tuple[str, dict[str, Any]] | None:
    """Return the kind and the arguments of the job that does a step; ``None``: it changes nothing."""
    if step.step is PlanAct.DROP:
        return "drop", {"cube": step.payload}
    if step.step in {PlanAct.BUILD, PlanAct.DISTILL, PlanAct.ARCHIVE}:
        return step.step.value, {"cubes": list(step.cubes)}
    return None

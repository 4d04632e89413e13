"""The forms that a space's memories are in, which would serve best, and the jobs that are done for it."""

from starlette.responses import HTMLResponse, Response

from memos_graph.acting import Memory
from memos_graph.console.page import pages
from memos_graph.console.visit import SPACE, Submitted, Visiting, read, see
from memos_graph.errors import ForbiddenError, StateError
from memos_graph.jobs.job import JobState
from memos_graph.scheduler.planning import SchedulePlan
from memos_graph.verbs import jobs, payloads, schedule
from memos_graph.verbs.fields import Nothing

router = pages()


@router.get(f"{SPACE}/forms")
def forms(visit: Visiting) -> HTMLResponse:
    """Show the KV-caches and adapters of a space, and what the scheduler would do."""
    space = visit.space()
    found = [
        (form, each)
        for form, verb in (("KV-cache", payloads.list_kv), ("LoRA adapter", payloads.list_lora))
        for each in verb.run(space, Nothing())
    ]
    plan, why_not = _plan(space)
    return visit.page("forms.html", space=space.space, forms=found, plan=plan, why_not=why_not)


def _plan(space: Memory) -> tuple[SchedulePlan | None, str]:
    """Return the plan, or why there is none for who looks."""
    try:
        return schedule.plan_schedule.run(space, schedule.Planned()), ""
    except (ForbiddenError, StateError) as error:
        return None, error.message


@router.get(f"{SPACE}/jobs")
def listed(visit: Visiting) -> HTMLResponse:
    """Show one's own jobs; everybody's to who may administer the space."""
    space = visit.space()
    state = visit.request.query_params.get("state", "")
    asked = read(jobs.Listed, {}, **({"states": (state,)} if state else {}))
    found = jobs.list_jobs.run(space, asked)
    open_ = (JobState.QUEUED, JobState.RUNNING)
    return visit.page("jobs.html", space=space.space, jobs=found, state=state, states=list(JobState), open_states=open_)


@router.post(f"{SPACE}/jobs")
def cancel(visit: Visiting, fields: Submitted) -> Response:
    """Cancel a job."""
    space = visit.space()
    jobs.cancel_job.run(space, read(jobs.OneJob, fields))
    return see(visit.at.space(space.space, "jobs"))

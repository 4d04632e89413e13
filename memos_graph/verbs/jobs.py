"""The verbs of jobs: what workers do for a space, instead of whoever asked for it waiting."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import Field

from memos_graph.host.protocol import Recipe
from memos_graph.jobs.job import Job, JobState
from memos_graph.memory.memory import MemoryApi
from memos_graph.verbs.declaring import Command, On, Rest, verb
from memos_graph.verbs.fields import AnyId, AnyMemory, Arguments
from memos_graph.verbs.kinds import ValueType
from memos_graph.verbs.payloads import Selected

_JOBS = "/spaces/{owner}/{name}/jobs"
Kind = Literal["build", "distill", "redistill", "drop", "archive", "sweep", "seal"]


class NewJob(Selected):
    """A job: its kind, and what that works on."""

    kind: Annotated[Kind, Field(description="What is to be done."), ValueType.TEXT]
    payload: Annotated[AnyMemory | None, Field(description="The KV-cache or adapter to drop.")] = None
    recipe: Annotated[Recipe | None, Field(description="How to distill.")] = None

    def given(self) -> dict[str, Any]:
        """Return the arguments of the job, but for the memories it works on."""
        recipe = None if self.recipe is None else self.recipe.model_dump(mode="json")
        return {name: each for name, each in {"cube": self.payload, "recipe": recipe}.items() if each is not None}


class Listed(Arguments):
    """Which jobs."""

    states: Annotated[
        tuple[JobState, ...], Field(max_length=5, description="Only those in one of these states"), ValueType.TEXTS
    ] = ()
    limit: Annotated[int, Field(ge=1, le=500, description="How many at most.")] = 100


class OneJob(Arguments):
    """One job."""

    job: Annotated[AnyId, Field(description="Its id, as the list shows it.")]


@verb(
    On.SPACE,
    rest=Rest("POST", _JOBS, "NewJob", status=202, problems=(403, 404)),
    command=Command(
        "memos jobs submit build --topic travel", name="jobs submit", positional=("kind",), without=("recipe",)
    ),
)
def submit_job(space: MemoryApi, given: NewJob) -> Job:
    """Queue a job, which the next free worker does with the rights of who asked for it."""
    return space.jobs.submit(given.kind, given.given(), selection=given.selection())


@verb(
    On.SPACE, rest=Rest("GET", _JOBS, problems=(404,)), command=Command(name="jobs list", spelt={"states": "--state"})
)
def list_jobs(space: MemoryApi, given: Listed) -> Sequence[Job]:
    """List one's own jobs of a space, newest first; everybody's to who may administer it."""
    return space.jobs.list(states=given.states, limit=given.limit)


@verb(
    On.SPACE,
    rest=Rest("GET", f"{_JOBS}/{{job}}", problems=(404,)),
    command=Command(name="jobs show", positional=("job",)),
)
def show_job(space: MemoryApi, given: OneJob) -> Job:
    """Show one job: where it stands, and what came of it."""
    return space.jobs.get(given.job)


@verb(
    On.SPACE,
    rest=Rest("DELETE", f"{_JOBS}/{{job}}", problems=(404, 409)),
    command=Command(name="jobs cancel", positional=("job",)),
)
def cancel_job(space: MemoryApi, given: OneJob) -> Job:
    """Cancel a job: what it has committed stays, what it is doing is not kept."""
    return space.jobs.cancel(given.job)


VERBS = (submit_job, list_jobs, show_job, cancel_job)

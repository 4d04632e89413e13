"""Pipelines: run a posted declaration, see runs, go on with one."""

from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import Field

from memos_graph.api.auth import CallerDep
from memos_graph.api.problems import documented
from memos_graph.api.schemas import Body, RunId
from memos_graph.pipelines import Pipeline, Run
from memos_graph.verbs.fields import Limit, SpaceId, Text
from memos_graph.verbs.pages import Page

router = APIRouter(prefix="/v1/pipelines", tags=["pipelines"])

_EXAMPLE = """\
pipeline: look
inputs:
  question: {type: text}
steps:
  - id: query
    act: search
    arguments: {question: "${inputs.question}", limit: 3}
"""


class NewRun(Body):
    """A declaration, and what to run it on."""

    space: SpaceId = Field(description="The space it runs in.")
    declaration: Annotated[Text, Field(min_length=1, max_length=1 << 20, description="YAML.", examples=[_EXAMPLE])]
    inputs: dict[Annotated[Text, Field(max_length=64)], Any] = Field(
        default={}, max_length=200, description="By name.", examples=[{"question": "Where does Dana live?"}]
    )


@router.post("", status_code=201, responses=documented(403, 404, 409, body=True))
def run_pipeline(body: NewRun, caller: CallerDep) -> Run:
    """Run a declaration in a space and return its run. One that fails for good is a 409 that names its run."""
    memory = caller.space(body.space)
    return memory.run(Pipeline.from_text(body.declaration), body.inputs)


@router.get("", responses=documented(404))
def list_runs(
    caller: CallerDep,
    space: Annotated[SpaceId, Query(description="Whose runs.", examples=["alice/notes"])],
    after: Annotated[Text | None, Query(max_length=100, description="`next` of the page before.")] = None,
    limit: Limit = 50,
) -> Page[Run]:
    """List the runs of a space without their steps, newest first."""
    found = caller.space(space).pipelines.list(before=after, limit=limit)
    return Page[Run](items=tuple(found), next=found[-1].id if len(found) == limit else None)


@router.get("/{run}", responses=documented(404))
def show_run(run: RunId, caller: CallerDep) -> Run:
    """Show a run: what became of each step, and which memories it used and made."""
    return caller.pipelines_of(run).show(run)


@router.post("/{run}/resume", responses=documented(403, 404, 409))
def resume_run(run: RunId, caller: CallerDep) -> Run:
    """Go on with a run of your own that was interrupted or failed, after its last committed unit."""
    return caller.pipelines_of(run).resume(run)

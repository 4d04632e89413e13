"""The time machine: named moments of a space, what changed between two, and going back to one."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Query, status
from pydantic import Field

from memos_graph.api.auth import CallerDep
from memos_graph.api.problems import documented
from memos_graph.api.schemas import Body, Space
from memos_graph.lifecycle.changes import Change
from memos_graph.lifecycle.timemachine import RolledBack, Snapshot
from memos_graph.types import Shaped
from memos_graph.verbs import shapes
from memos_graph.verbs.fields import Short, Text

router = APIRouter(prefix="/v1/spaces/{owner}/{name}", tags=["time machine"])
Moment = Annotated[Text, Field(min_length=1, max_length=100)]
Cube = Annotated[Text | None, Query(max_length=100, description="Only this memory and its facts.")]
Topic = Annotated[Short | None, Query(description="Only what is about this topic, now or before.")]


class NewSnapshot(Body):
    """A name for the present moment."""

    name: Annotated[Moment, Shaped(shapes.SNAPSHOT)] = Field(
        description="Not taken yet, and no date.", examples=["before-import"]
    )
    reason: Short | None = Field(default=None, description="Why; kept in the log.")


class BackTo(Body):
    """Where to go back to, and what of the space."""

    to: Moment = Field(description="A snapshot's name, or a moment in ISO 8601.", examples=["2026-05-04T09:00:00Z"])
    cube: Annotated[Text, Field(max_length=100)] | None = Field(
        default=None, description="Only this memory and its facts."
    )
    topic: Short | None = Field(default=None, description="Only what is about this topic, now or before.")
    reason: Short | None = Field(default=None, description="Why; kept in the log.")


@router.post("/snapshots", status_code=status.HTTP_201_CREATED, responses=documented(403, 404, 409, body=True))
def create_snapshot(space: Space, body: NewSnapshot, caller: CallerDep) -> Snapshot:
    """Name the present moment of a space, to compare with it or go back to it."""
    return caller.space(space).snapshot(body.name, reason=body.reason)


@router.get("/snapshots", responses=documented(404))
def list_snapshots(space: Space, caller: CallerDep) -> Sequence[Snapshot]:
    """List the named moments of a space, newest first."""
    return caller.space(space).snapshots()


@router.get("/changes", responses=documented(404))
def list_changes(
    space: Space,
    caller: CallerDep,
    since: Annotated[Text, Query(max_length=100, description="A snapshot's name, or a moment in ISO 8601.")],
    until: Annotated[Text | None, Query(max_length=100, description="The later one; none: now.")] = None,
    cube: Cube = None,
    topic: Topic = None,
) -> Sequence[Change]:
    """Show what came, changed, moved or was erased in a space between two moments."""
    return caller.space(space).changes(since, until, cube=cube, topic=topic)


@router.post("/rollback", responses=documented(403, 404, 409, body=True))
def roll_back(space: Space, body: BackTo, caller: CallerDep) -> RolledBack:
    """Make a space, a topic or one memory as it was at a moment; what was erased since stays erased."""
    return caller.space(space).roll_back_to(body.to, cube=body.cube, topic=body.topic, reason=body.reason)

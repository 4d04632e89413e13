"""The history of runs, kept in the graph: ``(:Run)-[:STEP]->(:Step)-[:USED|MADE]->(:MemCube)``."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

from pydantic import Field

from memos_graph.errors import NotFoundError
from memos_graph.graph.rows import Row
from memos_graph.kit.leases import Leases
from memos_graph.kit.moments import UtcDatetime
from memos_graph.pipelines.values import Outputs
from memos_graph.types import Model


class RunState(StrEnum):
    """Where a run is."""

    RUNNING = "running"
    INTERRUPTED = "interrupted"  # never stored: it is running, and in nobody's hands
    DONE = "done"
    FAILED = "failed"


class StepState(StrEnum):
    """Where a step is."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    SKIPPED = "skipped"
    FAILED = "failed"
    UNDONE = "undone"


class StepRecord(Model):
    """One step of a run."""

    id: str
    number: int = Field(description="Place in the declaration, from 1.")
    act: str
    unit: str = Field(description="Steps of one unit share one database transaction.")
    needs: tuple[str, ...] = Field(default=(), description="Steps it came after.")
    outside: bool = Field(description="Whether it acted outside the database: on payload files or the model host.")
    state: StepState
    attempt: int = Field(description="How often it was begun.")
    started_at: UtcDatetime | None = None
    ended_at: UtcDatetime | None = None
    undone_at: UtcDatetime | None = Field(default=None, description="When its effect outside the database was undone.")
    error_code: str | None = None
    error_message: str | None = Field(default=None, description="What went wrong; never content.")
    used: tuple[str, ...] = Field(default=(), description="Memories it used.")
    made: tuple[str, ...] = Field(default=(), description="Memories it made.")


class Run(Model):
    """A run of a pipeline. ``outputs`` are there where it was just run; later the memories are found by their ids."""

    id: str
    name: str
    space: str
    principal: str
    request_id: str = Field(description="Under which the log has everything it did.")
    state: RunState
    declared_sha256: str = Field(description="Of the declaration.")
    started_at: UtcDatetime
    ended_at: UtcDatetime | None = None
    error_code: str | None = None
    error_message: str | None = Field(default=None, description="What went wrong; never content.")
    error_step: str | None = None
    steps: tuple[StepRecord, ...] = ()
    outputs: Mapping[str, Outputs] = Field(default={}, description="What each step gave, skipped ones left out.")


_RUN = set(Run.model_fields) - {"steps", "outputs"}
_STEP = set(StepRecord.model_fields)


def run_of(row: Row, steps: list[Row], leases: Leases, outputs: Mapping[str, Outputs] | None = None) -> Run:
    """Return the run of a row of ``pipelines/show`` or ``list``."""
    state = RunState(row["state"])
    if state is RunState.RUNNING and not leases.stands(row.get("holder"), row.get("held_until")):
        state = RunState.INTERRUPTED
    known = {key: value for key, value in row.items() if key in _RUN} | {"state": state}
    return Run(**known, steps=tuple(step_of(step) for step in steps), outputs=outputs or {})


def step_of(row: Row) -> StepRecord:
    """Return the step of a row."""
    return StepRecord(**{key: value for key, value in row.items() if key in _STEP and value is not None})


def not_found(run: str) -> NotFoundError:
    """Return the one error for a run that is not there, or of a space that may not be read."""
    return NotFoundError(
        f"There is no run '{run}' that this principal may see.", hint="`memos pipeline list` shows them.", target=run
    )


def ended(state: StepState, at: datetime, **more: Any) -> dict[str, Any]:
    """Return the properties of a step that came to an end, whichever."""
    return {"state": state.value, "ended_at": at, "error_code": None, "error_message": None, **more}

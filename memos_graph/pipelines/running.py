"""Runs a plan, unit by unit: each unit is one database transaction that also says that it is done.

So a crash leaves a run between two units, and whoever resumes it goes on with the next. An act outside the database can't
share a transaction: it is done, then noted; one that was broken off is undone before it is repeated.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from memos_graph.audit import record_refusal
from memos_graph.errors import AccessError, NotFoundError, PipelineError
from memos_graph.host.client import deadline
from memos_graph.kit.clock import now
from memos_graph.pipelines.acts import StepContext, StepKind
from memos_graph.pipelines.cube_reader import CubeReader
from memos_graph.pipelines.failures import code_of, is_transient, message_of
from memos_graph.pipelines.history import RunState, StepRecord, StepState, ended, step_of
from memos_graph.pipelines.journal import HistoryWriter
from memos_graph.pipelines.planning import Plan, PlannedStep, PlannedUnit
from memos_graph.pipelines.values import Outputs, Scope, cubes_in, kept, restored, used
from memos_graph.services import Services
from memos_graph.types import MemCube
from memos_graph.verbs.fields import Arguments

if TYPE_CHECKING:
    from memos_graph.memory.memory import MemoryApi

Progress = Callable[[StepRecord], None]
"""Told of a step whenever something has become of it."""


@dataclass(frozen=True)
class _Done:
    """What became of a step: what it gave (``None``: it was skipped), and the ids of what its arguments named and it made."""

    outputs: Outputs | None
    used: frozenset[str] = frozenset()
    made: frozenset[str] = frozenset()

    def cubes(self) -> list[MemCube]:
        """Return the cubes it gave."""
        return [cube for value in (self.outputs or {}).values() for cube in cubes_in(value)]

    def noted(self) -> dict[str, Any]:
        """Return what is noted of the step."""
        if self.outputs is None:
            return ended(StepState.SKIPPED, now())
        return ended(StepState.DONE, now(), outputs=kept(self.outputs))

    def links(self, step: str) -> list[dict[str, Any]]:
        """Return its links to memories, each in the version that it gave, where it gave it."""
        found = {cube.id: cube.behavioural.version for cube in self.cubes()}
        uses = [*(found.keys() - self.made), *(self.used - (found.keys() - self.made))]
        rows = [{"cube": id_, "version": found.get(id_), "made": True} for id_ in self.made]
        rows += [
            {"cube": id_, "version": found.get(id_) if id_ not in self.made else None, "made": False} for id_ in uses
        ]
        return [{"step": step, **row} for row in rows]


def _once(act: StepKind, stage: StepContext, arguments: Arguments, item: MemCube | None = None) -> _Done:
    given = act.run(stage, arguments)
    outputs: Outputs = {name: getattr(given, name) for name in type(given).model_fields}
    made = act.makes if act.made_if is None or outputs[act.made_if] else ()
    return _Done(
        outputs,
        frozenset([*used(arguments, act), *([item.id] if item else [])]),
        frozenset(cube.id for name in made for cube in cubes_in(outputs[name])),
    )


_OVER = {StepState.DONE, StepState.SKIPPED}
_MAKERS = {"activation": "kv.build", "parametric": "lora.distill"}


class Running:
    """One run in this process's hands, from where it stands to its end."""

    def __init__(
        self,
        services: Services,
        memory: "MemoryApi",
        plan: Plan,
        scope: Scope,
        journal: HistoryWriter,
        progress: Progress | None = None,
    ) -> None:
        self._services = services
        self._memory = memory
        self._plan = plan
        self._scope = scope
        self._journal = journal
        self._progress = progress
        self._records: dict[str, StepRecord] = {}
        self._cubes = CubeReader(services, memory.principal)
        self._at = ""

    def go(self) -> Mapping[str, Outputs]:
        """Run what is not done yet; returns what each step gave. Raises ``PipelineError``."""
        self._load()
        for unit in self._plan.units:
            if self._is_over(unit):
                continue
            try:
                self._run(unit)
            except Exception as error:
                self._fail(unit, error)
                self._refused(error)
                raise PipelineError(
                    f"Step '{self._at}' of pipeline '{self._plan.name}' failed: {message_of(error)}",
                    hint=f"`memos pipeline show {self._journal.run}` has its history; `resume` tries again from there.",
                    run=self._journal.run,
                ) from error
        self._journal.end(RunState.DONE)
        return {id_: outputs for id_, outputs in self._scope.outputs.items() if outputs is not None}

    def _refused(self, error: Exception) -> None:
        """Record what a step was refused: after its unit, which is rolled back with all it did."""
        if isinstance(error, AccessError):
            step = next(each for unit in self._plan.units for each in unit.steps if each.id == self._at)
            record_refusal(
                self._services.runner,
                self._services.audit,
                error,
                principal=self._memory.principal,
                asked=f"pipeline {self._plan.name}: {step.act.name}",
            )

    def _load(self) -> None:
        """Take over what is done already: the outputs of its steps as they were given."""
        _, rows = self._journal.read()
        for row in rows:
            record = step_of(row)
            self._records[record.id] = record
            if record.state is StepState.DONE:
                self._scope.outputs[record.id] = restored(row["outputs"], self._cubes.standing)
            elif record.state is StepState.SKIPPED:
                self._scope.outputs[record.id] = None

    def _run(self, unit: PlannedUnit) -> None:
        """Run a unit, again after a transient failure as often as the step that failed allows."""
        tried = 0
        while True:
            self._at = unit.steps[0].id
            try:
                self._attempt(unit, tried)
            except Exception as error:
                step = next(each for each in unit.steps if each.id == self._at)
                if not is_transient(error) or tried >= step.retry.times:
                    raise
                time.sleep(step.retry.backoff * 2**tried)
                tried += 1
                self._load()  # the commit may have succeeded, though nobody was told
                if self._is_over(unit):
                    return
            else:
                return

    def _is_over(self, unit: PlannedUnit) -> bool:
        return all(self._records[step.id].state in _OVER for step in unit.steps)

    def _attempt(self, unit: PlannedUnit, tried: int) -> None:
        begun = {step.id: self._records[step.id].attempt + 1 for step in unit.steps}
        broken_off = unit.outside and (tried > 0 or self._records[unit.steps[0].id].attempt > 0)
        if broken_off:
            self._clear(unit.steps[0])
        self._journal.begin(begun, seconds=unit.timeout)
        self._tell(unit, state=StepState.RUNNING)
        if unit.outside:
            outputs = self._outside(unit.steps[0], repeated=broken_off)
        else:
            outputs = self._services.runner.unit(lambda: self._inside(unit), timeout_s=unit.timeout)
        self._scope.outputs |= outputs
        self._tell(unit)

    def _inside(self, unit: PlannedUnit) -> dict[str, Outputs | None]:
        """Do a unit's acts in the open transaction, which notes that they are done; what is done already is left."""
        if unit.writes:
            self._journal.lock()
            if (before := self._done_before(unit)) is not None:
                return before
        scope = self._scope.copy()
        steps: dict[str, dict[str, Any]] = {}
        links: list[dict[str, Any]] = []
        for step in unit.steps:
            self._at = step.id
            self._services.runner.within(step.timeout)
            done = self._act(step, scope, repeated=False)
            scope.outputs[step.id] = done.outputs
            steps[step.id] = done.noted()
            links += done.links(step.id)
        self._services.runner.within(unit.timeout)
        if not unit.writes:
            self._journal.lock()
            if (before := self._done_before(unit)) is not None:
                return before
        self._journal.complete(steps, links)
        return {step.id: scope.outputs[step.id] for step in unit.steps}

    def _done_before(self, unit: PlannedUnit) -> dict[str, Outputs | None] | None:
        """Return the outputs of a unit whose commit was not confirmed and yet happened."""
        rows = {row["id"]: row for row in self._journal.read()[1]}
        if not all(rows[step.id]["state"] in _OVER for step in unit.steps):
            return None
        kept_outputs = {step.id: rows[step.id].get("outputs") for step in unit.steps}
        return {
            id_: None if text is None else restored(text, self._cubes.standing) for id_, text in kept_outputs.items()
        }

    def _outside(self, step: PlannedStep, *, repeated: bool) -> dict[str, Outputs | None]:
        with deadline(step.timeout):
            done = self._act(step, self._scope, repeated=repeated)

        def note() -> None:
            self._journal.lock()
            self._journal.complete({step.id: done.noted()}, done.links(step.id))

        self._services.runner.unit(note)
        return {step.id: done.outputs}

    def _act(self, step: PlannedStep, scope: Scope, *, repeated: bool) -> _Done:
        """Do one step, or skip it."""
        if scope.skipped(step.references()) or (step.when and not scope.resolve(step.when)):
            return _Done(None)
        memory = self._memory if step.space is None else self._memory.beside(step.space)
        stage = StepContext(memory, self._cubes.read, repeated)
        if step.each is None:
            return _once(step.act, stage, scope.arguments(step.act, step.arguments))
        all_done = [
            _once(step.act, stage, scope.arguments(step.act, step.arguments, item), item)
            for item in self._items(scope.resolve(step.each))
        ]
        cubes = tuple(cube for each in all_done for cube in each.cubes())
        return _Done(
            {"cubes": cubes, "count": len(all_done)},
            frozenset().union(*(each.used for each in all_done)),
            frozenset().union(*(each.made for each in all_done)),
        )

    def _items(self, items: Any) -> Sequence[MemCube]:
        """Return the cubes that a step is done for: an input names them by id, and one may stand for a list of one."""
        given = [items] if isinstance(items, (str, MemCube)) else list(items or ())
        ids = [item for item in given if isinstance(item, str)]
        return self._cubes.read(ids) if ids else [item for item in given if isinstance(item, MemCube)]

    def _fail(self, unit: PlannedUnit, error: Exception) -> None:
        """Note a failure for good, and undo what was done outside the database, last first."""
        self._journal.broken([step.id for step in unit.steps], self._at, error)
        if unit.outside:
            self._clear(unit.steps[0])
        for each in reversed([each for each in self._plan.units if each.outside]):
            self._undo(each.steps[0])
        self._journal.end(RunState.FAILED, step=self._at, error=error)
        for each in self._plan.units:
            self._tell(each)

    def _undo(self, step: PlannedStep) -> None:
        if step.act.undo is None or self._records[step.id].state is not StepState.DONE:
            return
        problem: dict[str, Any] = {"state": StepState.UNDONE.value, "undone_at": now()}
        try:
            for cube in self._records[step.id].made:
                self._undo_cube(step, cube)
        except Exception as error:  # noqa: BLE001 - noted, so that the others are undone too
            problem = {"error_code": code_of(error), "error_message": message_of(error)}
        self._journal.set_steps({step.id: problem}, undone=True)

    def _undo_cube(self, step: PlannedStep, cube: str) -> None:
        memory = self._memory if step.space is None else self._memory.beside(step.space)
        undo = step.act.undo
        try:
            if undo is not None:
                undo(StepContext(memory, self._cubes.read), cube)
        except NotFoundError:
            return  # somebody else has taken it away

    def _clear(self, step: PlannedStep) -> None:
        """Undo what an act that was broken off had made, if it had come so far."""
        strays = self._services.runner.read(
            "pipelines/strays", request_id=self._journal.run, principal=self._memory.principal
        )
        for row in strays:
            if _MAKERS[row["memory_type"]] == step.act.name:
                self._undo_cube(step, row["cube"])

    def _tell(self, unit: PlannedUnit, *, state: StepState | None = None) -> None:
        if state is None:
            self._records |= {row["id"]: step_of(row) for row in self._journal.read()[1]}
        if self._progress is not None:
            for step in unit.steps:
                record = self._records[step.id]
                self._progress(record if state is None else record.model_copy(update={"state": state}))

"""Runs a plan, unit by unit: each unit is one database transaction that also says that it is done.

So a crash leaves a run between two units, and whoever resumes it goes on with the next. An act outside the database can't
share a transaction: it is done, then noted; one that was broken off is undone before it is repeated.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from memos_graph.errors import NotFoundError, PipelineError
from memos_graph.host.client import deadline
from memos_graph.infrastructure.governance import now
from memos_graph.interface.pipelines.acts import Arguments, Stage
from memos_graph.interface.pipelines.cube_reader import CubeReader
from memos_graph.interface.pipelines.failures import code_of, is_transient, message_of
from memos_graph.interface.pipelines.history import RunState, StepRecord, StepState, ended, step_of
from memos_graph.interface.pipelines.journal import Journal
from memos_graph.interface.pipelines.planning import Plan, PlannedStep, PlannedUnit
from memos_graph.interface.pipelines.values import Outputs, Scope, cubes_in, kept, restored, used
from memos_graph.operation.services import Services
from memos_graph.types import MemCube

if TYPE_CHECKING:
    from memos_graph.interface.memory import Memory

Progress = Callable[[StepRecord], None]
"""Told of a step whenever something has become of it."""

_OVER = {StepState.DONE, StepState.SKIPPED}
_MAKERS = {"activation": "kv.build", "parametric": "lora.distill"}


class Running:
    """One run in this process's hands, from where it stands to its end."""

    def __init__(
        self,
        services: Services,
        memory: "Memory",
        plan: Plan,
        scope: Scope,
        journal: Journal,
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
                raise PipelineError(
                    f"Step '{self._at}' of pipeline '{self._plan.name}' failed: {message_of(error)}",
                    hint=f"`memos pipeline show {self._journal.run}` has its history; `resume` tries again from there.",
                    run=self._journal.run,
                ) from error
        self._journal.end(RunState.DONE)
        return {id_: outputs for id_, outputs in self._scope.outputs.items() if outputs is not None}

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
            outputs, touched = self._act(step, scope, repeated=False)
            scope.outputs[step.id] = outputs
            steps[step.id], found = self._completed(step, outputs, touched)
            links += found
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
            outputs, touched = self._act(step, self._scope, repeated=repeated)
        properties, links = self._completed(step, outputs, touched)

        def note() -> None:
            self._journal.lock()
            self._journal.complete({step.id: properties}, links)

        self._services.runner.unit(note)
        return {step.id: outputs}

    def _act(self, step: PlannedStep, scope: Scope, *, repeated: bool) -> tuple[Outputs | None, list[str]]:
        """Do one step; returns what it gave, ``None`` where it was skipped, and which cubes its arguments named."""
        if scope.skipped(step.references()) or (step.when and not scope.resolve(step.when)):
            return None, []
        memory = self._memory if step.space is None else self._memory.beside(step.space)
        stage = Stage(memory, self._cubes.read, repeated)
        if step.each is None:
            arguments = scope.arguments(step.act, step.arguments)
            return _values(step, stage, arguments), used(arguments, step.act)
        gathered: list[MemCube] = []
        touched: list[str] = []
        items = scope.resolve(step.each)
        for item in self._items(items):
            arguments = scope.arguments(step.act, step.arguments, item)
            touched += [item.id, *used(arguments, step.act)]
            outputs = _values(step, stage, arguments)
            gathered += [cube for value in outputs.values() for cube in cubes_in(value)]
        return {"cubes": tuple(gathered), "count": len(items)}, touched

    def _items(self, items: Sequence[Any]) -> Sequence[MemCube]:
        """Return the cubes that a step is done for: an input names them by id."""
        ids = [item for item in items if isinstance(item, str)]
        return self._cubes.read(ids) if ids else list(items)

    def _completed(
        self, step: PlannedStep, outputs: Outputs | None, touched: Sequence[str]
    ) -> tuple[dict[str, Any], list[dict[str, Any]]]:
        """Return what is noted of a step that is done or skipped, and its links to memories."""
        if outputs is None:
            return ended(StepState.SKIPPED, now()), []
        made = _made(step, outputs)
        found = {cube.id: cube for value in outputs.values() for cube in cubes_in(value)}
        links = [
            {"step": step.id, "cube": id_, "version": cube.behavioural.version, "made": id_ in made}
            for id_, cube in found.items()
        ]
        links += [{"step": step.id, "cube": id_, "version": None, "made": False} for id_ in dict.fromkeys(touched)]
        return ended(StepState.DONE, now(), outputs=kept(outputs)), links

    def _fail(self, unit: PlannedUnit, error: Exception) -> None:
        """Note a failure for good, and undo what was done outside the database, last first."""
        self._journal.broken([step.id for step in unit.steps], self._at, error)
        if unit.outside:
            self._clear(unit.steps[0])
        done = [each for each in self._plan.units if each.outside and self._records[each.steps[0].id].state in _OVER]
        for each in reversed(done):
            self._undo(each.steps[0])
        self._journal.end(RunState.FAILED, step=self._at, error=error)
        for each in self._plan.units:
            self._tell(each)

    def _undo(self, step: PlannedStep) -> None:
        outputs = self._scope.outputs.get(step.id)
        if outputs is None or step.act.undo is None:
            return
        problem: dict[str, Any] = {"state": StepState.UNDONE.value, "undone_at": now()}
        try:
            for cube in sorted(_made(step, outputs)):
                self._undo_cube(step, cube)
        except Exception as error:  # noqa: BLE001 - noted, so that the others are undone too
            problem = {"error_code": code_of(error), "error_message": message_of(error)}
        self._journal.set_steps({step.id: problem}, undone=True)

    def _undo_cube(self, step: PlannedStep, cube: str) -> None:
        memory = self._memory if step.space is None else self._memory.beside(step.space)
        undo = step.act.undo
        try:
            if undo is not None:
                undo(Stage(memory, self._cubes.read), cube)
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


def _values(step: PlannedStep, stage: Stage, arguments: Arguments) -> Outputs:
    given = step.act.run(stage, arguments)
    return {name: getattr(given, name) for name in type(given).model_fields}


def _made(step: PlannedStep, outputs: Outputs) -> set[str]:
    """Return the ids of the cubes a step made."""
    act = step.act
    if act.made_if is not None and not outputs.get(act.made_if, True):
        return set()
    names = ("cubes",) if step.each and act.makes else act.makes
    return {cube.id for name in names for cube in cubes_in(outputs[name])}

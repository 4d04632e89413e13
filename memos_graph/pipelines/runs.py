"""Begins, shows and resumes runs of pipelines in one space: ``Memory.pipelines``."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from memos_graph.audit import Event, record_refusal, request
from memos_graph.errors import AccessError, ForbiddenError, StateError
from memos_graph.governance import Action
from memos_graph.graph.rows import Row
from memos_graph.graph.runner import Transaction
from memos_graph.kit.clock import now
from memos_graph.kit.ids import new_id
from memos_graph.kit.leases import Leases
from memos_graph.memory.refusing import recording
from memos_graph.pipelines.checking import plan as checked
from memos_graph.pipelines.declaration import Pipeline
from memos_graph.pipelines.encryption import decrypt, digest, encrypt
from memos_graph.pipelines.history import Run, RunState, StepState, not_found, run_of
from memos_graph.pipelines.journal import HistoryWriter
from memos_graph.pipelines.planning import Plan
from memos_graph.pipelines.running import Progress, Running
from memos_graph.pipelines.values import Outputs, Scope, given_inputs
from memos_graph.services import Services

if TYPE_CHECKING:
    from memos_graph.memory.memory import MemoryApi

_LAST_ID = "~"


@recording
class Runs:
    """The pipelines of a mounted space. A run is its principal's to resume, and whoever may read the space may see it."""

    def __init__(self, services: Services, memory: "MemoryApi") -> None:
        self._services = services
        self._memory = memory
        self._principal = memory.principal
        self._leases = Leases(services.settings.home)

    def check(self, pipeline: Pipeline) -> Plan:
        """Return how a pipeline would be run here; raises ``DeclarationError``, also for a space that can't be used."""
        return checked(pipeline, space_known=self._readable)

    def _readable(self, space: str) -> bool:
        try:
            self._services.governance.require(space, self._memory.principal, Action.READ)
        except AccessError as error:
            services, principal = self._services, self._memory.principal
            record_refusal(services.runner, services.audit, error, principal=principal, asked="pipeline: declaration")
            return False
        return True

    def run(
        self, pipeline: Pipeline, inputs: Mapping[str, Any] | None = None, *, progress: Progress | None = None
    ) -> Run:
        """Run a pipeline; returns its run with what every step gave.

        * Raises ``DeclarationError`` and ``InputError`` before anything is begun.
        * Raises ``PipelineError`` when a step failed for good: units that are committed stay, what was done outside the
          database is undone, and ``resume`` can go on.
        """
        plan = self.check(pipeline)
        values, plain = given_inputs(pipeline, plan.inputs, inputs or {})
        run = new_id()
        content = {"document": dict(pipeline.document), "file": pipeline.file, "inputs": plain}
        sealed = encrypt(self._services.keyring, run, content)
        with request(run), self._leases.take() as name:
            self._begin(plan, run, sealed, digest(content["document"]), name)
            journal = HistoryWriter(self._services, run, self._memory.space, self._memory.principal, name)
            outputs = Running(self._services, self._memory, plan, Scope(values), journal, progress).go()
            return self._shown(run, outputs)

    def resume(self, run: str, *, progress: Progress | None = None) -> Run:
        """Go on with a run that was interrupted or failed, after its last committed unit.

        Raises ``NotFoundError``, ``ForbiddenError`` for the run of another principal, ``StateError`` for one that is done or
        under way, ``PipelineError`` when it fails again.
        """
        with request(run), self._leases.take() as name:
            sealed = self._services.runner.transact(lambda tx: self._take(tx, run, name))
            content = decrypt(self._services.keyring, run, sealed)
            pipeline = Pipeline(str(content["document"]["pipeline"]), content["document"], {}, content["file"])
            plan = self.check(pipeline)
            values, _ = given_inputs(pipeline, plan.inputs, content["inputs"])
            journal = HistoryWriter(self._services, run, self._memory.space, self._memory.principal, name)
            outputs = Running(self._services, self._memory, plan, Scope(values), journal, progress).go()
            return self._shown(run, outputs)

    def show(self, run: str) -> Run:
        """Return a run with its steps, and which memories each used and made; raises ``NotFoundError``."""
        shown = self._shown(run)
        self._services.audit.read(Event(shown.space, "read-run", self._memory.principal, detail=run))
        return shown

    def list(self, *, before: str | None = None, limit: int = 50) -> Sequence[Run]:
        """Return the runs of the space without their steps, newest first, those before the id of a page already seen."""
        rows = self._services.runner.read(
            "pipelines/list",
            space=self._memory.space,
            principal=self._memory.principal,
            now=now(),
            before=before or _LAST_ID,
            limit=limit,
        )
        if before is not None and len(rows) < limit:
            self._services.governance.require(self._memory.space, self._memory.principal, Action.READ)
        self._services.audit.read(Event(self._memory.space, "list-runs", self._memory.principal))
        return [run_of(row["run"], [], self._leases) for row in rows]

    def _begin(self, plan: Plan, run: str, sealed: str, declared: str, name: str) -> None:
        space, principal = self._memory.space, self._memory.principal
        row = {
            "id": run,
            "space": space,
            "name": plan.name,
            "principal": principal,
            "request_id": run,
            "state": RunState.RUNNING.value,
            "declared_sha256": declared,
            "sealed": sealed,
            "holder": name,
            "started_at": now(),
        }
        steps = _step_rows(plan, run, space)
        needs = [{"step": step.id, "need": need} for step in plan.steps for need in step.needs]

        def work(tx: Transaction) -> None:
            self._services.governance.lock(tx, space, principal, Action.READ)
            tx.run("pipelines/begin", run=row, steps=steps, needs=needs, principal=principal)
            self._services.audit.append(tx, [Event(space, "run", principal, detail=run, reason=plan.name)])

        self._services.runner.transact(work)

    def _take(self, tx: Transaction, run: str, name: str) -> str:
        """Take a run out of hands that hold it no more; returns what it was given."""
        row = tx.one("pipelines/lock_run", run=run, principal=self._memory.principal, now=now())
        if row is None or row["space"] != self._memory.space:
            raise not_found(run)
        if row["by"] != self._memory.principal:
            raise ForbiddenError(f"Run {run} is another principal's; only who began it may resume it.", target=run)
        if row["state"] == RunState.DONE:
            raise StateError(f"Run {run} is done: there is nothing to resume.")
        if row["sealed"] is None:
            raise StateError(
                f"What run {run} was given was erased when a subject was forgotten, so it can't be resumed.",
                hint="Run the pipeline anew.",
            )
        if row["state"] == RunState.RUNNING and self._leases.stands(row["holder"], row["held_until"]):
            raise StateError(f"Run {run} is under way.", hint="Wait for it; `memos pipeline show` tells how far it is.")
        tx.run("pipelines/hold", run=run, holder=name, until=now())
        self._services.audit.append(tx, [Event(row["space"], "run-resumed", self._memory.principal, detail=run)])
        return str(row["sealed"])

    def _shown(self, run: str, outputs: Mapping[str, Outputs] | None = None) -> Run:
        row = self._services.runner.read_one("pipelines/show", run=run, principal=self._memory.principal, now=now())
        if row is None or row["run"]["space"] != self._memory.space:
            raise not_found(run)
        return run_of(row["run"], row["steps"], self._leases, outputs)


def space_of(services: Services, run: str, principal: str) -> str:
    """Return the space of a run; raises ``NotFoundError`` where it can't be seen."""
    row = services.runner.read_one("pipelines/show", run=run, principal=principal, now=now())
    if row is None:
        raise not_found(run)
    return str(row["run"]["space"])


def _step_rows(plan: Plan, run: str, space: str) -> list[Row]:
    return [
        {
            "run": run,
            "id": step.id,
            "space": space,
            "number": step.number,
            "act": step.act.name,
            "unit": unit.name,
            "outside": unit.outside,
            "state": StepState.WAITING.value,
            "attempt": 0,
            "request_id": run,
        }
        for unit in plan.units
        for step in unit.steps
    ]

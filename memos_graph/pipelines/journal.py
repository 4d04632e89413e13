"""Writes the history of one run: each write is refused once another process has the run."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from memos_graph.audit import Event
from memos_graph.errors import StateError
from memos_graph.graph.rows import Row
from memos_graph.graph.runner import Transaction
from memos_graph.kit.clock import now
from memos_graph.pipelines.failures import code_of, message_of
from memos_graph.pipelines.history import RunState, StepState, ended, not_found
from memos_graph.services import Services

_MARGIN_S = 60.0


class HistoryWriter:
    """The history of one run in this process's hands."""

    def __init__(self, services: Services, run: str, space: str, principal: str, holder: str) -> None:
        self._services = services
        self._runner = services.runner
        self.run = run
        self.space = space
        self.principal = principal
        self._holder = holder

    def read(self) -> tuple[Row, list[Row]]:
        """Return the run and its steps as they stand; raises ``NotFoundError``."""
        row = self._runner.read_one("pipelines/show", run=self.run, principal=self.principal, now=now())
        if row is None:
            raise not_found(self.run)
        return row["run"], row["steps"]

    def lock(self) -> None:
        """Join the unit's transaction: take the space's and the run's lock, and see that the run is still in these hands."""
        self._runner.transact(self._lock)

    def _lock(self, tx: Transaction) -> None:
        row = tx.one("pipelines/lock_run", run=self.run, principal=self.principal, now=now())
        if row is None:
            raise not_found(self.run)
        if row["holder"] != self._holder:
            raise StateError(f"Run {self.run} was resumed elsewhere; this one ends here.")

    def set_steps(self, steps: Mapping[str, Mapping[str, Any]], *, seconds: float = 0.0, undone: bool = False) -> None:
        """Set properties of steps; raises ``StateError`` when the run is no longer in these hands.

        A step that is over stays so: the commit of its unit may have succeeded though nobody was told.
        """
        rows = [{"id": id_, "properties": dict(properties)} for id_, properties in steps.items()]
        until = now() + timedelta(seconds=seconds + _MARGIN_S)

        def work(tx: Transaction) -> None:
            self._lock(tx)
            tx.run("pipelines/set_steps", run=self.run, until=until, steps=rows, undone=undone)

        self._runner.transact(work)

    def begin(self, attempts: Mapping[str, int], *, seconds: float) -> None:
        """Note that steps are begun, each for the so-many-th time."""
        fresh = {"state": StepState.RUNNING.value, "started_at": now(), "ended_at": None, "undone_at": None}
        self.set_steps({id_: {**fresh, "attempt": attempt} for id_, attempt in attempts.items()}, seconds=seconds)

    def complete(self, steps: Mapping[str, Mapping[str, Any]], links: Sequence[Mapping[str, Any]]) -> None:
        """Note that steps are done, with what they used and made."""
        self.set_steps(steps)
        if links:
            self._runner.write("pipelines/link", run=self.run, links=list(links))

    def broken(self, steps: Sequence[str], at: str, error: Exception) -> None:
        """Note that the step ``at`` failed; the others of its unit wait again."""
        failed = ended(StepState.FAILED, now()) | {"error_code": code_of(error), "error_message": message_of(error)}
        waiting = {"state": StepState.WAITING.value, "started_at": None}
        self.set_steps({id_: failed if id_ == at else waiting for id_ in steps})

    def end(self, state: RunState, *, step: str | None = None, error: Exception | None = None) -> None:
        """Note that the run has ended, in one transaction with its event in the log."""

        def work(tx: Transaction) -> None:
            self._lock(tx)
            tx.run(
                "pipelines/end_run",
                run=self.run,
                state=state.value,
                now=now(),
                error_code=code_of(error) if error else None,
                error_message=message_of(error) if error else None,
                error_step=step,
            )
            self._services.audit.append(tx, [Event(self.space, f"run-{state.value}", self.principal, detail=self.run)])

        self._runner.transact(work)

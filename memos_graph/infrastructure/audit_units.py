"""Reads inside a unit of several acts are recorded by the unit itself.

A read's event usually waits for a group commit by a background thread. Inside ``Runner.unit`` it can't: the unit may hold
the lock of the space's log, so that a full queue would wait for the unit and the unit for the queue; and a unit that is
rolled back or repeated would leave the events of acts that never were. So they are appended in the unit's own transaction,
as its last statements.
"""

from memos_graph.config import Settings
from memos_graph.graph.runner import Runner
from memos_graph.infrastructure.audit import AuditLog, Event


class UnitAuditLog(AuditLog):
    """An audit log whose reads join the unit that they are part of."""

    def __init__(self, runner: Runner, settings: Settings) -> None:
        super().__init__(runner, settings)
        self._units = runner

    def read(self, event: Event) -> None:
        """Record one read: with its unit where it is part of one, otherwise as any other."""
        if self._units.joined:
            self._units.before_commit(lambda: self._commit([event]))
        else:
            super().read(event)

    def flush(self) -> None:
        """Write everything that waits; inside a unit nothing, since that may hold the lock that writing waits for."""
        if not self._units.joined:
            super().flush()

"""The time machine of one principal on one space."""

from collections.abc import Sequence
from datetime import datetime
from functools import cached_property

from memos_graph.audit import Event
from memos_graph.kit.clock import now
from memos_graph.lifecycle.changes import Change
from memos_graph.lifecycle.timemachine import RolledBack, Snapshot, TimeMachine
from memos_graph.memory.refusing import recording
from memos_graph.services import Services

Moment = datetime | str


@recording
class History:
    """Named moments of a space, what changed between moments, and going back to one."""

    def __init__(self, services: Services, space: str, principal: str) -> None:
        self._services = services
        self.space = space
        self.principal = principal

    @cached_property
    def _machine(self) -> TimeMachine:
        return TimeMachine(self._services.runner, self._services.governance, self._services.lifecycle)

    def snapshot(self, name: str, *, reason: str | None = None) -> Snapshot:
        """Name the present moment; raises ``DuplicateError`` for a name that is taken, ``InputError`` for no name."""
        return self._machine.snapshot(self.space, self.principal, name, reason=reason)

    def snapshots(self) -> list[Snapshot]:
        """Return the named moments, newest first."""
        return self._machine.snapshots(self.space, self.principal)

    def changes(
        self, since: Moment, until: Moment | None = None, *, cube: str | None = None, topic: str | None = None
    ) -> Sequence[Change]:
        """Return what came, changed, moved or was erased between two moments. Recorded in the log.

        * ``since``, ``until`` snapshot names, ISO moments or datetimes; ``until`` by default now.
        * ``cube`` only this memory and its facts; ``topic`` only what is about it, now or before.
        * Raises ``NotFoundError`` for a name that is no snapshot.
        """
        found = self._machine.changes(
            self.space, self.principal, self._at(since), self._at(until), cube=cube, topic=topic
        )
        ids = [change.cube for change in found]
        self._services.audit.read(Event(self.space, "diff", self.principal, cubes=ids))
        return found

    def roll_back_to(
        self, moment: Moment, *, cube: str | None = None, topic: str | None = None, reason: str | None = None
    ) -> RolledBack:
        """Make the space, a topic or one memory with its facts as it was at ``moment``: one transaction, all or nothing.

        New versions and states are written, nothing is destroyed; ``roll_back_to(result.undo)`` takes it back. What was
        erased since stays erased and is reported. Raises ``FrozenError`` where a frozen memory would have to change.
        """
        return self._machine.roll_back(
            self.space, self.principal, self._at(moment), cube=cube, topic=topic, reason=reason
        )

    def _at(self, moment: Moment | None) -> datetime:
        return now() if moment is None else self._machine.moment(self.space, self.principal, moment)

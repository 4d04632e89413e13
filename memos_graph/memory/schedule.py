"""The MemScheduler of one space: what it would do, what it did, and having it done."""

from collections.abc import Sequence

from memos_graph.governance import Action
from memos_graph.jobs.job import Job
from memos_graph.memory.refusing import recording
from memos_graph.scheduler import acting
from memos_graph.scheduler.planning import SchedulePlan
from memos_graph.services import Services


@recording
class Schedule:
    """Which form serves which memories of a space."""

    def __init__(self, services: Services, space: str, principal: str) -> None:
        self._services = services
        self._space = space
        self._principal = principal

    def plan(self, *, labels: Sequence[str] = ()) -> SchedulePlan:
        """Return what would be built, kept, dropped, taught and archived, each with its reasons; nothing is changed.

        ``labels`` of what is worked on, for strategies that ask for them. Needs the right to transform; raises ``StateError``
        where the scheduler is off.
        """
        return acting.plan(self._services, self._space, self._principal, labels=labels)

    def run(self, *, labels: Sequence[str] = ()) -> Sequence[Job]:
        """Have the plan of this moment carried out by workers; returns the jobs that were queued."""
        return acting.carry_out(self._services, self.plan(labels=labels), self._principal)

    def history(self, *, limit: int = 100) -> Sequence[Job]:
        """Return the jobs that the scheduler asked for, newest first, each with why; needs the right to transform."""
        access = self._services.governance.require(self._space, self._principal, Action.TRANSFORM)
        by = None if Action.ADMINISTER in access.actions else self._principal
        return self._services.jobs.every(self._space, by=by, scheduled=True, limit=limit)

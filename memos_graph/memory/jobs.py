"""Jobs of one space: what is to be done for it by whichever worker is free, instead of while somebody waits."""

from collections.abc import Sequence
from typing import Any

from memos_graph.errors import NotFoundError
from memos_graph.governance import Action
from memos_graph.jobs.job import Job, JobState
from memos_graph.memory.refusing import recording
from memos_graph.scheduler.kinds import OnePayload, checked, payload, takes_memories
from memos_graph.search.selection import Selection, select
from memos_graph.services import Services


@recording
class Jobs:
    """The jobs of a space; each is done with the rights of who asked for it, as they are then."""

    def __init__(self, services: Services, space: str, principal: str) -> None:
        self._services = services
        self._principal = principal
        self._space = space

    def submit(self, kind: str, given: dict[str, Any] | None = None, *, selection: Selection | None = None) -> Job:
        """Queue a job; returns it.

        * ``kind`` what is to be done (``scheduler/kinds.py``). ``given`` its arguments.
        * ``selection`` for one that works on memories: those it selects now, by id; default: every fact of the space.
        * Raises ``InputError`` for arguments it can't have, ``ForbiddenError`` without the right to what it does.
        """
        wanted = dict(given or {})
        if takes_memories(kind) and "cubes" not in wanted:
            lines = select(
                self._services.runner, selection or Selection(), space=self._space, principal=self._principal
            )
            wanted["cubes"] = [line.cube for line in lines]
        declared, arguments = checked(kind, wanted)
        self._services.governance.require(self._space, self._principal, declared.needs)
        if isinstance(arguments, OnePayload):
            self._look(arguments.cube)
        job = self._services.jobs.submit(
            kind, arguments.model_dump(mode="json"), space=self._space, principal=self._principal
        )
        return self._services.jobs.get(job, space=self._space)

    def _look(self, cube: str) -> None:
        if payload(self._services, cube, space=self._space, principal=self._principal) is None:
            raise NotFoundError(
                f"There is no KV-cache or adapter '{cube}' in '{self._space}'.",
                hint="`memos kv list` and `memos lora list` show them.",
                target=cube,
            )

    def list(self, *, states: Sequence[JobState] = (), limit: int = 100) -> Sequence[Job]:
        """Return the principal's own jobs here, newest first; everybody's to who may administer the space."""
        return self._services.jobs.every(self._space, by=self._seen(), states=states, limit=limit)

    def get(self, job: str) -> Job:
        """Return one; raises ``NotFoundError`` alike for one that does not exist and for another's."""
        return self._services.jobs.get(job, space=self._space, by=self._seen())

    def cancel(self, job: str) -> Job:
        """Have nobody do one any more: what it has committed stays, what it is doing is not kept.

        Raises ``NotFoundError``, ``StateError`` for one that has ended.
        """
        self.get(job)
        self._services.jobs.cancel(job, space=self._space)
        return self.get(job)

    def _seen(self) -> str | None:
        """Whose jobs the principal is shown: ids of memories stand in them, which not everybody may know of."""
        access = self._services.governance.require(self._space, self._principal, Action.READ)
        return None if Action.ADMINISTER in access.actions else self._principal

"""Memories by id: what a principal may read of them, whichever space they live in."""

from collections.abc import Sequence
from datetime import datetime

from memos_graph.audit import AuditLog, Event
from memos_graph.errors import InputError
from memos_graph.graph.runner import Runner
from memos_graph.kit.clock import now
from memos_graph.lifecycle.lifecycle import not_found
from memos_graph.memcube.rows import as_cube
from memos_graph.memory.refusing import recording
from memos_graph.types import MemCube, State

_FARTHEST = 10


@recording
class Cubes:
    """Reads memories of one principal, who needs no space mounted: the permission is part of the query."""

    def __init__(self, runner: Runner, audit: AuditLog, principal: str) -> None:
        self._runner = runner
        self._audit = audit
        self._principal = principal

    def get(self, cube: str, *, as_of: datetime | None = None) -> MemCube:
        """Return a memory, as it is or as it was known at ``as_of``; raises ``NotFoundError``. Recorded in the log."""
        row = self._runner.read_one("versions/read_cube", principal=self._principal, cube=cube, as_of=as_of, now=now())
        if row is None or row["cube"]["state"] == State.DELETED or row["text"] is None:
            raise not_found(cube)
        found = as_cube({**row["cube"], **row["past"], "text": row["text"], "version": row["number"]}, row["owner"])
        self._audit.read(
            Event(
                found.governance.space,
                "read",
                self._principal,
                cubes=[cube],
                versions=[found.behavioural.version],
                relevance=[None],
            )
        )
        return found

    def around(self, cube: str, *, steps: int = 3) -> Sequence[MemCube]:
        """Return a memory with up to ``steps`` (1 to 10) that were said before and after it in its source, in order.

        Only to who may read its space, and without what may not be read there; raises ``NotFoundError`` to others. Recorded in the log.
        """
        if not 1 <= steps <= _FARTHEST:
            raise InputError(f"What is {steps} steps away can't be shown.", hint=f"Ask for 1 to {_FARTHEST} steps.")
        rows = self._runner.read("versions/around", principal=self._principal, cube=cube, steps=steps, now=now())
        found = [as_cube(row["cube"], row["owner"]) for row in rows]
        if cube not in [each.id for each in found]:
            raise not_found(cube)
        seen = {each.id: each.behavioural.version for each in found}
        space = found[0].governance.space
        self._audit.read(Event(space, "list", self._principal, cubes=list(seen), versions=list(seen.values())))
        return found

"""Update: new versions, rollback, deletion (paper, 4.3: Update API)."""

import difflib
from collections.abc import Sequence
from datetime import datetime

from memos_graph.audit import Event
from memos_graph.errors import InputError
from memos_graph.governance import Action
from memos_graph.kit.clock import now
from memos_graph.lifecycle.lifecycle import Deleted, not_found
from memos_graph.lifecycle.terms import SetTerms, Terms, set_terms
from memos_graph.memory.provenance import DEEPEST
from memos_graph.memory.refusing import recording
from memos_graph.services import Services
from memos_graph.types import Version


@recording
class Update:
    """The Update API of one principal. Every act is recorded in the log of the cube's space."""

    def __init__(self, services: Services, principal: str) -> None:
        self._services = services
        self._principal = principal

    def update(
        self, cube: str, *, text: str, reason: str | None = None, expected_version: int | None = None
    ) -> Version:
        """Make ``text`` the content of ``cube`` in a new version; the old ones stay readable.

        Raises ``VersionConflictError`` when the cube is no longer at ``expected_version`` (default: as it stands when
        this is called), ``NotFoundError``, ``ForbiddenError``, ``FrozenError``.
        """
        return self._services.lifecycle.update(
            cube, self._principal, text, reason=reason, expected_version=expected_version
        )

    def rollback(self, cube: str, *, to: int, reason: str | None = None) -> Version:
        """Make the content of version ``to`` current again, in a new version."""
        return self._services.lifecycle.rollback(cube, self._principal, to=to, reason=reason)

    def delete(self, cube: str, *, reason: str | None = None) -> Deleted:
        """Erase a cube and what was derived from it alone; tombstones stay, so that it can't come back by accident."""
        deleted = self._services.lifecycle.delete(cube, self._principal, reason=reason)
        return deleted.model_copy(update={"waiting": self._services.payloads.left_of(deleted.space)})

    def foresee(self, cube: str) -> Sequence[str]:
        """Return what a ``delete`` would take of what this principal may read, the cube first; changes nothing.

        Needs the right to write in its space. Raises ``NotFoundError``, ``ForbiddenError``.
        """
        space, _ = self._services.lifecycle.history(cube, self._principal)
        self._services.governance.require(space, self._principal, Action.WRITE)
        runner = self._services.runner
        going = [row["id"] for row in runner.read("versions/cascade", cube=cube)]
        asked = {"principal": self._principal, "cube": cube, "now": now(), "as_of": None, "depth": DEEPEST}
        seen = runner.read_one("provenance/lineage", **asked)
        if seen is None:
            raise not_found(cube)
        shown = {node["id"] for node in seen["nodes"]}
        self._services.audit.read(Event(space, "lineage", self._principal, cubes=[cube]))
        return sorted(shown.intersection(going), key=lambda each: (each != cube, each))

    def set(self, cube: str, terms: Terms) -> SetTerms:
        """Set a cube's end of life, half-life, priority or tags; see ``set_terms``."""
        return set_terms(self._services.runner, self._services.lifecycle, cube, self._principal, terms)

    def history(self, cube: str, *, as_of: datetime | None = None) -> list[Version]:
        """Return every version, oldest first; with ``as_of`` those that were known then, as they were."""
        space, versions = self._services.lifecycle.history(cube, self._principal, as_of)
        self._services.audit.read(Event(space, "history", self._principal, cubes=[cube]))
        return versions

    def diff(self, cube: str, *, old: int, new: int) -> str:
        """Return what changed between two versions, as a unified diff; raises ``InputError`` for a version not there."""
        versions = {version.number: version for version in self.history(cube)}
        missing = [number for number in (old, new) if number not in versions]
        if missing:
            raise InputError(f"Cube {cube} has versions 1 to {max(versions)}, not {missing[0]}.")
        lines = difflib.unified_diff(
            versions[old].text.splitlines(),
            versions[new].text.splitlines(),
            fromfile=f"version {old}",
            tofile=f"version {new}",
            lineterm="",
        )
        return "\n".join(lines)

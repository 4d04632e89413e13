"""Reads memories that steps pass on: by id, in the version that was passed, in one statement."""

from collections.abc import Mapping, Sequence
from typing import Any

from memos_graph.audit import Event
from memos_graph.kit.clock import now
from memos_graph.lifecycle.lifecycle import not_found
from memos_graph.memcube.rows import as_cube
from memos_graph.services import Services
from memos_graph.types import MemCube


class CubeReader:
    """Reads memories as a principal may; recorded in the log as a read of them."""

    def __init__(self, services: Services, principal: str) -> None:
        self._services = services
        self._principal = principal

    def read(self, ids: Sequence[str]) -> tuple[MemCube, ...]:
        """Return memories as they stand, in order; raises ``NotFoundError`` when one can't be read."""
        found = self.standing([{"id": id_} for id_ in ids])
        for id_, cube in zip(ids, found, strict=True):
            if cube is None:
                raise not_found(id_)
        return tuple(cube for cube in found if cube is not None)

    def standing(self, wanted: Sequence[Mapping[str, Any]]) -> tuple[MemCube | None, ...]:
        """Return memories in the ``version`` named with their ``id``, or as they stand; ``None`` for one that is gone."""
        if not wanted:
            return ()
        asked = [{"id": each["id"], "version": each.get("version")} for each in wanted]
        rows = self._services.runner.read("pipelines/cubes", principal=self._principal, cubes=asked, now=now())
        cubes: dict[tuple[str, int | None], MemCube] = {}
        for row in rows:
            content = {**row["cube"], "text": row["text"] or "", "version": row["number"]}
            cube = as_cube(content, row["owner"])
            cubes[cube.id, row["number"]] = cubes[cube.id, None] = cube
        self._record({cube.id: cube for cube in cubes.values()})
        return tuple(cubes.get((each["id"], each["version"])) for each in asked)

    def _record(self, cubes: Mapping[str, MemCube]) -> None:
        spaces = sorted({cube.governance.space for cube in cubes.values()})
        for space in spaces:
            ids = [id_ for id_, cube in cubes.items() if cube.governance.space == space]
            self._services.audit.read(Event(space, "read", self._principal, cubes=ids, relevance=[None] * len(ids)))

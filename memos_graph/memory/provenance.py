"""Provenance: where memories come from and what came of them (paper, 4.3: Provenance API)."""

from datetime import datetime

from pydantic import Field

from memos_graph.audit import AuditLog, Event
from memos_graph.errors import InputError
from memos_graph.graph.runner import Runner, Transaction
from memos_graph.kit.clock import now
from memos_graph.kit.moments import UtcDatetime
from memos_graph.lifecycle.lifecycle import lock, not_found
from memos_graph.lifecycle.transitions import Act
from memos_graph.memory.refusing import recording
from memos_graph.types import Model

DEEPEST = 8


class LineageNode(Model):
    """A memory on a lineage, with the source it stands in, if it stands in one."""

    id: str
    label: str
    text: str
    kind: str = Field(description="Semantic type.")
    state: str
    version: int
    at: UtcDatetime = Field(description="From when it was true, UTC.")
    source: str | None = None
    source_kind: str | None = None
    position: int | None = None
    origin_id: str | None = None


class LineageEdge(Model):
    """One step: ``start`` was made from, supersedes, contradicts or was merged into ``end``.

    ``ANNOTATED_FROM``: a person noted that it was made from ``end``.
    """

    start: str
    end: str
    type: str
    transform: str | None = None
    at: UtcDatetime | None = None
    by: str | None = None


class Lineage(Model):
    """What a memory came from and what came from it, as a graph."""

    cube: str
    nodes: tuple[LineageNode, ...]
    edges: tuple[LineageEdge, ...]

    def upstream(self) -> tuple[LineageNode, ...]:
        """Return the memories it came from directly."""
        ends = {edge.end for edge in self.edges if edge.start == self.cube}
        return tuple(node for node in self.nodes if node.id in ends)

    def downstream(self) -> tuple[LineageNode, ...]:
        """Return the memories that came from it directly."""
        starts = {edge.start for edge in self.edges if edge.end == self.cube}
        return tuple(node for node in self.nodes if node.id in starts)


@recording
class Provenance:
    """The Provenance API of one principal."""

    def __init__(self, runner: Runner, audit: AuditLog, principal: str) -> None:
        self._runner = runner
        self._audit = audit
        self._principal = principal

    def lineage(self, cube: str, *, depth: int = 4, as_of: datetime | None = None) -> Lineage:
        """Return the memories up to ``depth`` (1 to 8) steps away, as far as this principal may read them; as of a moment, as known then.

        Raises ``NotFoundError`` when the cube itself can't be read. Recorded in the space's log.
        """
        if not 1 <= depth <= DEEPEST:
            raise InputError(f"A lineage of depth {depth} can't be drawn.", hint=f"Ask for 1 to {DEEPEST} steps.")
        row = self._runner.read_one(
            "provenance/lineage", principal=self._principal, cube=cube, now=now(), as_of=as_of, depth=depth
        )
        if row is None:
            raise not_found(cube)
        shown = {node["id"] for node in row["nodes"]}
        lineage = Lineage(
            cube=cube,
            nodes=tuple(LineageNode(**node) for node in row["nodes"]),
            edges=tuple(LineageEdge(**edge) for edge in row["edges"] if {edge["start"], edge["end"]} <= shown),
        )
        self._audit.read(Event(row["space"], "lineage", self._principal, cubes=[node.id for node in lineage.nodes]))
        return lineage

    def annotate(self, cube: str, *, derived_from: str, transform: str) -> None:
        """Note that ``cube`` was made from ``derived_from`` by ``transform``, which it may write and read.

        Lineage shows it as noted; no denial, end of life or erasure follows it. It is in the logs of both spaces.
        Raises ``InputError`` when that would make a memory its own ancestor, ``StateError`` where the state of ``cube``
        does not allow it (a frozen one's: ``FrozenError``).
        """
        if any(node.id == cube for node in self.lineage(derived_from, depth=DEEPEST).nodes) or cube == derived_from:
            raise InputError(
                f"Cube {cube} can't derive from {derived_from}: they are already of one lineage.",
                hint="`memos lineage` shows how.",
            )

        def work(tx: Transaction) -> None:
            space = lock(tx, cube, self._principal, Act.ANNOTATE)["space"]
            origin = tx.one(
                "provenance/annotate",
                principal=self._principal,
                cube=cube,
                origin=derived_from,
                transform=transform,
                now=tx.now(),
            )
            if origin is None:
                raise not_found(derived_from)
            # Whoever administers the origin's space sees who refers to it, and nothing of what was made.
            told = {space: cube} if origin["space"] == space else {space: cube, origin["space"]: derived_from}
            events = [
                Event(where, Act.ANNOTATE, self._principal, cubes=[which], detail=transform)
                for where, which in told.items()
            ]
            self._audit.append(tx, events)

        self._runner.transact(work)

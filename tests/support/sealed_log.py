"""Logs that are long enough to have blocks under a seal, and edits of them past the product."""

from memos_graph import Memory, MemOS
from memos_graph.audit import Event
from support.raw_graph import rows


def read_often(memos: MemOS, space: Memory, count: int) -> None:
    """Have the log tell of so many reads."""
    cubes = [cube.id for cube in space.page(level="whole")]
    for at in range(count):
        memos._services.audit.read(Event(space.space, "search", space.principal, cubes=cubes[: 1 + at % len(cubes)]))
    memos._services.audit.flush()


def forge(memos: MemOS, space: Memory, seq: int, edit: str = "SET e.principal = 'mallory'") -> None:
    """Change an event in the graph, as whoever may write to the database can."""
    rows(memos, f"MATCH (e:AuditEvent {{space: $s, seq: $seq}}) {edit}", s=space.space, seq=seq)

"""What is held back from a reader is in the log of its space, once."""

from collections.abc import Mapping

from memos_graph.audit.events import Event
from memos_graph.audit.log import AuditLog
from memos_graph.graph.rows import Row
from memos_graph.graph.runner import Runner
from memos_graph.integrity.reading import Told


def telling(runner: Runner, audit: AuditLog) -> Told:
    """Return what records that a memory was held back, and from whom it was first."""

    def told(row: Row, params: Mapping[str, object]) -> None:
        cube, space = row["present"]["id"], row["present"]["space"]
        owner = runner.read_one("integrity/owner", space=space) if isinstance(space, str) else None
        if owner is not None:  # its space may be what was changed
            who = params.get("principal") or owner["owner"]
            audit.later(Event(space, "withheld", str(who), cubes=[cube], detail="changed outside memos-graph"))

    return told

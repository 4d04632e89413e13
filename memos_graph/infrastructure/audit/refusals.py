"""Acts that were refused: recorded in the log of the space they were asked of, for whoever administers it."""

from memos_graph.errors import AccessError
from memos_graph.graph.runner import Runner
from memos_graph.infrastructure.audit.events import Event
from memos_graph.infrastructure.audit.log import AuditLog


def record_refusal(runner: Runner, audit: AuditLog, error: AccessError, *, principal: str, asked: str) -> None:
    """Record that ``principal`` was refused what it ``asked``; nothing where the space or memory does not exist.

    Written by group commit like a read, so that its time tells nobody whether there was something to refuse.
    """
    if error.target is None:
        return
    for row in runner.read("audit/refused_target", target=error.target):
        cubes = [row["cube"]] if row["cube"] else []
        audit.read(Event(row["space"], "refused", principal, cubes=cubes, detail=asked, reason=error.code))

"""Acts that were refused: recorded in the log of the space they were asked of, for whoever administers it."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from memos_graph.audit.events import Event, current_request_id
from memos_graph.audit.log import AuditLog
from memos_graph.errors import AccessError
from memos_graph.graph.runner import Runner
from memos_graph.kit.clock import now

_named: ContextVar[bool] = ContextVar("named", default=False)


@contextmanager
def naming_refusals() -> Iterator[None]:
    """Say that whoever opens the block records what is refused inside, and knows better how to name what was asked."""
    token = _named.set(True)
    try:
        yield
    finally:
        _named.reset(token)


def named_elsewhere() -> bool:
    """Whether a block of ``naming_refusals`` is open."""
    return _named.get()


def record_refusal(runner: Runner, audit: AuditLog, error: AccessError, *, principal: str, asked: str) -> None:
    """Record that ``principal`` was refused what it ``asked``; nothing where the space or memory does not exist.

    What there is, is looked up and written after the answer, also where reads are recorded before theirs: so the time of the answer
    tells nobody whether there was something to refuse. Again and again the same, it is counted and told once a minute.
    """
    if error.target is None or error.recorded:
        return
    error.recorded = True
    target, at, request_id = error.target, now(), current_request_id()

    def events() -> list[Event]:
        return [
            Event(
                row["space"],
                "refused",
                principal,
                cubes=[row["cube"]] if row["cube"] else [],
                detail=asked,
                reason=error.code,
                count=1,
                at=at,
                request_id=request_id,
            )
            for row in runner.read("audit/refused_target", target=target)
        ]

    audit.refused(events)

"""Compares the logs in the database with what the witness has seen: before one grows, and all of them when a store is opened.

A commit is in the database before the witness notes it, so the database may be ahead; behind it is only one that lost something.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from memos_graph.audit.archives import Archives
from memos_graph.audit.events import Event
from memos_graph.audit.witness import Contradiction, Witness
from memos_graph.graph.rows import Row
from memos_graph.graph.runner import Runner, Transaction

_log = logging.getLogger(__name__)
ACTION = "rolled_back"
"""What the log calls it that it was found shorter or other than it had been."""


@dataclass(frozen=True, slots=True)
class End:
    """Where a log whose lock is held ends, and whose space it is."""

    space: str
    owner: str
    seq: int
    hash: str

    @classmethod
    def said(cls, space: str, head: Row) -> "End":
        """Return the end that a space says its log has, as ``audit/head`` tells it; what is no place in a log counts as 0."""
        hash_ = head["hash"]
        return cls(space, head["owner"], _place(head["seq"]), hash_ if isinstance(hash_, str) else "")


def _place(seq: object) -> int:
    return seq if isinstance(seq, int) and not isinstance(seq, bool) and seq > 0 else 0


def furthest(tx: Transaction, end: End) -> End:
    """Return where a log really ends when there are events past the end that its space says.

    No event is written over, and none is left out: what does not fit in there is for ``verify`` to tell.
    """
    last = tx.one("audit/furthest", space=end.space)
    if last is None or last["seq"] <= end.seq:
        return end
    return End(end.space, end.owner, last["seq"], last["hash"] or "")


def compare(
    tx: Transaction, witness: Witness, archives: Archives, end: End, *, grown: tuple[int, str] | None = None
) -> list[Contradiction]:
    """Hold a log against the witness, which keeps what speaks against it; returns what that log does not tell of yet.

    ``grown`` an end this process wrote itself: the log was compared before it.
    """
    seen, untold = witness.last(end.space)
    if seen is not None and not _agrees(tx, archives, end, seen, grown):
        witness.contradict(end.space, seen, (end.seq, end.hash))
        _, untold = witness.last(end.space)
        _log.error("%s: %s", end.space, untold[-1] if untold else "its log is not as it was seen.")
    return untold


def telling(end: End, untold: Sequence[Contradiction]) -> list[Event]:
    """Return what a log tells of what was found in it."""
    return [Event(end.space, ACTION, end.owner, count=each.seq, detail=str(each)) for each in untold]


def moved(said: End, end: End) -> Event:
    """Return what a log tells of having been found longer than its space said."""
    what = f"The space said that its log ends at event {said.seq}; it ends at {end.seq}."
    return Event(end.space, ACTION, end.owner, count=said.seq, detail=what)


def _agrees(
    tx: Transaction, archives: Archives, end: End, seen: tuple[int, str], grown: tuple[int, str] | None
) -> bool:
    seq, hash_ = seen
    if end.seq <= seq:
        return (end.seq, end.hash) == seen
    if grown == (end.seq, end.hash):
        return True
    row = tx.one("audit/hash_at", space=end.space, seq=seq)
    found = archives.hashes(end.space, [seq]).get(seq) if row is None else row["hash"]
    return bool(found == hash_)


def look_through(runner: Runner, witness: Witness, archives: Archives) -> list[Contradiction]:
    """Compare every log the witness knows, by one statement; returns what speaks against one and was not settled yet.

    What looks wrong is looked at again with the space locked: a member of a cluster may only be behind.
    """
    seen = witness.heads()
    if seen:
        rows = runner.read(
            "audit/ends", seen=[{"space": space, "seq": seq} for space, (seq, _) in sorted(seen.items())]
        )
        for row in rows:
            seq, hash_ = seen[row["space"]]
            if row["hash_then"] != hash_ or _place(row["seq"]) < seq:
                _look_closely(runner, witness, archives, row["space"], (seq, hash_))
    return witness.contradictions(unsettled=True)


def _look_closely(runner: Runner, witness: Witness, archives: Archives, space: str, seen: tuple[int, str]) -> None:
    def work(tx: Transaction) -> None:
        head = tx.one("audit/head", space=space, cubes=[])
        if head is None:
            witness.contradict(space, seen, None)
            _log.error("%s: the space is gone; its log had reached event %d.", space, seen[0])
        else:
            compare(tx, witness, archives, End.said(space, head))

    runner.transact(work)

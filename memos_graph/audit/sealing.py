"""Sealing a log: what it holds now is signed, and that is in the log as an act of whoever had it done."""

from memos_graph.audit.chain import leaf
from memos_graph.audit.events import Event
from memos_graph.audit.log import AuditLog
from memos_graph.audit.merkle import leaf_hash
from memos_graph.audit.seals import Seal, Seals
from memos_graph.audit.verify import events
from memos_graph.graph.runner import Runner


def seal(runner: Runner, audit: AuditLog, seals: Seals, space: str, *, by: str) -> Seal:
    """Seal all that the log of ``space`` holds; ``by`` who has it done, whose right to do so is looked at before."""
    audit.flush()
    rows = events(runner.read, space)
    made = seals.make(space, [leaf_hash(leaf(row["properties"], row["cubes"])) for row in rows])
    audit.read(Event(space, "seal", by, count=made.size, detail=made.root))
    return made

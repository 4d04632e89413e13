"""Sealing a log: what it holds now is signed, and that is in the log as an act of whoever had it done."""

import logging

from memos_graph.audit.events import Event
from memos_graph.audit.log import AuditLog
from memos_graph.audit.seals import Seal, Seals
from memos_graph.audit.verify import keep_mark
from memos_graph.audit.walking import standing, walk
from memos_graph.graph.runner import Runner

_log = logging.getLogger(__name__)


def seal(runner: Runner, audit: AuditLog, seals: Seals, space: str, *, by: str) -> Seal:
    """Seal all that the log of ``space`` holds; ``by`` who has it done, whose right to do so is looked at before.

    What an earlier seal is over, and was as it was written, is not read again. What is found changed on the way is sealed as it stands, is
    told in this service's log, and is read by every check from then on.
    """
    audit.flush()
    sizes = {each.size for each in seals.of(space)}
    walked = walk(runner.read, audit.chain, space, standing(runner.read, audit.chain, space), sizes=sizes)
    if walked.broken:
        _log.error(
            "The log of %s is sealed as it stands, and it is not as it was written: event %s: %s See `memos audit verify`.",
            space,
            walked.broken[0].seq,
            walked.broken[0].what,
        )
    made = seals.make(space, walked.tree.size, walked.tree.root())
    walked.roots[made.size] = made.root
    keep_mark(audit.chain, seals, space, walked)
    audit.read(Event(space, "seal", by, count=made.size, detail=made.root))
    return made

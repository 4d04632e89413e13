"""Moves sealed reads out of the graph, to archives that are on the disk and were read again before anything leaves.

Killed in the midst of it, a log has each event in the graph, in an archive or in both; the next time goes on.
"""

import logging
from collections.abc import Iterator, Sequence
from datetime import timedelta

from pydantic import Field

from memos_graph.audit import merkle
from memos_graph.audit.archives import ArchivedStretch, Archives
from memos_graph.audit.events import Event
from memos_graph.audit.log import AuditLog
from memos_graph.audit.marks import LogMark
from memos_graph.audit.walking import events, expected_hash, leaf_of, standing
from memos_graph.errors import AuditError, DiskFullError, IntegrityError
from memos_graph.graph.rows import Row
from memos_graph.graph.runner import Runner, Transaction
from memos_graph.kit.clock import now
from memos_graph.types import Model

_log = logging.getLogger(__name__)
ACTION = "archive-log"
_BLOCKS = 64
"""So many blocks are a file: one is read whole to answer a question that reaches into it."""
_PAGE = 500
_STAY = frozenset({"export", "dump"})
"""Acts that say nothing in words and are needed in the graph: an erasure tells who took memories away."""


class Archived(Model):
    """What left the graph."""

    space: str
    events: int = Field(description="How many events left it.")
    until: int = Field(description="Place in the log of the last event that archives are over; 0: of none.")
    files: tuple[str, ...] = Field(default=(), description="The files that were made, on the machine that serves.")


def leaves(row: Row) -> bool:
    """Whether an event may leave the graph: a read, without words that an erasure may have to take, that vouches for nothing.

    The last event of each block stays, as what the log is held against.
    """
    event = row["properties"]
    vouches = any(event.get(name) for name in ("written", "erased", "redacted"))
    return not (event.get("said") or vouches or event["action"] in _STAY or event["seq"] % merkle.BLOCK == 0)


def archive(runner: Runner, audit: AuditLog, space: str, *, by: str, older_than: timedelta) -> Archived:
    """Archive what the log's mark is over and is older; ``by`` who has it done, whose right to do so is looked at before.

    Raises ``IntegrityError`` for an event that is not what was recorded and sealed, ``AuditError`` where archives can't be used,
    ``DiskFullError`` where they can't be written; what was archived before that stays so.
    """
    audit.flush()
    archives = audit.chain.archives
    try:
        with archives.locked(space):
            archives.tidy(space)
            return _archive(runner, audit, archives, space, by, older_than)
    except OSError as error:
        raise DiskFullError(
            f"The log of '{space}' can't be archived in {archives.folder}: {error.strerror or error}.",
            hint="Make room there, or let this user write there. Nothing left the graph that is not in an archive.",
        ) from error


def _archive(
    runner: Runner, audit: AuditLog, archives: Archives, space: str, by: str, older_than: timedelta
) -> Archived:
    gone, files = 0, list[str]()
    if kept := archives.of(space):
        gone += _take_out(runner, audit, archives, space, kept[-1], by)  # where that was broken off
    mark = standing(runner.read, audit.chain, space)
    older = runner.read("audit/older", space=space, before=now() - older_than)[0]["seq"]
    first, blocks = archives.last(space), min(mark.seq, older) // merkle.BLOCK
    while first < blocks * merkle.BLOCK:
        last = min(first + _BLOCKS * merkle.BLOCK, blocks * merkle.BLOCK)
        stretch = archives.write(space, first + 1, last, _checked(runner, audit, space, mark, first, last))
        files.append(str(stretch.path))
        gone += _take_out(runner, audit, archives, space, stretch, by)
        first = last
    return Archived(space=space, events=gone, until=first, files=tuple(files))


def _checked(
    runner: Runner, audit: AuditLog, space: str, mark: LogMark, first: int, last: int
) -> Iterator[tuple[Row, str]]:
    """Yield what may leave of the events after ``first``, each with the hash before it; raises where one is not as it was sealed."""
    ends = runner.read("audit/hash_at", space=space, seq=first) if first else [{"hash": ""}]
    if not ends:
        raise _altered(audit, space, first)
    before = ends[0]["hash"]
    tree, seq = merkle.Tree(), first
    for row in events(runner.read, space, after=first, until=last):
        seq += 1
        event = row["properties"]
        expected = expected_hash(audit.chain, event, row["cubes"], before)
        if event["seq"] != seq or expected is None or expected != event.get("hash"):
            raise _altered(audit, space, seq)
        tree.add(leaf_of(event, row["cubes"]))
        if leaves(row):
            yield row, before
        before = event["hash"]
    blocks = slice(first // merkle.BLOCK, last // merkle.BLOCK)
    if tuple(tree.blocks) != mark.blocks[blocks]:
        raise _altered(audit, space, seq)


def _altered(audit: AuditLog, space: str, seq: int) -> IntegrityError:
    audit.chain.marks.drop(space)
    return IntegrityError(
        f"Event {seq} of the log of '{space}', or one before it, is not what was sealed, so no more of the log is archived.",
        hint="`memos audit verify` tells what was changed.",
    )


def _take_out(
    runner: Runner, audit: AuditLog, archives: Archives, space: str, stretch: ArchivedStretch, by: str
) -> int:
    """Take out of the graph what an archive has, after reading it again; the log says so with the last of it. Nothing where it is done."""
    kept = [{"seq": row["properties"]["seq"], "hash": row["properties"]["hash"]} for row in archives.read(stretch)]
    if stretch.last > _end(runner, space):
        raise AuditError(
            f"{stretch.path} is over events that the log of '{space}' does not reach: the log was put back since.",
            hint="Move the file away; `memos audit verify` tells more.",
        )
    there = {row["seq"] for page in _pages(kept) for row in runner.read("audit/still_here", space=space, events=page)}
    pages, gone = _pages([each for each in kept if each["seq"] in there]), 0
    for number, page in enumerate(pages, start=1):

        def work(tx: Transaction, page: Sequence[Row] = page, last: bool = number == len(pages)) -> int:
            tx.run("audit/head", space=space, cubes=[])
            taken = tx.run("audit/take_out", space=space, events=page)[0]["gone"]
            if last:
                detail = f"events {stretch.first} to {stretch.last}"
                audit.append(tx, [Event(space, ACTION, by, count=len(kept), detail=detail)])
            return int(taken)

        gone += runner.transact(work)
    return gone


def _pages(rows: Sequence[Row]) -> list[Sequence[Row]]:
    return [rows[at : at + _PAGE] for at in range(0, len(rows), _PAGE)]


def _end(runner: Runner, space: str) -> int:
    row = runner.read_one("audit/end", space=space)
    return int(row["seq"]) if row else 0

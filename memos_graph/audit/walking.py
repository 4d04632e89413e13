"""Reads the events of a space's log in order, from a mark on, and checks each against its hash, its links and its words."""

import heapq
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import Field

from memos_graph.audit import merkle
from memos_graph.audit.archives import Archives
from memos_graph.audit.chain import Chain, leaf
from memos_graph.audit.events import WORDS, commitment, node_of
from memos_graph.audit.marks import LogMark
from memos_graph.graph.rows import Row
from memos_graph.types import Model

# Runs a named statement: ``Runner.read``, or ``Transaction.run``.
Read = Callable[..., list[Row]]

_PAGE = 500
_VOUCHER = re.compile(r"(?P<cube>[^/]+)/(?P<number>[0-9]+)/(?P<said>[0-9a-f]+)/(?P<frame>[0-9a-f]+)")


class Break(Model):
    """One thing that is not as the log says."""

    seq: int | None = Field(description="Place in the log of the event it is about; none: of no event.")
    cube: str | None = Field(default=None, description="The memory it is about, if it is about one.")
    what: str = Field(description="What was changed, in words.")


@dataclass
class Walk:
    """What was found on the way through a log, from its mark on.

    * ``since`` the place of the mark; ``events`` how many were read; ``seq`` and ``hash`` are those of the last.
    * ``tree`` all leaves, those before the mark as blocks; ``roots`` over each number of first events that was asked for.
    * ``vouched`` each version written, as the log says; ``erased`` each memory erased. Both by events that were read.
    """

    since: int
    tree: merkle.Tree
    seq: int
    hash: str
    events: int = 0
    broken: list[Break] = field(default_factory=list)
    roots: dict[int, str] = field(default_factory=dict)
    hashes: dict[int, str] = field(default_factory=dict)
    vouched: dict[tuple[str, int], tuple[int, str, str]] = field(default_factory=dict)
    erased: dict[str, int] = field(default_factory=dict)
    wordless: set[int] = field(default_factory=set)
    redacted: set[int] = field(default_factory=set)

    def report(self, what: str, *, seq: int | None = None, cube: str | None = None) -> None:
        """Note that something is not as it was written."""
        self.broken.append(Break(seq=seq, cube=cube, what=what))

    def mark(self, sealed: int) -> LogMark:
        """Return the mark at the end of the last block that is as it was written, and among the first ``sealed`` events."""
        first = min((each.seq for each in self.broken if each.seq is not None), default=sealed + 1)
        whole = min(sealed, self.seq, first - 1) // merkle.BLOCK
        seq = whole * merkle.BLOCK
        return LogMark(seq, self.hashes[seq], tuple(self.tree.blocks[:whole])) if seq in self.hashes else LogMark()


def walk(read: Read, chain: Chain, space: str, mark: LogMark, *, sizes: Collection[int] = ()) -> Walk:
    """Read a log from ``mark`` on and check each event; ``sizes`` of first events whose root is wanted."""
    found = Walk(
        mark.seq, merkle.Tree(mark.blocks), mark.seq, mark.hash, hashes={mark.seq: mark.hash} if mark.seq else {}
    )
    said: list[str] = []
    out = False  # whether the event before is archived: then no link leads to it
    for row in events(read, space, archives=chain.archives, after=mark.seq or -1, damaged=said.append):
        event, cubes = row["properties"], row["cubes"]
        seq = found.seq + 1
        if event["seq"] != seq:
            missing = f"event {seq}" if event["seq"] == seq + 1 else f"events {seq} to {event['seq'] - 1}"
            found.report(f"{missing} is missing.".capitalize(), seq=seq)
            seq = event["seq"]
        elif (expected := expected_hash(chain, event, cubes, found.hash)) is None:
            found.report("The event is not as events are written.", seq=seq)
        elif expected != event.get("hash"):
            found.report(
                f"The event, now '{event.get('action')}' by '{event.get('principal')}' on {len(cubes)} memories, "
                "or the one before it, is not what was recorded.",
                seq=seq,
            )
        _check_links(row, seq, found, out=out)
        out = "before" in row
        _check_words(event, seq, found)
        found.events, found.seq, found.hash = found.events + 1, seq, str(event.get("hash"))
        found.hashes[seq] = found.hash
        found.tree.add(leaf_of(event, cubes))
        if found.tree.size in sizes:
            found.roots[found.tree.size] = found.tree.root().hex()
        # A forged one is of no such shape, or is found by its event's hash.
        for match in filter(None, map(_VOUCHER.fullmatch, map(str, event.get("written") or ()))):
            found.vouched[match["cube"], int(match["number"])] = (seq, match["said"], match["frame"])
        found.erased |= dict.fromkeys(map(str, event.get("erased") or ()), seq)
    for each in said:
        found.report(each)
    for silent in sorted(found.wordless - found.redacted):
        found.report("Its reason or detail is gone, and no event took it away.", seq=silent)
    return found


def standing(read: Read, chain: Chain, space: str) -> LogMark:
    """Return the mark of a log, where the event it ends at is still that; otherwise the mark of nothing, so that all is read."""
    mark = chain.marks.of(space)
    if mark.seq and [row["hash"] for row in read("audit/hash_at", space=space, seq=mark.seq)] != [mark.hash]:
        return LogMark()
    return mark


def events(
    read: Read,
    space: str,
    *,
    archives: Archives | None = None,
    after: int = -1,
    until: int | None = None,
    damaged: Callable[[str], None] | None = None,
) -> Iterator[Row]:
    """Yield the events of a space's log past place ``after`` in order, up to place ``until``, with their cubes and links.

    ``archives`` where those are that left the graph; ``damaged`` as of ``Archives.rows``.
    """
    standing = _in_graph(read, space, after, until)
    if archives is None or archives.last(space) <= after:
        yield from standing
        return
    # What is archived past the end of the log is of one that was put back since.
    last = max((row["seq"] for row in read("audit/end", space=space) if isinstance(row["seq"], int)), default=0)
    kept = archives.rows(space, after=max(after, 0), until=min(last, until or last), damaged=damaged)
    seen = None
    for row in heapq.merge(standing, kept, key=lambda row: row["properties"]["seq"]):
        if row["properties"]["seq"] != seen or "before" not in row:  # one that is about to leave the graph is in both
            yield row
        seen = row["properties"]["seq"]


def _in_graph(read: Read, space: str, after: int, until: int | None) -> Iterator[Row]:
    while True:
        limit = _PAGE if until is None else min(_PAGE, until - max(after, 0))
        page = read("audit/events", space=space, after=after, limit=limit) if limit > 0 else []
        yield from (row for row in page if until is None or row["properties"]["seq"] <= until)
        if len(page) < limit or not page:
            return
        after = page[-1]["properties"]["seq"]


def _check_words(event: Mapping[str, Any], seq: int, found: Walk) -> None:
    """Check that an event's reason and detail are those of its commitment, or were taken away by a later event."""
    if all(event.get(name) is None for name in WORDS):
        if event.get("said") is not None:
            found.wordless.add(seq)
    elif not words_hold(event):
        found.report("Its reason or detail is not what was recorded.", seq=seq)
    found.redacted |= {each for each in event.get("redacted") or () if isinstance(each, int)}


def words_hold(event: Mapping[str, Any]) -> bool:
    """Whether an event has no words, or those of its commitment."""
    try:
        return all(event.get(name) is None for name in WORDS) or commitment(event) == event.get("said")
    except TypeError:
        return False


def expected_hash(
    chain: Chain, event: Mapping[str, Any], cubes: Sequence[Mapping[str, Any]], previous: str
) -> str | None:
    """Return the hash that an event should have after one with the hash ``previous``; ``None``: it is not as events are written."""
    try:
        return chain.link(event, cubes, previous)
    except (KeyError, TypeError, AttributeError, ValueError):
        return None


def leaf_of(event: Mapping[str, Any], cubes: Sequence[Mapping[str, Any]]) -> bytes:
    """Return the leaf hash of an event, whatever it holds."""
    try:
        return merkle.leaf_hash(leaf(event, cubes))
    except (KeyError, TypeError, AttributeError, ValueError):
        return merkle.leaf_hash(b"")  # of no sealed tree


def _check_links(row: Row, seq: int, found: Walk, *, out: bool) -> None:
    principal = str(row["properties"].get("principal"))
    if row["by"] not in ([principal], [node_of(principal)]):  # a release before made nodes of stated purposes
        found.report("Its BY link does not lead to who did it.", seq=seq)
    if row["after"] != ([seq - 1] if seq > 1 else []) and not (out and row["after"] == []):
        found.report("Its AFTER link does not lead to the event before it.", seq=seq)

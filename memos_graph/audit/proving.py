"""Proofs that one event is in a sealed log, made from the event's own block and the roots of the others."""

from collections.abc import Callable

from memos_graph.audit import merkle
from memos_graph.audit.archives import Archives
from memos_graph.audit.chain import Chain, leaf
from memos_graph.audit.events import WORDS
from memos_graph.audit.marks import LogMark
from memos_graph.audit.seals import Proof, Seal, Seals, checked
from memos_graph.audit.walking import Read, events, expected_hash, leaf_of, standing
from memos_graph.errors import IntegrityError
from memos_graph.graph.rows import Row


def place_of(read: Read, archives: Archives, space: str, event: str) -> int | None:
    """Return the place in the log of an event, given by its id or that place; ``None``: there is no such event."""
    if event.isdecimal():
        found = next(events(read, space, archives=archives, after=int(event) - 1, until=int(event)), None)
        if found is not None and found["properties"]["seq"] == int(event):
            return int(event)
    row = next(iter(read("audit/place", space=space, event=event)), None)
    if row is not None:
        return int(row["seq"])
    kept = archives.newest(space, lambda row: bool(row["properties"]["id"] == event), before=2**63, after=0, limit=1)
    return int(kept[0]["properties"]["seq"]) if kept else None


def prove(read: Read, chain: Chain, seals: Seals, space: str, seq: int, make: Callable[[], Seal]) -> Proof:
    """Return the proof that the event at place ``seq`` is under the smallest seal over it; ``make`` makes one where there is none.

    * Read are the event's block, the end of what is sealed, and what is past the log's mark.
    * Raises ``IntegrityError`` for an event that is not what was recorded, or not what was sealed: every check reads all of the log
      from then on.
    """
    before, row = _with_the_one_before(read, chain, space, seq)
    expected = expected_hash(chain, row["properties"], row["cubes"], before)
    if expected is None or expected != row["properties"].get("hash"):
        raise _altered(chain, space, seq, "recorded")
    first = seals.over(space, seq) or make()
    last = seals.newest(space) or first  # the first may be of a log that was put back since
    # What the mark says of the other blocks may be of another log than the seal: then all of them are read.
    for mark in dict.fromkeys((standing(read, chain, space), LogMark())):
        for seal in (first, *([last] if last.size > first.size else ())):
            proof = _proof(read, chain, space, seal, mark, seq, row)
            if checked(proof):
                return proof
    raise _altered(chain, space, seq, "sealed")


def _with_the_one_before(read: Read, chain: Chain, space: str, seq: int) -> tuple[str, Row]:
    rows = list(events(read, space, archives=chain.archives, after=seq - 2, until=seq))
    before = str(rows[0]["properties"].get("hash")) if len(rows) > 1 else ""
    return before, rows[-1]


def _proof(read: Read, chain: Chain, space: str, seal: Seal, mark: LogMark, seq: int, row: Row) -> Proof:
    number, index = divmod(seq - 1, merkle.BLOCK)
    own = _leaves(read, chain, space, number * merkle.BLOCK, min(seal.size, (number + 1) * merkle.BLOCK))
    tree = merkle.Tree(mark.blocks[: seal.size // merkle.BLOCK])
    for each in _leaves(read, chain, space, tree.size, seal.size):
        tree.add(each)
    last = merkle.Tree()
    for each in _leaves(read, chain, space, seal.size - seal.size % merkle.BLOCK, seal.size):
        last.add(each)
    blocks = [*tree.blocks, *([last.root()] if last.size else [])]
    path = [*merkle.inclusion(own, index), *merkle.inclusion(blocks, number)]
    event = row["properties"]
    return Proof(
        leaf=leaf(event, row["cubes"]).decode(),
        words={name: event[name] for name in WORDS if event.get(name) is not None},
        index=seq - 1,
        path=tuple(each.hex() for each in path),
        seal=seal,
    )


def _leaves(read: Read, chain: Chain, space: str, after: int, until: int) -> list[bytes]:
    found = events(read, space, archives=chain.archives, after=after, until=until)
    return [leaf_of(row["properties"], row["cubes"]) for row in found]


def _altered(chain: Chain, space: str, seq: int, how: str) -> IntegrityError:
    chain.marks.drop(space)
    return IntegrityError(
        f"Event {seq} of the log of '{space}', or one beside it, is not what was {how}: somebody changed it in the database itself.",
        hint="`memos audit verify` tells what else was changed; a backup of the database has what was there.",
    )

"""Events that are read are held against their hashes, each by itself, so that who reads an edited one is told."""

import logging
from collections.abc import Sequence

from memos_graph.audit.chain import Chain
from memos_graph.audit.walking import Read, expected_hash, words_hold
from memos_graph.graph.rows import Row

_log = logging.getLogger(__name__)


def altered(read: Read, chain: Chain, space: str, seqs: Sequence[int]) -> frozenset[int]:
    """Return which events of the graph, by their places, are not what was recorded; every check reads all of that log from then on."""
    rows = read("audit/entire", space=space, seqs=list(seqs)) if seqs else []
    # That of an event whose predecessor has left the graph.
    alone = [row["properties"]["seq"] - 1 for row in rows if row["before"] is None]
    hashes = chain.archives.hashes(space, alone)
    return changed(
        chain, space, [{**row, "before": row["before"] or hashes.get(row["properties"]["seq"] - 1, "")} for row in rows]
    )


def changed(chain: Chain, space: str, rows: Sequence[Row]) -> frozenset[int]:
    """Return which events, each with the hash of the one before, are not what was recorded; otherwise as ``altered``."""
    found = [row["properties"]["seq"] for row in rows if not _as_recorded(chain, row)]
    if found:
        _log.error("Event %s of the log of %s is not what was recorded. See `memos audit verify`.", found[0], space)
        if min(found) <= chain.marks.of(space).seq:
            chain.marks.drop(space)
    return frozenset(found)


def _as_recorded(chain: Chain, row: Row) -> bool:
    event = row["properties"]
    expected = expected_hash(chain, event, row["cubes"], row["before"])
    # Whether words that are gone were taken away by an erasure, a check of the whole log says.
    return expected is not None and expected == event.get("hash") and words_hold(event)

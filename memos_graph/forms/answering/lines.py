"""The lines of memory a question is answered from: chosen by rank, put before the model in the order they were said."""

from collections.abc import Sequence
from dataclasses import dataclass

from memos_graph.embedding import Embedder, packed
from memos_graph.graph.runner import Runner
from memos_graph.kit.clock import now
from memos_graph.search.calls import SearchResult
from memos_graph.search.selection import Line, line_of

_LINES_A_MEMORY = 10
# What one found message may say, before its lines are ranked against those of the others.
_MOST_READ = 2000


@dataclass(frozen=True, slots=True)
class Ranked:
    """Lines, best first, and those that were too many."""

    lines: tuple[Line, ...]
    rest: tuple[Line, ...] = ()


def ranked_lines(runner: Runner, embedder: Embedder, found: SearchResult, *, space: str, principal: str) -> Ranked:
    """Return what the memories that were ``found`` say, best line first, at most ten for each memory on average.

    A memory's nearest line to the question counts as much as the memory; each further one as much as the next memory. So a
    long message at the top does not keep the others out.
    """
    ids = [hit.cube.id for hit in found.hits]
    if not ids:
        return Ranked(())
    rows = runner.read(
        "answering/lines",
        principal=principal,
        space=space,
        now=now(),
        cubes=ids,
        vector=packed(embedder.encode_query(found.call.spoken)),
        limit=_MOST_READ,
    )
    placed: list[tuple[int, int, Line]] = []
    for row in rows:
        place = placed[-1][1] + 1 if placed and placed[-1][0] == row["rank"] else 0
        placed.append((row["rank"], place, line_of(row)))
    placed.sort(key=lambda each: (each[0] + each[1], each[0]))
    lines = tuple(line for _, _, line in placed)
    most = _LINES_A_MEMORY * len(ids)
    return Ranked(lines[:most], lines[most:])


def in_order(lines: Sequence[Line]) -> tuple[Line, ...]:
    """Return lines in canonical order, by when they were said."""
    return tuple(sorted(lines, key=lambda line: line.place))

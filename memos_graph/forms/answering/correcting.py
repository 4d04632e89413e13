"""Which lines of a KV-cache are read again behind it: those that fit the question best, and those that may correct what is read there.

A KV-cache begins a prompt, and what it lacks can only follow it. So an older line may come after a newer one, and would be read as the last
word where the newer one corrects it. What may do so is read again after it: then the order of every two lines that have to do with each
other is that in which they were said (docs/decisions/0037-what-may-correct-is-read-again.md).

Among many lines that nobody asked for, small models miss the one that answers. Read again before the question, it is found
(``python -m bench.reading_again``).
"""

from collections.abc import Sequence

from memos_graph.forms.answering.lines import in_order
from memos_graph.graph.rows import Row
from memos_graph.graph.runner import Runner
from memos_graph.kit.clock import now
from memos_graph.search.selection import Line

_BEST = 2
_CROWDED = 2
"""A cache is crowded that holds so many times as many lines as were found of it."""


def best(lines: Sequence[Line], cover: Sequence[Line]) -> tuple[Line, ...]:
    """Return which of ``lines``, best first, are read again though ``cover`` holds them: the best where it holds much else."""
    held = {line.cube for line in cover}
    found = sum(line.cube in held for line in lines)
    if len(cover) <= _CROWDED * found:
        return ()
    return tuple(line for line in lines[:_BEST] if line.cube in held)


def correcting(
    runner: Runner, behind: Sequence[Line], cached: Sequence[Line], *, space: str, principal: str
) -> tuple[Line, ...]:
    """Return those of ``cached`` that may correct one of ``behind``: newer ones, about a concept of it, or said right after it."""
    oldest = min((line.place for line in behind), default=None)
    newer = [line for line in cached if oldest is not None and line.place > oldest]
    if not newer:
        return ()
    cubes = [line.cube for line in (*behind, *newer)]
    rows = runner.read("answering/about", principal=principal, space=space, now=now(), cubes=cubes)
    about = {row["id"]: row for row in rows}
    read = list(behind)
    for line in in_order(newer):  # one that is read again may be corrected in its turn, by a newer one
        if any(line.place > other.place and _concern(about.get(line.cube), about.get(other.cube)) for other in read):
            read.append(line)
    return tuple(read[len(behind) :])


def _concern(newer: Row | None, older: Row | None) -> bool:
    """Whether one line may be about another; of one that went meanwhile nobody knows."""
    if newer is None or older is None:
        return True
    near = set(older["memories"]) | set(older["following"])
    return bool(set(newer["concepts"]) & set(older["concepts"]) or near & set(newer["memories"]))

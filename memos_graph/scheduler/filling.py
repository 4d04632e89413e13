"""Which groups get the room there is: by what each adds to those that have it already."""

from collections.abc import Callable, Mapping, Sequence

from memos_graph.scheduler.grouping import Candidate
from memos_graph.scheduler.prices import Prices
from memos_graph.scheduler.strategies import Group

Scores = Callable[[Sequence[Group]], Sequence[float]]
"""Gives each of some groups a score."""


def filled(
    candidates: Sequence[Candidate],
    heat: Mapping[str, float],
    scores: Scores,
    costs: Prices,
    room: int,
    staying: Sequence[int],
) -> dict[int, float]:
    """Return the candidates that get a payload, each with its score: again and again the best of those that fit into ``room`` bytes.

    * ``heat`` of memories: what another payload holds already is no use of a group.
    * ``staying`` candidates that stand whatever is chosen, and are not among what is returned.
    """
    chosen: dict[int, float] = {}
    held = {cube for i in staying for cube in candidates[i].cubes}
    open_ = set(range(len(candidates))) - set(staying)
    while open_ := {i for i in open_ if _fits(candidates[i], costs, room) and not held.issuperset(candidates[i].cubes)}:
        tried = sorted(open_)
        given = scores([_beside(candidates[i], heat, held) for i in tried])
        score, best = max(
            zip(given, tried, strict=True), key=lambda each: (each[0], -candidates[each[1]].group.tokens, -each[1])
        )
        if score <= 0:
            break
        chosen[best] = score
        held.update(candidates[best].cubes)
        room -= candidates[best].group.bytes
        open_.remove(best)
    return chosen


def _fits(candidate: Candidate, costs: Prices, room: int) -> bool:
    return candidate.group.bytes <= room and costs.fits(candidate.group.tokens)


def _beside(candidate: Candidate, heat: Mapping[str, float], held: set[str]) -> Group:
    """Return the group with as much use as nothing else that is chosen already serves."""
    used = sum(heat.get(cube, 0.0) for cube in candidate.cubes)
    left = sum(heat.get(cube, 0.0) for cube in candidate.cubes if cube not in held)
    if not used or left == used:
        return candidate.group
    return candidate.group.model_copy(update={"uses_per_day": candidate.group.uses_per_day * left / used})

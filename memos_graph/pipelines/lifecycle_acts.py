"""Acts of MemLifecycle, as steps: they can be parts of a unit."""

from typing import Annotated

from pydantic import Field

from memos_graph.pipelines.acts import Outputs, StepContext, StepKind
from memos_graph.types import MemCube
from memos_graph.verbs.fields import Arguments, Reason
from memos_graph.verbs.kinds import ValueType


class MergeDuplicates(Arguments):
    """Of ``merge_duplicates``."""

    threshold: Annotated[float, Field(gt=0, le=1), ValueType.NUMBER] = 0.95
    limit: Annotated[int, Field(ge=1, le=200), ValueType.INTEGER] = 50
    reason: Reason = None


class Merged(Outputs):
    """What took the place of near-duplicates, one for each pair."""

    cubes: Annotated[tuple[MemCube, ...], ValueType.CUBES]
    count: Annotated[int, ValueType.INTEGER]


def _merge_duplicates(stage: StepContext, given: MergeDuplicates) -> Merged:
    """Merge the pairs most alike first, each memory once: what a merge made is compared by the next run."""
    made: list[str] = []
    merged: set[str] = set()
    for pair in stage.memory.duplicates(threshold=given.threshold, limit=given.limit):
        if not merged & {pair.first, pair.second}:
            merged |= {pair.first, pair.second}
            made.append(stage.memory.merge([pair.first, pair.second], reason=given.reason).cubes[0])
    return Merged(cubes=stage.cubes(made), count=len(made))


LIFECYCLE_ACTS = (
    StepKind("merge_duplicates", "Merge what says nearly the same, pair by pair.", MergeDuplicates, Merged,
        _merge_duplicates, makes=("cubes",), writes=True),
)  # fmt: skip

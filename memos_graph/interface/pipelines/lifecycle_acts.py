"""Acts of MemLifecycle, as steps: they can be parts of a unit."""

from collections.abc import Callable
from typing import Annotated, Any

from pydantic import Field

from memos_graph.interface.pipelines.acts import Act, Arguments, Outputs, Stage
from memos_graph.interface.pipelines.kinds import CubeId, CubeIds, Kind
from memos_graph.operation.lifecycle import Changed
from memos_graph.types import MemCube

Reason = Annotated[str | None, Kind.TEXT]


class One(Arguments):
    """Of acts on one memory."""

    cube: CubeId
    reason: Reason = None


class Thaw(Arguments):
    """Of ``thaw``, which wants a reason."""

    cube: CubeId
    reason: Annotated[str, Field(min_length=1), Kind.TEXT]


class Merge(Arguments):
    """Of ``merge``."""

    cubes: CubeIds
    text: Annotated[str | None, Kind.TEXT] = None
    reason: Reason = None


class MergeDuplicates(Arguments):
    """Of ``merge_duplicates``."""

    threshold: Annotated[float, Field(gt=0, le=1), Kind.NUMBER] = 0.95
    limit: Annotated[int, Field(ge=1, le=200), Kind.INTEGER] = 50
    reason: Reason = None


class Retire(Arguments):
    """Of ``supersede`` and ``contradict``."""

    new: CubeId
    old: CubeId
    reason: Reason = None


class Moved(Outputs):
    """A memory as the act left it."""

    cube: Annotated[MemCube, Kind.CUBE]
    state: Annotated[str, Kind.TEXT]


class Merged(Outputs):
    """What took the place of near-duplicates, one for each pair."""

    cubes: Annotated[tuple[MemCube, ...], Kind.CUBES]
    count: Annotated[int, Kind.INTEGER]


def _moved(stage: Stage, done: Changed) -> Moved:
    return Moved(cube=stage.cube(done.cubes[0]), state=done.state)


def _on_one(method: str) -> Callable[[Stage, Any], Moved]:
    """Return the act that calls this method of ``Memory`` with a memory and a reason."""

    def run(stage: Stage, given: One | Thaw) -> Moved:
        return _moved(stage, getattr(stage.memory, method)(given.cube, reason=given.reason))

    return run


def _merge(stage: Stage, given: Merge) -> Moved:
    return _moved(stage, stage.memory.merge(given.cubes, text=given.text, reason=given.reason))


def _merge_duplicates(stage: Stage, given: MergeDuplicates) -> Merged:
    """Merge the pairs most alike first, each memory once: what a merge made is compared by the next run."""
    made: list[str] = []
    merged: set[str] = set()
    for pair in stage.memory.duplicates(threshold=given.threshold, limit=given.limit):
        if not merged & {pair.first, pair.second}:
            merged |= {pair.first, pair.second}
            made.append(stage.memory.merge([pair.first, pair.second], reason=given.reason).cubes[0])
    return Merged(cubes=stage.cubes(made), count=len(made))


def _supersede(stage: Stage, given: Retire) -> Moved:
    stage.memory.supersede(given.new, given.old, reason=given.reason)
    cube = stage.cube(given.old)
    return Moved(cube=cube, state=cube.state)


def _contradict(stage: Stage, given: Retire) -> Moved:
    stage.memory.contradict(given.new, given.old, reason=given.reason)
    cube = stage.cube(given.old)
    return Moved(cube=cube, state=cube.state)


LIFECYCLE_ACTS = (
    Act("archive", "Take a memory out of every search; it can be restored.", One, Moved, _on_one("archive"), writes=True),
    Act("restore", "Bring an archived or merged memory back.", One, Moved, _on_one("restore"), writes=True),
    Act("freeze", "Make a memory immutable until it is thawed.", One, Moved, _on_one("freeze"), writes=True),
    Act("thaw", "Let a frozen memory be changed again.", Thaw, Moved, _on_one("thaw"), writes=True),
    Act("merge", "Put one memory in the place of several.", Merge, Moved, _merge, makes=("cube",), writes=True),
    Act("merge_duplicates", "Merge what says nearly the same, pair by pair.", MergeDuplicates, Merged,
        _merge_duplicates, makes=("cubes",), writes=True),
    Act("supersede", "Let a newer fact end an older one of the same subject and relation.", Retire, Moved, _supersede,
        writes=True),
    Act("contradict", "Note that two facts can't both be true.", Retire, Moved, _contradict, writes=True),
)  # fmt: skip

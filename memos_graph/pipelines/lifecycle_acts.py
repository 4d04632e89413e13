"""Acts of MemLifecycle, as steps: they can be parts of a unit."""

from collections.abc import Callable
from typing import Annotated, Any

from pydantic import Field

from memos_graph.lifecycle.lifecycle import Changed
from memos_graph.pipelines.acts import Arguments, Outputs, StepContext, Verb
from memos_graph.pipelines.kinds import CubeId, CubeIds, ValueType
from memos_graph.types import MemCube

Reason = Annotated[str | None, ValueType.TEXT]


class One(Arguments):
    """Of acts on one memory."""

    cube: CubeId
    reason: Reason = None


class Thaw(Arguments):
    """Of ``thaw``, which wants a reason."""

    cube: CubeId
    reason: Annotated[str, Field(min_length=1), ValueType.TEXT]


class Merge(Arguments):
    """Of ``merge``."""

    cubes: CubeIds
    text: Annotated[str | None, ValueType.TEXT] = None
    reason: Reason = None


class MergeDuplicates(Arguments):
    """Of ``merge_duplicates``."""

    threshold: Annotated[float, Field(gt=0, le=1), ValueType.NUMBER] = 0.95
    limit: Annotated[int, Field(ge=1, le=200), ValueType.INTEGER] = 50
    reason: Reason = None


class Retire(Arguments):
    """Of ``supersede``, ``contradict`` and ``dismiss``."""

    new: CubeId
    old: CubeId
    reason: Reason = None


class MovedStep(Outputs):
    """A memory as the act left it."""

    cube: Annotated[MemCube, ValueType.CUBE]
    state: Annotated[str, ValueType.TEXT]


class Merged(Outputs):
    """What took the place of near-duplicates, one for each pair."""

    cubes: Annotated[tuple[MemCube, ...], ValueType.CUBES]
    count: Annotated[int, ValueType.INTEGER]


def _moved(stage: StepContext, done: Changed) -> MovedStep:
    return MovedStep(cube=stage.cube(done.cubes[0]), state=done.state)


def _on_one(method: str) -> Callable[[StepContext, Any], MovedStep]:
    """Return the act that calls this method of ``Memory`` with a memory and a reason."""

    def run(stage: StepContext, given: One | Thaw) -> MovedStep:
        return _moved(stage, getattr(stage.memory, method)(given.cube, reason=given.reason))

    return run


def _merge(stage: StepContext, given: Merge) -> MovedStep:
    return _moved(stage, stage.memory.merge(given.cubes, text=given.text, reason=given.reason))


def _merge_duplicates(stage: StepContext, given: MergeDuplicates) -> Merged:
    """Merge the pairs most alike first, each memory once: what a merge made is compared by the next run."""
    made: list[str] = []
    merged: set[str] = set()
    for pair in stage.memory.duplicates(threshold=given.threshold, limit=given.limit):
        if not merged & {pair.first, pair.second}:
            merged |= {pair.first, pair.second}
            made.append(stage.memory.merge([pair.first, pair.second], reason=given.reason).cubes[0])
    return Merged(cubes=stage.cubes(made), count=len(made))


def _on_pair(method: str) -> Callable[[StepContext, Retire], MovedStep]:
    """Return the act that calls this method of ``Memory`` with a newer and an older fact."""

    def run(stage: StepContext, given: Retire) -> MovedStep:
        getattr(stage.memory, method)(given.new, given.old, reason=given.reason)
        cube = stage.cube(given.old)
        return MovedStep(cube=cube, state=cube.state)

    return run


LIFECYCLE_ACTS = (
    Verb("archive", "Take a memory out of every search; it can be restored.", One, MovedStep, _on_one("archive"), writes=True),
    Verb("restore", "Bring an archived or merged memory back.", One, MovedStep, _on_one("restore"), writes=True),
    Verb("freeze", "Make a memory immutable until it is thawed.", One, MovedStep, _on_one("freeze"), writes=True),
    Verb("thaw", "Let a frozen memory be changed again.", Thaw, MovedStep, _on_one("thaw"), writes=True),
    Verb("merge", "Put one memory in the place of several.", Merge, MovedStep, _merge, makes=("cube",), writes=True),
    Verb("merge_duplicates", "Merge what says nearly the same, pair by pair.", MergeDuplicates, Merged,
        _merge_duplicates, makes=("cubes",), writes=True),
    Verb("supersede", "Let a newer fact end an older one of the same subject and relation.", Retire, MovedStep,
        _on_pair("supersede"), writes=True),
    Verb("contradict", "Note that two facts can't both be true.", Retire, MovedStep, _on_pair("contradict"), writes=True),
    Verb("dismiss", "Note that two facts are both true.", Retire, MovedStep, _on_pair("dismiss"), writes=True),
)  # fmt: skip

"""Steps of declared verbs: what a verb gives becomes outputs by its type."""

from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any

from memos_graph.governance import Grant
from memos_graph.lifecycle.lifecycle import Changed, Deleted
from memos_graph.memory.documents import Document
from memos_graph.pipelines.acts import Outputs, StepContext, StepKind
from memos_graph.types import MemCube, Version
from memos_graph.verbs.declaring import Verb
from memos_graph.verbs.documents import Put
from memos_graph.verbs.every import VERBS
from memos_graph.verbs.kinds import ValueType
from memos_graph.verbs.provenance import Noted


class MovedStep(Outputs):
    """A memory as the act left it."""

    cube: Annotated[MemCube, ValueType.CUBE]
    state: Annotated[str, ValueType.TEXT]


class Gives(Outputs):
    """One memory."""

    cube: Annotated[MemCube, ValueType.CUBE]


class ChangedStep(Outputs):
    """A memory as it stands after the change."""

    cube: Annotated[MemCube, ValueType.CUBE]
    version: Annotated[int, ValueType.INTEGER]


class Counted(Outputs):
    """How many memories it was on."""

    count: Annotated[int, ValueType.INTEGER]


class FoundDocuments(Outputs):
    """The documents that were found, best first."""

    cubes: Annotated[tuple[MemCube, ...], ValueType.CUBES]
    first: Annotated[MemCube | None, ValueType.CUBE]
    count: Annotated[int, ValueType.INTEGER]
    score: Annotated[float, ValueType.NUMBER]


class GrantedStep(Outputs):
    """Who may act now."""

    principal: Annotated[str, ValueType.TEXT]


def _moved(stage: StepContext, done: Changed) -> MovedStep:
    cube = stage.cube(done.cubes[0])
    return MovedStep(cube=cube, state=cube.state)


def _named(stage: StepContext, done: Noted | Put | Document) -> Gives:
    return Gives(cube=stage.cube(done.cube))


def _found(stage: StepContext, done: Sequence[Document]) -> FoundDocuments:
    cubes = stage.cubes([each.cube for each in done])
    score = (done[0].score or 0.0) if done else 0.0
    return FoundDocuments(cubes=cubes, first=cubes[0] if cubes else None, count=len(cubes), score=score)


def _version(stage: StepContext, done: Version) -> ChangedStep:
    return ChangedStep(cube=stage.cube(done.cube), version=done.number)


def _granted(_stage: StepContext, done: Grant) -> GrantedStep:
    return GrantedStep(principal=done.principal)


_OUTPUTS: Mapping[Any, tuple[type[Outputs], Callable[[StepContext, Any], Outputs]]] = {
    Changed: (MovedStep, _moved),
    Grant: (GrantedStep, _granted),
    MemCube: (Gives, lambda _, done: Gives(cube=done)),
    Noted: (Gives, _named),
    Put: (Gives, _named),
    Document: (Gives, _named),
    Sequence[Document]: (FoundDocuments, _found),
    Version: (ChangedStep, _version),
    Deleted: (Counted, lambda _, done: Counted(count=len(done.cubes))),
}


def _step(verb: Verb[Any, Any]) -> StepKind:
    gives, outputs = _OUTPUTS[verb.gives]

    def run(stage: StepContext, given: Any) -> Outputs:
        return outputs(stage, verb.run(stage.memory, given))

    return StepKind(verb.name, verb.about, verb.takes, gives, run, makes=verb.makes, writes=verb.writes)


DECLARED_ACTS = tuple(_step(verb) for verb in VERBS if verb.step)

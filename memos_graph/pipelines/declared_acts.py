"""Steps of declared verbs: what a verb gives becomes outputs by its type."""

from collections.abc import Callable, Mapping
from typing import Annotated, Any

from memos_graph.governance import Grant
from memos_graph.lifecycle.lifecycle import Changed
from memos_graph.pipelines.acts import Outputs, StepContext, StepKind
from memos_graph.types import MemCube
from memos_graph.verbs.declaring import Verb
from memos_graph.verbs.every import VERBS
from memos_graph.verbs.kinds import ValueType


class MovedStep(Outputs):
    """A memory as the act left it."""

    cube: Annotated[MemCube, ValueType.CUBE]
    state: Annotated[str, ValueType.TEXT]


class GrantedStep(Outputs):
    """Who may act now."""

    principal: Annotated[str, ValueType.TEXT]


def _moved(stage: StepContext, done: Changed) -> MovedStep:
    cube = stage.cube(done.cubes[0])
    return MovedStep(cube=cube, state=cube.state)


def _granted(_stage: StepContext, done: Grant) -> GrantedStep:
    return GrantedStep(principal=done.principal)


_OUTPUTS: Mapping[type, tuple[type[Outputs], Callable[[StepContext, Any], Outputs]]] = {
    Changed: (MovedStep, _moved),
    Grant: (GrantedStep, _granted),
}


def _step(verb: Verb[Any, Any]) -> StepKind:
    gives, outputs = _OUTPUTS[verb.gives]

    def run(stage: StepContext, given: Any) -> Outputs:
        return outputs(stage, verb.run(stage.memory, given))

    return StepKind(verb.name, verb.about, verb.takes, gives, run, makes=verb.makes, writes=verb.writes)


DECLARED_ACTS = tuple(_step(verb) for verb in VERBS if verb.step)

"""Acts outside the database: payload files and the model host. Each is a unit of its own, and can be undone."""

from typing import Annotated

from pydantic import Field

from memos_graph.errors import NotFoundError
from memos_graph.host.protocol import Recipe
from memos_graph.pipelines.acts import Outputs, StepContext, StepKind
from memos_graph.types import MemCube
from memos_graph.verbs.kinds import CubeIds, ValueType
from memos_graph.verbs.payloads import Payload, Selected, build_kv, distill, drop_kv


class SelectedStep(Selected):
    """Which memories: as many as an earlier step gave."""

    cubes: CubeIds = ()


class BuiltStep(Outputs):
    """The KV-cache's cube."""

    cube: Annotated[MemCube, ValueType.CUBE]
    built: Annotated[bool, ValueType.BOOLEAN]


def _build(stage: StepContext, given: SelectedStep) -> BuiltStep:
    done = build_kv.run(stage.memory, given)
    return BuiltStep(cube=stage.cube(done.cube.id), built=done.built)


class DroppedStep(Outputs):
    """How many are gone."""

    count: Annotated[int, ValueType.INTEGER]


def _drop(stage: StepContext, given: Payload) -> DroppedStep:
    try:
        drop_kv.run(stage.memory, given)
    except NotFoundError:
        if not stage.repeated:
            raise
    return DroppedStep(count=1)


def _undo_build(stage: StepContext, cube: str) -> None:
    stage.memory.kv.drop(cube)


class DistillStep(SelectedStep):
    """Of ``lora.distill``."""

    steps: Annotated[int | None, Field(ge=1), ValueType.INTEGER] = None
    rank: Annotated[int | None, Field(ge=1, le=256), ValueType.INTEGER] = None


class DistilledStep(Outputs):
    """The adapter's cube, and whether it is in service."""

    cube: Annotated[MemCube, ValueType.CUBE]
    accepted: Annotated[bool, ValueType.BOOLEAN]


def _distill(stage: StepContext, given: DistillStep) -> DistilledStep:
    recipe = Recipe(**{name: each for name in ("steps", "rank") if (each := getattr(given, name)) is not None})
    done = stage.memory.lora.distill(given.selection(), recipe=recipe)
    return DistilledStep(cube=stage.cube(done.cube.id), accepted=done.accepted)


def _undo_distill(stage: StepContext, cube: str) -> None:
    stage.memory.lora.drop(cube)


MODEL_ACTS = (
    StepKind("kv.build", build_kv.about, SelectedStep, BuiltStep, _build, makes=("cube",), made_if="built", outside=True,
        undo=_undo_build),
    StepKind("kv.drop", drop_kv.about, drop_kv.takes, DroppedStep, _drop, outside=True),
    StepKind("lora.distill", distill.about, DistillStep, DistilledStep, _distill, makes=("cube",), outside=True,
        undo=_undo_distill),
)  # fmt: skip

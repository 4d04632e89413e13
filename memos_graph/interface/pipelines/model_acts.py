"""Acts outside the database: payload files and the model host. Each is a unit of its own, and can be undone."""

from typing import Annotated

from pydantic import Field

from memos_graph.errors import NotFoundError
from memos_graph.host.protocol import Recipe
from memos_graph.interface.pipelines.acts import Act, Arguments, Outputs, Stage
from memos_graph.interface.pipelines.kinds import CubeId, CubeIds, Kind, Texts
from memos_graph.operation.selection import Selection
from memos_graph.types import MemCube


class Selected(Arguments):
    """Which memories; none named means every fact of the space."""

    cubes: CubeIds = ()
    sources: Texts = ()
    concepts: Texts = ()
    topics: Texts = ()

    def selection(self) -> Selection:
        """Return it as the operation layer has it."""
        return Selection(cubes=self.cubes, sources=self.sources, concepts=self.concepts, topics=self.topics)


class Built(Outputs):
    """The KV-cache's cube."""

    cube: Annotated[MemCube, Kind.CUBE]
    built: Annotated[bool, Kind.BOOLEAN]


def _build(stage: Stage, given: Selected) -> Built:
    done = stage.memory.kv.build(given.selection())
    return Built(cube=stage.cube(done.cube.id), built=done.built)


class Drop(Arguments):
    """Of ``kv.drop``."""

    cube: CubeId


class Dropped(Outputs):
    """How many are gone."""

    count: Annotated[int, Kind.INTEGER]


def _drop(stage: Stage, given: Drop) -> Dropped:
    try:
        stage.memory.kv.drop(given.cube)
    except NotFoundError:
        if not stage.repeated:
            raise
    return Dropped(count=1)


def _undo_build(stage: Stage, cube: str) -> None:
    stage.memory.kv.drop(cube)


class Distill(Selected):
    """Of ``lora.distill``."""

    steps: Annotated[int | None, Field(ge=1), Kind.INTEGER] = None
    rank: Annotated[int | None, Field(ge=1, le=256), Kind.INTEGER] = None


class Distilled(Outputs):
    """The adapter's cube, and whether it is in service."""

    cube: Annotated[MemCube, Kind.CUBE]
    accepted: Annotated[bool, Kind.BOOLEAN]


def _distill(stage: Stage, given: Distill) -> Distilled:
    recipe = Recipe(**{name: each for name in ("steps", "rank") if (each := getattr(given, name)) is not None})
    done = stage.memory.lora.distill(given.selection(), recipe=recipe)
    return Distilled(cube=stage.cube(done.cube.id), accepted=done.accepted)


def _undo_distill(stage: Stage, cube: str) -> None:
    stage.memory.lora.drop(cube)


MODEL_ACTS = (
    Act("kv.build", "Prefill memories and keep their KV-cache.", Selected, Built, _build, makes=("cube",),
        made_if="built", outside=True, undo=_undo_build),
    Act("kv.drop", "Erase a KV-cache.", Drop, Dropped, _drop, outside=True),
    Act("lora.distill", "Teach memories to a LoRA adapter.", Distill, Distilled, _distill, makes=("cube",), outside=True,
        undo=_undo_distill),
)  # fmt: skip

"""Memory as KV-caches and as LoRA adapters, by space."""

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Response
from pydantic import Field

from memos_graph.api.auth import CallerDep
from memos_graph.api.problems import documented
from memos_graph.api.schemas import Body, CubeId, Space
from memos_graph.forms.distillation import Distillation
from memos_graph.forms.materialize import Activation, PayloadCube
from memos_graph.host.protocol import AdapterInfo, Dropped, Evaluation, Recipe
from memos_graph.memory.payloads import Written
from memos_graph.search.selection import Selection
from memos_graph.vault.payloads import Waiting
from memos_graph.verbs.fields import Short

router = APIRouter(prefix="/v1/spaces/{owner}/{name}", tags=["model memory"])
_NOT_GONE: dict[int | str, dict[str, Any]] = {
    202: {"model": Waiting, "description": "Out of service; what is left is tried again"}
}
Names = Annotated[tuple[Short, ...], Field(max_length=200)]


class Selected(Body):
    """Which memories; several criteria add up, none at all means every fact of the space."""

    cubes: Names = ()
    sources: Names = ()
    concepts: Names = ()
    topics: Names = ()

    def selection(self) -> Selection:
        """Return it as the package has it."""
        return Selection(cubes=self.cubes, sources=self.sources, concepts=self.concepts, topics=self.topics)


class NewAdapter(Selected):
    """What to teach, and how; or which broken-off distillation to resume."""

    recipe: Recipe = Recipe()
    resume: Annotated[Short | None, Field(description="Cube of a distillation that was broken off.")] = None


class Asked(Body):
    """What an adapter is asked."""

    questions: Annotated[tuple[Short, ...], Field(max_length=1000)] = ()
    threshold: Annotated[float, Field(ge=0, le=1, description="Least confidence of what is kept.")] = 0.6


@router.post("/kv", status_code=201, responses=documented(403, 404, 409, body=True))
def build_kv(space: Space, body: Selected, caller: CallerDep) -> Activation:
    """Prefill memories and keep their KV-cache; the same one is built once."""
    return caller.space(space).kv.build(body.selection())


@router.get("/kv", responses=documented(404))
def list_kv(space: Space, caller: CallerDep) -> Sequence[PayloadCube]:
    """List the KV-caches of a space, also those a change has put out of service."""
    return caller.space(space).kv.list()


@router.delete("/kv/{cube}", status_code=204, response_model=None, responses=documented(403, 404) | _NOT_GONE)
def drop_kv(space: Space, cube: CubeId, caller: CallerDep) -> Response:
    """Erase a KV-cache in every tier; 202 where it is out of service, but not gone everywhere yet."""
    return _dropped(caller.space(space).kv.drop(cube))


@router.post("/kv/{cube}/externalize", responses=documented(403, 404, 409, 429))
def externalize_kv(space: Space, cube: CubeId, caller: CallerDep) -> Written:
    """Read the memories back out of a KV-cache, and write them as memories derived from it."""
    return caller.space(space).kv.externalize(cube)


@router.post("/lora", status_code=201, responses=documented(403, 404, 409, body=True))
def distill(space: Space, body: NewAdapter, caller: CallerDep) -> Distillation:
    """Teach memories to a LoRA adapter, measure it, and put it into service when it is good enough. Takes minutes."""
    lora = caller.space(space).lora
    if body.resume:
        return lora.resume(body.resume, recipe=body.recipe)
    return lora.distill(body.selection(), recipe=body.recipe)


@router.get("/lora", responses=documented(404))
def list_lora(space: Space, caller: CallerDep) -> Sequence[PayloadCube]:
    """List the adapters of a space, also those out of service."""
    return caller.space(space).lora.list()


@router.post("/lora/redistill", responses=documented(403, 404, 409))
def redistill(space: Space, caller: CallerDep) -> Sequence[Distillation]:
    """Distil anew the adapters that a change took out of service, from the memories that still stand."""
    return caller.space(space).lora.redistill()


@router.post("/lora/{cube}/load", responses=documented(404, 409))
def load(space: Space, cube: CubeId, caller: CallerDep) -> AdapterInfo:
    """Load an adapter into the model host before it is asked for."""
    return caller.space(space).lora.load(cube)


@router.post("/lora/{cube}/unload", responses=documented(404, 409))
def unload(space: Space, cube: CubeId, caller: CallerDep) -> Dropped:
    """Take an adapter out of the model host's memory."""
    return caller.space(space).lora.unload(cube)


@router.post("/lora/{cube}/evaluate", responses=documented(404, 409))
def evaluate(space: Space, cube: CubeId, caller: CallerDep) -> Evaluation:
    """Measure what an adapter holds, and what it breaks."""
    return caller.space(space).lora.evaluate(cube)


@router.post("/lora/{cube}/externalize", responses=documented(403, 404, 409, 429, body=True))
def externalize(space: Space, cube: CubeId, body: Asked, caller: CallerDep) -> Written:
    """Ask an adapter what it holds, and write what it says surely as memories derived from it."""
    return caller.space(space).lora.externalize(cube, questions=body.questions, threshold=body.threshold)


@router.delete("/lora/{cube}", status_code=204, response_model=None, responses=documented(403, 404) | _NOT_GONE)
def drop_lora(space: Space, cube: CubeId, caller: CallerDep) -> Response:
    """Erase an adapter; 202 where it is out of service, but not gone everywhere yet."""
    return _dropped(caller.space(space).lora.drop(cube))


def _dropped(waiting: Waiting | None) -> Response:
    if waiting is None:
        return Response(status_code=204)
    return Response(waiting.model_dump_json(), status_code=202, media_type="application/json")

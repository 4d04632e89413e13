"""The verbs of memory in its two other forms, by space: KV-caches (activation) and LoRA adapters (parametric)."""

from collections.abc import Sequence
from typing import Annotated

from pydantic import Field

from memos_graph.forms.distillation import Distillation
from memos_graph.forms.materialize import Activation, PayloadCube
from memos_graph.host.protocol import AdapterInfo, Dropped, Evaluation, Recipe
from memos_graph.memory.memory import MemoryApi
from memos_graph.memory.payloads import Written
from memos_graph.search.selection import Selection
from memos_graph.vault.payloads import Waiting
from memos_graph.verbs.declaring import Command, On, Rest, verb
from memos_graph.verbs.fields import AnyMemory, Arguments, Nothing, Short
from memos_graph.verbs.kinds import ValueType

_KV = "/spaces/{owner}/{name}/kv"
_LORA = "/spaces/{owner}/{name}/lora"
_NOT_GONE = "Out of service; what is left is tried again"
Names = Annotated[tuple[Short, ...], Field(max_length=200)]


class Selected(Arguments):
    """Which memories; several criteria add up, none at all means every fact of the space."""

    cubes: Annotated[Names, Field(description="These memories, by id."), ValueType.CUBES] = ()
    sources: Annotated[Names, Field(description="What is from these conversations or documents.")] = ()
    concepts: Annotated[Names, Field(description="What is about these concepts.")] = ()
    topics: Annotated[Names, Field(description="What is within these topics.")] = ()

    def selection(self) -> Selection:
        """Return it as the rooms below have it."""
        return Selection(cubes=self.cubes, sources=self.sources, concepts=self.concepts, topics=self.topics)


class NewAdapter(Selected):
    """What to teach, and how; or which broken-off distillation to resume."""

    recipe: Recipe = Recipe()
    resume: Annotated[Short | None, Field(description="Cube of a distillation that was broken off.")] = None


class Payload(Arguments):
    """One KV-cache or adapter."""

    cube: Annotated[AnyMemory, Field(description="Its cube's id, as the list shows it.")]


class Interview(Payload):
    """What an adapter is asked."""

    questions: Annotated[
        tuple[Short, ...], Field(max_length=1000, description="What to ask; none: what it was taught.")
    ] = ()
    threshold: Annotated[float, Field(ge=0, le=1, description="Least confidence of what is kept.")] = 0.6


def _drop(path: str) -> Rest:
    return Rest("DELETE", f"{path}/{{cube}}", problems=(403, 404), status=204, pending=_NOT_GONE)


def _shelf(path: str, what: str) -> Rest:
    return Rest("POST", f"{path}/{{cube}}/{what}", problems=(403, 404, 409, 503), slow=True)


def _on_adapter(what: str) -> Rest:
    return Rest("POST", f"{_LORA}/{{cube}}/{what}", problems=(404, 409), repeatable=True, slow=True)


@verb(
    On.SPACE,
    rest=Rest("POST", _KV, "Selected", status=201, repeatable=True, slow=True),
    command=Command("memos kv build --topic travel", name="kv build"),
)
def build_kv(space: MemoryApi, given: Selected) -> Activation:
    """Prefill memories and keep their KV-cache; without a selection, every fact of the space. The same one is built once."""
    return space.kv.build(given.selection())


@verb(On.SPACE, rest=Rest("GET", _KV, problems=(404,)), command=Command(name="kv list"))
def list_kv(space: MemoryApi, _given: Nothing) -> Sequence[PayloadCube]:
    """List the KV-caches of a space, also those a change has put out of service."""
    return space.kv.list()


@verb(On.SPACE, rest=_drop(_KV), command=Command(name="kv drop", positional=("cube",)))
def drop_kv(space: MemoryApi, given: Payload) -> Waiting | None:
    """Erase a KV-cache in every tier; the memories it was made from stay."""
    return space.kv.drop(given.cube)


@verb(
    On.SPACE,
    rest=Rest("POST", f"{_KV}/{{cube}}/externalize", problems=(403, 404, 409, 429), repeatable=True, slow=True),
    command=Command(name="kv externalize", positional=("cube",)),
)
def externalize_kv(space: MemoryApi, given: Payload) -> Written:
    """Read the memories back out of a KV-cache, and write them as memories derived from it."""
    return space.kv.externalize(given.cube)


@verb(On.SPACE, rest=Rest("POST", _LORA, "NewAdapter", status=201, slow=True))
def distill(space: MemoryApi, given: NewAdapter) -> Distillation:
    """Teach memories to a LoRA adapter, measure it, and put it into service when it is good enough. Takes minutes."""
    if given.resume:
        return space.lora.resume(given.resume, recipe=given.recipe)
    return space.lora.distill(given.selection(), recipe=given.recipe)


@verb(On.SPACE, rest=Rest("GET", _LORA, problems=(404,)), command=Command(name="lora list"))
def list_lora(space: MemoryApi, _given: Nothing) -> Sequence[PayloadCube]:
    """List the adapters of a space, also those out of service."""
    return space.lora.list()


@verb(On.SPACE, rest=Rest("POST", f"{_LORA}/redistill", slow=True))
def redistill(space: MemoryApi, _given: Nothing) -> Sequence[Distillation]:
    """Distil anew the adapters that a change took out of service, from the memories that still stand."""
    return space.lora.redistill()


@verb(On.SPACE, rest=_on_adapter("load"), command=Command(name="lora load", positional=("cube",)))
def load(space: MemoryApi, given: Payload) -> AdapterInfo:
    """Load an adapter into the model host before it is asked for."""
    return space.lora.load(given.cube)


@verb(On.SPACE, rest=_on_adapter("unload"), command=Command(name="lora unload", positional=("cube",)))
def unload(space: MemoryApi, given: Payload) -> Dropped:
    """Take an adapter out of the model host's memory; an answer may load it again."""
    return space.lora.unload(given.cube)


@verb(On.SPACE, rest=_on_adapter("evaluate"), command=Command(name="lora evaluate", positional=("cube",)))
def evaluate(space: MemoryApi, given: Payload) -> Evaluation:
    """Measure what an adapter holds, and what it breaks."""
    return space.lora.evaluate(given.cube)


@verb(
    On.SPACE,
    rest=Rest(
        "POST", f"{_LORA}/{{cube}}/externalize", "Asked", problems=(403, 404, 409, 429), repeatable=True, slow=True
    ),
    command=Command(name="lora externalize", positional=("cube",), without=("questions",)),
)
def externalize(space: MemoryApi, given: Interview) -> Written:
    """Ask an adapter what it holds, and write what it says surely as memories derived from it."""
    return space.lora.externalize(given.cube, questions=given.questions, threshold=given.threshold)


@verb(On.SPACE, rest=_drop(_LORA), command=Command(name="lora drop", positional=("cube",)))
def drop_lora(space: MemoryApi, given: Payload) -> Waiting | None:
    """Erase an adapter; the memories it was made from stay."""
    return space.lora.drop(given.cube)


@verb(
    On.SPACE,
    rest=_shelf(_KV, "archive"),
    command=Command(name="kv archive", positional=("cube",)),
)
def archive_kv(space: MemoryApi, given: Payload) -> PayloadCube:
    """Take a KV-cache out of service, and keep its payload in the vault alone; a restore puts it into service again."""
    return space.kv.archive(given.cube)


@verb(
    On.SPACE,
    rest=_shelf(_KV, "restore"),
    command=Command(name="kv restore", positional=("cube",)),
)
def restore_kv(space: MemoryApi, given: Payload) -> PayloadCube:
    """Put an archived KV-cache into service again, unless a memory of it changed since."""
    return space.kv.restore(given.cube)


@verb(
    On.SPACE,
    rest=_shelf(_LORA, "archive"),
    command=Command(name="lora archive", positional=("cube",)),
)
def archive_lora(space: MemoryApi, given: Payload) -> PayloadCube:
    """Take an adapter out of service, and keep its payload in the vault alone; a restore puts it into service again."""
    return space.lora.archive(given.cube)


@verb(
    On.SPACE,
    rest=_shelf(_LORA, "restore"),
    command=Command(name="lora restore", positional=("cube",)),
)
def restore_lora(space: MemoryApi, given: Payload) -> PayloadCube:
    """Put an archived adapter into service again, unless a memory of it changed since."""
    return space.lora.restore(given.cube)


VERBS = (
    build_kv,
    list_kv,
    drop_kv,
    externalize_kv,
    distill,
    list_lora,
    redistill,
    load,
    unload,
    evaluate,
    externalize,
    drop_lora,
    archive_kv,
    restore_kv,
    archive_lora,
    restore_lora,
)

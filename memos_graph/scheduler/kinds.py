"""What jobs there are: each kind with the arguments it takes, the right it needs, and what it does, so that doing it twice does it once."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Generic, Protocol, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from memos_graph.audit.sealing import seal
from memos_graph.errors import InputError, NotFoundError, StateError
from memos_graph.forms.distillation import Distillation, Distiller
from memos_graph.forms.materialize import Materializer, PayloadCube
from memos_graph.governance import Action
from memos_graph.host.protocol import Recipe
from memos_graph.lifecycle.states import States
from memos_graph.search.selection import Selection
from memos_graph.services import Services
from memos_graph.types import State

Ids = Annotated[tuple[Annotated[str, Field(min_length=1, max_length=100)], ...], Field(max_length=2000)]


class Under(Protocol):
    """A job that is under way: who it is done for, and where."""

    id: str
    space: str
    principal: str

    def progress(self, step: int, steps: int) -> None:
        """Tell how far it is; raises ``JobLostError`` once another worker has it, or it was cancelled."""


class Given(BaseModel):
    """Arguments of a job: ids and numbers; what they are of is read by the worker, with the rights of whom it works for."""

    model_config = ConfigDict(frozen=True, extra="forbid")


G = TypeVar("G", bound=Given)


@dataclass(frozen=True)
class JobKind(Generic[G]):
    """One kind of job.

    * ``run`` does it with arguments of the type ``takes``, and returns ids and counts. It may be called again, after any part of it was
      done, and then does the rest.
    * ``needs`` the right that whoever asks for it must have.
    """

    run: Callable[[Services, Under, G], dict[str, Any]]
    takes: type[G]
    needs: Action


class NoArguments(Given):
    """It needs no arguments."""


class Memories(Given):
    """Some memories."""

    cubes: Ids = Field(min_length=1)


class Lessons(Memories):
    """Memories to be taught, and how."""

    recipe: Recipe = Recipe()


class OnePayload(Given):
    """A KV-cache or an adapter."""

    cube: Annotated[str, Field(min_length=1, max_length=100)]


def _build(services: Services, job: Under, given: Memories) -> dict[str, Any]:
    """Prefill memories and keep their KV-cache; the same one is built once."""
    built = services.materializer.build(Selection(cubes=given.cubes), space=job.space, principal=job.principal)
    cube = built.cube
    return {"cube": cube.id, "tokens": cube.tokens, "bytes": cube.bytes, "seconds": round(built.seconds, 3)}


def _distill(services: Services, job: Under, given: Lessons) -> dict[str, Any]:
    """Teach memories to an adapter, which is called as the job is: so one that was broken off is gone on with."""
    where = {"space": job.space, "principal": job.principal}

    def tell(step: int, steps: int, _loss: float) -> None:
        job.progress(step, steps)

    found = _adapter(services, job)
    if found is None:
        selection = Selection(cubes=given.cubes)
        done = services.distiller.distill(selection, recipe=given.recipe, progress=tell, cube=job.id, **where)
        return _taught(done)
    if found.state == State.GENERATED:
        return _taught(services.distiller.resume(job.id, recipe=given.recipe, progress=tell, **where))
    if found.state == State.EXPIRED:
        raise StateError(
            f"A memory changed or went while adapter {job.id} was learning it.", hint="Distil what still stands."
        )
    return {"cube": found.id, "accepted": found.state == State.ACTIVATED}


def _redistill(services: Services, job: Under, _given: NoArguments) -> dict[str, Any]:
    """Distil anew the adapters that a change took out of service."""

    def tell(step: int, steps: int, _loss: float) -> None:
        job.progress(step, steps)

    done = services.distiller.redistill(space=job.space, principal=job.principal, progress=tell)
    return {"cubes": [each.cube.id for each in done], "accepted": sum(each.accepted for each in done)}


def _drop(services: Services, job: Under, given: OnePayload) -> dict[str, Any]:
    """Erase a KV-cache or an adapter; what it was made from stays."""
    found = payload(services, given.cube, space=job.space, principal=job.principal)
    if found is None or found[1].state == State.EXPIRED:  # an earlier attempt did it, or a change
        return {"cube": given.cube, "waiting": False}
    waiting = found[0].drop(given.cube, space=job.space, principal=job.principal)
    return {"cube": given.cube, "waiting": waiting is not None}


def payload(
    services: Services, cube: str, *, space: str, principal: str
) -> tuple[Materializer | Distiller, PayloadCube] | None:
    """Return a KV-cache or an adapter, and what it is in the hands of; ``None``: it is gone."""
    for form in (services.materializer, services.distiller):
        try:
            return form, form.get(cube, space=space, principal=principal)
        except NotFoundError:
            continue
    return None


def _archive(services: Services, job: Under, given: Memories) -> dict[str, Any]:
    """Take memories out of service, each by itself; those that are out of it already stay so."""
    states, archived = States(services.runner, services.lifecycle), 0
    for at, cube in enumerate(given.cubes):
        try:
            states.archive(cube, job.principal, reason=f"Job {job.id}.")
            archived += 1
        except (StateError, NotFoundError):  # it is archived, or gone, by now; or frozen, on purpose
            pass
        job.progress(at + 1, len(given.cubes))
    return {"archived": archived, "left": len(given.cubes) - archived}


def _sweep(services: Services, job: Under, _given: NoArguments) -> dict[str, Any]:
    """Put what has come to its end out of the indexes, or erase it, as the space's policy says."""
    return services.sweeper.sweep(job.space, job.principal).model_dump(mode="json")


def _seal(services: Services, job: Under, _given: NoArguments) -> dict[str, Any]:
    """Sign what the log of a space holds."""
    services.governance.require(job.space, job.principal, Action.ADMINISTER)
    made = seal(services.runner, services.audit, services.seals, job.space, by=job.principal)
    return {"events": made.size}


KINDS: Mapping[str, JobKind[Any]] = {
    "build": JobKind(_build, Memories, Action.TRANSFORM),
    "distill": JobKind(_distill, Lessons, Action.TRANSFORM),
    "redistill": JobKind(_redistill, NoArguments, Action.TRANSFORM),
    "drop": JobKind(_drop, OnePayload, Action.TRANSFORM),
    "archive": JobKind(_archive, Memories, Action.WRITE),
    "sweep": JobKind(_sweep, NoArguments, Action.ADMINISTER),
    "seal": JobKind(_seal, NoArguments, Action.ADMINISTER),
}


def takes_memories(kind: str) -> bool:
    """Whether jobs of a kind work on memories, which can be selected."""
    return kind in KINDS and issubclass(KINDS[kind].takes, Memories)


def checked(kind: str, given: Mapping[str, Any]) -> tuple[JobKind[Any], Given]:
    """Return a kind and its arguments, checked; raises ``InputError``."""
    if kind not in KINDS:
        raise InputError(f"There is no kind of job '{kind}'.", hint=f"There are: {', '.join(KINDS)}.")
    try:
        return KINDS[kind], KINDS[kind].takes.model_validate(given)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(each) for each in first["loc"]) or "its arguments"
        raise InputError(f"A job of the kind '{kind}' can't have this: {where}: {first['msg']}.") from error


def _adapter(services: Services, job: Under) -> PayloadCube | None:
    try:
        return services.distiller.get(job.id, space=job.space, principal=job.principal)
    except NotFoundError:
        return None


def _taught(done: Distillation) -> dict[str, Any]:
    return {"cube": done.cube.id, "accepted": done.accepted}

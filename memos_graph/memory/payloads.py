"""Memory in its two other forms, on one mounted space: ``Memory.kv`` (activation) and ``Memory.lora`` (parametric)."""

from collections.abc import Sequence

from pydantic import Field

from memos_graph.audit import Event
from memos_graph.formats import Message, from_objects
from memos_graph.forms.distillation import Distillation, Progress
from memos_graph.forms.materialize import Activation, PayloadCube
from memos_graph.governance import Action
from memos_graph.graph.runner import Transaction
from memos_graph.host.protocol import AdapterInfo, Dropped, Evaluation, Externalize, Recipe
from memos_graph.memory.refusing import recording
from memos_graph.search.selection import Selection, told
from memos_graph.services import Services
from memos_graph.types import Model
from memos_graph.vault.payloads import Waiting
from memos_graph.vault.shelving import Shelving


class Written(Model):
    """What a payload was made to say, and the memories that hold it now."""

    payload: str = Field(description="Cube of the KV-cache or the adapter.")
    asked: int = Field(default=0, description="Questions an adapter was asked; a KV-cache is read.")
    statements: tuple[str, ...] = Field(description="What it said surely.")
    cubes: tuple[str, ...] = Field(description="Memories that hold it, each derived from the payload.")


@recording
class KvCaches:
    """The KV-caches of a space."""

    def __init__(self, services: Services, space: str, principal: str) -> None:
        self._services = services
        self._principal = principal
        self._where = {"space": space, "principal": principal}

    def build(self, selection: Selection | None = None) -> Activation:
        """Prefill a selection (default: every fact of the space) and keep its KV-cache; the same one is built once.

        Raises ``ForbiddenError`` without the right to write, ``NotFoundError`` for an empty selection, ``StateError`` when
        a memory changed meanwhile, ``HostUnavailableError``.
        """
        return self._services.materializer.build(selection or Selection(), **self._where)

    def list(self) -> Sequence[PayloadCube]:
        """Return them, newest first, also those a change has put out of service."""
        return self._services.materializer.every(**self._where)

    def drop(self, cube: str) -> Waiting | None:
        """Erase one, in every tier; the memories it was made from stay. Returns what keeps it from being gone, if anything."""
        return self._services.materializer.drop(cube, **self._where)

    def archive(self, cube: str) -> PayloadCube:
        """Take one out of service, and keep its payload in the vault alone, the cold one where that is set; ``restore`` brings it back.

        Raises ``StateError`` for one that is not in service, ``VaultError`` where the vault fails, ``ConfigurationError`` without one.
        """
        found = self._services.materializer.get(cube, **self._where)
        _shelving(self._services).archive(cube, found.key or "", **self._where)
        return self._services.materializer.get(cube, **self._where)

    def restore(self, cube: str) -> PayloadCube:
        """Put an archived one into service again; raises ``StateError`` where a memory of it changed since."""
        found = self._services.materializer.get(cube, **self._where)
        _shelving(self._services).restore(cube, found.key or "", **self._where)
        return self._services.materializer.get(cube, **self._where)

    def externalize(self, cube: str) -> Written:
        """Read the memories back out of a KV-cache's payload, and write them as memories derived from it.

        Done twice, it changes nothing. Needs the right to write. Raises ``StateError`` for one out of service,
        ``PayloadError`` for one that is damaged.
        """
        self._services.governance.require(**self._where, action=Action.WRITE)
        said = self._services.materializer.read(cube, **self._where)
        messages = [Message(text=text, speaker=speaker, at=at) for at, speaker, text in map(told, said)]
        cubes = write(self._services, cube, messages, source=f"cache-{cube}", **self._where)
        return Written(payload=cube, statements=said, cubes=cubes)


@recording
class Adapters:
    """The LoRA adapters of a space."""

    def __init__(self, services: Services, space: str, principal: str) -> None:
        self._services = services
        self._principal = principal
        self._where = {"space": space, "principal": principal}

    def distill(
        self, selection: Selection | None = None, *, recipe: Recipe | None = None, progress: Progress | None = None
    ) -> Distillation:
        """Teach a selection (default: every fact of the space) to a new adapter. See ``Distiller.distill``."""
        return self._services.distiller.distill(
            selection or Selection(), recipe=recipe, progress=progress, **self._where
        )

    def resume(self, cube: str, *, recipe: Recipe | None = None, progress: Progress | None = None) -> Distillation:
        """Go on with a distillation that was broken off, by ``recipe`` as it was begun."""
        return self._services.distiller.resume(cube, recipe=recipe, progress=progress, **self._where)

    def redistill(self, *, recipe: Recipe | None = None, progress: Progress | None = None) -> Sequence[Distillation]:
        """Distil anew what a change took out of service, from the memories that still stand."""
        return self._services.distiller.redistill(recipe=recipe, progress=progress, **self._where)

    def list(self) -> Sequence[PayloadCube]:
        """Return them, newest first, also those out of service."""
        return self._services.distiller.every(**self._where)

    def load(self, cube: str) -> AdapterInfo:
        """Load one into the host's memory before it is asked for."""
        return self._services.distiller.load(cube, **self._where)

    def unload(self, cube: str) -> Dropped:
        """Take one out of the host's memory."""
        return self._services.distiller.unload(cube, **self._where)

    def evaluate(self, cube: str) -> Evaluation:
        """Measure what one holds, and what it breaks."""
        return self._services.distiller.evaluate(cube, **self._where)

    def archive(self, cube: str) -> PayloadCube:
        """Take one out of service, and keep its payload in the vault alone, the cold one where that is set; ``restore`` brings it back.

        Raises ``StateError`` for one that is not in service, ``VaultError`` where the vault fails, ``ConfigurationError`` without one.
        """
        found = self._services.distiller.get(cube, **self._where)
        _shelving(self._services).archive(cube, found.key or "", **self._where)
        return self._services.distiller.get(cube, **self._where)

    def restore(self, cube: str) -> PayloadCube:
        """Put an archived one into service again; raises ``StateError`` where a memory of it changed since."""
        found = self._services.distiller.get(cube, **self._where)
        _shelving(self._services).restore(cube, found.key or "", **self._where)
        return self._services.distiller.get(cube, **self._where)

    def drop(self, cube: str) -> Waiting | None:
        """Erase one; the memories it was made from stay. Returns what keeps it from being gone, if anything."""
        return self._services.distiller.drop(cube, **self._where)

    def externalize(self, cube: str, *, questions: Sequence[str] = (), threshold: float = 0.6) -> Written:
        """Ask an adapter what it holds, and write what it says surely as memories derived from it.

        * ``threshold`` least confidence of a statement that is kept, 0 to 1.
        * Done twice, it changes nothing. Needs the right to write.
        """
        self._services.governance.require(**self._where, action=Action.WRITE)
        request = Externalize(questions=tuple(questions), threshold=threshold)
        said = self._services.distiller.ask(cube, request, **self._where)
        texts = tuple(statement.text for statement in said.statements)
        messages = [Message(text=text) for text in texts]
        cubes = write(self._services, cube, messages, source=f"adapter-{cube}", **self._where)
        return Written(payload=cube, asked=said.asked, statements=texts, cubes=cubes)


def _shelving(services: Services) -> Shelving:
    return Shelving(services.runner, services.governance, services.audit, services.payloads)


def write(
    services: Services, payload: str, messages: Sequence[Message], *, source: str, space: str, principal: str
) -> tuple[str, ...]:
    """Remember what a payload said, each memory derived from it; returns their cubes."""
    if not messages:
        return ()
    parsed = from_objects(messages, source=source, max_chars=services.settings.max_text_chars)
    stored = services.ingest.store(parsed, space=space, principal=principal, zone=services.settings.zone)
    cubes = (*stored.cubes, *stored.unchanged)

    def work(tx: Transaction) -> None:
        services.governance.lock(tx, space, principal, Action.WRITE)
        tx.run("payloads/externalized", cubes=list(cubes), payload=payload, by=principal, now=tx.now())
        services.audit.append(tx, [Event(space, "externalize", principal, cubes=list(cubes), detail=payload)])

    services.runner.transact(work)
    return cubes

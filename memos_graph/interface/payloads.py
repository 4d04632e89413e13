"""Memory in its two other forms, on one mounted space: ``Memory.kv`` (activation) and ``Memory.lora`` (parametric)."""

from collections.abc import Sequence

from pydantic import Field

from memos_graph.formats import Message, from_objects
from memos_graph.graph.runner import Transaction
from memos_graph.host.protocol import AdapterInfo, Dropped, Evaluation, Externalize, Recipe
from memos_graph.infrastructure.audit import Event, append
from memos_graph.infrastructure.governance import Action, now
from memos_graph.operation.distillation import Distillation, Progress
from memos_graph.operation.ingest import ingest
from memos_graph.operation.materialize import Activation, PayloadCube
from memos_graph.operation.selection import Selection
from memos_graph.operation.services import Services
from memos_graph.types import Model


class Written(Model):
    """What an adapter was made to say, and what was kept of it."""

    adapter: str
    asked: int = Field(description="Questions it was asked.")
    statements: tuple[str, ...] = Field(description="What it said surely.")
    cubes: tuple[str, ...] = Field(description="Memories that hold it, each derived from the adapter.")


class KvCaches:
    """The KV-caches of a space."""

    def __init__(self, services: Services, space: str, principal: str) -> None:
        self._services = services
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

    def drop(self, cube: str) -> None:
        """Erase one, in every tier; the memories it was made from stay."""
        self._services.materializer.drop(cube, **self._where)


class Adapters:
    """The LoRA adapters of a space."""

    def __init__(self, services: Services, space: str, principal: str) -> None:
        self._services = services
        self._space = space
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

    def drop(self, cube: str) -> None:
        """Erase one; the memories it was made from stay."""
        self._services.distiller.drop(cube, **self._where)

    def externalize(self, cube: str, *, questions: Sequence[str] = (), threshold: float = 0.6) -> Written:
        """Ask an adapter what it holds, and write what it says surely as memories derived from it.

        * ``threshold`` least confidence of a statement that is kept, 0 to 1.
        * Done twice, it changes nothing. Needs the right to write.
        """
        self._services.governance.require(self._space, self._principal, Action.WRITE)
        request = Externalize(questions=tuple(questions), threshold=threshold)
        said = self._services.distiller.ask(cube, request, **self._where)
        texts = [statement.text for statement in said.statements]
        if not texts:
            return Written(adapter=cube, asked=said.asked, statements=(), cubes=())
        limit = self._services.settings.max_text_chars
        parsed = from_objects([Message(text=text) for text in texts], source=f"adapter-{cube}", max_chars=limit)
        stored = ingest(self._services, parsed, space=self._space, principal=self._principal)
        cubes = (*stored.cubes, *stored.unchanged)

        def work(tx: Transaction) -> None:
            self._services.governance.lock(tx, self._space, self._principal, Action.WRITE)
            for each in cubes:
                tx.run(
                    "provenance/annotate",
                    cube=each,
                    origin=cube,
                    transform="externalized",
                    by=self._principal,
                    now=now(),
                )
            append(tx, [Event(self._space, "externalize", self._principal, cubes=list(cubes), detail=cube)])

        self._services.runner.transact(work)
        self._services.operator.forget()
        return Written(adapter=cube, asked=said.asked, statements=tuple(texts), cubes=cubes)

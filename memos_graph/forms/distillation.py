"""Parametric memory: a selection of memories taught to a LoRA adapter, known to the graph as a cube.

Three acts that can each be repeated: the cube is written out of service with its sources; the host distils, in a process
of its own that resumes from checkpoints; the cube goes into service in a transaction that refuses an adapter whose
sources changed meanwhile, or that was measured to hold too little or to break too much.
"""

from collections.abc import Callable, Sequence
from pathlib import PurePath

from pydantic import Field

from memos_graph.audit import AuditLog, Event, WrittenVersion
from memos_graph.errors import (
    DatabaseError,
    HostUnavailableError,
    InputError,
    LimitError,
    MemosError,
    ModelError,
    NotFoundError,
    StateError,
)
from memos_graph.forms.materialize import PayloadCube, drop, payload_properties
from memos_graph.governance import Action, MemGovernance
from memos_graph.graph.rows import Row
from memos_graph.graph.runner import Runner, Transaction
from memos_graph.host.client import HostClient
from memos_graph.host.protocol import (
    AdapterInfo,
    Distill,
    Distilled,
    Dropped,
    Evaluation,
    Externalize,
    Externalized,
    ProgressEvent,
    Recipe,
)
from memos_graph.kit import meter
from memos_graph.kit.clock import now
from memos_graph.kit.ids import new_id
from memos_graph.search.selection import Line, Selection, derivations, line_of, select
from memos_graph.types import MemoryType, Model, State
from memos_graph.vault.payloads import Payloads, Waiting, withdraw

Progress = Callable[[int, int, float], None]
"""Told ``(step, steps, loss)``."""


class Distillation(Model):
    """An adapter that was distilled, and what was measured of it."""

    cube: PayloadCube
    evaluation: Evaluation
    accepted: bool = Field(description="Whether it is in service.")


class Distiller:
    """Distils, lists, loads, measures and drops the adapters of one database."""

    def __init__(
        self, runner: Runner, governance: MemGovernance, audit: AuditLog, host: HostClient, payloads: Payloads
    ) -> None:
        self._runner = runner
        self._governance = governance
        self._audit = audit
        self._host = host
        self._payloads = payloads

    def distill(
        self,
        selection: Selection,
        *,
        space: str,
        principal: str,
        recipe: Recipe | None = None,
        progress: Progress | None = None,
        cube: str | None = None,
    ) -> Distillation:
        """Teach a selection to a new adapter, called ``cube`` if that is given; it is in service afterwards when it was accepted.

        One that can't begin leaves nothing. Raises ``LimitError`` when as many of this principal run or wait as may (others'
        are let before those of who has many), ``ForbiddenError`` without the right to write, ``StateError`` when a memory changed meanwhile,
        ``InputError`` when no lesson can be made of any of the memories, ``HostUnavailableError`` (``resume`` goes on).
        """
        self._governance.require(space, principal, Action.TRANSFORM)
        self._payloads.places.keep(space)
        lines = select(self._runner, selection, space=space, principal=principal)
        self._host.health()  # a host that can't be had is told before anything is written
        cube = self._begin(lines, selection.title, space, principal, cube)
        return self._teach(cube, lines, space, principal, recipe or Recipe(), progress)

    def resume(
        self, cube: str, *, space: str, principal: str, recipe: Recipe | None = None, progress: Progress | None = None
    ) -> Distillation:
        """Go on with a distillation that was broken off; raises ``StateError`` for one that is not under way."""
        self._governance.require(space, principal, Action.TRANSFORM)
        found = self.get(cube, space=space, principal=principal)
        if found.state != State.GENERATED:
            raise StateError(f"Adapter {cube} is {found.state}: there is nothing to resume.", hint="Distil it anew.")
        self._payloads.places.keep(space)
        lines = self._lines(cube, principal)
        if len(lines) != found.sources:
            raise StateError(f"A memory adapter {cube} was to learn has changed.", hint="Distil it anew.")
        return self._teach(cube, lines, space, principal, recipe or Recipe(), progress, fresh=False)

    def redistill(
        self, *, space: str, principal: str, recipe: Recipe | None = None, progress: Progress | None = None
    ) -> list[Distillation]:
        """Distil anew what was withdrawn since a memory changed or went, without that memory.

        What can't be taught keeps no other from it, is told once, after them, and is not tried again: it raises
        ``InputError``, or what else was in the way. Raises ``HostUnavailableError`` and ``LimitError`` at once: what was not
        distilled then waits for the next time.
        """
        self._governance.require(space, principal, Action.TRANSFORM)
        self._payloads.places.keep(space)
        done: list[Distillation] = []
        refused: MemosError | None = None
        for job in self._runner.read("payloads/waiting", kinds=["distill"], space=space):
            if lines := self._lines(job["cube"], principal):
                cube = self._begin(lines, f"{len(lines)} memories, again", space, principal)
                try:
                    done.append(self._teach(cube, lines, space, principal, recipe or Recipe(), progress))
                except HostUnavailableError:
                    self.drop(cube, space=space, principal=principal)  # the next time begins with another
                    raise
                except (LimitError, DatabaseError):
                    raise
                except MemosError as error:
                    refused = error
            self._runner.write("payloads/finish", job=job["id"], problem=None, now=now())
        if refused is not None:
            raise refused
        return done

    def every(self, *, space: str, principal: str) -> Sequence[PayloadCube]:
        """Return the adapters of a space, newest first."""
        return [PayloadCube(**row) for row in self._rows(space, principal)]

    def get(self, cube: str, *, space: str, principal: str) -> PayloadCube:
        """Return one; raises ``NotFoundError``."""
        rows = self._rows(space, principal, cube=cube)
        if not rows:
            raise NotFoundError(
                f"There is no adapter '{cube}' in '{space}'.", hint="`memos lora list` shows them.", target=cube
            )
        return PayloadCube(**rows[0])

    def load(self, cube: str, *, space: str, principal: str) -> AdapterInfo:
        """Load an adapter into the host's memory; raises ``StateError`` for one that is not in service."""
        key, sha256 = self._usable(cube, space, principal)
        return self._host.load(key, sha256)

    def unload(self, cube: str, *, space: str, principal: str) -> Dropped:
        """Take an adapter out of the host's memory; its files stay, and an answer may load it again."""
        return self._host.unload(self._usable(cube, space, principal)[0])

    def evaluate(self, cube: str, *, space: str, principal: str) -> Evaluation:
        """Measure again what an adapter holds and breaks."""
        key, sha256 = self._usable(cube, space, principal)
        self._host.load(key, sha256)
        return self._host.evaluate(key)

    def ask(self, cube: str, request: Externalize, *, space: str, principal: str) -> Externalized:
        """Return what an adapter says surely, as sentences; recorded in the log as a read of it."""
        key, sha256 = self._usable(cube, space, principal)
        self._host.load(key, sha256)
        said = self._host.externalize(key, request)
        self._audit.read(Event(space, "externalize", principal, cubes=[cube], count=len(said.statements)))
        return said

    def drop(self, cube: str, *, space: str, principal: str) -> Waiting | None:
        """Erase an adapter; the memories it was made from stay. Returns what keeps it from being gone, where something does."""
        self.get(cube, space=space, principal=principal)
        drop(self._runner, self._governance, self._audit, cube, space=space, principal=principal)
        self._payloads.erase(space)
        return next(iter(self._payloads.left_of(space, cube)), None)

    def _begin(self, lines: Sequence[Line], title: str, space: str, principal: str, cube: str | None = None) -> str:
        cube = cube or new_id()
        properties = payload_properties(cube, MemoryType.PARAMETRIC, lines, title, space, principal)
        properties |= {"state": State.GENERATED.value, "payload_uri": cube}

        def work(tx: Transaction) -> None:
            self._governance.lock(tx, space, principal, Action.TRANSFORM)
            at = tx.now()
            tx.run("materialize/parametric", cube=properties, now=at, by=principal)
            linked = tx.run(
                "materialize/derive",
                cube=cube,
                transform="distilled",
                sources=derivations(lines),
                now=at,
                by=principal,
            )
            if linked[0]["linked"] != len(lines):
                raise StateError("A memory of the selection changed just now; nothing was begun.", hint="Try again.")
            written = WrittenVersion(cube, 1, "", at, principal)
            event = Event(space, "distill", principal, cubes=[cube], written=[written], detail=title)
            self._audit.append(tx, [event])

        self._runner.transact(work)
        return cube

    def _teach(
        self,
        cube: str,
        lines: Sequence[Line],
        space: str,
        principal: str,
        recipe: Recipe,
        progress: Progress | None,
        *,
        fresh: bool = True,
    ) -> Distillation:
        whom = principal.partition(">")[0]  # an agent has no more turns for acting for many
        request = Distill(id=cube, lines=tuple(line.text for line in lines), recipe=recipe, principal=whom)
        begun = not fresh

        def tell(step: int, steps: int, loss: float) -> None:
            nonlocal begun
            begun = True
            if progress:
                progress(step, steps, loss)

        try:
            return self._taught(cube, request, space, principal, tell)
        except HostUnavailableError:  # what it left may be gone on from
            raise
        except MemosError as error:
            if isinstance(error, InputError) or not begun:  # nothing of it was learned, or can be
                self.drop(cube, space=space, principal=principal)
            raise

    def _taught(self, cube: str, request: Distill, space: str, principal: str, progress: Progress) -> Distillation:
        for event in self._host.distill(request):
            if isinstance(event, ProgressEvent):
                progress(event.step, event.steps, event.loss)
            elif isinstance(event, Distilled):
                meter.used(MemoryType.PARAMETRIC, cube)
                meter.model(event.seconds, event.device, built=event.tokens)
                self._publish(cube, request.lines, event, space, principal)
                return Distillation(
                    cube=self.get(cube, space=space, principal=principal),
                    evaluation=event.evaluation,
                    accepted=event.evaluation.accepted,
                )
        raise ModelError(f"The distillation of {cube} ended without a result.", hint="Resume it.")

    def _publish(self, cube: str, lines: Sequence[str], done: Distilled, space: str, principal: str) -> None:
        stay_text = {*done.evaluation.untaught, *done.evaluation.untaken}
        state = State.ACTIVATED if done.evaluation.accepted else State.ARCHIVED

        if done.evaluation.accepted:
            self._payloads.keep(space, MemoryType.PARAMETRIC, cube, None, by=principal)

        def work(tx: Transaction) -> bool:
            self._governance.lock(tx, space, principal, Action.TRANSFORM)
            published = tx.one(
                "materialize/publish",
                cube=cube,
                state=state.value,
                evaluation=done.evaluation.model_dump_json(),
                base_model=done.adapter.base_model,
                sha256=done.adapter.payload_sha256,
                bytes=done.adapter.payload_bytes,
                unlearned=[place for place, line in enumerate(lines) if line in stay_text],
                now=tx.now(),
            )
            if published is None:
                withdraw(tx, [cube])
                return False
            # Its version has its checksum from now on: the log vouches for it anew.
            written = WrittenVersion(cube, 1, done.adapter.payload_sha256, published["known_from"], published["by"])
            event = Event(space, "publish", principal, cubes=[cube], written=[written], detail=state.value)
            self._audit.append(tx, [event])
            return True

        if not self._runner.transact(work):
            self._payloads.erase(space)
            raise StateError(
                f"A memory changed or went while adapter {cube} was learning it; the adapter was erased.",
                hint="`memos lora redistill` teaches what still stands.",
            )

    def _usable(self, cube: str, space: str, principal: str) -> tuple[str, str]:
        found = self.get(cube, space=space, principal=principal)
        if not found.usable or found.key is None or found.sha256 is None:
            raise StateError(
                f"Adapter {cube} is not in service: it is {found.state}, or a memory it was made from changed.",
                hint="`memos lora redistill` distils such adapters anew.",
            )
        self._payloads.places.keep(space)
        self._payloads.bring(space, found.key)
        return PurePath(found.key).name, found.sha256

    def _lines(self, cube: str, principal: str) -> list[Line]:
        rows = self._runner.read("materialize/lines", principal=principal, cube=cube, now=now())
        return [line_of(row) for row in rows]

    def _rows(self, space: str, principal: str, *, cube: str | None = None) -> list[Row]:
        return self._runner.read(
            "materialize/list",
            principal=principal,
            space=space,
            now=now(),
            memory_type=MemoryType.PARAMETRIC.value,
            cube=cube,
        )

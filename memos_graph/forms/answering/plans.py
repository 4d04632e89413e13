"""In which form memories go before the model, and which of them: never more than fit, never a payload that does not serve."""

from collections.abc import Sequence
from dataclasses import dataclass

from memos_graph.errors import StateError
from memos_graph.forms.answering import considering
from memos_graph.forms.answering.answers import Considered, Form, LeftOut
from memos_graph.forms.answering.correcting import best, correcting
from memos_graph.forms.answering.lines import in_order
from memos_graph.forms.answering.window import EstimatedWindow, HostWindow
from memos_graph.forms.materialize import Covering, covering, linked
from memos_graph.graph.runner import Runner
from memos_graph.host.client import HostClient
from memos_graph.host.protocol import BuildCache, Turn
from memos_graph.host.remote import RemoteModel
from memos_graph.kit import meter
from memos_graph.search.calls import SearchResult
from memos_graph.search.selection import Line
from memos_graph.types import MemoryType, Model
from memos_graph.vault.payloads import Payloads
from memos_graph.vault.places import Places


class AnswerPlan(Model):
    """What will be asked of the model, and in which form.

    * ``lines`` it is answered from, in that order; the first of them, ``cached``, are held by a KV-cache or an adapter.
    * ``spared`` which part of the KV-cache plain text would have read, 0 to 1: the rest of it was not asked for, or is read again.
    * ``ready`` whether the host was just asked, and has the KV-cache whole. * ``renew`` a KV-cache that would have served, and is not there any more.
    """

    form: Form
    payload: str | None = None
    key: str | None = None
    sha256: str | None = None
    cached: tuple[Line, ...] = ()
    lines: tuple[Line, ...] = ()
    turns: tuple[Turn, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    spared: float = 0.0
    ready: bool = False
    renew: Covering | None = None
    considered: tuple[Considered, ...] = ()


class Asked(Model):
    """A chat to be answered: its turns, what a search for it found, the lines of that, best first, and how to answer."""

    turns: tuple[Turn, ...]
    found: SearchResult
    lines: tuple[Line, ...]
    rest: tuple[Line, ...]
    max_new_tokens: int
    space: str
    principal: str
    temperature: float = 0.0
    stop: tuple[str, ...] = ()
    instructions: tuple[str, ...] = ()
    explain: bool = False


class Planner:
    """Chooses the form. ``remote`` is the model in place of the host's, whose window is ``window`` tokens."""

    def __init__(
        self,
        runner: Runner,
        host: HostClient,
        places: Places,
        remote: RemoteModel | None,
        window: int,
        payloads: Payloads | None = None,
    ) -> None:
        self._payloads = payloads
        self._places = places
        self._runner = runner
        self._host = host
        self._remote = remote
        self._window = HostWindow(host) if remote is None else EstimatedWindow(window)

    def plan(self, asked: Asked, form: Form) -> AnswerPlan:
        """Return what to ask; raises ``StateError`` where ``form`` can't be served, with the reason."""
        plan = self._planned(asked, form)
        return plan.model_copy(update={"considered": self._considered(asked, plan)}) if asked.explain else plan

    def _planned(self, asked: Asked, form: Form) -> AnswerPlan:
        self._require_served(form)
        if form is Form.PARAMETRIC:
            return self._parametric(asked)
        if form is Form.PLAINTEXT or self._remote is not None or not asked.lines:
            return self._plaintext(asked)
        cover = self._covering(MemoryType.ACTIVATION, asked)
        return self._activation(asked, cover) if form is Form.ACTIVATION else self._cheapest(asked, cover)

    def _cheapest(self, asked: Asked, cover: Covering | None) -> AnswerPlan:
        """Take a KV-cache where it serves and pays, else plain text."""
        if cover is None:
            return self._plaintext(asked)
        behind = self._behind(asked, cover)
        if not considering.pays(cover, behind.spared):
            return self._plaintext(asked)
        if not self._host.holds_cache(cover.key):
            return self._plaintext(asked).model_copy(update={"renew": cover})
        fits = self._cached(asked, cover, behind)
        return self._plaintext(asked) if fits is None else fits.model_copy(update={"ready": True})

    def _considered(self, asked: Asked, plan: AnswerPlan) -> tuple[Considered, ...]:
        """Return every form that could have been, with what was against it."""
        if not asked.lines:
            return (considering.text((), plan.form), considering.taught(None, plan.form))
        cover = None if self._remote is not None else self._covering(MemoryType.ACTIVATION, asked)
        behind = self._behind(asked, cover) if cover else _Behind(asked.lines)
        adapter = self._covering(MemoryType.PARAMETRIC, asked) if self._takes_adapters else None
        return (
            considering.text(asked.lines, plan.form),
            considering.cached(asked.lines, behind.lines, cover, plan.form, self._against(asked, cover, behind)),
            considering.taught(adapter, plan.form),
            considering.quoted(chosen=plan.form is Form.QUOTE),
        )

    def _against(self, asked: Asked, cover: Covering | None, behind: "_Behind") -> str | None:
        """Return what keeps a KV-cache from being taken by itself."""
        if self._remote is not None:
            return "The model at MEMOS_LLM_URL keeps its own caches."
        if cover is None:
            return "No KV-cache in service holds any of it."
        if not considering.pays(cover, behind.spared):
            return "It spares too little: attending to all that it holds would take longer than reading what was found."
        if not self._host.holds_cache(cover.key):
            return "Its payload was lost, and is built again beside the answer."
        return None if self._cached(asked, cover, behind) is not None else "It leaves no room in the model's window."

    @property
    def _takes_adapters(self) -> bool:
        return self._remote is None or self._remote.takes_adapters

    def build(self, cover: Covering, space: str) -> None:
        """Have the host build a KV-cache, or find it, also in the vault; takes as long as reading all its lines."""
        if self._payloads is not None and self._payloads.bring_cache(space, cover.key):
            return
        built = self._host.build_cache(BuildCache(space=space, memory=tuple(line.text for line in cover.lines)))
        meter.model(built.seconds, built.device, built=built.tokens - built.reused_tokens)

    def serves(self, cover: Covering, space: str, principal: str) -> bool:
        """Tell whether a payload is in service still, and may be used."""
        model = self._host.serving().fingerprint
        cubes = [line.cube for line in cover.lines]
        found = covering(self._runner, MemoryType.ACTIVATION, model, cubes, space=space, principal=principal)
        return found is not None and found.key == cover.key

    def _require_served(self, form: Form) -> None:
        adapters = form is Form.PARAMETRIC and self._takes_adapters
        if self._remote is not None and form in {Form.ACTIVATION, Form.PARAMETRIC} and not adapters:
            raise StateError(
                f"Chats are answered at MEMOS_LLM_URL, which takes plaintext memory, not {form}.",
                hint="Set MEMOS_MODEL to chat by the model host.",
            )

    def _plaintext(self, asked: Asked) -> AnswerPlan:
        if not asked.lines:
            return AnswerPlan(form=Form.PLAINTEXT, turns=asked.turns)
        fitting = self._window.fit((), asked.lines, asked)
        return AnswerPlan(
            form=Form.PLAINTEXT,
            lines=in_order(fitting.lines),
            turns=fitting.turns,
            left_out=_left_out(asked, fitting.lines),
        )

    def _activation(self, asked: Asked, cover: Covering | None) -> AnswerPlan:
        """Begin with a KV-cache that was asked for; one that was lost is built anew."""
        if cover is None:
            raise StateError(
                f"No KV-cache in service in '{asked.space}' holds what this question needs.",
                hint="`memos kv build` makes one.",
            )
        plan = self._cached(asked, cover, self._behind(asked, cover))
        if plan is None:
            raise StateError(
                f"KV-cache {cover.id} leaves no room in the model's window for the question and its answer.",
                hint="Build one of fewer memories (`memos kv build`), or ask with the form auto or plaintext.",
            )
        return plan

    def _cached(self, asked: Asked, cover: Covering, behind: "_Behind") -> AnswerPlan | None:
        """Begin with the cached lines, then read what is to be read behind them; ``None`` where that does not fit."""
        fitting = self._window.fit(cover.lines, behind.lines, asked)
        if not fitting.fixed or not set(behind.again) <= set(fitting.lines):
            return None
        lines = (*cover.lines, *in_order(fitting.lines))
        return AnswerPlan(
            form=Form.ACTIVATION,
            payload=cover.id,
            key=cover.key,
            sha256=cover.sha256,
            cached=cover.lines,
            lines=lines,
            turns=fitting.turns,
            left_out=_left_out(asked, lines),
            spared=considering.share(behind.spared, cover.lines),
        )

    def _behind(self, asked: Asked, cover: Covering) -> "_Behind":
        """Tell what is read behind a KV-cache, and what of that it holds: read again, so that it is heeded."""
        held = {line.cube for line in cover.lines}
        lacking = [line for line in asked.lines if line.cube not in held]
        heeded = best(asked.lines, cover.lines)
        rest = [line for line in asked.lines if line.cube in held and line not in heeded]
        where = {"space": asked.space, "principal": asked.principal}
        again = (*heeded, *correcting(self._runner, [*lacking, *heeded], rest, **where))
        return _Behind(
            lines=tuple(line for line in asked.lines if line.cube not in held or line in again),
            again=again,
            spared=tuple(line for line in rest if line not in again),
        )

    def _parametric(self, asked: Asked) -> AnswerPlan:
        """Take the adapter that holds most of what was found, or else the one that the question's concepts lead to.

        What it was taught and did not take goes before the question as text, and so does what fits the question better than all
        that it holds.
        """
        cover = self._covering(MemoryType.PARAMETRIC, asked) if asked.lines else None
        if cover is None:
            paths = [hit.path.concept for hit in asked.found.hits if hit.path]
            concepts = dict.fromkeys([*asked.found.call.concepts, *paths])
            model = self._host.serving().fingerprint
            cover = linked(self._runner, model, list(concepts), space=asked.space, principal=asked.principal)
        if cover is None and not asked.lines:
            return AnswerPlan(form=Form.PLAINTEXT)
        if cover is None:
            raise StateError(
                f"No adapter in service in '{asked.space}' holds what this question needs.",
                hint="`memos lora distill` makes one.",
            )
        if self._remote is not None and not all(self._remote.may_see(line.text) for line in cover.lines):
            raise StateError(
                f"Adapter {cover.id} was taught what is more sensitive than the engine at MEMOS_LLM_URL may see.",
                hint="Distill one without those memories, or allow the engine more with MEMOS_LLM_SEES.",
            )
        learned = tuple(line for line in cover.lines if line.cube not in cover.unlearned)
        asked = _besides(learned, cover.unlearned, asked)
        fitting = self._window.fit((), asked.lines, asked)
        lines = (*learned, *in_order(fitting.lines))
        return AnswerPlan(
            form=Form.PARAMETRIC,
            payload=cover.id,
            key=cover.key,
            sha256=cover.sha256,
            cached=learned,
            lines=lines,
            turns=fitting.turns,
            left_out=_left_out(asked, lines),
        )

    def _covering(self, memory_type: MemoryType, asked: Asked) -> Covering | None:
        model = self._host.serving().fingerprint
        cubes = [line.cube for line in asked.lines]
        found = covering(self._runner, memory_type, model, cubes, space=asked.space, principal=asked.principal)
        if found is not None and self._places.keep(asked.space):  # what was read before that may be erased by now
            found = covering(self._runner, memory_type, model, cubes, space=asked.space, principal=asked.principal)
        return found


@dataclass(frozen=True)
class _Behind:
    """What is read behind a KV-cache, best first; what of it the cache holds; and what it spares."""

    lines: tuple[Line, ...]
    again: tuple[Line, ...] = ()
    spared: tuple[Line, ...] = ()


def _besides(learned: Sequence[Line], unlearned: Sequence[str], asked: Asked) -> Asked:
    """Return ``asked`` with those lines alone that an adapter's answer needs as text; the others rank behind what it holds."""
    held = {line.cube for line in learned}
    best = next((rank for rank, line in enumerate(asked.lines) if line.cube in held), len(asked.lines))
    wanted = [
        line
        for rank, line in enumerate(asked.lines)
        if line.cube not in held and (rank < best or line.cube in unlearned)
    ]
    spared = [line for line in asked.lines if line.cube not in held and line not in wanted]
    return asked.model_copy(update={"lines": tuple(wanted), "rest": (*spared, *asked.rest)})


def _left_out(asked: Asked, lines: Sequence[Line]) -> tuple[LeftOut, ...]:
    given = {line.cube for line in lines}
    return (
        *(LeftOut(cube=line.cube, reason="window") for line in asked.lines if line.cube not in given),
        *(LeftOut(cube=line.cube, reason="rank") for line in asked.rest if line.cube not in given),
    )

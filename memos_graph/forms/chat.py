"""Answers from memory: what a question needs is found, put before the model in one of the three forms, and accounted for.

* plaintext: the lines stand in the prompt and are read anew;
* activation: a KV-cache in service that holds the lines begins the prompt, and what it lacks is read after it;
* parametric: a LoRA adapter that was taught them answers without their text; what it does not hold is read before the question;
* quote: no model answers: the sentence that answers best is quoted (``answering/quoting.py``).
"""

import logging
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from types import MappingProxyType

from memos_graph.audit import AuditLog, Event
from memos_graph.embedding import Embedder
from memos_graph.errors import MemosError
from memos_graph.forms.answering import considering, phrasebook
from memos_graph.forms.answering.answers import UNKNOWN, ChatAnswer, Considered, Form, LeftOut, Usage, Used
from memos_graph.forms.answering.lines import ranked_lines
from memos_graph.forms.answering.plans import AnswerPlan, Asked, Planner
from memos_graph.forms.answering.quoting import NOTHING, Quoter
from memos_graph.forms.answering.support import supporting
from memos_graph.forms.materialize import Covering
from memos_graph.graph.runner import Runner
from memos_graph.host.client import HostClient
from memos_graph.host.protocol import DropCaches, Generate, Generated, TokenEvent, Turn
from memos_graph.host.remote import RemoteModel
from memos_graph.kit import meter
from memos_graph.search.calls import SearchResult
from memos_graph.search.selection import Line
from memos_graph.vault.payloads import Payloads
from memos_graph.vault.places import Places

__all__ = ["UNKNOWN", "Chat", "ChatAnswer", "Form", "LeftOut", "Usage", "Used"]

_NO_MODEL = "none"
_log = logging.getLogger("memos_graph")


class Chat:
    """Chats over the memories of one database, by the model host.

    * ``remote`` the model in place of the host's; ``window`` its tokens. * ``capable`` whether a model is set that answers in
      its own words: recall-tiny, which the package brings, knows its phrasebook only. * ``payloads`` which brings from a vault what is lost here.
    """

    def __init__(
        self,
        runner: Runner,
        audit: AuditLog,
        embedder: Embedder,
        host: HostClient,
        remote: RemoteModel | None,
        *,
        capable: bool,
        window: int,
        watermark: int | None = None,
        payloads: Payloads | None = None,
    ) -> None:
        self._watermark = watermark
        self._remote = remote
        self._runner = runner
        self._audit = audit
        self._embedder = embedder
        self._host = host
        self._capable = capable or remote is not None
        self._places = Places(runner, host.process.home, remote)
        self._payloads = payloads
        self._planner = Planner(runner, host, self._places, remote, window, payloads)
        self._quoter = Quoter(runner, embedder)
        self._renewing: set[str] = set()
        self._guard = threading.Lock()
        self._beside = ThreadPoolExecutor(1, "memos-kv-renew")

    def answer(
        self,
        turns: Sequence[Turn],
        found: SearchResult,
        *,
        space: str,
        principal: str,
        form: Form,
        max_new_tokens: int,
        temperature: float = 0.0,
        stop: Sequence[str] = (),
        instructions: Sequence[str] = (),
        explain: bool = False,
    ) -> Iterator[str | ChatAnswer]:
        """Yield the pieces of the answer to the last turn, and last the whole ``ChatAnswer``.

        ``stop`` texts that end it. ``instructions`` what the program that asks tells the model besides. A quote is
        given whole up to a stop text, and heeds no instruction and no limit of tokens. ``explain`` has the answer say which forms
        were considered.

        ``found`` is what the search for it gave. Raises ``StateError`` when ``form`` is asked for and can't be served,
        ``InputError`` for a question that does not fit the model's window, ``HostUnavailableError``.
        """
        if form is Form.QUOTE:
            yield from self._quote(found, space, principal, stop)
            return
        ranked = ranked_lines(self._runner, self._embedder, found, space=space, principal=principal)
        asked = Asked(
            turns=tuple(turns),
            found=found,
            lines=ranked.lines,
            rest=ranked.rest,
            max_new_tokens=max_new_tokens,
            space=space,
            principal=principal,
            temperature=temperature,
            stop=tuple(stop),
            instructions=tuple(instructions),
            explain=explain,
        )
        if form is Form.AUTO and not self._capable:
            yield from self._by_phrasebook(asked)
            return
        yield from self._by_model(asked, self._planner.plan(asked, form))

    def close(self) -> None:
        """Wait for a KV-cache that is being built, and close the connection to a remote engine, where there is one."""
        self._beside.shutdown()
        if self._remote is not None:
            self._remote.close()

    def _by_model(self, asked: Asked, plan: AnswerPlan) -> Iterator[str | ChatAnswer]:
        if not plan.lines and plan.form is not Form.PARAMETRIC:
            yield UNKNOWN
            yield self._account(asked, plan, None, UNKNOWN)
            return
        started = time.perf_counter()
        adapter = self._prepare(plan, asked.space)
        prepared = 1000 * (time.perf_counter() - started)
        taught = len(plan.cached) if plan.form is Form.PARAMETRIC else 0
        memory = tuple(line.text for line in plan.lines[taught:])
        request = Generate(
            space=asked.space,
            memory=memory,
            turns=plan.turns,
            adapter=adapter,
            max_new_tokens=asked.max_new_tokens,
            temperature=asked.temperature,
            stop=asked.stop,
            instructions=asked.instructions,
            use_cache=plan.form is Form.ACTIVATION,
            watermark=self._watermark,
        )
        for event in (self._remote or self._host).generate(request):
            if isinstance(event, TokenEvent):
                yield event.text
            elif isinstance(event, Generated):
                meter.used(plan.form, plan.payload)
                meter.model(
                    event.total_ms / 1000,
                    event.device,
                    read=event.prompt_tokens - event.cached_tokens,
                    saved=round(event.cached_tokens * plan.spared),
                    written=event.new_tokens,
                )
                if plan.renew is not None:
                    self._renew(plan.renew, asked.space, asked.principal)
                yield self._account(asked, plan, event, event.text, prepared)

    def _by_phrasebook(self, asked: Asked) -> Iterator[str | ChatAnswer]:
        """Let recall-tiny answer what its phrasebook reads, and nothing else: it says something to every question.

        What it says is held until it is whole, and kept only where a line says the same; otherwise a sentence is quoted.
        """
        question = asked.found.call.question
        value = phrasebook.value_of(question, asked.lines)
        if value is not None:
            alone = asked.model_copy(update={"turns": (Turn(role="user", text=question),)})
            answers = self._by_model(alone, self._planner.plan(alone, Form.AUTO))
            said = next((piece for piece in answers if isinstance(piece, ChatAnswer)), None)
            value = _until(value, asked.stop)
            if said is not None and _says(said, value):
                yield said.text
                yield said
                return
        considered = (
            (considering.text(asked.lines, Form.QUOTE), considering.quoted(chosen=True)) if asked.explain else ()
        )
        yield from self._quote(asked.found, asked.space, asked.principal, asked.stop, considered)

    def _quote(
        self,
        found: SearchResult,
        space: str,
        principal: str,
        stop: Sequence[str],
        considered: tuple[Considered, ...] = (),
    ) -> Iterator[str | ChatAnswer]:
        started = time.perf_counter()
        quote = self._quoter.quote(found, space=space, principal=principal)
        text = _until(NOTHING if quote is None else quote.text, stop)
        used = () if quote is None else quote.used
        yield text
        self._record(found, space, principal, {each.cube: each.version for each in used}, Form.QUOTE)
        yield ChatAnswer(
            text=text,
            form=Form.QUOTE,
            used=used,
            considered=considered,
            model=_NO_MODEL,
            usage=Usage(total_ms=1000 * (time.perf_counter() - started)),
            request_id=found.request_id,
        )

    def _prepare(self, plan: AnswerPlan, space: str) -> str | None:
        """Have the payload ready: a KV-cache that was lost or damaged is built anew, an adapter is checked and loaded."""
        if plan.form is Form.ACTIVATION and not plan.ready and plan.payload and plan.key and plan.sha256:
            cover = Covering(id=plan.payload, key=plan.key, sha256=plan.sha256, covered=0, lines=plan.cached)
            self._planner.build(cover, space)
        if plan.form is Form.PARAMETRIC and plan.key and plan.sha256:
            self._places.keep(space)
            if self._payloads is not None:
                self._payloads.bring(space, plan.key)
            # Our host holds it to its checksum and its base, also where another engine answers with it.
            adapter = self._host.load(plan.key, plan.sha256).id
            if self._remote is not None:
                self._places.keep_in_engine(space)
                self._remote.load(adapter, self._host.open_adapter(plan.key, plan.sha256))
            return adapter
        return None

    def _renew(self, cover: Covering, space: str, principal: str) -> None:
        """Build a lost KV-cache beside the answers, once at a time; what changed meanwhile is erased again."""
        with self._guard:
            if cover.key in self._renewing:
                return
            self._renewing.add(cover.key)
        self._beside.submit(self._build_beside, cover, space, principal)

    def _build_beside(self, cover: Covering, space: str, principal: str) -> None:
        try:
            self._planner.build(cover, space)
            if not self._planner.serves(cover, space, principal):
                self._host.drop_caches(DropCaches(keys=(cover.key,)))
        except MemosError as error:
            _log.warning("the KV-cache %s was lost, and could not be built again: %s", cover.id, error)
        finally:
            with self._guard:
                self._renewing.discard(cover.key)

    def _account(
        self, asked: Asked, plan: AnswerPlan, done: Generated | None, text: str, prepared: float = 0.0
    ) -> ChatAnswer:
        given = _used(plan.lines, plan.form)
        wanted = {line.cube for line in (*asked.lines, *asked.rest)}
        seen = ({plan.payload: 1} if plan.payload else {}) | {
            each.cube: each.version for each in given if each.cube in wanted
        }
        beside = {each.cube: each.version for each in given if each.cube not in wanted}
        self._record(asked.found, asked.space, asked.principal, seen, plan.form, beside)
        usage = Usage()
        if done is not None:
            usage = Usage(
                prompt_tokens=done.prompt_tokens,
                cached_tokens=done.cached_tokens,
                completion_tokens=done.new_tokens,
                prepare_ms=prepared,
                first_token_ms=done.first_token_ms,
                total_ms=done.total_ms,
            )
        return ChatAnswer(
            text=text,
            form=plan.form,
            payload=plan.payload,
            used=_used(supporting(text, asked.turns[-1].text, plan.lines), plan.form),
            given=given,
            left_out=plan.left_out,
            considered=plan.considered,
            turns_left_out=len(asked.turns) - len(plan.turns) if plan.lines else 0,
            reasoning=done.reasoning if done else "",
            finish=done.finish if done else "stop",
            model=done.model if done else _NO_MODEL,
            usage=usage,
            request_id=asked.found.request_id,
        )

    def _record(
        self,
        found: SearchResult,
        space: str,
        principal: str,
        seen: Mapping[str, int],
        form: Form,
        beside: Mapping[str, int] = MappingProxyType({}),
    ) -> None:
        """Have the log say what was read for an answer, before anybody gets it; it counts as read, but for what a payload held ``beside``."""
        event = Event(
            space,
            "chat",
            principal,
            cubes=[*seen, *beside],
            versions=[*seen.values(), *beside.values()],
            relevance=[None] * len(seen),
            detail=form.value,
            request_id=found.request_id,
        )
        self._audit.read(event)


def _says(answer: ChatAnswer, value: str) -> bool:
    """Whether an answer is ``value``, or as much of it as a limit or a stop text let through."""
    return answer.text == value or (value.startswith(answer.text) and answer.finish == "length")


def _until(text: str, stop: Sequence[str]) -> str:
    """Return ``text`` up to the first stop text in it."""
    return text[: min((at for each in stop if (at := text.find(each)) >= 0), default=len(text))].rstrip()


def _used(lines: Sequence[Line], form: Form) -> tuple[Used, ...]:
    once = {line.cube: line for line in reversed(lines)}  # what was read again behind a KV-cache is said once
    return tuple(
        Used(cube=line.cube, version=line.version, text=line.text, form=form) for line in reversed(once.values())
    )

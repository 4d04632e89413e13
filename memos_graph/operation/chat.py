"""Answers from memory: what a question needs is found, put before the model in one of the three forms, and accounted for.

* plaintext: the lines stand in the prompt and are read anew;
* activation: a KV-cache in service that holds the lines begins the prompt, and what it lacks is read after it;
* parametric: a LoRA adapter that was taught them answers without any text.
"""

from collections.abc import Iterator, Sequence
from enum import StrEnum

from pydantic import Field

from memos_graph.errors import StateError
from memos_graph.graph.runner import Runner
from memos_graph.host.client import HostClient
from memos_graph.host.protocol import BuildCache, Generate, Generated, TokenEvent, Turn
from memos_graph.host.remote import RemoteModel
from memos_graph.infrastructure.audit import AuditLog, Event
from memos_graph.infrastructure.governance import now
from memos_graph.operation.calls import SearchResult
from memos_graph.operation.materialize import Covering, covering, linked
from memos_graph.operation.selection import Line, Selection, line_of
from memos_graph.types import MemoryType, Model

UNKNOWN = "unknown"
"""What is answered when memory holds nothing."""


class Form(StrEnum):
    """In which form memories are put before the model; ``auto``: a KV-cache where one holds them all, else plaintext."""

    AUTO = "auto"
    PLAINTEXT = "plaintext"
    ACTIVATION = "activation"
    PARAMETRIC = "parametric"


class Used(Model):
    """A memory an answer rests on."""

    cube: str
    version: int
    text: str
    form: Form


class Usage(Model):
    """What an answer took."""

    prompt_tokens: int = 0
    cached_tokens: int = Field(default=0, description="Prompt tokens whose keys and values came from a KV-cache.")
    completion_tokens: int = 0
    first_token_ms: float = Field(default=0.0, description="From the request to the first token, in the host.")
    total_ms: float = 0.0


class ChatAnswer(Model):
    """An answer, and everything it rests on."""

    text: str
    form: Form = Field(description="Plaintext, activation or parametric: how the memories were put before the model.")
    payload: str | None = Field(default=None, description="Cube of the KV-cache or adapter that was used.")
    used: tuple[Used, ...] = Field(description="Memories the answer rests on, in the order the model saw them.")
    reasoning: str = Field(
        default="", description="What the model thought aloud before it answered; no part of the answer."
    )
    finish: str = "stop"
    model: str
    usage: Usage
    request_id: str = Field(description="Under which the log has this answer and its search.")


class Plan(Model):
    """What will be asked of the model, and in which form."""

    form: Form
    payload: str | None = None
    key: str | None = None
    sha256: str | None = None
    cached: tuple[Line, ...] = ()
    lines: tuple[Line, ...] = ()


class Chat:
    """Chats over the memories of one database, by the model host."""

    def __init__(
        self,
        runner: Runner,
        audit: AuditLog,
        host: HostClient,
        remote: RemoteModel | None,
        watermark: int | None = None,
    ) -> None:
        self._watermark = watermark
        self._remote = remote
        self._runner = runner
        self._audit = audit
        self._host = host

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
    ) -> Iterator[str | ChatAnswer]:
        """Yield the pieces of the answer to the last turn, and last the whole ``ChatAnswer``.

        ``stop`` texts that end it. ``instructions`` what the program that asks tells the model besides.

        ``found`` is what the search for it gave. Raises ``StateError`` when ``form`` is asked for and there is no payload
        in service of that form, ``HostUnavailableError``.
        """
        plan = self._plan(found, space, principal, form)
        if not plan.lines and plan.form is not Form.PARAMETRIC:
            yield UNKNOWN
            yield self._account(UNKNOWN, plan, None, found, space, principal)
            return
        adapter = self._prepare(plan, space)
        memory = () if plan.form is Form.PARAMETRIC else tuple(line.text for line in plan.lines)
        request = Generate(
            space=space,
            memory=memory,
            turns=tuple(turns),
            adapter=adapter,
            max_new_tokens=max_new_tokens,
            temperature=temperature,
            stop=tuple(stop),
            instructions=tuple(instructions),
            use_cache=plan.form is Form.ACTIVATION,
            watermark=self._watermark,
        )
        for event in (self._remote or self._host).generate(request):
            if isinstance(event, TokenEvent):
                yield event.text
            elif isinstance(event, Generated):
                yield self._account(event.text, plan, event, found, space, principal)

    def close(self) -> None:
        """Close the connection to a remote engine, where there is one."""
        if self._remote is not None:
            self._remote.close()

    def _plan(self, found: SearchResult, space: str, principal: str, form: Form) -> Plan:
        lines = self._lines(found, space, principal)
        remote_form = form is Form.PARAMETRIC and self._remote is not None and self._remote.takes_adapters
        if self._remote is not None and form in {Form.ACTIVATION, Form.PARAMETRIC} and not remote_form:
            raise StateError(
                f"Chats are answered at MEMOS_LLM_URL, which takes plaintext memory, not {form}.",
                hint="Set MEMOS_MODEL to chat by the model host.",
            )
        if form is Form.PARAMETRIC:
            return self._parametric(found, lines, space, principal)
        if form is Form.PLAINTEXT or self._remote is not None or not lines:
            return Plan(form=Form.PLAINTEXT, lines=tuple(lines))
        cover = self._covering(MemoryType.ACTIVATION, lines, space, principal)
        if cover is None and form is not Form.AUTO:
            raise StateError(
                f"No KV-cache in service in '{space}' holds what this question needs.",
                hint="`memos kv build` makes one.",
            )
        if cover is None:
            return Plan(form=Form.PLAINTEXT, lines=tuple(lines))
        return _activation(cover, lines, form)

    def _parametric(self, found: SearchResult, lines: Sequence[Line], space: str, principal: str) -> Plan:
        """Take the adapter that holds most of what was found, or else the one that the question's concepts lead to."""
        cover = self._covering(MemoryType.PARAMETRIC, lines, space, principal) if lines else None
        if cover is None:
            paths = [hit.path.concept for hit in found.hits if hit.path]
            concepts = dict.fromkeys([*found.call.concepts, *paths])
            model = self._host.health().fingerprint
            cover = linked(self._runner, model, list(concepts), space=space, principal=principal)
        if cover is None and not lines:
            return Plan(form=Form.PLAINTEXT)
        if cover is None:
            raise StateError(
                f"No adapter in service in '{space}' holds what this question needs.",
                hint="`memos lora distill` makes one.",
            )
        return _with(cover, Form.PARAMETRIC, cover.lines)

    def _covering(self, memory_type: MemoryType, lines: Sequence[Line], space: str, principal: str) -> Covering | None:
        model = self._host.health().fingerprint
        cubes = [line.cube for line in lines]
        return covering(self._runner, memory_type, model, cubes, space=space, principal=principal)

    def _lines(self, found: SearchResult, space: str, principal: str) -> list[Line]:
        ids = [hit.cube.id for hit in found.hits]
        if not ids:
            return []
        rows = self._runner.read(
            "materialize/select",
            principal=principal,
            space=space,
            now=now(),
            everything=False,
            limit=10 * len(ids),
            **Selection(cubes=tuple(ids)).model_dump(mode="json"),
        )
        return [line_of(row) for row in rows]

    def _prepare(self, plan: Plan, space: str) -> str | None:
        """Have the payload ready: a KV-cache that was lost or damaged is built anew, an adapter is checked and loaded."""
        if plan.form is Form.ACTIVATION:
            self._host.build_cache(BuildCache(space=space, memory=tuple(line.text for line in plan.cached)))
        if plan.form is Form.PARAMETRIC and plan.key and plan.sha256:
            # Our host holds it to its checksum and its base, also where another engine answers with it.
            adapter = self._host.load(plan.key, plan.sha256).id
            if self._remote is not None:
                self._remote.load(adapter, self._host.open_adapter(plan.key, plan.sha256))
            return adapter
        return None

    def _account(
        self, text: str, plan: Plan, done: Generated | None, found: SearchResult, space: str, principal: str
    ) -> ChatAnswer:
        used = [Used(cube=line.cube, version=line.version, text=line.text, form=plan.form) for line in plan.lines]
        seen = ({plan.payload: 1} if plan.payload else {}) | {each.cube: each.version for each in used}
        event = Event(
            space,
            "chat",
            principal,
            cubes=list(seen),
            versions=list(seen.values()),
            detail=plan.form.value,
            request_id=found.request_id,
        )
        self._audit.read(event)
        usage = Usage()
        if done is not None:
            usage = Usage(
                prompt_tokens=done.prompt_tokens,
                cached_tokens=done.cached_tokens,
                completion_tokens=done.new_tokens,
                first_token_ms=done.first_token_ms,
                total_ms=done.total_ms,
            )
        return ChatAnswer(
            text=text,
            form=plan.form,
            payload=plan.payload,
            used=tuple(used),
            reasoning=done.reasoning if done else "",
            finish=done.finish if done else "stop",
            model=done.model if done else "none",
            usage=usage,
            request_id=found.request_id,
        )


def _with(cover: Covering, form: Form, lines: Sequence[Line]) -> Plan:
    return Plan(
        form=form,
        payload=cover.id,
        key=cover.key,
        sha256=cover.sha256,
        cached=cover.lines,
        lines=tuple(lines),
    )


def _activation(cover: Covering, lines: Sequence[Line], form: Form) -> Plan:
    """Begin with the cached lines; what the cache lacks can only follow it.

    ``auto`` lets only what was said later follow: an older memory after a newer one would read as its correction.
    """
    held = {line.cube for line in cover.lines}
    more = [line for line in lines if line.cube not in held]
    if form is Form.AUTO and any(line.place < cover.lines[-1].place for line in more):
        return Plan(form=Form.PLAINTEXT, lines=tuple(lines))
    return _with(cover, Form.ACTIVATION, [*cover.lines, *more])

"""A remote engine in place of the model host: any OpenAI-compatible server, vLLM and SGLang among them, over plaintext memory.

Those two cache prefixes by themselves; they are given a ``cache_salt`` made of the space and of this installation's root key,
so that no space's cached prefix serves another, and who reaches the engine can neither guess the salt nor find out by timing what a space's
prompts begin with. They also load and unload adapters while they run, where they were started so (``engines.py``) and see the folder
those lie in; KV-caches of our own stay with the model host.

What is sensitive above ``llm_sees`` is hidden in all that is sent.
"""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from memos_graph.config import Settings
from memos_graph.errors import ModelError
from memos_graph.host.answering import Answering
from memos_graph.host.completions import CompletionServer
from memos_graph.host.engines import ENGINES
from memos_graph.host.instruction import system_text
from memos_graph.host.protocol import Event, Generate, Generated, TokenEvent
from memos_graph.host.reasoning import Thinking
from memos_graph.host.stops import StopTexts
from memos_graph.kit.crypto.keyring import Keyring
from memos_graph.language.sensitivity import LevelName, detector, redact

_MANAGE_S = 10.0


class RemoteModel:
    """Answers by the server at ``MEMOS_LLM_URL``. Close it."""

    def __init__(self, settings: Settings, keyring: Keyring) -> None:
        self._keyring = keyring
        self._server = CompletionServer(settings)
        self._engine = ENGINES[settings.llm_engine]
        self._detector = detector(settings.sensitivity)
        self._sees = LevelName(settings.llm_sees).level

    def generate(self, request: Generate) -> Iterator[Event]:
        """Yield the pieces of an answer and last a ``Generated``.

        Raises ``RemoteBusyError`` when the server has no time, ``RemoteModelError`` for every answer that is not whole.
        """
        started, first = time.perf_counter(), 0.0
        answering, thinking, ends = Answering(self._server), Thinking(), StopTexts(request.stop)
        text = ""
        with self._server.posted("chat/completions", self._body(request)) as reply:
            for piece in answering.pieces(reply):
                told = ends.push(thinking.push(piece))
                if told:
                    first = first or time.perf_counter() - started
                    text += told
                    yield TokenEvent(text=told)
                if ends.hit:
                    break
        if rest := ends.push(thinking.flush()) + ends.flush():
            text += rest
            yield TokenEvent(text=rest)
        # What was told before a thought without a beginning came to its end is no part of the answer.
        answer = (text if ends.hit else thinking.answer).strip()
        thoughts = (answering.reasoning + thinking.thoughts).strip()
        if not answer and not request.stop:
            raise self._nothing(thoughts, answering)
        yield Generated(
            text=answer,
            reasoning=thoughts,
            prompt_tokens=_count(answering.usage, "prompt_tokens"),
            cached_tokens=_count(answering.usage.get("prompt_tokens_details"), "cached_tokens"),
            new_tokens=_count(answering.usage, "completion_tokens"),
            finish="length" if answering.length and not ends.hit else "stop",
            first_token_ms=first * 1000,
            total_ms=(time.perf_counter() - started) * 1000,
            model=self._server.model,
        )

    def _nothing(self, thoughts: str, answering: Answering) -> ModelError:
        if thoughts and answering.length:
            return self._server.broken(
                "used up all tokens it was allowed before it had thought to the end", hint="Allow a longer answer."
            )
        return self._server.broken("answered nothing", hint="Ask again.")

    @property
    def takes_adapters(self) -> bool:
        """Whether it is an engine that loads adapters while it runs."""
        return self._engine.takes_adapters

    @property
    def address(self) -> str:
        """Where it is, without what a URL may hold of passwords."""
        return self._server.address

    def load(self, adapter: str, folder: Path) -> None:
        """Have the engine load an adapter from a folder it sees too; one that is loaded is left. Raises ``ModelError``."""
        reply = self._server.asked(
            "POST", self._engine.load, {"lora_name": adapter, "lora_path": str(folder)}, seconds=self._server.silence
        )
        if reply.is_success or adapter in (self.holds() or ()):
            return
        raise self._server.broken(
            f"did not load adapter {adapter} (status {reply.status_code})",
            reply.text,
            hint=self._engine.start,
        )

    def unload(self, adapter: str) -> None:
        """Have the engine give an adapter up; returns once it is seen not to hold it, whatever it says to the request.

        Raises ``ModelError`` where it still lists the adapter, does not answer, or does not tell what it holds.
        """
        reply = self._server.asked("POST", self._engine.unload, {"lora_name": adapter}, seconds=_MANAGE_S)
        held = self.holds()
        if held is None and reply.is_success:
            return
        if held is None or adapter in held:
            raise self._server.broken(
                f"did not give up adapter {adapter} (status {reply.status_code})",
                reply.text,
                hint="It is asked again; an engine that is started anew holds no adapter that was loaded while it ran.",
            )

    def holds(self) -> set[str] | None:
        """Return the models and adapters the server offers; ``None`` where it does not tell. Raises ``RemoteBusyError``."""
        reply = self._server.asked("GET", "models", seconds=_MANAGE_S)
        try:
            return {str(each["id"]) for each in reply.json()["data"]} if reply.is_success else None
        except (ValueError, LookupError, TypeError):
            return None

    def close(self) -> None:
        """Close the connection."""
        self._server.close()

    def _body(self, request: Generate) -> dict[str, Any]:
        system = system_text(
            [self._fit_to_send(line) for line in request.memory],
            [self._fit_to_send(text) for text in request.instructions],
        )
        body: dict[str, Any] = {
            "model": self._asked_for(request.adapter),
            "messages": [
                *([{"role": "system", "content": system}] if system else []),
                *({"role": turn.role, "content": self._fit_to_send(turn.text)} for turn in request.turns),
            ],
            "max_tokens": request.max_new_tokens,
            "temperature": request.temperature,
            "stream": True,
            "stream_options": {"include_usage": True},
        }
        if request.stop:
            body["stop"] = list(request.stop)
        if self._engine.salted:
            body["cache_salt"] = self._keyring.keyed("prefixes of an engine", request.space)
        return body

    def _asked_for(self, adapter: str | None) -> str:
        model = self._server.model
        return model if adapter is None else self._engine.adapter.format(model=model, adapter=adapter)

    def may_see(self, text: str) -> bool:
        """Whether the engine may be given all of a text: an adapter that was taught it holds it whole."""
        return self._fit_to_send(text) == text

    def _fit_to_send(self, text: str) -> str:
        return redact(text, self._detector(text), self._sees)


def _count(usage: object, name: str) -> int:
    """Return a count of tokens, 0 where the server gives none."""
    found = usage.get(name) if isinstance(usage, dict) else None
    return found if isinstance(found, int) and found >= 0 else 0

"""What chunks of a chat completion add up to: an answer with its end, or a failure."""

import json
from collections.abc import Iterator
from typing import Any

import httpx

from memos_graph.host.completions import CompletionServer
from memos_graph.host.sse import DONE, EventStream

_STOPPED = {"stop", "eos", "eos_token", "stop_sequence", "end_turn"}
_CUT = {"length", "max_tokens", "model_length"}
_NOT_FOUND_HINT = "Check MEMOS_LLM_URL, which ends in /v1 for most servers."


class Answering:
    """Reads one reply of ``server``; ``pieces`` yields its text, the rest is known after it.

    * ``reasoning`` what came apart from the answer. * ``usage`` as the server counts. * ``length`` whether the answer was cut.
    """

    def __init__(self, server: CompletionServer) -> None:
        self._server = server
        self._finish: str | None = None
        self._ended = False
        self._chars = 0
        self.reasoning = ""
        self.usage: dict[str, Any] = {}

    @property
    def length(self) -> bool:
        """Whether the answer ended since it was as long as it may be."""
        return self._finish in _CUT

    def pieces(self, reply: httpx.Response) -> Iterator[str]:
        """Yield the text of the answer as it comes; raises ``RemoteModelError`` for one that is no whole answer."""
        events = EventStream(reply.iter_bytes(), silence=self._server.silence)
        try:
            for name, data in events:
                if data.strip() == DONE:
                    self._ended = True
                    break
                yield from self._told(self._chunk(name, data))
        except (httpx.HTTPError, TimeoutError) as error:
            if self._finish is None:
                raise self._server.broken(f"broke off its answer after {self._chars} characters", str(error)) from error
        if not self._chars and not self._ended and self._finish is None and events.stray.strip():
            yield from self._whole(events.stray)
        self._check(events.stray)

    def _chunk(self, name: str, data: str) -> dict[str, Any]:
        try:
            chunk = json.loads(data)
        except ValueError:
            chunk = data
        if not isinstance(chunk, dict):
            raise self._server.broken("sent an event that is not a chunk of an answer", data)
        if name == "error" or chunk.get("error") or chunk.get("object") == "error":
            raise self._server.broken("failed while it answered", data)
        return chunk

    def _told(self, chunk: dict[str, Any]) -> Iterator[str]:
        if isinstance(usage := chunk.get("usage"), dict):
            self.usage = usage
        choices = chunk.get("choices")
        for choice in choices if isinstance(choices, list) else ():
            if not isinstance(choice, dict) or choice.get("index"):
                continue
            if choice.get("error"):
                raise self._server.broken("failed while it answered", json.dumps(choice))
            self._finish = choice.get("finish_reason") or self._finish
            said = choice.get("delta") or choice.get("message")
            if isinstance(said, dict) and (text := self._said(said)):
                self._chars += len(text)
                yield text

    def _said(self, said: dict[str, Any]) -> str:
        if isinstance(refusal := said.get("refusal"), str) and refusal:
            raise self._server.broken("refused to answer", refusal)
        for name in ("reasoning_content", "reasoning"):
            if isinstance(thought := said.get(name), str) and thought:
                self.reasoning += thought
                break
        content = said.get("content")
        if isinstance(content, str):
            return content
        text = ""
        for part in content if isinstance(content, list) else ():
            if isinstance(part, dict) and isinstance(part.get("text"), str):
                text += part["text"]
            elif isinstance(part, dict) and part.get("type") in {"thinking", "reasoning"}:
                self.reasoning += json.dumps(part.get(part["type"]), ensure_ascii=False)
        return text

    def _whole(self, body: str) -> Iterator[str]:
        """Read a reply that is no stream: an answer in one piece, a failure, or a page."""
        try:
            chunk = json.loads(body)
        except ValueError:
            chunk = None
        if isinstance(chunk, dict) and chunk.get("choices"):
            yield from self._told(self._chunk("", body))
            self._ended = True
            return
        raise self._server.broken("answered in no form of a chat completion", body, hint=_NOT_FOUND_HINT)

    def _check(self, stray: str) -> None:
        if self._finish is None and not self._ended:
            raise self._server.broken(f"broke off its answer after {self._chars} characters", stray, hint="Ask again.")
        if self._finish == "content_filter":
            raise self._server.broken("held its answer back: its content filter stopped it")
        if self._finish is not None and self._finish not in _STOPPED | _CUT:
            raise self._server.broken("ended its answer by no end of an answer", self._finish)

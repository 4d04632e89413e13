"""A remote engine in place of the model host: any OpenAI-compatible server, vLLM among them, over plaintext memory.

vLLM caches prefixes by itself; it is given a ``cache_salt`` made of the space, so that no space's cached prefix serves
another, nor can be found out by timing. It also loads and unloads adapters while it runs, where it was started so
(``--enable-lora``, ``VLLM_ALLOW_RUNTIME_LORA_UPDATING=True``) and sees the folder they lie in; KV-caches of our own stay with
the model host.
"""

import hashlib
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx

from memos_graph.config import Settings
from memos_graph.errors import ConfigurationError, ModelError
from memos_graph.host.instruction import INSTRUCTION, one_line
from memos_graph.host.protocol import Event, Generate, Generated, TokenEvent

_DATA = "data: "


class RemoteModel:
    """Answers by the server at ``MEMOS_LLM_URL``. Close it."""

    def __init__(self, settings: Settings) -> None:
        if settings.llm_url is None or settings.llm_model is None:
            raise ConfigurationError(
                "A remote engine needs MEMOS_LLM_URL and MEMOS_LLM_MODEL.", hint="Set both, or set MEMOS_MODEL instead."
            )
        key = settings.llm_key.get_secret_value() if settings.llm_key else None
        self._model = settings.llm_model
        self._vllm = settings.llm_engine == "vllm"
        self._client = httpx.Client(
            base_url=settings.llm_url.rstrip("/") + "/",
            headers={"Authorization": f"Bearer {key}"} if key else {},
            timeout=settings.llm_timeout,
        )

    def generate(self, request: Generate) -> Iterator[Event]:
        """Yield the pieces of an answer and last a ``Generated``; raises ``ModelError`` when the server fails."""
        started = time.perf_counter()
        text, finish, usage, first = "", "stop", dict[str, Any](), 0.0
        try:
            with self._client.stream("POST", "chat/completions", json=self._body(request)) as reply:
                if reply.is_error:
                    reply.read()
                    reply.raise_for_status()
                for chunk in _chunks(reply.iter_lines()):
                    usage = chunk.get("usage") or usage
                    for choice in chunk.get("choices", ()):
                        finish = choice.get("finish_reason") or finish
                        piece = choice.get("delta", {}).get("content") or ""
                        if piece:
                            first = first or time.perf_counter() - started
                            text += piece
                            yield TokenEvent(text=piece)
        except (httpx.HTTPError, ValueError, TypeError, AttributeError) as error:
            raise ModelError(
                f"The language model at MEMOS_LLM_URL failed: {error!r}.",
                hint="Check MEMOS_LLM_URL, MEMOS_LLM_MODEL and MEMOS_LLM_KEY.",
            ) from error
        details = usage.get("prompt_tokens_details") or {}
        yield Generated(
            text=text.strip(),
            prompt_tokens=usage.get("prompt_tokens", 0),
            cached_tokens=details.get("cached_tokens") or 0,
            new_tokens=usage.get("completion_tokens", 0),
            finish="length" if finish == "length" else "stop",
            first_token_ms=first * 1000,
            total_ms=(time.perf_counter() - started) * 1000,
            model=self._model,
        )

    @property
    def takes_adapters(self) -> bool:
        """Whether it is an engine that loads adapters while it runs."""
        return self._vllm

    def load(self, adapter: str, folder: Path) -> None:
        """Have vLLM load an adapter from a folder it sees too; one that is loaded is left. Raises ``ModelError``."""
        self._manage("load_lora_adapter", adapter, "already been loaded", lora_path=str(folder))

    def unload(self, adapter: str) -> None:
        """Have vLLM give an adapter up; one it does not hold is no error. Raises ``ModelError``."""
        self._manage("unload_lora_adapter", adapter, "cannot be found")

    def _manage(self, act: str, adapter: str, done_before: str, **more: str) -> None:
        try:
            reply = self._client.post(act, json={"lora_name": adapter, **more})
        except httpx.HTTPError as error:
            raise ModelError(f"vLLM can't be reached to {act}: {error!r}.", hint="Check MEMOS_LLM_URL.") from error
        if reply.is_error and done_before not in reply.text:
            raise ModelError(
                f"vLLM refused to {act} {adapter}: status {reply.status_code}, {reply.text[:200]!r}.",
                hint="Start it with --enable-lora and VLLM_ALLOW_RUNTIME_LORA_UPDATING=True, where it sees MEMOS_HOME.",
            )

    def close(self) -> None:
        """Close the connection."""
        self._client.close()

    def _body(self, request: Generate) -> dict[str, Any]:
        memory = "".join(f"\n- {one_line(line)}" for line in request.memory)
        body: dict[str, Any] = {
            "model": request.adapter or self._model,
            "messages": [
                *([{"role": "system", "content": INSTRUCTION + memory}] if memory or not request.adapter else []),
                *({"role": turn.role, "content": turn.text} for turn in request.turns),
            ],
            "max_tokens": request.max_new_tokens,
            "temperature": request.temperature,
            "stream": True,
            "stream_options": {"include_usage": True},
        }
        if self._vllm:
            body["cache_salt"] = hashlib.sha256(request.space.encode()).hexdigest()
        return body


def _chunks(lines: Iterator[str]) -> Iterator[dict[str, Any]]:
    for line in lines:
        if line.startswith(_DATA) and (data := line.removeprefix(_DATA).strip()) != "[DONE]":
            yield json.loads(data)

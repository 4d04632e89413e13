"""What the model host does for its clients: one model, its kept caches, its adapters."""

import os
import threading
import time
from collections.abc import Generator, Iterator, Sequence

import psutil

from memos_graph.config import Settings
from memos_graph.host import protocol
from memos_graph.host.engine import ModelEngine
from memos_graph.host.fitting import fit
from memos_graph.host.keys import PayloadKeys
from memos_graph.host.kv.rates import calibrate
from memos_graph.host.kv.store import CacheStore
from memos_graph.host.lora.distill import distill
from memos_graph.host.lora.evaluate import evaluate
from memos_graph.host.lora.externalize import externalize
from memos_graph.host.lora.job import DistillJob
from memos_graph.host.lora.payload import AdapterFolder, opened
from memos_graph.host.lora.shelf import AdapterShelf
from memos_graph.host.lora.standby import Standby
from memos_graph.host.prompt import Prompt, PromptTurn, memory_of, render
from memos_graph.host.protocol import (
    PROTOCOL,
    AdapterInfo,
    CacheBuilt,
    Dropped,
    Evaluation,
    Event,
    Externalized,
    Generated,
    HostHealth,
)
from memos_graph.host.reasoning import Thinking
from memos_graph.host.record import HostHome
from memos_graph.host.watermark import detect

_TAG_TOKENS = 12  # as many as an opening tag and the blanks after it may take


class Work:
    """Loads the model ``settings`` name and serves it; safe to share between threads."""

    def __init__(self, settings: Settings, home: HostHome, keys: PayloadKeys, standby: Standby | None = None) -> None:
        self.keys = keys
        self._standby = standby
        self.distillations, self.distill_queue = settings.distill_at_once, settings.distill_queue
        self._home = home
        self._settings = settings
        self._started = time.monotonic()
        self._chats = 0
        self._guard = threading.Lock()
        self.engine = ModelEngine.load(
            settings.model,
            device=settings.host_device,
            dtype=settings.host_dtype,
            threads=settings.host_threads,
            cache=settings.cache,
        )
        self.shelf = AdapterShelf(self.engine)
        self.engine.adapters = self.shelf
        self.store = CacheStore(
            self.engine,
            home.caches,
            keys,
            device_bytes=settings.kv_device_mb << 20,
            host_bytes=settings.kv_host_mb << 20,
            disk_bytes=settings.kv_disk_mb << 20,
            copied=settings.vault_url is not None or settings.vault_cold_url is not None,
            rates=calibrate(self.engine, home.caches) if settings.kv_reuse == "faster" else None,
        )
        self.engine.caches = self.store

    def health(self) -> HostHealth:
        """Return what the host is and holds."""
        model, stats = self.engine.identity, self.store.stats()
        return HostHealth(
            protocol=PROTOCOL,
            pid=os.getpid(),
            model=model.name,
            fingerprint=model.fingerprint,
            device=model.device,
            dtype=model.dtype,
            attention=model.attention,
            parameters=model.parameters,
            context_length=model.context_length,
            kv_bytes_per_token=model.kv_bytes_per_token,
            uptime_s=time.monotonic() - self._started,
            memory_bytes=psutil.Process().memory_info().rss,
            cache_bytes=stats.bytes,
            caches=stats.caches,
            adapters=self.shelf.every(),
            chats=self._chats,
        )

    def generate(self, request: protocol.Generate) -> Iterator[Event]:
        """Yield the pieces of an answer and last the whole of it."""
        started = time.perf_counter()
        turns = tuple(PromptTurn(turn.role, turn.text) for turn in request.turns)
        rendered = render(self.engine.tokenizer, Prompt(request.memory, turns, request.instructions))
        generation = self.engine.generate(
            rendered.tokens,
            space=request.space,
            adapter=request.adapter,
            max_new_tokens=request.max_new_tokens,
            temperature=request.temperature,
            stop_texts=(*rendered.stop_texts, *request.stop),
            use_cache=request.use_cache,
            watermark=request.watermark,
            end_repetition=True,
        )
        thinking = Thinking(self._end_of(rendered.tokens))
        for piece in generation:
            if told := thinking.push(piece.text):
                yield protocol.TokenEvent(text=told)
        if rest := thinking.flush():
            yield protocol.TokenEvent(text=rest)
        done = generation.result
        with self._guard:
            self._chats += 1
        yield Generated(
            text=thinking.answer.strip(),
            reasoning=thinking.thoughts.strip(),
            prompt_tokens=done.prompt_tokens,
            cached_tokens=done.cached_tokens,
            new_tokens=len(done.tokens),
            finish=done.finish,
            first_token_ms=done.first_token_ms,
            total_ms=(time.perf_counter() - started) * 1000,
            model=self.engine.identity.name,
            device=str(self.engine.device),
        )

    def fit(self, request: protocol.Fit) -> protocol.Fitted:
        """Choose what fits the model's window."""
        return fit(self.engine.tokenizer, self.engine.identity.context_length, request)

    def _end_of(self, prompt: Sequence[int]) -> str:
        """Return the end of a prompt as text; nothing of a model whose tags would not be seen in its answer."""
        tokenizer = self.engine.tokenizer
        if any("think" in str(token) for token in tokenizer.all_special_tokens):
            return ""
        return str(tokenizer.decode(list(prompt[-_TAG_TOKENS:]), clean_up_tokenization_spaces=False))

    def detect(self, request: protocol.Detect) -> protocol.Detected:
        """Tell whether a text carries the mark of a key, as this model's tokens."""
        tokens = self.engine.tokenizer(request.text, add_special_tokens=False)["input_ids"]
        return detect(request.watermark, self.engine.model.config, list(tokens))

    def build_cache(self, request: protocol.BuildCache) -> CacheBuilt:
        """Prefill memories and keep their KV-cache."""
        started = time.perf_counter()
        rendered = render(self.engine.tokenizer, Prompt(request.memory))
        built = self.store.build(request.space, request.adapter, rendered.tokens[: rendered.memory_tokens])
        return CacheBuilt(
            key=built.key,
            tokens=built.tokens,
            reused_tokens=built.reused_tokens,
            payload_bytes=built.bytes,
            payload_sha256=built.sha256,
            files=built.files,
            seconds=time.perf_counter() - started,
            device=str(self.engine.device),
        )

    def holds_cache(self, key: str) -> protocol.CacheHeld:
        """Tell whether a KV-cache is there whole."""
        return protocol.CacheHeld(whole=self.store.holds(key))

    def adopt_cache(self, key: str) -> protocol.CacheHeld:
        """Take up a KV-cache whose files were brought here."""
        return protocol.CacheHeld(whole=self.store.adopt(key))

    def read_cache(self, key: str) -> protocol.CacheLines:
        """Read the memories back out of a kept KV-cache, its payload verified."""
        return protocol.CacheLines(lines=memory_of(self.engine.tokenizer, self.store.tokens(key)))

    def drop_caches(self, request: protocol.DropCaches) -> Dropped:
        """Erase KV-caches in every tier."""
        return Dropped(count=sum(self.store.drop(key, for_good=not request.copied) for key in request.keys))

    def keep_caches(self, request: protocol.KeepCaches) -> Dropped:
        """Erase the KV-caches of a space but those that are named."""
        return Dropped(count=self.store.drop_space(request.space, but=request.keys))

    def distill(self, request: protocol.Distill) -> Generator[Event]:
        """Yield the progress of a distillation, done in a process of its own, and last ``Distilled``."""
        job = DistillJob(
            id=request.id,
            lines=request.lines,
            recipe=request.recipe,
            model=self._settings.model,
            device=self._settings.host_device,
            dtype=self._settings.host_dtype,
            threads=self._settings.host_threads,
            cache=self._settings.cache,
        )
        folder = AdapterFolder(self._home.adapters / request.id, self.keys.make(request.id))
        yield from distill(job, folder, self._take_standby())

    def load(self, adapter: str, sha256: str) -> AdapterInfo:
        """Load an adapter whose payload has this checksum."""
        return self.shelf.load(adapter, self._folder(adapter), sha256=sha256)

    def open(self, adapter: str, sha256: str) -> Dropped:
        """Lay an adapter out as other engines read it, unencrypted, until it is erased or closed."""
        opened(self._folder(adapter), self._home.opened / adapter, sha256)
        return Dropped(count=1)

    def unload(self, adapter: str) -> Dropped:
        """Take an adapter out of memory, where it is loaded."""
        return Dropped(count=int(self.shelf.unload(adapter)))

    def evaluate(self, adapter: str) -> Evaluation:
        """Measure a loaded adapter."""
        return evaluate(self.engine, self.shelf, adapter)

    def externalize(self, adapter: str, request: protocol.Externalize) -> Externalized:
        """Ask a loaded adapter what it holds."""
        return externalize(self.engine, self.shelf, adapter, request)

    def _take_standby(self) -> Standby | None:
        """Return the process that waits for the first distillation, once."""
        with self._guard:
            taken, self._standby = self._standby, None
        return taken if taken is not None and taken.poll() is None else None

    def _folder(self, adapter: str) -> AdapterFolder:
        return AdapterFolder(self._home.adapters / adapter, self.keys.get(adapter))

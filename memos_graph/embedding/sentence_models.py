"""Any model of sentence-transformers: ``MEMOS_EMBEDDER`` names it, by the hub's name or as a folder."""

from collections.abc import Sequence
from typing import Any

import torch
from sentence_transformers import SentenceTransformer

from memos_graph.embedding.quantized import quantize
from memos_graph.embedding.reader import WINDOW_OVERLAP, Precision, TokenReader, Tokens, WholeReader
from memos_graph.embedding.vectors import Matrix
from memos_graph.errors import ModelError
from memos_graph.kit import progress_bars

_MEAN_POOLED = {"Transformer", "Pooling", "Normalize"}


def load(name: str, precision: Precision) -> TokenReader | WholeReader:
    """Load a model; raises ``ModelError`` when that fails."""
    try:
        with progress_bars.hidden():
            model: Any = SentenceTransformer(name).eval()
    except (OSError, ValueError) as error:
        raise ModelError(
            f"The embedding model '{name}' could not be loaded: {error}",
            hint="Set MEMOS_EMBEDDER to a folder with a sentence-transformers model, or leave it unset.",
        ) from error
    if precision == "int8" and model.device.type == "cpu":
        quantize(model)
    mean_pooled = {type(module).__name__ for module in model} <= _MEAN_POOLED and model[1].pooling_mode == "mean"
    return _MeanPooled(model) if mean_pooled else _AnyOther(model)


class _AnyOther:
    """A ``WholeReader``."""

    def __init__(self, model: Any) -> None:
        self._model = model
        self.dimensions = int(model.get_embedding_dimension())

    def encode(self, texts: Sequence[str]) -> Matrix:
        found: Matrix = self._model.encode(list(texts), normalize_embeddings=True, show_progress_bar=False)
        return found


class _MeanPooled:
    """A ``TokenReader``."""

    def __init__(self, model: Any) -> None:
        self._model = model
        self.dimensions = int(model.get_embedding_dimension())

    def windows(self, texts: Sequence[str]) -> list[list[Tokens]]:
        found = self._model.tokenizer(
            list(texts),
            truncation=True,
            max_length=self._model.max_seq_length,
            stride=WINDOW_OVERLAP,
            return_overflowing_tokens=True,
            return_offsets_mapping=True,
        )
        windows: list[list[Tokens]] = [[] for _ in texts]
        for text, ids, offsets in zip(
            found["overflow_to_sample_mapping"], found["input_ids"], found["offset_mapping"], strict=True
        ):
            windows[text].append(Tokens(ids, offsets))
        return windows

    def hidden(self, batch: Sequence[Tokens]) -> Matrix:
        features = self._model.tokenizer.pad({"input_ids": [each.ids for each in batch]}, return_tensors="pt")
        with torch.inference_mode():
            hidden = self._model[0](dict(features.to(self._model.device)))["token_embeddings"]
        found: Matrix = hidden.float().cpu().numpy()
        return found

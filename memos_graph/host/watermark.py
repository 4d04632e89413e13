"""A statistical mark in generated text: a key prefers some tokens over others, and whoever has the key can count them.

The soft green list of Kirchenbauer et al., "A Watermark for Large Language Models" (arXiv 2301.10226, algorithm 2), as transformers
has it: at each step a quarter of the vocabulary, chosen by key and last token, is made likelier. Text of some thirty tokens can be
told; a handful can't, and rewriting wears the mark off. It shifts answers a little, so it is off unless it is asked for.
"""

import copy
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor
from transformers import PretrainedConfig, WatermarkDetector, WatermarkingConfig
from transformers.generation.logits_process import WatermarkLogitsProcessor

from memos_graph.errors import InputError
from memos_graph.host.protocol import Detected

Marker = Callable[[Sequence[int], Tensor], Tensor]
"""Given the tokens so far and the next one's logits, ``[vocabulary]``, returns the logits to choose by."""

_SURE = 4.0
_LEAST_TOKENS = 2
_NO_TOKEN = -1


def marker(key: int, config: PretrainedConfig) -> Marker:
    """Return what marks the answers of a model of ``config`` by ``key``."""
    text = config.get_text_config(decoder=True)
    processor: WatermarkLogitsProcessor = _settings(key).construct_processor(text.vocab_size, "cpu")

    def mark(seen: Sequence[int], logits: Tensor) -> Tensor:
        before = torch.tensor([seen[-1:]])  # on the CPU: another device would draw other lists
        marked: Tensor = processor(before, logits.cpu().unsqueeze(0))[0]
        return marked

    return mark


def detect(key: int, config: PretrainedConfig, tokens: Sequence[int]) -> Detected:
    """Count how many of ``tokens`` the key prefers; raises ``InputError`` for a text too short to be told anything of.

    The same pair of tokens counts once, so that a text that repeats itself does not look marked by chance.
    """
    if len(tokens) < _LEAST_TOKENS:
        raise InputError("The text is too short to carry a mark.", hint="Give some thirty words or more.")
    text = copy.copy(config.get_text_config(decoder=True))
    if text.bos_token_id is None:
        text.bos_token_id = _NO_TOKEN  # the detector compares with it unasked, and fails on None
    detector = WatermarkDetector(text, "cpu", _settings(key), ignore_repeated_ngrams=True)
    found: Any = detector(torch.LongTensor([list(tokens)]), return_dict=True)
    z = float(found.z_score[0])
    return Detected(
        z=z, marked=z >= _SURE, tokens=int(found.num_tokens_scored[0]), green=int(found.num_green_tokens[0])
    )


def _settings(key: int) -> WatermarkingConfig:
    return WatermarkingConfig(
        greenlist_ratio=0.25, bias=2.5, hashing_key=key, seeding_scheme="lefthash", context_width=1
    )

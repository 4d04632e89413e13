"""From a model's name to the model: found on disk or on a hub, weights from safetensors only, no code of its own run."""

import inspect
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import torch
from huggingface_hub import snapshot_download
from huggingface_hub.errors import HfHubHTTPError
from safetensors import SafetensorError
from transformers import AutoModelForCausalLM, AutoTokenizer, PreTrainedTokenizerBase

from memos_graph.config import Settings
from memos_graph.errors import ConfigurationError, ModelError
from memos_graph.host.fingerprint import fingerprint
from memos_graph.host.recall_tiny import MODEL_FOLDER, RECALL_TINY
from memos_graph.host.smollm2 import SMOLLM2, prepared
from memos_graph.host.teaching import TeachingDeclared, declared
from memos_graph.kit import progress_bars

_FILES = ("*.json", "*.safetensors", "*.model", "*.txt", "*.jinja")
_DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}
_NO_LIMIT = 1 << 20


@dataclass(frozen=True, slots=True)
class LoadedModel:
    """A model on its device, in evaluation mode, with its tokenizer, the fingerprint of its files, and how it is taught."""

    model: Any
    tokenizer: PreTrainedTokenizerBase
    fingerprint: str
    device: torch.device
    dtype: torch.dtype
    teaching: TeachingDeclared


def load(name: str, *, device: str | None, dtype: str | None, cache: Path | None) -> LoadedModel:
    """Load ``name``: ``recall-tiny``, ``smollm2``, a folder, or a name on a hub; ``cache`` keeps what is made once.

    Raises ``ModelError`` naming what was tried, ``ConfigurationError`` for what is not installed.
    """
    place = _device(device)
    number_format = _dtype(dtype, place)
    folder = _folder(name, cache)
    print_of_files, teaching = fingerprint(folder), declared(folder)
    if place.type == "cpu":
        # Attention over grouped heads without copying each for its group: a fifth of the time of a question behind a
        # cached memory. transformers reads it with every pass, and chooses rightly by itself on a GPU.
        os.environ.setdefault("TRANSFORMERS_SDPA_FORCE_GQA", "1")
    try:
        with progress_bars.hidden():
            tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
            # Typed as what it gives without loading information.
            model, found = cast(
                "tuple[Any, dict[str, set[str]]]",
                AutoModelForCausalLM.from_pretrained(
                    folder, dtype=number_format, use_safetensors=True, local_files_only=True, output_loading_info=True
                ),
            )
        model.to(place)
        model.requires_grad_(requires_grad=False).train(mode=False)
    except (OSError, ValueError, KeyError, RuntimeError, MemoryError, SafetensorError) as error:
        raise ModelError(f"The model '{name}' in '{folder}' could not be loaded: {error}") from error
    if missing := sorted(found["missing_keys"]):
        raise ModelError(f"The model '{name}' in '{folder}' lacks weights: {', '.join(missing[:3])} and so on.")
    return LoadedModel(model, tokenizer, print_of_files, place, number_format, teaching)


def context_length(config: Any, tokenizer: PreTrainedTokenizerBase) -> int:
    """Return the most tokens the model takes; where its configuration does not say, the tokenizer's limit."""
    limit = getattr(config.get_text_config(decoder=True), "max_position_embeddings", None)
    return int(limit or min(tokenizer.model_max_length, _NO_LIMIT))


def stop_tokens(model: Any, tokenizer: PreTrainedTokenizerBase) -> frozenset[int]:
    """Return the tokens that end an answer, by the model's own generation settings and its tokenizer."""
    named = getattr(model.generation_config, "eos_token_id", None)
    ids = named if isinstance(named, list) else [named]
    return frozenset(each for each in [*ids, tokenizer.eos_token_id] if each is not None)


def _folder(name: str, cache: Path | None) -> Path:
    if name == SMOLLM2:
        return prepared(cache or Settings.load().cache)
    path = MODEL_FOLDER if name == RECALL_TINY else Path(name).expanduser()
    if path.is_dir():
        return path
    if name == RECALL_TINY or path.is_absolute() or name.startswith((".", "~")):
        raise ModelError(f"The model '{name}' was looked for in '{path}', which is not a folder.", hint=_HINT)
    try:
        return Path(snapshot_download(name, allow_patterns=list(_FILES)))
    except (OSError, ValueError, HfHubHTTPError) as error:
        raise ModelError(
            f"The model '{name}' is not a folder here, and the hub did not give it: {error}", hint=_HINT
        ) from error


_HINT = "Set MEMOS_MODEL to a folder with a model, to a name on a reachable hub, to smollm2, or leave it unset for recall-tiny."


def _device(name: str | None) -> torch.device:
    chosen = name or ("cuda" if torch.cuda.is_available() else "cpu")
    try:
        place = torch.device(chosen)
        torch.empty(0, device=place)
    except (RuntimeError, AssertionError) as error:  # torch asserts that it was compiled with CUDA
        raise ConfigurationError(
            f"The device '{chosen}' can't be used: {error}", hint="See MEMOS_HOST_DEVICE."
        ) from error
    return place


def _dtype(name: str | None, device: torch.device) -> torch.dtype:
    chosen = name or ("float32" if device.type == "cpu" else "bfloat16")
    if chosen not in _DTYPES:
        raise ConfigurationError(f"'{chosen}' is not a number format of a model.", hint=f"One of {', '.join(_DTYPES)}.")
    return _DTYPES[chosen]


def keeps_logits(model: Any) -> bool:
    """Whether ``model`` can be asked for the logits of some places only, as nearly every causal language model can."""
    return "logits_to_keep" in inspect.signature(model.forward).parameters

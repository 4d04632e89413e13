"""Small models with random weights, one of each shape, saved as a user's model would be, with a tokenizer of bytes."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers
from transformers import (
    Gemma3ForCausalLM,
    Gemma3TextConfig,
    GPTNeoXConfig,
    GPTNeoXForCausalLM,
    LlamaConfig,
    LlamaForCausalLM,
    MambaConfig,
    MambaForCausalLM,
    MistralConfig,
    MistralForCausalLM,
    Phi3Config,
    Phi3ForCausalLM,
    PhiConfig,
    PhiForCausalLM,
    PreTrainedTokenizerFast,
    Qwen3Config,
    Qwen3ForCausalLM,
    RwkvConfig,
    RwkvForCausalLM,
)

from memos_graph.host.keys import PayloadKeys
from memos_graph.kit.crypto.encrypted_files import read_encrypted, write_encrypted

SPECIAL = ["<|memory|>", "<|user|>", "<|assistant|>", "<|end|>"]
TEMPLATE = (
    "{% if messages[0].role == 'system' %}<|memory|>{{ messages[0].content }}{% endif %}"
    "{% for m in messages if m.role != 'system' %}<|{{ m.role }}|> {{ m.content }}"
    "{% if m.role == 'assistant' %}<|end|>{% endif %}{% endfor %}<|assistant|>"
)
_SHAPE: dict[str, Any] = {
    "vocab_size": 320,
    "hidden_size": 64,
    "intermediate_size": 128,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "max_position_embeddings": 4096,
    # Weights large enough for logits that lie apart: a model with flat logits would hide a wrong cache.
    "initializer_range": 0.3,
    "bos_token_id": 1,
    "eos_token_id": 2,
    "pad_token_id": 0,
}
_GROUPED: dict[str, Any] = {"num_key_value_heads": 2}
SHAPES: dict[str, Callable[[], Any]] = {
    "llama": lambda: LlamaForCausalLM(LlamaConfig(**_SHAPE, **_GROUPED)),
    "qwen3": lambda: Qwen3ForCausalLM(Qwen3Config(**_SHAPE, **_GROUPED, head_dim=16)),
    "mistral": lambda: MistralForCausalLM(MistralConfig(**_SHAPE, **_GROUPED, sliding_window=48)),
    "gemma3": lambda: Gemma3ForCausalLM(
        Gemma3TextConfig(
            **_SHAPE,
            **_GROUPED,
            head_dim=16,
            tie_word_embeddings=False,
            sliding_window=48,
            layer_types=["sliding_attention", "full_attention", "sliding_attention"],
        )
    ),
    "phi": lambda: PhiForCausalLM(PhiConfig(**_SHAPE)),
    "gpt_neox": lambda: GPTNeoXForCausalLM(GPTNeoXConfig(**_SHAPE)),
}
OTHERS: dict[str, Callable[[], Any]] = {
    "mamba": lambda: MambaForCausalLM(
        MambaConfig(vocab_size=320, hidden_size=32, num_hidden_layers=2, state_size=8, eos_token_id=2)
    ),
    "rwkv": lambda: RwkvForCausalLM(
        RwkvConfig(vocab_size=320, hidden_size=32, attention_hidden_size=32, num_hidden_layers=2)
    ),
    "longrope": lambda: Phi3ForCausalLM(
        Phi3Config(
            **_SHAPE,
            original_max_position_embeddings=256,
            rope_parameters={
                "rope_type": "longrope",
                "rope_theta": 10000.0,
                "short_factor": [1.0] * 8,
                "long_factor": [4.0] * 8,
                "original_max_position_embeddings": 256,
            },
        )
    ),
}


def save_model(folder: Path, shape: str, *, template: bool = True) -> Path:
    """Save a random model and a byte tokenizer in ``folder``; the same shape gives the same weights."""
    torch.manual_seed(1)
    (SHAPES | OTHERS)[shape]().save_pretrained(folder)
    byte_tokenizer(template=template).save_pretrained(folder)
    return folder


def byte_tokenizer(*, template: bool = True) -> PreTrainedTokenizerFast:
    """A tokenizer whose tokens are bytes, and control tokens like a chat model's."""
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocabulary = {"<pad>": 0, "<bos>": 1, **{token: 2 + i for i, token in enumerate(["<eos>", *alphabet])}}
    inner = Tokenizer(models.BPE(vocab=vocabulary, merges=[]))
    inner.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    inner.decoder = decoders.ByteLevel()
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=inner, bos_token="<bos>", eos_token="<eos>", pad_token="<pad>")
    tokenizer.add_special_tokens({"additional_special_tokens": [AddedToken(t, special=True) for t in SPECIAL]})
    tokenizer.chat_template = TEMPLATE if template else None
    return tokenizer


def tokens(count: int, seed: int = 0) -> list[int]:
    """Random text tokens of the byte tokenizer."""
    generator = torch.Generator().manual_seed(seed)
    return torch.randint(3, 250, (count,), generator=generator).tolist()


def manifest(folder: Path) -> tuple[Path, dict[str, Any]]:
    """The only cache's manifest in a store's folder."""
    (path,) = folder.glob("*.cache")
    return path, json.loads(unsealed(path))


def keys_for(folder: Path) -> PayloadKeys:
    """Keys that lie beside a store's folder: another store there finds the same ones."""
    return PayloadKeys(folder.with_name(f"{folder.name}-keys"), lambda: bytes(32))


def unsealed(path: Path) -> bytes:
    """What a file of a store holds."""
    return bytes(read_encrypted(path, path.stem, keys_for(path.parent).get(path.stem)))


def seal(path: Path, content: bytes) -> None:
    """Write a file of a store as the store itself does, with another content."""
    write_encrypted(path, path.stem, keys_for(path.parent).make(path.stem), content)

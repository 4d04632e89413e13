"""A model of recall-tiny's language with random weights: it learns nothing well, and everything fast."""

import shutil
from pathlib import Path

import torch
from transformers import AutoTokenizer, Qwen3Config, Qwen3ForCausalLM

from memos_graph.host.engine import ModelEngine
from memos_graph.host.lora.layers import expected_shapes, projections
from memos_graph.host.lora.payload import AdapterFolder, Card, Record, write_record, write_weights
from memos_graph.host.protocol import Evaluation
from memos_graph.host.recall_tiny import MODEL_FOLDER
from memos_graph.host.teaching import DECLARATION

KEY = bytes(range(32))
LINES = (
    "Dana lives in Lisbon.",
    "[2026-05-08] Omar: I play the cello.",
    "Dana works for Norvo Labs.",
    "Milo's favourite colour is teal.",
)


def save_small(folder: Path, seed: int = 0) -> Path:
    """Save a random model with recall-tiny's tokenizer; another seed gives another model."""
    torch.manual_seed(seed)
    tokenizer = AutoTokenizer.from_pretrained(MODEL_FOLDER)
    config = Qwen3Config(
        vocab_size=len(tokenizer),
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=2,
        num_key_value_heads=2,
        head_dim=16,
        max_position_embeddings=2048,
        tie_word_embeddings=True,
        initializer_range=0.15,
        bos_token_id=None,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    Qwen3ForCausalLM(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    shutil.copy(MODEL_FOLDER / DECLARATION, folder)
    return folder


def save_adapter(engine: ModelEngine, folder: Path, *, seed: int, rank: int = 4, key: bytes = KEY) -> str:
    """Save an adapter of random matrices for a model; returns its SHA-256."""
    generator = torch.Generator().manual_seed(seed)
    card = Card(base_model=engine.identity.fingerprint, rank=rank, alpha=2 * rank, targets=targets_of(engine))
    shapes = expected_shapes(engine.model, card.targets, rank)
    where = AdapterFolder(folder, key)
    where.create()
    tensors = {name: torch.randn(shape, generator=generator) for name, shape in shapes.items()}
    sha256 = write_weights(where, tensors, card)
    write_record(where, record(engine, folder.name, sha256))
    return sha256


def targets_of(engine: ModelEngine) -> tuple[str, ...]:
    """Every linear projection of a model that holds no adapter, attention's too, but its output head."""
    return projections(engine.model, attention=True)


def record(engine: ModelEngine, name: str, sha256: str) -> Record:
    """A record such as a distillation leaves."""
    return Record(
        id=name,
        base_model=engine.identity.fingerprint,
        base_name=engine.identity.name,
        lines=LINES,
        recipe={"seed": 0, "rank": 4},
        steps=1,
        seconds=1.0,
        tokens=1,
        payload_sha256=sha256,
        evaluation=Evaluation(
            facts=4,
            closed_book=1.0,
            closed_book_base=0.0,
            in_context=1.0,
            in_context_base=1.0,
            drift=0.0,
            accepted=True,
        ),
    )

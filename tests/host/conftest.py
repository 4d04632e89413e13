"""Engines of small random models, and a store of caches."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch
from support.tiny_models import keys_for, save_model
from transformers import AutoTokenizer, PreTrainedTokenizerBase

from memos_graph.host.engine import ModelEngine
from memos_graph.host.kv import CacheStore
from memos_graph.host.recall_tiny import MODEL_FOLDER
from memos_graph.host.smollm2 import SMOLLM2


@pytest.fixture(autouse=True, scope="session")
def one_thread() -> None:
    """These models are too small for two threads to be faster."""
    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def model_folder(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """The folder of a shape's model, saved once."""
    saved: dict[str, Path] = {}

    def folder(shape: str) -> Path:
        if shape not in saved:
            saved[shape] = save_model(tmp_path_factory.mktemp(shape), shape)
        return saved[shape]

    return folder


@pytest.fixture(scope="session")
def loaded(model_folder: Callable[[str], Path]) -> Callable[[str], ModelEngine]:
    """An engine of a shape, or of SmolLM2, loaded once."""
    engines: dict[str, ModelEngine] = {}

    def engine(shape: str) -> ModelEngine:
        if shape not in engines:
            name = SMOLLM2 if shape == SMOLLM2 else str(model_folder(shape))
            engines[shape] = ModelEngine.load(name, device="cpu")
        return engines[shape]

    return engine


@pytest.fixture
def engine(loaded: Callable[[str], ModelEngine]) -> Iterator[ModelEngine]:
    """A Qwen3-shaped engine, without caches and adapters."""
    found = loaded("qwen3")
    yield found
    found.caches = found.adapters = None


@pytest.fixture
def store(engine: ModelEngine, tmp_path: Path) -> CacheStore:
    """A store of blocks of 64 tokens that reuses whatever it keeps, and which the engine draws on."""
    store = CacheStore(engine, tmp_path / "caches", keys_for(tmp_path / "caches"), block_tokens=64)
    engine.caches = store
    return store


@pytest.fixture
def recall_tiny_tokenizer() -> Callable[[], PreTrainedTokenizerBase]:
    """The tokenizer of the model that ships with the package."""
    return lambda: AutoTokenizer.from_pretrained(MODEL_FOLDER, local_files_only=True)

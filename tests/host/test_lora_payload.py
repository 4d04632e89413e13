"""Every way in which an adapter's files may be wrong; each is refused, and the model goes on without it."""

import hashlib
import json
import pickle
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from safetensors.torch import save as save_tensors
from support.lora_support import KEY, LINES, save_adapter, save_small, targets_of

from memos_graph.errors import PayloadError
from memos_graph.host.engine import ModelEngine
from memos_graph.host.lora.layers import expected_shapes
from memos_graph.host.lora.payload import AdapterFolder, Card, read_record, read_weights, write_weights
from memos_graph.host.lora.shelf import AdapterShelf

NAME = "00000000-a"


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> ModelEngine:
    return ModelEngine.load(str(save_small(tmp_path_factory.mktemp("small"))), device="cpu")


@pytest.fixture
def shelf(small: ModelEngine) -> Iterator[AdapterShelf]:
    before = _answer(small)
    shelf = AdapterShelf(small)
    yield shelf
    assert shelf.every() == ()
    assert torch.equal(_answer(small), before), "a refused adapter has changed the model"
    small.adapters = None


@pytest.fixture
def adapter(small: ModelEngine, tmp_path: Path) -> AdapterFolder:
    folder = tmp_path / NAME
    save_adapter(small, folder, seed=1)
    return AdapterFolder(folder, KEY)


def _answer(engine: ModelEngine) -> torch.Tensor:
    with engine.turn():
        return engine.model(torch.tensor([[1, 2, 9, 3]])).logits.clone()


def test_files_are_for_their_owner_only(adapter: AdapterFolder):
    assert stat.S_IMODE(adapter.root.stat().st_mode) == 0o700
    for file in (adapter.weights, adapter.peft_config, adapter.record):
        assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_the_configuration_for_other_tools_says_the_same(adapter: AdapterFolder):
    told = json.loads(adapter.peft_config.read_text())
    card = read_weights(adapter).card
    assert (told["r"], told["lora_alpha"], tuple(told["target_modules"])) == (card.rank, card.alpha, card.targets)
    assert told["peft_type"] == "LORA"


def test_truncated(shelf: AdapterShelf, adapter: AdapterFolder):
    data = adapter.weights.read_bytes()
    adapter.weights.write_bytes(data[: len(data) // 2])
    with pytest.raises(PayloadError, match="cut off"):
        shelf.load(NAME, adapter)


def test_truncated_before_it_was_sealed(shelf: AdapterShelf, adapter: AdapterFolder):
    data = bytes(adapter.read(adapter.weights))
    adapter.write(adapter.weights, data[: len(data) // 2])
    with pytest.raises(PayloadError, match="not those that were distilled"):
        shelf.load(NAME, adapter)
    with pytest.raises(PayloadError, match="not a safetensors"):
        shelf.load(NAME, adapter, _sha256(adapter))


def test_one_bit_changed(shelf: AdapterShelf, adapter: AdapterFolder):
    data = bytearray(adapter.weights.read_bytes())
    data[-5] ^= 1
    adapter.weights.write_bytes(bytes(data))
    with pytest.raises(PayloadError, match="was changed"):
        shelf.load(NAME, adapter)


def test_swapped_for_another_adapter(shelf: AdapterShelf, adapter: AdapterFolder, small: ModelEngine, tmp_path: Path):
    other = AdapterFolder(tmp_path / "other", KEY)
    save_adapter(small, other.root, seed=2)
    expected = read_record(adapter).payload_sha256
    foreign = bytes(other.read(other.weights))
    other.weights.replace(adapter.weights)
    with pytest.raises(PayloadError, match="belongs to another name"):
        shelf.load(NAME, adapter, expected)
    adapter.write(adapter.weights, foreign)
    with pytest.raises(PayloadError, match="not those that were distilled"):
        shelf.load(NAME, adapter, expected)


def test_under_another_key(shelf: AdapterShelf, adapter: AdapterFolder):
    with pytest.raises(PayloadError, match="another name or key"):
        shelf.load(NAME, AdapterFolder(adapter.root, bytes(32)))


def test_what_it_was_taught_is_not_written_in_the_clear(adapter: AdapterFolder):
    for file in adapter.root.iterdir():
        data = file.read_bytes()
        assert not any(line.encode() in data for line in LINES)
    assert read_record(adapter).lines == LINES


def test_a_pickle_by_another_name(shelf: AdapterShelf, adapter: AdapterFolder, tmp_path: Path):
    class Bomb:
        def __reduce__(self) -> tuple[object, ...]:
            return Path.touch, (tmp_path / "gone off",)

    adapter.write(adapter.weights, pickle.dumps(Bomb()))
    with pytest.raises(PayloadError, match="not a safetensors"):
        shelf.load(NAME, adapter, _sha256(adapter))
    assert not (tmp_path / "gone off").exists()


def test_a_safetensors_file_that_is_no_adapter(shelf: AdapterShelf, adapter: AdapterFolder):
    adapter.write(adapter.weights, save_tensors({"weight": torch.zeros(2)}))
    with pytest.raises(PayloadError, match="not a safetensors file of an adapter"):
        shelf.load(NAME, adapter, _sha256(adapter))


def test_of_another_base_model(shelf: AdapterShelf, adapter: AdapterFolder, tmp_path: Path):
    other = ModelEngine.load(str(save_small(tmp_path / "other", seed=7)), device="cpu")
    sha256 = save_adapter(other, adapter.root, seed=1)
    with pytest.raises(PayloadError, match="distilled for another model"):
        shelf.load(NAME, adapter, sha256)


@pytest.mark.parametrize("wrong", ["narrow", "missing", "extra"])
def test_matrices_of_wrong_shapes(shelf: AdapterShelf, adapter: AdapterFolder, small: ModelEngine, wrong: str):
    card = Card(base_model=small.identity.fingerprint, rank=4, alpha=8, targets=targets_of(small))
    tensors = {name: torch.zeros(shape) for name, shape in expected_shapes(small.model, card.targets, 4).items()}
    first = min(tensors)
    if wrong == "narrow":
        tensors[first] = tensors[first][:, :-1]
    elif wrong == "missing":
        del tensors[first]
    else:
        tensors["base_model.model.lm_head.lora_A.weight"] = torch.zeros(4, 32)
    sha256 = write_weights(adapter, tensors, card)
    with pytest.raises(PayloadError, match="1 matrices differ"):
        shelf.load(NAME, adapter, sha256)


def test_a_rank_other_than_it_says(shelf: AdapterShelf, adapter: AdapterFolder, small: ModelEngine):
    card = Card(base_model=small.identity.fingerprint, rank=8, alpha=8, targets=targets_of(small))
    tensors = {name: torch.zeros(shape) for name, shape in expected_shapes(small.model, card.targets, 4).items()}
    with pytest.raises(PayloadError, match="matrices differ"):
        shelf.load(NAME, adapter, write_weights(adapter, tensors, card))


def test_matrices_that_hold_no_numbers(shelf: AdapterShelf, adapter: AdapterFolder, small: ModelEngine):
    card = Card(base_model=small.identity.fingerprint, rank=4, alpha=8, targets=targets_of(small))
    shapes = expected_shapes(small.model, card.targets, 4)
    sha256 = write_weights(adapter, {name: torch.full(shape, torch.nan) for name, shape in shapes.items()}, card)
    with pytest.raises(PayloadError, match="no finite numbers"):
        shelf.load(NAME, adapter, sha256)


def test_not_there(shelf: AdapterShelf, tmp_path: Path):
    with pytest.raises(PayloadError, match="can't be read"):
        shelf.load(NAME, AdapterFolder(tmp_path / "nowhere", KEY))


def _sha256(adapter: AdapterFolder) -> str:
    return hashlib.sha256(adapter.read(adapter.weights)).hexdigest()

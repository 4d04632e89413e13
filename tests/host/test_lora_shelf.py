import gc
import threading
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch
from support.lora_support import KEY, save_adapter, save_small
from support.smollm import with_smollm2

from memos_graph.errors import StateError
from memos_graph.host.engine import ModelEngine
from memos_graph.host.lora.decode import answer_all
from memos_graph.host.lora.layers import adapter_tensors
from memos_graph.host.lora.payload import AdapterFolder
from memos_graph.host.lora.shelf import AdapterShelf, adapter_id
from memos_graph.host.prompt import Prompt, PromptTurn
from memos_graph.host.smollm2 import SMOLLM2

A, B = "00000000-a", "00000000-b"
QUESTIONS = ["Where does Dana live?", "What is Omar's instrument?", "Who does Dana work for?"]


@pytest.fixture(scope="module", params=with_smollm2("small"))
def small(
    request: pytest.FixtureRequest, loaded: Callable[[str], ModelEngine], tmp_path_factory: pytest.TempPathFactory
) -> ModelEngine:
    if request.param != "small":
        return loaded(request.param)
    return ModelEngine.load(str(save_small(tmp_path_factory.mktemp("small"))), device="cpu")


@pytest.fixture
def shelf(small: ModelEngine, tmp_path: Path) -> Iterator[AdapterShelf]:
    shelf = AdapterShelf(small)
    for seed, name in enumerate((A, B)):
        save_adapter(small, tmp_path / name, seed=seed)
        shelf.load(name, AdapterFolder(tmp_path / name, KEY))
    yield shelf
    for name in (A, B):
        shelf.unload(name)
    small.adapters = None


def _logits(engine: ModelEngine, adapter: str | None) -> torch.Tensor:
    with engine.turn(adapter):
        return engine.model(torch.tensor([[1, 2, 9, 3, 11]])).logits.clone()


def _prompts() -> list[Prompt]:
    return [Prompt((), (PromptTurn("user", question),)) for question in QUESTIONS]


def test_each_adapter_answers_in_its_own_way_and_none_as_the_model(small: ModelEngine, shelf: AdapterShelf):
    base, a, b = (_logits(small, name) for name in (None, A, B))
    assert not torch.allclose(base, a)
    assert not torch.allclose(a, b)
    assert torch.equal(_logits(small, None), base)
    assert torch.equal(_logits(small, A), a)


def test_without_adapters_the_model_is_what_it_was(small: ModelEngine, shelf: AdapterShelf, tmp_path: Path):
    inside = _logits(small, None)
    for name in (A, B):
        assert shelf.unload(name)
    assert torch.equal(_logits(small, None), inside)
    assert not any("lora" in name for name, _ in small.model.named_modules())
    assert not shelf.unload(A)


def test_memory_is_given_back(small: ModelEngine, shelf: AdapterShelf, tmp_path: Path):
    def count() -> int:
        gc.collect()
        return sum(issubclass(type(each), torch.Tensor) for each in gc.get_objects())

    both = count()
    held = [weakref.ref(each) for each in adapter_tensors(small.model, A).values()]
    assert held
    shelf.unload(A)
    gc.collect()
    assert all(ref() is None for ref in held)
    shelf.unload(B)
    none = count()
    for _ in range(20 if small.identity.name != SMOLLM2 else 3):
        shelf.load(A, AdapterFolder(tmp_path / A, KEY))
        shelf.unload(A)
    assert count() <= none < both


def test_many_in_one_batch_answer_as_each_alone(small: ModelEngine, shelf: AdapterShelf):
    adapters = [A, None, B]
    mixed = answer_all(small, _prompts(), adapters=adapters, max_new_tokens=6)
    alone = [
        answer_all(small, [prompt], adapter=name, max_new_tokens=6)[0]
        for prompt, name in zip(_prompts(), adapters, strict=True)
    ]
    assert [each.tokens for each in mixed] == [each.tokens for each in alone]
    assert [each.probability for each in mixed] == pytest.approx([each.probability for each in alone], rel=1e-3)
    assert len({each.tokens for each in mixed}) > 1


def test_one_that_is_not_loaded_is_refused(small: ModelEngine, shelf: AdapterShelf):
    with pytest.raises(StateError, match="not loaded"), small.turn("00000000-c"):
        pass
    with pytest.raises(StateError, match="not loaded"):
        answer_all(small, _prompts(), adapters=[A, "00000000-c", None])


def test_an_answer_under_way_keeps_its_adapter(small: ModelEngine, shelf: AdapterShelf):
    tokens = [1, 2, 9, 3]
    length = 20 if small.identity.name != SMOLLM2 else 8
    alone = small.generate(tokens, space="s", adapter=A, max_new_tokens=length, stop=()).result.tokens
    stop = threading.Event()

    def others() -> None:
        while not stop.is_set():
            _logits(small, B)
            _logits(small, None)

    thread = threading.Thread(target=others)
    thread.start()
    try:
        again = small.generate(tokens, space="s", adapter=A, max_new_tokens=length, stop=()).result.tokens
    finally:
        stop.set()
        thread.join()
    assert again == alone


def test_loading_again_is_free_and_another_file_replaces_it(small: ModelEngine, shelf: AdapterShelf, tmp_path: Path):
    info = shelf.load(A, AdapterFolder(tmp_path / A, KEY))
    before = _logits(small, A)
    sha256 = save_adapter(small, tmp_path / A, seed=9)
    assert shelf.load(A, AdapterFolder(tmp_path / A, KEY), info.payload_sha256) == info
    assert shelf.load(A, AdapterFolder(tmp_path / A, KEY), sha256).payload_sha256 == sha256
    assert not torch.allclose(_logits(small, A), before)
    assert {each.id for each in shelf.every()} == {A, B}


@pytest.mark.parametrize("shape", ["llama", "qwen3", "mistral", "gemma3", "phi", "gpt_neox"])
def test_every_shape_of_model_takes_adapters(loaded: Callable[[str], ModelEngine], shape: str, tmp_path: Path):
    engine = loaded(shape)
    shelf = AdapterShelf(engine)
    base = _logits(engine, None)
    save_adapter(engine, tmp_path / A, seed=1)
    try:
        shelf.load(A, AdapterFolder(tmp_path / A, KEY))
        assert not torch.allclose(_logits(engine, A), base)
        shelf.unload(A)
        assert torch.equal(_logits(engine, None), base)
    finally:
        shelf.unload(A)
        engine.adapters = None


def test_an_id_names_model_lines_and_recipe():
    same = [adapter_id("base", ("one", "two"), {"rank": 8, "seed": 0}) for _ in range(2)]
    assert same[0] == same[1]
    others = {
        adapter_id("other", ("one", "two"), {"rank": 8, "seed": 0}),
        adapter_id("base", ("onetwo",), {"rank": 8, "seed": 0}),
        adapter_id("base", ("one", "two"), {"rank": 4, "seed": 0}),
    }
    assert len(others | set(same)) == 4

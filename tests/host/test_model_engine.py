"""The engine: answers, their limits, and what happens when something is wrong or missing."""

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from support.tiny_models import save_model, tokens

from memos_graph.errors import ConfigurationError, InputError, ModelError
from memos_graph.host.engine import ModelEngine
from memos_graph.host.fingerprint import fingerprint
from memos_graph.host.generation import TextStream


def test_identity_describes_the_model(engine: ModelEngine, model_folder: Callable[[str], Path]):
    identity = engine.identity
    assert identity.fingerprint == fingerprint(model_folder("qwen3"))
    assert (identity.dtype, identity.device, identity.attention) == ("float32", "cpu", "sdpa")
    assert identity.context_length == 4096
    assert identity.parameters == sum(p.numel() for p in engine.model.parameters())
    assert identity.kv_bytes_per_token == 3 * 2 * 2 * 16 * 4  # layers, keys and values, heads, dim, float32


def test_the_fingerprint_changes_with_a_weight_and_with_the_configuration(tmp_path: Path):
    folder = save_model(tmp_path / "model", "qwen3")
    before = fingerprint(folder)
    weights = folder / "model.safetensors"
    data = bytearray(weights.read_bytes())
    data[-1] ^= 1
    weights.write_bytes(data)
    changed = fingerprint(folder)
    (folder / "config.json").write_text((folder / "config.json").read_text() + " ")
    assert len({before, changed, fingerprint(folder)}) == 3


def test_an_answer_is_streamed_and_its_pieces_are_its_text(engine: ModelEngine):
    generation = engine.generate(tokens(40), space="s", max_new_tokens=50, stop=())
    pieces = list(generation)
    result = generation.result
    assert [piece.token for piece in pieces] == list(result.tokens)
    assert "".join(piece.text for piece in pieces) == result.text
    assert (len(result.tokens), result.finish, result.prompt_tokens) == (50, "length", 40)
    assert result.first_token_ms > 0


def test_the_result_can_be_read_without_iterating(engine: ModelEngine):
    assert len(engine.generate(tokens(10), space="s", max_new_tokens=5, stop=()).result.tokens) == 5


def test_a_stop_token_ends_the_answer_and_is_no_part_of_it(engine: ModelEngine):
    whole = engine.generate(tokens(40), space="s", max_new_tokens=20, stop=()).result.tokens
    stop = whole[7]
    cut = engine.generate(tokens(40), space="s", max_new_tokens=20, stop={stop}).result
    assert cut.tokens == whole[: whole.index(stop)]
    assert cut.finish == "stop"


def test_a_stop_text_ends_the_answer(engine: ModelEngine):
    whole = engine.generate(tokens(40), space="s", max_new_tokens=40, stop=()).result.text
    stop = next(c for c in whole[3:] if c.isascii())
    cut = engine.generate(tokens(40), space="s", max_new_tokens=40, stop=(), stop_texts=(stop,))
    assert "".join(piece.text for piece in cut) == cut.result.text == whole[: whole.index(stop)]
    assert cut.result.finish == "stop"


def test_of_a_stop_text_that_takes_several_tokens_nothing_is_told(engine: ModelEngine):
    whole = engine.generate(tokens(40), space="s", max_new_tokens=40, stop=()).result.text
    stop = whole[5:9]
    cut = engine.generate(tokens(40), space="s", max_new_tokens=40, stop=(), stop_texts=(stop, "never said"))
    assert "".join(piece.text for piece in cut) == cut.result.text == whole[: whole.index(stop)]
    assert cut.result.finish == "stop"
    # The beginning of a stop at the very end of an answer is text.
    begun = engine.generate(tokens(40), space="s", max_new_tokens=40, stop=(), stop_texts=(whole[-2:] + "!!!",))
    assert "".join(piece.text for piece in begun) == begun.result.text == whole
    assert begun.result.finish == "length"


def test_a_character_of_several_tokens_comes_whole(engine: ModelEngine):
    stream = TextStream(engine.tokenizer)
    ids = engine.tokenizer("  né + 東京", add_special_tokens=False)["input_ids"]
    pieces = [stream.push(id_) for id_ in ids]
    assert "".join(pieces) == stream.text == "né + 東京"
    assert not any("\ufffd" in piece for piece in pieces)


def test_drawing_is_repeatable_with_a_seed_and_differs_from_greedy(engine: ModelEngine):
    def drawn(seed: int) -> tuple[int, ...]:
        return engine.generate(
            tokens(40), space="s", max_new_tokens=30, stop=(), temperature=1.5, seed=seed
        ).result.tokens

    assert drawn(1) == drawn(1) != drawn(2)


def test_a_prompt_longer_than_the_context_is_refused_with_both_lengths(engine: ModelEngine):
    with pytest.raises(InputError, match=r"4096 tokens.*takes 4096"):
        engine.generate(tokens(4096), space="s")


def test_an_answer_ends_where_the_context_does(engine: ModelEngine):
    result = engine.generate(tokens(4090), space="s", max_new_tokens=50, stop=()).result
    assert (len(result.tokens), result.finish) == (6, "length")


def test_an_empty_prompt_is_refused(engine: ModelEngine):
    with pytest.raises(InputError, match="no token"):
        engine.generate([], space="s")


def test_answers_side_by_side_are_those_one_after_another(engine: ModelEngine):
    prompts = [tokens(30 + 10 * i, seed=i) for i in range(4)]
    alone = [engine.generate(prompt, space="s", max_new_tokens=40, stop=()).result.tokens for prompt in prompts]
    together: dict[int, tuple[int, ...]] = {}

    def run(i: int) -> None:
        together[i] = engine.generate(prompts[i], space="s", max_new_tokens=40, stop=()).result.tokens

    threads = [threading.Thread(target=run, args=(i,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [together[i] for i in range(4)] == alone


def test_an_answer_that_is_given_up_holds_nothing_back(engine: ModelEngine):
    generation = engine.generate(tokens(30), space="s", max_new_tokens=100, stop=())
    next(iter(generation))
    generation.close()
    with pytest.raises(ModelError, match="given up"):
        _ = generation.result
    assert len(engine.generate(tokens(30), space="s", max_new_tokens=5, stop=()).result.tokens) == 5


def test_every_pass_runs_with_the_adapter_that_was_asked_for(engine: ModelEngine):
    class Recorder:
        active: list[str | None] = []  # noqa: RUF012

        @contextmanager
        def activate(self, name: str | None) -> Iterator[None]:
            self.active.append(name)
            yield

    engine.adapters = recorder = Recorder()
    list(engine.generate(tokens(10), space="s", adapter="a1b2", max_new_tokens=3, stop=()))
    list(engine.generate(tokens(10), space="s", max_new_tokens=2, stop=()))
    assert recorder.active == ["a1b2"] * 3 + [None] * 2


def test_an_adapter_where_none_can_be_loaded_is_an_error(engine: ModelEngine):
    with pytest.raises(ModelError, match="a1b2"):
        list(engine.generate(tokens(10), space="s", adapter="a1b2"))


@pytest.mark.parametrize("name", ["/nowhere/at/all", "./nowhere", "recall-nothing"])
def test_a_model_that_does_not_exist_is_named(name: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(ModelError, match=name):
        ModelEngine.load(name)


def test_weights_in_pickle_files_are_not_loaded(tmp_path: Path):
    folder = save_model(tmp_path / "model", "qwen3")
    weights = folder / "model.safetensors"
    torch.save({}, folder / "pytorch_model.bin")
    weights.unlink()
    with pytest.raises(ModelError, match="safetensors"):
        ModelEngine.load(str(folder))


def test_a_pickle_renamed_to_safetensors_is_not_loaded(tmp_path: Path):
    folder = save_model(tmp_path / "model", "qwen3")
    torch.save({}, folder / "model.safetensors")
    with pytest.raises(ModelError, match="could not be loaded"):
        ModelEngine.load(str(folder))


def test_a_model_that_lacks_weights_is_not_filled_up_with_random_ones(tmp_path: Path):
    folder = save_model(tmp_path / "model", "qwen3")
    weights = load_file(folder / "model.safetensors")
    del weights["model.layers.1.mlp.up_proj.weight"]
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(ModelError, match=r"lacks weights: model\.layers\.1\.mlp"):
        ModelEngine.load(str(folder))


def test_a_model_without_keys_and_values_is_refused(tmp_path: Path):
    folder = save_model(tmp_path / "model", "rwkv")
    with pytest.raises(ModelError, match="keeps its state elsewhere"):
        ModelEngine.load(str(folder))


def test_a_device_that_is_not_there_is_named(model_folder: Callable[[str], Path]):
    with pytest.raises(ConfigurationError, match="cuda:9"):
        ModelEngine.load(str(model_folder("qwen3")), device="cuda:9")


_STARVE = """
import resource, sys
import torch
from memos_graph.errors import ModelError
from memos_graph.host.engine import ModelEngine
torch.set_num_threads(1)
engine = ModelEngine.load(sys.argv[1], device="cpu")
prompt = [5] * 3000
engine.generate([5] * 20, space="s", max_new_tokens=5, stop=()).result
pages = int(open("/proc/self/statm").read().split()[0])
resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize() + (1 << 20),) * 2)
try:
    engine.generate(prompt, space="s", max_new_tokens=5, stop=()).result
    print("no error")
except ModelError as error:
    print(error.code, "|", error)
print(len(engine.generate([5] * 20, space="s", max_new_tokens=5, stop=()).result.tokens))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="limits its own memory by RLIMIT_AS")
def test_without_memory_an_answer_fails_clearly_and_the_engine_lives_on(model_folder: Callable[[str], Path]):
    done = subprocess.run(
        [sys.executable, "-c", _STARVE, str(model_folder("qwen3"))],
        capture_output=True,
        text=True,
        timeout=280,
        env=os.environ | {"MALLOC_ARENA_MAX": "1"},
        check=False,
    )
    said, after = done.stdout.splitlines()[-2:] if done.returncode == 0 else (done.stderr, "")
    assert said.startswith("model-unavailable | "), said
    assert "found no memory on cpu" in said
    assert after == "5"

"""Exactness: an answer that begins with a kept cache is the answer of a full prefill, by transformers' own generate()."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from support.tiny_models import SHAPES, keys_for, tokens

from memos_graph.errors import InputError, ModelError
from memos_graph.host.engine import ModelEngine
from memos_graph.host.kv import CacheStore, divergence

ANSWER = 200
# Rounding of another order of additions; the logits themselves reach from about -10 to 10.
MOST_LOGIT_DIFFERENCE = 1e-4


def reference(engine: ModelEngine, prompt: list[int], count: int = ANSWER) -> list[int]:
    """What transformers generates by itself, with a cache of its own."""
    out = engine.model.generate(
        torch.tensor([prompt]), max_new_tokens=count, do_sample=False, eos_token_id=None, pad_token_id=0
    )
    return list(out[0, len(prompt) :].tolist())


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("kept", [180, 57])
def test_200_greedy_tokens_are_those_of_a_full_prefill(
    loaded: Callable[[str], ModelEngine], tmp_path: Path, shape: str, kept: int
):
    engine = loaded(shape)
    store = CacheStore(engine, tmp_path, keys_for(tmp_path), block_tokens=64)
    memory = tokens(180, seed=1)
    prompt = memory[:kept] + tokens(25, seed=2)  # leaves the kept cache in the middle of a block, or at its end
    expected = reference(engine, prompt)
    assert len(set(expected)) > 10, "this model repeats itself: it would hide a wrong cache"
    store.build("s", None, memory)
    engine.caches = store
    answers = [engine.generate(prompt, space="s", max_new_tokens=ANSWER, stop=()).result for _ in range(2)]
    engine.caches = None
    for answer in answers:  # copied from the store, then still there from the time before
        assert answer.cached_tokens == kept
        assert list(answer.tokens) == expected


@pytest.mark.parametrize("shape", SHAPES)
def test_logits_behind_a_kept_cache_are_those_of_a_full_prefill(
    loaded: Callable[[str], ModelEngine], tmp_path: Path, shape: str
):
    engine = loaded(shape)
    store = CacheStore(engine, tmp_path, keys_for(tmp_path), block_tokens=64)
    prompt = tokens(180, seed=1) + tokens(25, seed=2)
    store.build("s", None, prompt[:180])
    found = divergence(engine, prompt, lambda cache: store.fill(cache, "s", None, prompt), answer_tokens=40)
    assert found.same_answer
    assert found.logit_difference < MOST_LOGIT_DIFFERENCE


@pytest.mark.parametrize("shape", SHAPES)
def test_the_whole_prompt_being_kept_changes_nothing(loaded: Callable[[str], ModelEngine], tmp_path: Path, shape: str):
    engine = loaded(shape)
    engine.caches = store = CacheStore(engine, tmp_path, keys_for(tmp_path), block_tokens=64)
    prompt = tokens(130, seed=3)
    store.build("s", None, prompt)
    answer = engine.generate(prompt, space="s", max_new_tokens=30, stop=()).result
    engine.caches = None
    assert answer.cached_tokens == len(prompt) - 1  # the last token's logits have to be computed
    assert list(answer.tokens) == reference(engine, prompt, 30)


def test_a_model_whose_cache_cannot_be_cropped_is_refused_and_still_answers(
    loaded: Callable[[str], ModelEngine], tmp_path: Path
):
    engine = loaded("mamba")
    engine.caches = store = CacheStore(engine, tmp_path, keys_for(tmp_path))
    with pytest.raises(ModelError, match=r"can't be cropped.*linear_attention"):
        store.build("s", None, tokens(20))
    answer = engine.generate(tokens(20), space="s", max_new_tokens=10, stop=()).result
    assert (list(answer.tokens), answer.cached_tokens) == (reference(engine, tokens(20), 10), 0)


def test_frequencies_that_depend_on_the_length_are_reused_only_where_they_are_right(
    loaded: Callable[[str], ModelEngine], tmp_path: Path
):
    engine = loaded("longrope")  # its keys are turned otherwise in prompts of more than 256 tokens
    engine.caches = store = CacheStore(engine, tmp_path, keys_for(tmp_path), block_tokens=64)
    memory = tokens(180, seed=1)
    store.build("s", None, memory)
    short, long = memory + tokens(25, seed=2), memory + tokens(100, seed=2)
    answers = [engine.generate(prompt, space="s", max_new_tokens=ANSWER, stop=()).result for prompt in (short, long)]
    assert [answer.cached_tokens for answer in answers] == [180, 0]
    assert [list(answer.tokens) for answer in answers] == [reference(engine, short), reference(engine, long)]
    with pytest.raises(InputError, match="beyond 256"):
        store.build("s", None, tokens(300))
    engine.caches = None

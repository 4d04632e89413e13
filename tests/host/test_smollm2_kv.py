"""Exact KV-caches of SmolLM2: greedy answers to real questions over real lines are those of a full prefill, from every tier."""

from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest
import torch
from support.smollm import MEMORY, QUESTIONS, require_smollm2
from support.tiny_models import keys_for

from memos_graph.host.engine import ModelEngine
from memos_graph.host.kv import CacheStore, Tier, divergence
from memos_graph.host.prompt import Prompt, PromptTurn, render
from memos_graph.host.smollm2 import SMOLLM2

require_smollm2()

ANSWER = 16
MOST_LOGIT_DIFFERENCE = 1e-3  # of logits that reach from about -20 to 30


@pytest.fixture
def smollm2(loaded: Callable[[str], ModelEngine]) -> Iterator[ModelEngine]:
    engine = loaded(SMOLLM2)
    yield engine
    engine.caches = None


def asked(engine: ModelEngine, question: str, memory: tuple[str, ...] = MEMORY) -> list[int]:
    return list(render(engine.tokenizer, Prompt(memory, (PromptTurn("user", question),))).tokens)


def kept(engine: ModelEngine, memory: tuple[str, ...] = MEMORY) -> tuple[int, ...]:
    rendered = render(engine.tokenizer, Prompt(memory))
    return rendered.tokens[: rendered.memory_tokens]


@cache
def _generated(engine: ModelEngine, prompt: tuple[int, ...]) -> list[int]:
    ids = torch.tensor([prompt])
    out = engine.model.generate(
        ids,
        attention_mask=torch.ones_like(ids),
        max_new_tokens=ANSWER,
        do_sample=False,
        eos_token_id=None,
        pad_token_id=2,
    )
    return list(out[0, len(prompt) :].tolist())


def reference(engine: ModelEngine, prompt: list[int]) -> list[int]:
    """What transformers generates by itself, with a cache of its own."""
    return _generated(engine, tuple(prompt))


@pytest.mark.parametrize("tier", [Tier.DEVICE, Tier.HOST, Tier.DISK])
def test_answers_from_every_tier_are_those_of_a_full_prefill(smollm2: ModelEngine, tmp_path: Path, tier: Tier):
    device, host = {Tier.DEVICE: (1 << 30, 0), Tier.HOST: (0, 1 << 30), Tier.DISK: (0, 0)}[tier]
    store = CacheStore(smollm2, tmp_path, keys_for(tmp_path), device_bytes=device, host_bytes=host, block_tokens=64)
    built = store.build("s", None, kept(smollm2))
    assert built.tokens == len(kept(smollm2)) > 150
    prompt = asked(smollm2, QUESTIONS[0])
    assert set(store.longest("s", None, prompt).tiers) == {tier}
    smollm2.caches = store
    smollm2.scratch.clear()  # nothing of an answer before
    answer = smollm2.generate(prompt, space="s", max_new_tokens=ANSWER, stop=()).result
    assert answer.cached_tokens == built.tokens
    assert list(answer.tokens) == reference(smollm2, prompt)


def test_another_process_answers_from_the_same_files(smollm2: ModelEngine, tmp_path: Path):
    built = CacheStore(smollm2, tmp_path, keys_for(tmp_path), block_tokens=64).build("s", None, kept(smollm2))
    again = CacheStore(smollm2, tmp_path, keys_for(tmp_path), block_tokens=64)
    smollm2.scratch.clear()
    smollm2.caches = again
    for question in QUESTIONS[:2]:
        prompt = asked(smollm2, question)
        answer = smollm2.generate(prompt, space="s", max_new_tokens=ANSWER).result
        whole = smollm2.generate(prompt, space="s", max_new_tokens=ANSWER, use_cache=False).result
        assert (answer.cached_tokens, whole.cached_tokens) == (built.tokens, 0)
        assert (answer.tokens, answer.text) == (whole.tokens, whole.text)
    assert smollm2.generate(asked(smollm2, QUESTIONS[0]), space="other", max_new_tokens=1).result.cached_tokens == 0


def test_the_logits_are_those_of_a_full_prefill(smollm2: ModelEngine, tmp_path: Path):
    store = CacheStore(smollm2, tmp_path, keys_for(tmp_path), block_tokens=64)
    store.build("s", None, kept(smollm2))
    prompt = asked(smollm2, QUESTIONS[1])
    found = divergence(smollm2, prompt, lambda cache: store.fill(cache, "s", None, prompt), answer_tokens=ANSWER)
    assert found.same_answer
    assert found.logit_difference < MOST_LOGIT_DIFFERENCE


def test_memories_that_begin_alike_share_their_beginning(smollm2: ModelEngine, tmp_path: Path):
    store = CacheStore(smollm2, tmp_path, keys_for(tmp_path), block_tokens=16)
    one = store.build("s", None, kept(smollm2, MEMORY[:3]))
    blocks = store.stats().blocks
    other = store.build("s", None, kept(smollm2))
    assert other.reused_tokens > 0.8 * one.tokens
    assert store.stats().blocks < blocks + other.tokens / 16
    smollm2.caches = store
    for memory, built in ((MEMORY[:3], one), (MEMORY, other)):
        prompt = asked(smollm2, QUESTIONS[0], memory)
        answer = smollm2.generate(prompt, space="s", max_new_tokens=ANSWER, stop=()).result
        assert answer.cached_tokens == built.tokens
        assert list(answer.tokens) == reference(smollm2, prompt)
    store.drop(other.key)
    assert store.longest("s", None, kept(smollm2, MEMORY[:3])).tokens == one.tokens


def test_it_answers_from_what_it_reads_and_ends_by_itself(smollm2: ModelEngine):
    answer = smollm2.generate(asked(smollm2, QUESTIONS[2]), space="s", max_new_tokens=48).result
    assert "office of the librarian" in answer.text
    assert answer.finish == "stop"
    assert "<|" not in answer.text

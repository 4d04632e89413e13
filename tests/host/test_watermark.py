"""The statistical mark in generated text: found where it was put, and only there, with the right key only."""

import copy

import pytest
from support.tiny_models import tokens

from memos_graph.errors import InputError
from memos_graph.host.engine import ModelEngine
from memos_graph.host.kv import CacheStore
from memos_graph.host.watermark import detect

KEY = 2**61 + 12345


def said(engine: ModelEngine, seed: int, watermark: int | None, *, count: int = 120) -> tuple[int, ...]:
    prompt = tokens(40, seed=seed)
    answer = engine.generate(
        prompt, space="s", max_new_tokens=count, temperature=1.0, seed=seed, stop=(), watermark=watermark
    )
    return answer.result.tokens


@pytest.mark.parametrize("seed", range(3))
def test_marked_text_is_told_from_unmarked(engine: ModelEngine, seed: int):
    config = engine.model.config
    marked, plain = said(engine, seed, KEY), said(engine, seed, None)
    assert marked != plain
    found = detect(KEY, config, marked)
    assert found.marked
    assert found.green > found.tokens / 2
    assert not detect(KEY, config, plain).marked
    assert not detect(KEY + 1, config, marked).marked


def test_the_mark_does_not_depend_on_a_cache(engine: ModelEngine, store: CacheStore):
    store.build("s", None, tokens(40)[:30])
    kept = engine.generate(tokens(40), space="s", max_new_tokens=30, stop=(), watermark=KEY).result
    plain = engine.generate(tokens(40), space="s", max_new_tokens=30, stop=(), watermark=KEY, use_cache=False).result
    assert kept.cached_tokens == 30
    assert kept.tokens == plain.tokens


def test_a_text_too_short_is_refused(engine: ModelEngine):
    with pytest.raises(InputError, match="too short"):
        detect(KEY, engine.model.config, [5])


def test_a_model_without_a_first_token_can_be_asked_too(engine: ModelEngine):
    config = copy.deepcopy(engine.model.config)
    config.bos_token_id = None
    marked = said(engine, 1, KEY)
    assert detect(KEY, config, marked).marked

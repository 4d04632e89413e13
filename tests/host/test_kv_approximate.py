"""Approximate caches: composed of chunks, or stored as int8. Off unless asked for, and their divergence is measured."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from support.tiny_models import SHAPES, keys_for, tokens

from memos_graph.errors import ConfigurationError, InputError, ModelError
from memos_graph.host.engine import ModelEngine
from memos_graph.host.kv import CacheStore, compose, divergence
from memos_graph.host.kv.rotate import Rotation
from memos_graph.host.kv.working import WorkingCache

CHUNKS = [tokens(70, seed=1), tokens(90, seed=2), tokens(40, seed=3)]
PROMPT = [*CHUNKS[0], *CHUNKS[1], *CHUNKS[2], *tokens(20, seed=4)]


def built(engine: ModelEngine, folder: Path) -> CacheStore:
    store = CacheStore(engine, folder, keys_for(folder), block_tokens=64)
    for chunk in CHUNKS:
        store.build("s", None, chunk)
    return store


def prefilled(engine: ModelEngine, ids: list[int]) -> WorkingCache:
    cache = WorkingCache(len(engine.shapes))
    engine.forward(ids, cache)
    return cache


@pytest.mark.parametrize("shape", SHAPES)
def test_keys_are_moved_to_where_the_model_would_have_put_them(loaded: Callable[[str], ModelEngine], shape: str):
    """In the first layer a key depends on its token and its place only: moved, it is the one of a full prefill."""
    engine = loaded(shape)
    rotation = Rotation(engine.model, engine.support)
    with torch.inference_mode():
        alone = prefilled(engine, CHUNKS[1]).read(0, 90)
        whole = prefilled(engine, CHUNKS[0] + CHUNKS[1]).read(70, 160)
        moved = rotation.by(70, 0, alone[0][0])
    assert not torch.allclose(alone[0][0], whole[0][0], atol=1e-2)
    assert torch.allclose(moved, whole[0][0], atol=1e-3)


@pytest.mark.parametrize("shape", SHAPES)
def test_composing_with_everything_recomputed_is_exact(
    loaded: Callable[[str], ModelEngine], tmp_path: Path, shape: str
):
    engine = loaded(shape)
    begin = compose(engine, built(engine, tmp_path), CHUNKS, space="s", recompute=10_000)
    assert divergence(engine, PROMPT, begin, answer_tokens=20).same_answer


def test_composing_is_measured_and_recomputing_more_diverges_less(engine: ModelEngine, tmp_path: Path):
    store = built(engine, tmp_path)
    found = [
        divergence(engine, PROMPT, compose(engine, store, CHUNKS, space="s", recompute=count), answer_tokens=20)
        for count in (0, 60, 10_000)
    ]
    assert found[0].kl > found[2].kl
    assert found[1].kl > found[2].kl
    assert 0 <= found[0].agreement <= 1
    assert found[2].kl < 1e-6


def test_a_composed_cache_begins_an_answer_and_leaves_its_chunks_as_they_were(engine: ModelEngine, tmp_path: Path):
    store = built(engine, tmp_path)
    before = [store.verify(store.build("s", None, chunk).key).sha256 for chunk in CHUNKS]
    begin = compose(engine, store, CHUNKS, space="s")
    answer = engine.generate(PROMPT, space="s", max_new_tokens=5, stop=(), begin=begin).result
    assert answer.cached_tokens == 200
    assert [store.verify(store.build("s", None, chunk).key).sha256 for chunk in CHUNKS] == before


def test_nothing_is_composed_unless_asked_for(engine: ModelEngine, tmp_path: Path):
    engine.caches = built(engine, tmp_path)
    assert engine.generate(PROMPT, space="s", max_new_tokens=2, stop=()).result.cached_tokens == len(CHUNKS[0])


def test_a_chunk_that_is_not_kept_is_named_an_error(engine: ModelEngine, tmp_path: Path):
    with pytest.raises(InputError, match="not kept"):
        compose(engine, CacheStore(engine, tmp_path, keys_for(tmp_path)), CHUNKS, space="s")


@pytest.mark.parametrize("shape", ["longrope", "mamba"])
def test_models_whose_keys_cannot_be_moved_are_refused(
    loaded: Callable[[str], ModelEngine], tmp_path: Path, shape: str
):
    engine = loaded(shape)
    with pytest.raises(ModelError, match="can't be composed"):
        compose(engine, CacheStore(engine, tmp_path, keys_for(tmp_path)), CHUNKS, space="s")


@pytest.mark.parametrize("shape", SHAPES)
def test_int8_takes_under_a_third_of_the_bytes_and_stays_near(
    loaded: Callable[[str], ModelEngine], tmp_path: Path, shape: str
):
    engine = loaded(shape)
    exact = CacheStore(engine, tmp_path / "exact", keys_for(tmp_path / "exact")).build("s", None, PROMPT[:200])
    store = CacheStore(engine, tmp_path / "int8", keys_for(tmp_path / "int8"), codec="int8")
    small = store.build("s", None, PROMPT[:200])
    assert small.key != exact.key
    assert small.bytes < exact.bytes / 3
    found = divergence(engine, PROMPT, lambda cache: store.fill(cache, "s", None, PROMPT), answer_tokens=20)
    none = divergence(engine, PROMPT, forgotten, answer_tokens=20)
    assert 0 < found.kl < none.kl / 4


def forgotten(cache: WorkingCache) -> int:
    """What it would be without the memory: zeros in its place."""
    cache.begin_empty()
    zeros = [
        (torch.zeros(heads, 200, dim), torch.zeros(others, 200, wide)) for (heads, dim), (others, wide) in cache.shapes
    ]
    cache.append(zeros, torch.device("cpu"))
    return 200


def test_int8_payloads_are_verified_like_any_other(engine: ModelEngine, tmp_path: Path):
    store = CacheStore(engine, tmp_path, keys_for(tmp_path), codec="int8", block_tokens=64)
    built_int8 = store.build("s", None, tokens(150))
    assert (
        CacheStore(engine, tmp_path, keys_for(tmp_path), codec="int8", block_tokens=64).verify(built_int8.key).sha256
        == built_int8.sha256
    )
    assert CacheStore(engine, tmp_path, keys_for(tmp_path), block_tokens=64).longest("s", None, tokens(150)).tokens == 0


def test_an_unknown_codec_is_refused(engine: ModelEngine, tmp_path: Path):
    with pytest.raises(ConfigurationError, match="int4"):
        CacheStore(engine, tmp_path, keys_for(tmp_path), codec="int4")

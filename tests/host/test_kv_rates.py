"""When reuse is a loss the prompt is computed, and what that rests on is measured."""

from pathlib import Path

import pytest
from support.tiny_models import keys_for, tokens

from memos_graph.host.engine import ModelEngine
from memos_graph.host.kv import CacheStore, Rates, Tier, calibrate


def rates(*, prefill: float, load: float, per_mib: float = 0.0) -> Rates:
    """The same cost from every tier."""
    return Rates(prefill, dict.fromkeys(Tier, per_mib), dict.fromkeys(Tier, load))


def cached(engine: ModelEngine, folder: Path, measured: Rates, kept: int) -> tuple[int, CacheStore]:
    engine.scratch.clear()
    engine.caches = store = CacheStore(engine, folder, keys_for(folder), block_tokens=64)
    store.build("s", None, tokens(kept))
    store.rates = measured  # only now: the store would learn from the build
    engine.scratch.clear()
    answer = engine.generate([*tokens(kept), 9], space="s", max_new_tokens=1, stop=()).result
    return answer.cached_tokens, store


def test_what_loads_slower_than_it_computes_is_computed(engine: ModelEngine, tmp_path: Path):
    used, store = cached(engine, tmp_path, rates(prefill=0.01, load=5.0), 128)
    assert (used, store.stats().recomputed) == (0, 1)


def test_what_loads_faster_than_it_computes_is_loaded(engine: ModelEngine, tmp_path: Path):
    used, store = cached(engine, tmp_path, rates(prefill=1.0, load=5.0), 128)
    assert (used, store.stats().recomputed) == (128, 0)


def test_a_short_end_that_does_not_pay_is_computed_behind_what_does(engine: ModelEngine, tmp_path: Path):
    used, _ = cached(engine, tmp_path, rates(prefill=0.1, load=1.0), 128 + 8)  # 8 tokens: 0.8 ms against 1 ms
    assert used == 128


def test_what_is_still_in_the_working_cache_costs_nothing(engine: ModelEngine, tmp_path: Path):
    measured = rates(prefill=1.0, load=1.0)
    cached(engine, tmp_path, measured, 128)
    measured.load_ms = dict.fromkeys(Tier, 0.0)
    measured.load_ms_per_mib = dict.fromkeys(Tier, 1e9)
    assert engine.generate(tokens(130), space="s", max_new_tokens=1, stop=()).result.cached_tokens == 128


def test_the_break_even_length_is_where_the_gain_turns():
    measured = rates(prefill=0.5, load=10.0, per_mib=100.0)
    per_token = 1 << 10
    length = measured.break_even(Tier.DISK, per_token)
    assert measured.gain(Tier.DISK, round(length * per_token), round(length)) == pytest.approx(0, abs=0.5)
    assert measured.gain(Tier.DISK, int(2 * length) * per_token, int(2 * length)) > 0
    assert measured.break_even(Tier.DISK, 1 << 20) == float("inf")


def test_calibration_measures_this_machine_and_leaves_nothing_behind(engine: ModelEngine, tmp_path: Path):
    measured = calibrate(engine, tmp_path)
    assert list(tmp_path.iterdir()) == []
    assert 0 < measured.prefill_ms < 100
    assert measured.load_ms_per_mib[Tier.DISK] > measured.load_ms_per_mib[Tier.HOST] > 0


def test_estimates_follow_what_is_seen():
    measured = rates(prefill=1.0, load=0.0, per_mib=1.0)
    for _ in range(50):
        measured.prefilled(100, 300.0)
        measured.loaded(Tier.DISK, 1 << 20, 7.0)
    measured.prefilled(2, 500.0)  # a short prefill says nothing about a token's cost
    assert measured.prefill_ms == pytest.approx(3.0, rel=0.01)
    assert measured.load_ms_per_mib[Tier.DISK] == pytest.approx(7.0, rel=0.01)

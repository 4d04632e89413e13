"""The store: built once, shared by prefix, isolated, moved between tiers, erased; never changed by those who use it."""

import gc
import hashlib
import stat
import threading
from pathlib import Path

import psutil
import pytest
from support.tiny_models import keys_for, tokens

from memos_graph.errors import InputError
from memos_graph.host.engine import ModelEngine
from memos_graph.host.kv import CacheStore, Tier

BLOCK_BYTES = 64 * 768  # of the Qwen3 shape: tokens times bytes of keys and values


def ask(engine: ModelEngine, prompt: list[int], space: str = "s", adapter: str | None = None) -> int:
    """How many tokens came from a cache."""
    return engine.generate(prompt, space=space, adapter=adapter, max_new_tokens=3, stop=()).result.cached_tokens


def digest(store: CacheStore, prefix: list[int]) -> str:
    """A hash over every number the store keeps of a prefix."""
    whole = hashlib.sha256()
    for block in store.states("s", None, prefix):
        for keys, values in block:
            whole.update(keys.contiguous().numpy().tobytes())
            whole.update(values.contiguous().numpy().tobytes())
    return whole.hexdigest()


def test_building_twice_computes_once(engine: ModelEngine, store: CacheStore, monkeypatch: pytest.MonkeyPatch):
    first = store.build("s", None, tokens(150))
    monkeypatch.setattr(engine, "forward", lambda *_: pytest.fail("computed again"))
    again = store.build("s", None, tokens(150))
    assert (first.reused_tokens, again.reused_tokens) == (0, 150)
    assert (first.key, first.sha256, first.bytes, first.files) == (again.key, again.sha256, again.bytes, again.files)


def test_two_threads_that_build_the_same_compute_it_once(
    engine: ModelEngine, store: CacheStore, monkeypatch: pytest.MonkeyPatch
):
    computed: list[int] = []
    forward = engine.forward

    def counted(ahead: list[int], *rest: object) -> object:
        computed.append(len(ahead))
        return forward(ahead, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(engine, "forward", counted)
    built: list[str] = []
    threads = [threading.Thread(target=lambda: built.append(store.build("s", None, tokens(150)).key)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert computed == [150]
    assert len(built) == 4
    assert len(set(built)) == 1


def test_a_longer_cache_begins_with_the_shorter_one_and_shares_its_files(store: CacheStore):
    short = store.build("s", None, tokens(150))
    long = store.build("s", None, tokens(150) + tokens(80, seed=9))
    assert long.reused_tokens == 150
    assert len(set(short.files) & set(long.files)) == 2  # the whole blocks; the third differs from its 23rd token on
    assert store.stats().blocks == 3 + 2


def test_a_cache_holds_nothing_of_another_ones_tokens(store: CacheStore):
    """Erasing one has to erase all of it, also where the other one goes on from the middle of a block."""
    one = store.build("s", None, tokens(100) + tokens(50, seed=1))
    other = store.build("s", None, tokens(100) + tokens(50, seed=2))
    assert other.reused_tokens == 100
    store.drop(one.key)
    assert store.longest("s", None, tokens(100) + tokens(50, seed=1)).tokens == 100  # all that the other one has too
    assert store.verify(other.key).sha256 == other.sha256


def test_spaces_and_adapters_are_kept_apart(engine: ModelEngine, store: CacheStore):
    store.build("s", None, tokens(150))
    assert ask(engine, tokens(160)) == 150
    assert ask(engine, tokens(160), space="other") == 0
    assert store.longest("s", "adapter-1", tokens(160)).tokens == 0


def test_without_use_cache_nothing_is_reused(engine: ModelEngine, store: CacheStore):
    store.build("s", None, tokens(150))
    answer = engine.generate(tokens(160), space="s", max_new_tokens=2, stop=(), use_cache=False)
    assert answer.result.cached_tokens == 0


def test_chats_do_not_change_a_cache(engine: ModelEngine, store: CacheStore):
    built = store.build("s", None, tokens(150))
    before = digest(store, tokens(150))
    for i in range(20):
        assert ask(engine, tokens(150)[: 150 - i] + tokens(30, seed=i)) >= 150 - i
    assert digest(store, tokens(150)) == before
    assert store.verify(built.key).sha256 == built.sha256


def test_answers_under_way_do_not_disturb_each_other(engine: ModelEngine, store: CacheStore):
    store.build("s", None, tokens(150))
    prompts = [tokens(150) + tokens(20, seed=i) for i in (1, 2)]
    alone = [engine.generate(prompt, space="s", max_new_tokens=20, stop=()).result.tokens for prompt in prompts]
    both = [engine.generate(prompt, space="s", max_new_tokens=20, stop=()) for prompt in prompts]
    for _ in zip(*both, strict=True):
        pass
    assert [generation.result.tokens for generation in both] == alone


def test_memory_does_not_grow_with_chats(engine: ModelEngine, store: CacheStore):
    """300 chats leave no more behind than 100 did."""
    store.build("s", None, tokens(1500))
    process = psutil.Process()

    def chats(first: int, last: int) -> int:
        for i in range(first, last):
            assert ask(engine, tokens(1500) + tokens(20 + i % 30, seed=i)) == 1500
        gc.collect()
        return process.memory_info().rss

    after_100 = chats(0, 100)
    held = store.stats()
    after_300 = chats(100, 300)
    assert after_300 - after_100 < 4 << 20  # one chat's cache is 1.2 MiB: 200 of them would be 240 MiB
    assert (store.stats().bytes, store.stats().blocks) == (held.bytes, held.blocks)


def test_a_dropped_cache_leaves_nothing(engine: ModelEngine, store: CacheStore, tmp_path: Path):
    built = store.build("s", None, tokens(150))
    assert ask(engine, tokens(160)) == 150
    assert store.drop(built.key)
    assert ask(engine, tokens(160)) == 0
    assert list((tmp_path / "caches").iterdir()) == []
    assert store.stats().bytes == {"device": 0, "host": 0, "disk": 0}
    assert not store.drop(built.key)


def test_dropping_a_space_leaves_the_others(store: CacheStore):
    for space in ("s", "s", "other"):
        store.build(space, None, tokens(150))
    store.build("s", None, tokens(90, seed=4))
    assert store.drop_space("s") == 2
    assert store.longest("s", None, tokens(150)).tokens == 0
    assert store.longest("other", None, tokens(150)).tokens == 150


def test_files_are_private_and_hold_no_pickle(store: CacheStore, tmp_path: Path):
    built = store.build("s", None, tokens(150))
    folder = tmp_path / "caches"
    assert {path.name for path in folder.iterdir()} == set(built.files)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    for path in folder.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert path.suffix in {".block", ".cache"}


def test_caches_survive_the_process(engine: ModelEngine, store: CacheStore, tmp_path: Path):
    built = store.build("s", None, tokens(150))
    again = CacheStore(engine, tmp_path / "caches", keys_for(tmp_path / "caches"), block_tokens=64)
    assert again.longest("s", None, tokens(160)).tiers == (Tier.DISK,) * 3
    engine.caches = again
    engine.scratch.clear()
    assert ask(engine, tokens(160)) == 150
    assert again.verify(built.key) == store.verify(built.key)


def test_files_that_belong_to_no_cache_are_erased_at_the_start(engine: ModelEngine, store: CacheStore, tmp_path: Path):
    built = store.build("s", None, tokens(150))
    (tmp_path / "caches" / f"{'0' * 64}.block").write_bytes(b"left by a crash")
    (tmp_path / "caches" / ".half-written").write_bytes(b"left by a crash")
    CacheStore(engine, tmp_path / "caches", keys_for(tmp_path / "caches"), block_tokens=64)
    assert {path.name for path in (tmp_path / "caches").iterdir()} == set(built.files)


@pytest.mark.parametrize(("limit", "left"), [(160_000, 3), (0, 0)])
def test_a_limit_that_was_lowered_holds_from_the_start(engine: ModelEngine, tmp_path: Path, limit: int, left: int):
    for i in range(2):
        CacheStore(engine, tmp_path, keys_for(tmp_path), block_tokens=64).build("s", None, tokens(128, seed=i))
    store = CacheStore(engine, tmp_path, keys_for(tmp_path), disk_bytes=limit, block_tokens=64)
    payloads = list(tmp_path.glob("*.block"))
    assert len(payloads) == left
    assert sum(path.stat().st_size for path in payloads) == store.stats().bytes["disk"] <= limit
    assert len(list(tmp_path.glob("*.cache"))) == store.stats().caches == (2 if left else 0)


def test_the_least_recently_used_moves_down_the_tiers(engine: ModelEngine, tmp_path: Path):
    store = CacheStore(
        engine, tmp_path, keys_for(tmp_path), device_bytes=2 * BLOCK_BYTES, host_bytes=2 * BLOCK_BYTES, block_tokens=64
    )
    for i in range(3):
        store.build("s", None, tokens(128, seed=i))
    tiers = [store.longest("s", None, tokens(128, seed=i)).tiers for i in range(3)]
    assert tiers == [(Tier.DISK,) * 2, (Tier.HOST,) * 2, (Tier.DEVICE,) * 2]
    engine.caches = store
    assert ask(engine, tokens(140, seed=0)[:128] + tokens(5)) == 128  # used again: up it goes
    tiers = [store.longest("s", None, tokens(128, seed=i)).tiers for i in range(3)]
    assert tiers == [(Tier.DEVICE,) * 2, (Tier.DISK,) * 2, (Tier.HOST,) * 2]
    assert store.stats().bytes["device"] == store.stats().bytes["host"] == 2 * BLOCK_BYTES


def test_a_full_disk_tier_lets_go_of_the_oldest_and_its_end_first(engine: ModelEngine, tmp_path: Path):
    store = CacheStore(
        engine, tmp_path, keys_for(tmp_path), device_bytes=0, host_bytes=0, disk_bytes=160_000, block_tokens=64
    )
    for i in range(2):
        store.build("s", None, tokens(128, seed=i))
    kept = [store.longest("s", None, tokens(128, seed=i)).tokens for i in range(2)]
    assert kept == [64, 128]
    assert sum(path.stat().st_size for path in tmp_path.glob("*.block")) == store.stats().bytes["disk"] <= 160_000


def test_a_cache_of_which_nothing_is_left_leaves_no_manifest(engine: ModelEngine, tmp_path: Path):
    store = CacheStore(
        engine, tmp_path, keys_for(tmp_path), device_bytes=0, host_bytes=0, disk_bytes=120_000, block_tokens=64
    )
    for i in range(4):
        last = store.build("s", None, tokens(128, seed=i))
    assert {path.name for path in tmp_path.iterdir()} == set(last.files)
    assert store.stats().caches == 1


@pytest.mark.parametrize(("memory", "disk"), [(0, 120_000), (2 * BLOCK_BYTES, 0), (BLOCK_BYTES, 60_000), (0, 0)])
def test_of_a_cache_larger_than_its_tiers_the_beginning_is_kept_and_all_of_it_can_be_erased(
    engine: ModelEngine, tmp_path: Path, memory: int, disk: int
):
    room = {"device_bytes": 0, "host_bytes": memory, "disk_bytes": disk}
    engine.caches = store = CacheStore(engine, tmp_path, keys_for(tmp_path), **room, block_tokens=64)  # type: ignore[arg-type]
    whole = engine.generate(tokens(330), space="s", max_new_tokens=10, stop=(), use_cache=False).result.tokens
    built = store.build("s", None, tokens(300))
    kept = store.longest("s", None, tokens(300)).tokens
    assert kept == 64 * (2 if (memory or disk) else 0) or (memory, disk) == (BLOCK_BYTES, 60_000)
    for _ in range(2):
        answer = engine.generate(tokens(330), space="s", max_new_tokens=10, stop=()).result
        assert (answer.tokens, answer.cached_tokens) == (whole, kept)
    store.drop(built.key)
    assert list(tmp_path.iterdir()) == []
    assert store.stats().bytes == {"device": 0, "host": 0, "disk": 0}
    assert store.stats().blocks == 0


def test_a_store_without_disk_keeps_caches_in_memory_only(engine: ModelEngine, tmp_path: Path):
    store = CacheStore(engine, tmp_path, keys_for(tmp_path), disk_bytes=0, block_tokens=64)
    built = store.build("s", None, tokens(150))
    assert (built.files, list(tmp_path.iterdir())) == ((), [])
    assert store.verify(built.key).sha256 == built.sha256


def test_a_cache_longer_than_the_context_is_refused(store: CacheStore):
    with pytest.raises(InputError, match="4096 tokens"):
        store.build("s", None, tokens(4096))


def test_an_unknown_key_is_an_input_error(store: CacheStore):
    with pytest.raises(InputError, match="0000"):
        store.verify("0000")


@pytest.mark.parametrize("copied", [False, True])
def test_what_makes_room_keeps_its_key_where_a_vault_may_have_a_copy(engine: ModelEngine, tmp_path: Path, copied: bool):
    """A cache whose files went for others is taken up again when they are brought back; what is dropped never is."""
    keys, limit = keys_for(tmp_path), 5 * BLOCK_BYTES
    small = {"device_bytes": 0, "host_bytes": 0, "block_tokens": 64, "copied": copied}
    store = CacheStore(engine, tmp_path / "kv", keys, disk_bytes=limit, **small)
    first = store.build("s", None, tokens(150))
    copies = {name: (tmp_path / "kv" / name).read_bytes() for name in first.files}
    store.build("s", None, tokens(200, seed=3))
    assert not store.holds(first.key)
    gone = [name for name in first.files if not (tmp_path / "kv" / name).exists()]
    assert gone
    assert all(keys.exists(name.partition(".")[0]) == copied for name in gone)
    if not copied:
        return
    for name, content in copies.items():
        (tmp_path / "kv" / name).write_bytes(content)
    assert store.adopt(first.key)
    assert store.verify(first.key).sha256 == first.sha256
    # Another host, begun with only some of the files, leaves the keys of the rest.
    (tmp_path / "kv" / first.files[1]).unlink()
    again = CacheStore(engine, tmp_path / "kv", keys, disk_bytes=limit, **small)
    assert not again.holds(first.key)
    for name, content in copies.items():
        (tmp_path / "kv" / name).write_bytes(content)
    assert again.adopt(first.key)
    again.drop(first.key)
    assert not any(keys.exists(name.partition(".")[0]) for name in first.files)
    for name, content in copies.items():
        (tmp_path / "kv" / name).write_bytes(content)
    assert not again.adopt(first.key)

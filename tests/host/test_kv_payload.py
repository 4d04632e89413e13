"""Payload files that are not what was written: each is refused, reported, and computed anew."""

import hashlib
import json
import pickle
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load, save
from support.tiny_models import keys_for, manifest, seal, tokens, unsealed

from memos_graph.errors import ModelError, PayloadError
from memos_graph.host.engine import ModelEngine
from memos_graph.host.kv import CacheStore

Damage = Callable[[Path], None]


def truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-100])


def tamper(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[-10] ^= 1
    path.write_bytes(data)


def replace_by_pickle(path: Path) -> None:
    path.write_bytes(pickle.dumps({"0.keys": [1.0]}))


def swap(path: Path) -> None:
    other = next(each for each in sorted(path.parent.glob("*.block")) if each != path)
    shutil.copyfile(other, path)


def remove(path: Path) -> None:
    path.unlink()


DAMAGES = [truncate, tamper, replace_by_pickle, swap, remove]


def first_payload(folder: Path) -> Path:
    _, content = manifest(folder)
    return folder / f"{content['blocks'][0]['id']}.block"


def amend(folder: Path, data: bytes) -> None:
    """Replace the first payload and the checksum that the manifest has of it: what is left is to look inside."""
    path, content = manifest(folder)
    seal(first_payload(folder), data)
    content["blocks"][0] |= {"sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)}
    seal(path, json.dumps(content).encode())


@pytest.fixture
def folder(engine: ModelEngine, tmp_path: Path) -> Path:
    """A folder with one cache of 150 tokens in three blocks."""
    CacheStore(engine, tmp_path, keys_for(tmp_path), block_tokens=64).build("s", None, tokens(150))
    engine.scratch.clear()
    return tmp_path


def reopened(engine: ModelEngine, folder: Path) -> tuple[CacheStore, str]:
    engine.caches = store = CacheStore(engine, folder, keys_for(folder), block_tokens=64)
    return store, store.build("s", None, tokens(150)).key


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_payload_is_found_by_verify(engine: ModelEngine, folder: Path, damage: Damage):
    store, key = reopened(engine, folder)
    store.verify(key)
    damage(first_payload(folder))
    with pytest.raises(PayloadError, match=first_payload(folder).stem[:20]):
        store.verify(key)


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_payload_is_never_used_and_then_built_anew(
    engine: ModelEngine, folder: Path, damage: Damage, caplog: pytest.LogCaptureFixture
):
    prompt = tokens(160)
    expected = engine.generate(prompt, space="s", max_new_tokens=20, stop=(), use_cache=False).result.tokens
    store, key = reopened(engine, folder)
    damage(first_payload(folder))
    answer = engine.generate(prompt, space="s", max_new_tokens=20, stop=()).result
    assert (answer.tokens, answer.cached_tokens) == (expected, 0)
    assert store.stats().refused == 1
    assert "refused" in caplog.text
    rebuilt = store.build("s", None, tokens(150))
    assert store.verify(key).sha256 == rebuilt.sha256
    assert engine.generate(prompt, space="s", max_new_tokens=20, stop=()).result.cached_tokens == 150


def wrong_shapes(good: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    return {name: tensor[:, :-1].contiguous() for name, tensor in good.items()}


def wrong_dtype(good: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    return {name: tensor.half() for name, tensor in good.items()}


def too_few(good: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    return {name: tensor for name, tensor in good.items() if name != "2.values"}


@pytest.mark.parametrize(
    ("change", "said"),
    [(wrong_shapes, "not [2, 64, 16]"), (wrong_dtype, "float16"), (too_few, "'2.values' is missing")],
)
def test_wrong_tensors_are_refused_even_with_the_right_checksum(
    engine: ModelEngine, folder: Path, change: Callable[[Any], Any], said: str, caplog: pytest.LogCaptureFixture
):
    path = first_payload(folder)
    about = {"memos": json.dumps(CacheAbout.of(path))}
    amend(folder, save(change(load(unsealed(path))), metadata=about))
    store, key = reopened(engine, folder)
    with pytest.raises(PayloadError, match="The payload of block") as error:
        store.verify(key)
    assert said in str(error.value)
    assert engine.generate(tokens(160), space="s", max_new_tokens=2, stop=()).result.cached_tokens == 0
    assert said in caplog.text


class CacheAbout:
    @staticmethod
    def of(path: Path) -> Any:
        data = unsealed(path)
        length = int.from_bytes(data[:8], "little")
        return json.loads(json.loads(data[8 : 8 + length])["__metadata__"]["memos"])


def test_a_pickle_with_the_right_checksum_is_refused(engine: ModelEngine, folder: Path):
    amend(folder, pickle.dumps({"0.keys": [1.0]}))
    store, key = reopened(engine, folder)
    with pytest.raises(PayloadError, match="not a safetensors"):
        store.verify(key)


def test_another_caches_payload_with_the_right_checksum_is_refused(engine: ModelEngine, folder: Path):
    _, content = manifest(folder)
    amend(folder, unsealed(folder / f"{content['blocks'][1]['id']}.block"))
    store, key = reopened(engine, folder)
    with pytest.raises(PayloadError, match="another cache"):
        store.verify(key)


@pytest.mark.parametrize("change", [{"tokens": [1, 2, 3]}, {"format": 99}, {"scope": {}}, {"blocks": [{}]}])
def test_a_manifest_that_contradicts_itself_is_erased(
    engine: ModelEngine, folder: Path, change: dict[str, object], caplog: pytest.LogCaptureFixture
):
    path, content = manifest(folder)
    seal(path, json.dumps(content | change).encode())
    store = CacheStore(engine, folder, keys_for(folder), block_tokens=64)
    assert list(folder.iterdir()) == []
    assert store.stats().caches == 0
    assert path.name in caplog.text


def test_a_manifest_that_claims_another_spaces_tokens_is_not_believed(engine: ModelEngine, folder: Path):
    path, content = manifest(folder)
    content["scope"]["space"] = "mine"
    seal(path, json.dumps(content).encode())
    store = CacheStore(engine, folder, keys_for(folder), block_tokens=64)
    assert store.longest("mine", None, tokens(160)).tokens == 0


def test_nothing_of_a_cache_is_written_in_the_clear(engine: ModelEngine, folder: Path):
    path, content = manifest(folder)
    assert content["scope"]["space"] == "s"
    for file in folder.iterdir():
        data = file.read_bytes()
        assert not any(sign in data for sign in (b"scope", b"__metadata__", b"0.keys", b"tokens"))
    assert json.dumps(content["tokens"]).encode() not in path.read_bytes()


def test_without_its_key_a_payload_is_nothing_even_when_it_is_put_back(
    engine: ModelEngine, folder: Path, tmp_path: Path
):
    backup = {path: path.read_bytes() for path in folder.iterdir()}
    store, key = reopened(engine, folder)
    assert store.drop(key)
    assert list(folder.iterdir()) == []
    assert list(keys_for(folder).folder.iterdir()) == []
    for path, data in backup.items():
        path.write_bytes(data)
    again = CacheStore(engine, folder, keys_for(folder), block_tokens=64)
    assert again.longest("s", None, tokens(150)).tokens == 0
    assert list(folder.iterdir()) == []


def test_a_block_that_two_caches_share_keeps_its_key_until_the_last_of_them_goes(engine: ModelEngine, tmp_path: Path):
    keys = keys_for(tmp_path)
    store = CacheStore(engine, tmp_path, keys, block_tokens=64)
    long, short = store.build("s", None, tokens(150)), store.build("s", None, tokens(128))
    shared = [Path(name).stem for name in short.files if name.endswith(".block")]
    store.drop(long.key)
    assert all(keys.exists(name) for name in shared)
    assert store.verify(short.key)
    store.drop(short.key)
    assert not any(keys.exists(name) for name in shared)


def test_memory_that_was_changed_is_found(engine: ModelEngine, store: CacheStore):
    built = store.build("s", None, tokens(150))
    with torch.inference_mode():
        store.states("s", None, tokens(150))[1][0][0][0, 0, 0] += 1
    with pytest.raises(PayloadError, match="in memory was changed"):
        store.verify(built.key)


def test_a_folder_that_cannot_be_written_is_an_error(engine: ModelEngine, tmp_path: Path):
    store = CacheStore(engine, tmp_path / "caches", keys_for(tmp_path / "caches"), block_tokens=64)
    shutil.rmtree(tmp_path / "caches")
    with pytest.raises(ModelError, match="could not be written"):
        store.build("s", None, tokens(150))
    assert store.stats().blocks == 0
    assert store.stats().bytes == {"device": 0, "host": 0, "disk": 0}

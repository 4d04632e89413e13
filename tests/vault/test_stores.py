"""Places for payloads, by URL: each keeps an object whole or not at all, and names what went wrong."""

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.s3 import s3_server

from memos_graph.errors import ConfigurationError, InputError, VaultError
from memos_graph.vault.stores import PayloadStore, VaultObject
from memos_graph.vault.stores.opening import open_store


@pytest.fixture(params=["file", "memory", "s3"])
def store(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[PayloadStore]:
    if request.param == "s3":
        with s3_server(monkeypatch) as url:
            yield open_store(url)
    else:
        yield open_store(
            {"file": (tmp_path / "a vault").as_uri(), "memory": f"memory://{tmp_path.name}"}[request.param]
        )


def test_what_is_kept_is_had_again(store: PayloadStore) -> None:
    large = os.urandom(6 << 20)
    assert list(store.names("one")) == []
    assert store.get("one/caches/a.block") is None
    store.put("one/caches/a.block", b"old")
    store.put("one/caches/a.block", large)
    store.put("one/adapters/x/weights.sealed", b"")
    store.put("other/caches/a.block", b"theirs")
    assert store.get("one/caches/a.block") == large
    assert set(store.names("one")) == {
        VaultObject("one/caches/a.block", 6 << 20),
        VaultObject("one/adapters/x/weights.sealed", 0),
    }
    assert [each.name for each in store.names("one/adapters")] == ["one/adapters/x/weights.sealed"]
    store.delete("one/caches/a.block")
    store.delete("one/caches/a.block")
    assert store.get("one/caches/a.block") is None
    assert [each.name for each in store.names("one")] == ["one/adapters/x/weights.sealed"]
    assert store.get("other/caches/a.block") == b"theirs"
    assert open_store(store.url).get("other/caches/a.block") == b"theirs"


@pytest.mark.parametrize("name", ["../a", "/a", "a/../b", "", "a//b", "a/.", "a\x00", "é"])
def test_no_name_leads_elsewhere(store: PayloadStore, name: str) -> None:
    for act in (store.get, store.delete, lambda each: store.put(each, b"x")):
        with pytest.raises(InputError, match="can't be the name of an object"):
            act(name)


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("ftp://there/x", "there is no 'ftp'"),
        ("payloads", "there is no ''"),
        ("file:///", "names no folder"),
        ("file://elsewhere/x", "names no folder of this machine"),
        ("s3:///x", "names no bucket"),
        ("s3://me:hush@bucket/x", "a password"),
        ("s3://bucket/x?key=hush", "what follows"),
    ],
)
def test_a_url_that_names_no_place_is_told_without_its_secrets(url: str, why: str) -> None:
    with pytest.raises(ConfigurationError, match="MEMOS_VAULT_URL") as refused:
        open_store(url)
    assert why in refused.value.message
    assert "hush" not in f"{refused.value} {refused.value.hint}"


def test_a_folder_holds_files_of_their_owner_alone(tmp_path: Path) -> None:
    store = open_store((tmp_path / "vault").as_uri())
    store.put("one/a", b"x")
    assert (tmp_path / "vault/one/a").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "vault/one").stat().st_mode & 0o777 == 0o700
    store.delete("one/a")
    assert not (tmp_path / "vault/one").exists()


def test_what_a_killed_writer_left_half_is_no_object_and_is_found_later(tmp_path: Path) -> None:
    store = open_store((tmp_path / "vault").as_uri())
    store.put("one/a", b"whole")
    half = tmp_path / "vault/one/.b.1f2e3d4c"
    half.write_bytes(b"ha")
    assert [each.name for each in store.names("one")] == ["one/a"], "somebody may be writing it"
    long_ago = time.time() - 7200
    os.utime(half, (long_ago, long_ago))
    assert {each.name for each in store.names("one")} == {"one/a", "one/.b.1f2e3d4c"}
    store.delete("one/.b.1f2e3d4c")
    assert [each.name for each in store.names("one")] == ["one/a"]


def test_a_place_that_fails_says_what_and_where(tmp_path: Path) -> None:
    file = tmp_path / "vault"
    file.write_text("no folder")
    store = open_store(file.as_uri())
    for act in (lambda: store.put("a/b", b"x"), lambda: store.get("a/b"), lambda: store.delete("a/b")):
        with pytest.raises(VaultError, match=r"The vault file://.*vault failed: 'a/b' can't be"):
            act()


def test_a_bucket_that_does_not_answer_or_is_none_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    with s3_server(monkeypatch) as url:
        missing = open_store(url.replace("payloads", "nothing"))
        with pytest.raises(VaultError, match=r"The vault s3://nothing/memos failed: 'a/b' can't be written"):
            missing.put("a/b", b"x")
        store = open_store(url)
    with pytest.raises(VaultError, match=r"The vault s3://payloads/memos failed: 'a/b' can't be read"):
        store.get("a/b")

"""Encrypted files and their keys: what is written comes back, and nothing else does; without its key a file is nothing."""

import os
import stat
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from memos_graph.errors import InputError, PayloadError
from memos_graph.host.keys import PayloadKeys
from memos_graph.kit.crypto.encrypted_files import encrypted_size, read_encrypted, write_encrypted

KEY, CHUNK, HEADER, TAG = bytes(range(32)), 1 << 20, 24, 16


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK])
def test_what_is_encrypted_comes_back_and_is_private(tmp_path: Path, size: int):
    content = os.urandom(size)
    write_encrypted(tmp_path / "a", "a", KEY, content)
    assert read_encrypted(tmp_path / "a", "a", KEY) == content
    assert (tmp_path / "a").stat().st_size == encrypted_size(size)
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_equal_contents_look_different(tmp_path: Path):
    for name in ("a", "b"):
        write_encrypted(tmp_path / name, "a", KEY, bytes(1000))
    assert (tmp_path / "a").read_bytes()[HEADER:] != (tmp_path / "b").read_bytes()[HEADER:]


def _chunk(data: bytes, number: int) -> bytes:
    start = HEADER + number * (CHUNK + TAG)
    return data[start : start + CHUNK + TAG]


def _flip(data: bytes, at: int) -> bytes:
    changed = bytearray(data)
    changed[at] ^= 1
    return bytes(changed)


DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "cut off": lambda data: data[:-1],
    "a chunk cut off": lambda data: data[: -(CHUNK + TAG)],
    "added to": lambda data: data + b"x",
    "a bit of the content": lambda data: _flip(data, HEADER + CHUNK),
    "a bit of the nonces": lambda data: _flip(data, 17),
    "a bit of padding": lambda data: _flip(data, 23),
    "another length": lambda data: data[:8] + (CHUNK - 1).to_bytes(8, "big") + data[16:],
    "an absurd length": lambda data: data[:8] + (1 << 60).to_bytes(8, "big") + data[16:],
    "chunks exchanged": lambda data: data[:HEADER] + _chunk(data, 1) + _chunk(data, 0) + _chunk(data, 2),
    "the last chunk left out, and the length fits": lambda data: (
        data[:8] + (2 * CHUNK).to_bytes(8, "big") + data[16:HEADER] + _chunk(data, 0) + _chunk(data, 1)
    ),
    "not an encrypted file": lambda data: b"\x80\x04" + data[2:],
    "empty": lambda _: b"",
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES.keys())
def test_a_damaged_file_is_refused(tmp_path: Path, damage: Callable[[bytes], bytes]):
    path = tmp_path / "a"
    write_encrypted(path, "a", KEY, os.urandom(3 * CHUNK))
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(PayloadError, match="payload 'a'"):
        read_encrypted(path, "a", KEY)


def test_another_name_another_key_and_no_file_are_refused(tmp_path: Path):
    write_encrypted(tmp_path / "a", "a", KEY, b"content")
    for name, key in (("b", KEY), ("a", bytes(32))):
        with pytest.raises(PayloadError, match="another name or key"):
            read_encrypted(tmp_path / "a", name, key)
    with pytest.raises(PayloadError, match="can't be read"):
        read_encrypted(tmp_path / "b", "b", KEY)


@pytest.fixture
def keys(tmp_path: Path) -> PayloadKeys:
    return PayloadKeys(tmp_path / "keys", lambda: KEY)


def test_a_key_is_made_once_kept_wrapped_and_gone_when_destroyed(keys: PayloadKeys, tmp_path: Path):
    made: list[bytes] = []
    threads = [threading.Thread(target=lambda: made.append(keys.make("0abc"))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 8
    assert len(set(made)) == 1
    assert PayloadKeys(tmp_path / "keys", lambda: KEY).get("0abc") == made[0]
    (file,) = (tmp_path / "keys").iterdir()
    assert made[0] not in file.read_bytes()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert keys.make("0abd") != made[0]
    assert (keys.destroy("0abc"), keys.destroy("0abc"), keys.exists("0abc")) == (True, False, False)
    with pytest.raises(PayloadError, match="destroyed"):
        keys.get("0abc")


def test_a_destroyed_key_takes_along_what_a_writer_that_was_killed_left(keys: PayloadKeys):
    keys.make("0abc")
    (keys.folder / ".0abc.key.12345678").write_bytes(b"half a key")
    assert keys.destroy("0abc")
    assert list(keys.folder.iterdir()) == []


def test_a_key_serves_its_own_payload_and_installation_only(keys: PayloadKeys, tmp_path: Path):
    keys.make("0abc")
    (tmp_path / "keys" / "0abc.key").rename(tmp_path / "keys" / "0abd.key")
    with pytest.raises(PayloadError, match="damaged, or belongs"):
        keys.get("0abd")
    keys.make("0abe")
    other = PayloadKeys(tmp_path / "keys", lambda: bytes(32))
    assert other.fingerprint != keys.fingerprint
    with pytest.raises(PayloadError, match="another installation"):
        other.get("0abe")
    for name in ("../0abc", "", "a/b", "A" * 10, "x" * 65):
        assert not keys.names(name)
        with pytest.raises(InputError):
            keys.make(name)

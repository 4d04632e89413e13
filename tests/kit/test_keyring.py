"""The keys of an installation: private files, made once, by whoever comes first."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from memos_graph import Settings
from memos_graph.errors import ConfigurationError
from memos_graph.kit.crypto.keyring import Keyring

_PRINT_KEYS = """
from memos_graph import Settings
from memos_graph.kit.crypto.keyring import Keyring
keys = Keyring(Settings.load().keys_folder)
print(keys.public_pem.replace(chr(10), ""), keys.derived("test").hex())
"""


def keyring(folder: Path) -> Keyring:
    return Keyring(Settings.load(keys=folder).keys_folder)


def test_the_keys_stay_the_same_and_nobody_else_can_read_them(tmp_path: Path) -> None:
    first, second = keyring(tmp_path / "keys"), keyring(tmp_path / "keys")
    second.public.verify(first.signing.sign(b"seal"), b"seal")
    assert first.derived("payloads") == second.derived("payloads")
    assert first.derived("payloads") != first.derived("audit")
    files = sorted((tmp_path / "keys").iterdir())
    assert [file.name for file in files] == ["root-key", "signing-key.pem"]
    assert {file.stat().st_mode & 0o777 for file in files} == {0o600}
    assert (tmp_path / "keys").stat().st_mode & 0o777 == 0o700


def test_processes_that_start_together_agree_on_the_keys(tmp_path: Path) -> None:
    environment = {**os.environ, "MEMOS_KEYS": str(tmp_path / "keys")}
    command = [sys.executable, "-c", _PRINT_KEYS]
    running = [subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    printed = {process.communicate(timeout=120)[0] for process in running}
    assert [process.returncode for process in running] == [0] * 4
    assert len(printed) == 1
    assert printed.pop().startswith("-----BEGIN PUBLIC KEY-----")


@pytest.mark.parametrize(("name", "content"), [("signing-key.pem", b"not a key"), ("root-key", b"short")])
def test_a_damaged_key_file_is_named_and_not_replaced(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    keys = keyring(tmp_path)
    with pytest.raises(ConfigurationError, match="is damaged") as caught:
        _ = keys.signing if name.endswith("pem") else keys.derived("test")
    assert str(tmp_path / name) in str(caught.value)
    assert (tmp_path / name).read_bytes() == content


def test_a_folder_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigurationError, match="can't be used"):
        _ = keyring(tmp_path / "file" / "keys").signing

"""A key that is lost is told of, and never replaced in silence."""

import shutil
from pathlib import Path

import pytest

from memos_graph import MemOS, Settings
from memos_graph.cli.doctor_keys import key_checks, key_files
from memos_graph.errors import ConfigurationError
from memos_graph.governance.bound_keys import bind_signer, refuse_lost
from memos_graph.kit.crypto.keyring import ROOT, SIGNING, Keyring


@pytest.fixture
def copied(memos: MemOS, tmp_path: Path) -> Settings:
    """The keys of the store, copied, so that they can be lost."""
    shutil.copytree(memos._services.keyring.folder, tmp_path / "keys")
    return memos._services.settings.model_copy(update={"keys": tmp_path / "keys"})


@pytest.mark.parametrize("name", [ROOT, SIGNING])
def test_a_lost_key_is_named_with_what_is_lost_and_nothing_is_made(memos: MemOS, copied: Settings, name: str) -> None:
    assert copied.keys is not None
    (copied.keys / name).unlink()
    with pytest.raises(ConfigurationError, match="is lost") as caught:
        MemOS.open(copied)
    assert str(copied.keys / name) in str(caught.value)
    assert (f"memos keys renew {name}" in str(caught.value.hint)) == (name == SIGNING)
    assert not (copied.keys / name).exists()
    check = key_checks(copied, memos._services.runner)[0]
    assert not check.ok
    assert name in check.detail


@pytest.mark.alone
def test_a_signing_key_begun_anew_is_the_stores_from_then_on(memos: MemOS, copied: Settings) -> None:
    runner, ours = memos._services.runner, memos._services.keyring
    assert copied.keys is not None
    (copied.keys / SIGNING).unlink()
    Keyring(copied.keys_folder).renew(was=ours.fingerprint)
    keys = Keyring(copied.keys_folder)
    refuse_lost(runner, keys, copied.home / "audit" / "seals")
    try:
        bind_signer(runner, keys)
        assert runner.read("audit/bound_keys")[0]["signer"] == keys.fingerprint != ours.fingerprint
        assert key_checks(copied, runner)[0].ok
        assert not key_checks(memos._services.settings, runner)[0].ok
    finally:
        runner.write("audit/bind_signer", signer=ours.fingerprint, instead=[keys.fingerprint])
    assert key_checks(memos._services.settings, runner)[0].ok


def test_doctor_tells_who_else_could_read_the_keys(copied: Settings) -> None:
    assert copied.keys is not None
    assert key_files(copied)[0].ok
    (copied.keys / ROOT).chmod(0o644)
    copied.keys.chmod(0o755)
    check = key_files(copied)[0]
    assert not check.ok
    assert "mode 0644, not 0600" in check.detail
    assert "mode 0755, not 0700" in check.detail


def test_a_home_without_keys_is_well(tmp_path: Path) -> None:
    (check,) = key_files(Settings.load(home=tmp_path))
    assert check.ok
    assert list(tmp_path.iterdir()) == []

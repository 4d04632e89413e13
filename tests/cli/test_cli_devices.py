"""``memos sync``: with a key from a private file or from the environment, told in a table, and an exit code that says whether both are in step."""

import json
from pathlib import Path

import pytest
from support.cli_runner import Run

from memos_graph import MemOS, Message


@pytest.fixture
def key(memos: MemOS, principal: str, tmp_path: Path) -> Path:
    """A file with a key of the other device."""
    _, secret = memos.installation.keys.create(principal, label="test")
    file = tmp_path / "phone.key"
    file.write_text(f"{secret}\n", encoding="utf-8")
    file.chmod(0o600)
    return file


def test_two_spaces_are_synced(memos: MemOS, mine: Run, service: str, principal: str, key: Path) -> None:
    laptop, phone = (memos.mount(f"{principal}/{name}", principal=principal) for name in ("laptop", "phone"))
    laptop.add([Message(id="m1", text="The ferry leaves at nine.")], source="talk")
    phone.add([Message(id="m2", text="The oven is new.")], source="talk")
    command = ("sync", laptop.space, "--with", service, "--peer", phone.space, "--key-file", str(key))
    foreseen = mine(*command, "--dry-run")
    assert (foreseen.code, "nothing was written" in foreseen.err) == (0, True)
    told = mine(*command, "--json").json()
    assert (told["in_step"], told["here"]["added"], told["there"]["added"]) == (True, 1, 1)
    shown = mine(*command)
    assert (shown.code, "in step" in shown.err, phone.space in shown.out) == (0, True, True)
    assert key.read_text().strip() not in shown.out + shown.err


def test_a_key_that_others_may_read_is_not_used(mine: Run, service: str, principal: str, key: Path) -> None:
    key.chmod(0o640)
    refused = mine("sync", f"{principal}/notes", "--with", service, "--key-file", str(key), "--json")
    assert (refused.code, json.loads(refused.err)["code"]) == (1, "configuration-invalid")
    assert "chmod 600" in refused.err


def test_a_key_is_needed_and_may_be_in_the_environment(
    memos: MemOS, mine: Run, service: str, principal: str, key: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    space = memos.mount(f"{principal}/notes", principal=principal).space
    command = ("sync", space, "--with", service)
    refused = mine(*command)
    assert (refused.code, "MEMOS_PEER_KEY" in refused.err) == (1, True)
    monkeypatch.setenv("MEMOS_PEER_KEY", key.read_text().strip())
    assert mine(*command).code == 0
    assert mine(*command, "--peer", f"{principal}/new").code == 0
    assert mine(*command, "--peer", f"{principal}/newer", "--dry-run").code == 1
    refused = mine(*command, "--peer", "nobody/notes")
    assert (refused.code, "nobody/notes" in refused.err) == (1, True)

"""What the documents show is what works: their Python runs, and the commands of the README are there."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from support.cli_runner import Run
from support.processes import address_of, wait_until

from memos_graph import Memory, MemOS, Message, Settings

ROOT = Path(__file__).resolve().parents[2]
SAID = (
    Message(id="m1", speaker="Dana Lopez", text="I moved to Lisbon in May."),
    Message(id="m2", speaker="Ravi", text="Dana lives in Lisbon."),
)


def _blocks(document: str, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", (ROOT / document).read_text(encoding="utf-8"), re.DOTALL)


@pytest.mark.usefixtures("home")
def test_the_readmes_program_runs_and_runs_again(
    principal: str, memos: MemOS, capsys: pytest.CaptureFixture[str]
) -> None:
    (program,) = _blocks("README.md", "python")
    for _ in range(2):
        exec(compile(program.replace("alice", principal), "README.md", "exec"), {})
        what, parts, answer = capsys.readouterr().out.splitlines()
        assert what.startswith("Dana moved to Lisbon in May.")
        assert "meaning" in parts
        assert "Lisbon" in answer
    assert not memos.mount(f"{principal}/notes", principal=principal).search("Where does Dana live?").hits


@pytest.mark.parametrize("document", ["docs/erasure.md", "docs/neomodel.md", "docs/pipelines.md", "docs/python.md"])
def test_a_documents_python_runs(
    document: str, memos: MemOS, space: Memory, service: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    space.add(SAID, source="talk")
    key = memos.installation.keys.create("alice", label="docs")[1]
    names: dict[str, object] = {"memos": memos, "notes": space, "url": service, "key": key}
    for program in _blocks(document, "python"):
        exec(compile(program, document, "exec"), names)


def _shown(page: str) -> bool:
    try:
        return httpx.get(page).status_code == 200
    except httpx.ConnectError:  # it says where it will listen a moment before it does
        return False


def test_the_readmes_commands_run_in_their_order_and_again(
    home: Settings, memos_cli: Run, principal: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    for name in ("LOGNAME", "USER"):
        monkeypatch.setenv(name, principal)  # who is logged in
    (block,) = [each for each in _blocks("README.md", "sh") if "memos up" in each]
    first, *commands = [shlex.split(line, comments=True)[1:] for line in block.splitlines()]
    assert first == ["up"]
    assert len(commands) == 5
    with subprocess.Popen(
        [sys.executable, "-m", "memos_graph.cli", *first], stdout=subprocess.PIPE, text=True, env=os.environ
    ) as up:
        try:
            page = f"{address_of(up)}/docs"
            wait_until(lambda: _shown(page))
            found = ""
            for command in [*commands, *commands]:
                told = memos_cli(*(found if word == "ID" else word for word in command))
                assert told.code == 0, (command, told.err)
                assert told.out.strip()
                if command[0] == "search":
                    assert "Felix" in told.out
                    found = memos_cli(*command, "--json").json()["hits"][0]["cube"]["id"][:32]
        finally:
            up.terminate()
        assert up.wait(30) == 0


def test_the_readmes_other_commands_are_there(memos_cli: Run) -> None:
    lines = [line for block in _blocks("README.md", "sh") for line in block.splitlines()]
    commands = [shlex.split(line, comments=True) for line in lines]
    ours = [command for command in commands if command[0] == "memos" and not command[1].startswith("-")]
    assert len(ours) >= 6
    for command in ours:
        assert memos_cli(*command[1:2], "--help").code == 0, command
    targets = (ROOT / "Makefile").read_text(encoding="utf-8")
    for command in commands:
        assert command[0] in {"memos", "make", "pip"}
        assert command[0] != "make" or f"\n{command[1]}:" in targets

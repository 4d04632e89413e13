"""What the documents show is what works: their Python runs, and the commands of the README are there."""

import re
from pathlib import Path

import pytest
from cli_runner import Run

from memos_graph import Memory, Message, Settings

ROOT = Path(__file__).resolve().parents[2]
SAID = (
    Message(id="m1", speaker="Dana Lopez", text="I moved to Lisbon in May."),
    Message(id="m2", speaker="Ravi", text="Dana lives in Lisbon."),
)


def _blocks(document: str, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", (ROOT / document).read_text(encoding="utf-8"), re.DOTALL)


def test_the_readmes_program_runs(home: Settings, principal: str, capsys: pytest.CaptureFixture[str]) -> None:
    (program,) = _blocks("README.md", "python")
    exec(compile(program.replace("alice", principal), "README.md", "exec"), {})
    what, parts = capsys.readouterr().out.splitlines()
    assert what.startswith("Dana moved to Lisbon in May.")
    assert "m1" in parts


@pytest.mark.parametrize("document", ["docs/erasure.md", "docs/pipelines.md"])
def test_a_documents_python_runs(document: str, space: Memory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    space.add(SAID, source="talk")
    names: dict[str, object] = {"notes": space}
    for program in _blocks(document, "python"):
        exec(compile(program, document, "exec"), names)


def test_the_readmes_commands_are_there(memos_cli: Run) -> None:
    commands = [
        line.split()[1] for block in _blocks("README.md", "sh") for line in block.splitlines() if "memos" in line
    ]
    commands = [each for each in commands if each not in {"demo", "test"}]
    assert len(commands) >= 6
    for command in commands:
        assert memos_cli(command, "--help").code == 0, command

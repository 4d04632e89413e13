"""With --json every command prints JSON and nothing else on standard output; what went wrong is JSON, too."""

import json
import subprocess
import sys
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import typer
from support.cli_runner import Run

from memos_graph import Memory, Message
from memos_graph.cli.program import app


def commands(group: Any = None, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    for name, command in (group or typer.main.get_command(app)).commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, (*path, name))
        else:
            yield (*path, name), command


def test_every_command_takes_json() -> None:
    found = dict(commands())
    assert len(found) > 70
    without = [path for path, command in found.items() if not any("--json" in each.opts for each in command.params)]
    assert without == []


@pytest.mark.parametrize("path", [path for path, _ in commands()], ids=" ".join)
def test_a_wrong_call_is_told_as_json(path: tuple[str, ...], memos_cli: Run) -> None:
    told = memos_cli(*path, "--no-such-option", "--json")
    assert (told.code, told.out) == (2, "")
    failure = json.loads(told.err)
    assert failure["code"] == "usage"
    assert "--no-such-option" in failure["message"]
    assert failure["hint"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["search", "--json"], "Missing argument 'question'"),
        (["search", "ferry", "--limit", "many", "--json"], "Input should be a valid integer"),
        (["search", "ferry", "--limit", "0", "--json"], "greater than or equal to 1"),
        (["search", "ferry", "--type", "poem", "--json"], "'poem' is not one of"),
        (["search", "ferry", "--since", "yesterday", "--json"], "'yesterday' does not match the formats"),
        (["history", "0", "--diff", "1-2", "--json"], "Write two version numbers"),
        (["set", "0", "--half-life", "long", "--json"], "Write a number of days above 0"),
        (["serach", "ferry", "--json"], "No such command 'serach'"),
        (["pipeline", "--json"], "No such option: --json"),
        (["mark", "verify", "no-such-file.jsonl", "--json"], "no-such-file.jsonl"),
    ],
)
def test_what_was_called_wrongly_is_said(arguments: list[str], said: str, memos_cli: Run, home: object) -> None:
    told = memos_cli(*arguments)
    assert (told.code, told.out) == (2, ""), told
    assert said in json.loads(told.err)["message"]


def test_what_an_argument_may_not_be_is_said_with_where_to_look(memos_cli: Run, home: object) -> None:
    told = memos_cli("snapshot", "n" * 101, "--json")
    assert (told.code, told.out) == (1, ""), told
    failure = json.loads(told.err)
    assert failure["message"].startswith("name: ")
    assert "100" in failure["message"]
    assert failure["hint"] == "See `memos snapshot --help`."


def test_json_behind_two_hyphens_is_text(memos_cli: Run) -> None:
    told = memos_cli("search", "--limit", "many", "--", "--json")
    assert told.code == 2
    assert "Usage:" in told.err


def test_people_are_told_in_words(memos_cli: Run) -> None:
    told = memos_cli("search", "--no-such-option", "ferry")
    assert told.code == 2
    assert "No such option: --no-such-option" in told.err
    with pytest.raises(ValueError, match="Expecting value"):
        json.loads(told.err)


def test_what_is_not_agreed_to_is_told_as_json(mine: Run, space: Memory, monkeypatch: pytest.MonkeyPatch) -> None:
    (cube,) = space.add([Message(text="The ferry leaves at noon.")]).added
    monkeypatch.setattr("sys.stdin", StringIO("no\n"))
    told = mine("delete", cube, "--json")
    assert (told.code, told.out) == (1, "")
    assert json.loads(told.err.partition("[y/N]: ")[2])["code"] == "aborted"
    monkeypatch.setattr("sys.stdin", StringIO("y\n"))
    assert cube in mine("delete", cube, "--json").json()["cubes"]


def test_acts_that_only_said_so_give_json(mine: Run, space: Memory, principal: str, tmp_path: Path) -> None:
    role, where = f"{principal}/readers", ["--space", space.space]
    (cube,) = space.add([Message(id="m1", text="The ferry leaves at noon.")], source="chat").added[:1]
    denied = mine("deny", "ben", "read", *where, "--json").json()
    assert (denied["principal"], denied["denied"], denied["actions"]) == ("ben", True, ["read"])
    assert mine("allow", "ben", *where, "--json").json()["denied"] is False
    mine("grant", "ben", "read", *where)
    assert mine("revoke", "ben", *where, "--json").json() == {
        "principal": "ben", "space": space.space, "cube": None, "topic": None, "granted": False,
    }  # fmt: skip
    assert mine("role", "create", role, "--json").json() == {"role": role, "made": True}
    assert mine("role", "create", role, "--json").json() == {"role": role, "made": False}
    added = mine("role", "add", role, "nora", "--until", "2031-01-01", "--json").json()
    assert added == {"role": role, "principal": "nora", "expires_at": "2031-01-01T00:00:00Z"}
    assert mine("role", "remove", role, "nora", "--json").json()["removed"] is True
    mine("mandate", "give", "helper")
    assert mine("mandate", "end", "helper", "--json").json()["ended"] is True
    assert mine("audit", "seal", *where, "--json").json()["size"] > 0
    assert mine("audit", "prove", "1", *where, "--json").json()["index"] == 0
    lines = [json.loads(line) for line in mine("export", *where).out.splitlines()]
    assert mine("export", *where, "--json").json() == lines
    assert cube in json.dumps(lines[0])
    written = tmp_path / "notes.jsonl"
    assert mine("export", *where, "-o", str(written), "--json").json() == {"file": str(written), "memories": 1}


def test_commands_without_a_principal_give_json(memos_cli: Run, principal: str) -> None:
    key = memos_cli("key", "create", "--principal", principal, "--json").json()["key"]["id"]
    assert memos_cli("key", "revoke", key, "--json").json() == {"key": key, "revoked": True}
    joined = memos_cli("tenant", "join", f"{principal}-co", principal, "--json").json()
    assert joined == {"tenant": f"{principal}-co", "principals": [principal]}
    assert memos_cli("tenant", "leave", principal, "--json").json() == {"tenant": None, "principals": [principal]}
    for words in (["mark", "key"], ["audit", "key"]):
        assert memos_cli(*words, "--json").json()["public_key"].startswith("-----BEGIN PUBLIC KEY-----")
    names = memos_cli("policy", "template", "--json").json()
    assert len(names) >= 3
    told = memos_cli("policy", "template", names[0], "--json").json()
    assert (told["name"], told["text"]) == (names[0], memos_cli("policy", "template", names[0]).out)


def test_output_goes_on_into_a_pipe_that_closes(home: object, space: Memory, principal: str) -> None:
    space.add([Message(id=f"m{i}", text=f"Ferry {i} leaves at noon. " * 40) for i in range(60)], source="chat")
    command = f"{sys.executable} -m memos_graph.cli export --as {principal} --json | head -c 10"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=90, check=False)
    assert (done.stdout[:1], done.stderr) == ("[", "")

"""Ids can be copied from any table, at 80 columns too, and given by their beginning; what may not be read is not found by it."""

import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from collections.abc import Callable
from pathlib import Path

import pytest
from support.cli_runner import Run

from memos_graph import Memory, MemOS, Message, Selection
from memos_graph.governance import Action

PIPELINE = """
pipeline: look
steps:
  - {id: found, act: search, arguments: {question: "When does the ferry leave?"}}
"""
LONG = "The ferry to the outer islands leaves the old harbour at noon on working days and at one on Sundays."
ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


@pytest.fixture
def cubes(space: Memory) -> list[str]:
    said = [
        Message(id="m1", speaker="Ines de Albuquerque Figueiredo", text=LONG),
        Message(id="m2", speaker="Bruno", text=f"{LONG} Bring a coat."),
    ]
    return list(space.add(said, source="a-conversation-with-a-long-name-of-its-own.json").added)


@pytest.fixture
def narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    """A pipe 80 columns wide: tables are laid out as on a terminal of that width."""
    monkeypatch.setattr("memos_graph.cli.output._PIPE_WIDTH", 80)


@pytest.mark.usefixtures("narrow")
def test_ids_are_whole_in_every_table_of_80_columns(
    mine: Run, memos_cli: Run, space: Memory, cubes: list[str], principal: str, tmp_path: Path
) -> None:
    first, second = cubes
    space.permissions.grant("ben", [Action.READ], cube=first)
    space.update(first, text=f"{LONG} It is blue.")
    (tmp_path / "look.yaml").write_text(PIPELINE)
    run = mine("pipeline", "run", str(tmp_path / "look.yaml"), "--json")
    key = memos_cli("key", "create", "--principal", principal, "--json").json()["key"]["id"]
    shown = {
        ("search", "When does the ferry leave?"): cubes,
        ("search", "When does the ferry leave?", "--explain"): cubes,
        ("log",): [first],
        ("duplicates", "--threshold", "0.5"): cubes,
        ("grants",): [first],
        ("can", "ben", "read", first, "--explain"): [],
        ("diff", "2026-01-01"): cubes,
        ("show", first): [first],
        ("lineage", second): [second],
        ("forget", "--subject", "Bruno", "--dry-run"): [second],
        ("pipeline", "list"): [run.json()["id"]] if run.code == 0 else [],
    }
    for command, ids in shown.items():
        told = mine(*command)
        assert told.code in {0, 1}, told.err
        for each in ids:
            assert each in told.out, (command, told.out)
        lines = told.out.splitlines()
        assert max(map(len, lines)) <= 80, (command, told.out)
    assert run.code == 0, run.err
    listed = memos_cli("key", "list", "--principal", principal)
    assert key in listed.out
    receipt = space.forget("Bruno").id
    assert receipt in mine("receipt", "list").out


@pytest.mark.usefixtures("home")
def test_ids_are_whole_on_a_terminal(space: Memory, cubes: list[str]) -> None:
    screen, terminal = pty.openpty()
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    command = [sys.executable, "-m", "memos_graph.cli", "search", "When does the ferry leave?", "--as", space.principal]
    with subprocess.Popen(command, stdin=terminal, stdout=terminal, stderr=subprocess.DEVNULL) as searching:
        os.close(terminal)
        written = b""
        while piece := _read(screen):
            written += piece
        assert searching.wait(60) == 0
    os.close(screen)
    assert set(cubes) <= set(ID.findall(written.decode()))


def _read(screen: int) -> bytes:
    try:
        return os.read(screen, 4096)
    except OSError:  # how Linux says that the other end is closed
        return b""


def shared_beginning(ids: list[str]) -> str:
    first, last = min(ids), max(ids)
    return first[: next(n for n in range(37) if first[: n + 1] != last[: n + 1])]


def beginning_of(cube: str, others: list[str]) -> str:
    """The shortest beginning, of eight characters or more, that no other one has."""
    length = next(n for n in range(8, 37) if not any(each.startswith(cube[:n]) for each in others))
    return cube[:length]


@pytest.mark.alone
def test_every_command_takes_the_beginning_of_an_id(
    mine: Run, memos_cli: Run, space: Memory, cubes: list[str], memos: MemOS, principal: str
) -> None:
    others = [cube.id for cube in space.page(limit=200)]
    first, second = (beginning_of(cube, [each for each in others if each != cube]) for cube in cubes)
    assert mine("show", first, "--json").json()["id"] == cubes[0]
    assert mine("show", f"{first.upper()}…", "--json").json()["id"] == cubes[0]
    assert mine("history", first, "--json").json()[0]["cube"] == cubes[0]
    assert mine("lineage", first, "--json").json()["cube"] == cubes[0]
    assert {cube["id"] for entry in mine("log", first, "--json").json() for cube in entry["cubes"]} >= {cubes[0]}
    assert mine("set", first, "--priority", "2", "--json").json()["id"] == cubes[0]
    assert mine("archive", first, "--json").json()["cubes"][0] == cubes[0]
    assert mine("restore", first, "--json").json()["cubes"][0] == cubes[0]
    assert mine("grant", "ben", "read", "--cube", first, "--json").json()["cube"] == cubes[0]
    assert mine("can", "ben", "read", first, "--json").json()["target"] == cubes[0]
    assert mine("revoke", "ben", "--cube", first, "--json").json()["cube"] == cubes[0]
    assert mine("deny", "ben", "read", "--cube", first, "--json").json()["cube"] == cubes[0]
    assert mine("allow", "ben", "--cube", first, "--json").json()["cube"] == cubes[0]
    exported = list(space.export(Selection(cubes=(cubes[0],))))
    assert len(mine("export", "--cube", first, "--json").json()) == len(exported) == 1
    assert mine("diff", "2026-01-01", "--cube", first, "--json").code == 0
    assert mine("update", first, "The ferry is late.", "--json").json()["cube"] == cubes[0]
    assert mine("rollback", first, "--to", "1", "--json").json()["cube"] == cubes[0]
    merged = mine("merge", first, second, "--json").json()["cubes"]
    assert set(cubes) <= set(merged)
    assert cubes[1] in mine("delete", second, "--yes", "--json").json()["cubes"]
    assert mine("log", second, "--json", "--space", space.space).json()[0]["action"] == "delete"
    key = memos._services.api_keys.create(principal)[0].id
    keys = [each.id for each in memos._services.api_keys.every() if each.id != key]
    assert memos_cli("key", "revoke", beginning_of(key, keys), "--json").json()["key"] == key
    receipt = space.forget("Bruno").id
    receipts = [each.id for each in space.forgetting.receipts() if each.id != receipt]
    assert mine("receipt", "show", beginning_of(receipt, receipts), "--json").json()["id"] == receipt


def test_a_beginning_of_several_lists_them(mine: Run, space: Memory, cubes: list[str]) -> None:
    ids = [cube.id for cube in space.page(limit=200)]
    shared = shared_beginning(ids)
    assert len(shared) >= 8
    told = mine("show", shared)
    assert (told.code, told.out) == (1, "")
    assert f"Several memories begin with '{shared}'" in told.err
    assert set(ids[:5]) <= set(ID.findall(told.err))


def test_a_beginning_that_is_too_short_says_so(mine: Run, cubes: list[str]) -> None:
    told = mine("show", cubes[0][:6])
    assert told.code == 1
    assert "too short to tell memories by" in told.err


def test_what_may_not_be_read_is_not_found_by_its_beginning(
    mine: Run, space: Memory, cubes: list[str], mount: Callable[..., Memory], principal: str
) -> None:
    strangers = mount("notes", owner=f"{principal}.stranger", as_=f"{principal}.stranger")
    (foreign,) = strangers.add("The ferry sinks.").added
    ids = [cube.id for cube in space.page(limit=200)]
    hidden, missing = beginning_of(foreign, ids), "0199ffff-eeee"
    refused = {given: mine("show", given, "--json").err.replace(given, "ID") for given in (hidden, missing)}
    assert refused[hidden] == refused[missing]
    assert '"not-found"' in refused[hidden]
    assert foreign not in mine("show", shared_beginning([foreign, *ids])[:8]).err

"""docs/cli.md names every command, docs/settings.md every setting, in the words of the code."""

import inspect
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import typer
from support.cli_runner import Run
from support.pages import held_to

from memos_graph import Settings
from memos_graph.cli.program import app

DOCS = Path(__file__).parents[2] / "docs"


def _commands(group: Any, prefix: str) -> Iterator[tuple[str, str]]:
    """Yield each command as it is used, and what it does."""
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from _commands(command, f"{prefix} {name}")
        else:
            arguments = [each for each in command.params if each.param_type_name == "argument"]
            used = " ".join([prefix, name, *map(_metavar, arguments)])
            yield used, " ".join(inspect.cleandoc(command.help).split("\n\n")[0].split())


def _metavar(argument: Any) -> str:
    shown = (argument.metavar or argument.name.upper()).replace("|", r"\|").strip("[]")
    return shown if argument.required else f"[{shown}]"


def _rows(page: str) -> list[str]:
    return [line for line in (DOCS / page).read_text(encoding="utf-8").splitlines() if line.startswith("| `")]


def test_every_command_is_documented_and_no_other() -> None:
    commands = _commands(typer.main.get_command(app), "memos")
    held_to(DOCS / "cli.md", {used: f"| `{used}` | {what} |" for used, what in commands})


def test_the_version_is_told(memos_cli: Run) -> None:
    assert memos_cli("--version").out == f"memos-graph {version('memos-graph')}\n"


def test_every_command_has_help_and_every_option_too() -> None:
    def check(command: Any, name: str) -> None:
        assert command.help, name
        for parameter in command.params:
            assert parameter.name == "help" or parameter.help, (name, parameter.name)
        for inner_name, inner in getattr(command, "commands", {}).items():
            check(inner, f"{name} {inner_name}")

    check(typer.main.get_command(app), "memos")


def test_every_setting_is_documented_and_no_other() -> None:
    wanted = {
        (name.upper() if name.startswith("neo4j_") else f"MEMOS_{name.upper()}", field.description)
        for name, field in Settings.model_fields.items()
    }
    written = set()
    for row in _rows("settings.md"):
        name, _, description = (cell.strip() for cell in row.strip("|").split("|", 2))
        written.add((name.strip("`"), description))
    assert written == wanted


def test_the_defaults_written_are_the_defaults() -> None:
    rows = {row.split("`")[1]: row.split("|")[2].strip() for row in _rows("settings.md")}
    for name, field in Settings.model_fields.items():
        if field.default_factory is None:
            shown = "unset" if field.default is None else f"`{field.default}`"
            assert rows[name.upper() if name.startswith("neo4j_") else f"MEMOS_{name.upper()}"] == shown

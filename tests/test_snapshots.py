"""What people, programs and models see of the command line, of REST and of MCP: a change of it is seen in the diff, and said in
CHANGELOG.md.

``MEMOS_SNAPSHOTS=write`` writes them anew.
"""

import json
import os
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import anyio
import typer
from typer.testing import CliRunner

from memos_graph import MemOS
from memos_graph.api.app import create_app
from memos_graph.cli.program import app
from memos_graph.mcp import PROFILES, create_server

SNAPSHOTS = Path(__file__).parent / "snapshots"
_PLAIN = {"COLUMNS": "120", "TERM": "dumb", "NO_COLOR": "1"}


def _commands(command: Any, path: list[str]) -> Iterator[list[str]]:
    yield path
    for name in sorted(getattr(command, "commands", {})):
        yield from _commands(command.commands[name], [*path, name])


def _compare(name: str, content: str) -> None:
    path = SNAPSHOTS / name
    if os.environ.get("MEMOS_SNAPSHOTS") == "write":
        path.write_text(content, encoding="utf-8")
    assert path.read_text(encoding="utf-8").splitlines() == content.splitlines()


def test_every_help_is_as_it_was() -> None:
    helped = [
        f"$ memos {' '.join([*path, '--help'])}\n"
        + CliRunner().invoke(app, [*path, "--help"], env=_PLAIN, prog_name="memos").output
        for path in _commands(typer.main.get_command(app), [])
    ]
    _compare("help.txt", "\n".join(helped))


def test_the_openapi_document_is_as_it_was(memos: MemOS) -> None:
    document = create_app(memos).openapi()
    operations = [
        f"{method.upper()} {path} {_line(operation | {'responses': _told(operation['responses'])})}"
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]
    schemas = [f"{name} {_line(schema)}" for name, schema in sorted(document["components"]["schemas"].items())]
    _compare("openapi.txt", "\n".join([*operations, *schemas]) + "\n")


def test_what_a_model_is_told_of_the_tools_is_as_it_was() -> None:
    async def told(profile: str) -> list[str]:
        server = create_server(lambda what: nullcontext(), profile=profile)  # type: ignore[arg-type]
        listed = [*await server.list_tools(), *await server.list_resource_templates(), *await server.list_resources()]
        found = [each.model_dump(mode="json", exclude_none=True) for each in listed]
        return [_line(server.instructions), *(f"{each['name']} {_line(each)}" for each in found)]

    for profile in PROFILES:
        name = "mcp.txt" if profile == "core" else f"mcp-{profile}.txt"
        _compare(name, "\n".join(anyio.run(told, profile)) + "\n")


def _told(responses: dict[str, Any]) -> dict[str, Any]:
    """Return responses, problems by their description alone: all have one schema and examples from one table."""
    problem = "application/problem+json"
    return {
        status: each["description"] if problem in each.get("content", {}) else each
        for status, each in responses.items()
    }


def _line(content: Any) -> str:
    return json.dumps(content, sort_keys=True, ensure_ascii=False)

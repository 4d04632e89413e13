"""An agent that uses memories as tools, by the SDK's own client."""

import json
import os
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

import anyio
from mcp import Client, StdioServerParameters
from mcp_types import CallToolResult, TextContent

from memos_graph import MemOS
from memos_graph.acting import Acting
from memos_graph.audit import request
from memos_graph.cli.session import acting_as
from memos_graph.kit.ids import new_id
from memos_graph.mcp import create_server

WIRES = ("auto", "legacy")
"""Of today, and that of clients which shake hands first."""


@dataclass(frozen=True)
class Agent:
    """In this process, as ``given`` acts; each call has a connection of its own."""

    memos: MemOS
    given: str
    wire: str = "auto"
    space: str | None = None
    profile: str = "core"

    def connected(self, talk: Callable[[Client], Awaitable[Any]]) -> Any:
        @contextmanager
        def enter(what: str) -> Iterator[Acting]:
            with request(f"mcp-{new_id()}"), acting_as(self.memos, self.given, what) as acting:
                yield acting

        async def run() -> Any:
            async with Client(create_server(enter, space=self.space, profile=self.profile), mode=self.wire) as client:
                return await talk(client)

        return anyio.run(run)

    def ask(self, tool: str, **arguments: Any) -> CallToolResult:
        """Return the answer of a call, whatever it is."""
        answer: CallToolResult = self.connected(partial(_call, tool, arguments))
        return answer

    def call(self, tool: str, **arguments: Any) -> Any:
        """Return the structured result of a call that is done."""
        return structured(self.ask(tool, **arguments))

    def refused(self, tool: str, **arguments: Any) -> str:
        """Return what a call is told that is not done."""
        return refusal(self.ask(tool, **arguments))


async def _call(tool: str, arguments: dict[str, Any], client: Client) -> CallToolResult:
    return await client.call_tool(tool, arguments)


def structured(answer: CallToolResult) -> Any:
    """Return what a call gave; the text beside it, for clients that read no other, says the same."""
    assert not answer.is_error, answer
    first = answer.content[0]
    assert isinstance(first, TextContent)
    assert json.loads(first.text) == answer.structured_content
    return answer.structured_content


def refusal(answer: CallToolResult) -> str:
    """Return what a failed call was told."""
    assert answer.is_error, answer
    (told,) = answer.content
    assert isinstance(told, TextContent)
    assert "Traceback" not in told.text
    return told.text


def as_a_process(home: str, *arguments: str, **environment: str) -> StdioServerParameters:
    """Return how a client starts ``memos mcp``."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("MEMOS_", "NEO4J_"))}
    return StdioServerParameters(
        command=sys.executable,
        args=["-m", "memos_graph.cli", "mcp", *arguments],
        env={**kept, "MEMOS_HOME": home, **environment},
    )

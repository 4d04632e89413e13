"""Puts a server together: the tools and resources of one profile."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.metadata import version
from typing import Any, NamedTuple

from mcp import MCPError
from mcp.server import MCPServer
from mcp.server.mcpserver import Context
from mcp.server.mcpserver.tools import Tool
from mcp_types import INVALID_PARAMS, GetPromptResult, InputRequiredResult

from memos_graph.errors import InputError
from memos_graph.mcp import core, openai, server_memory
from memos_graph.mcp.calls import Calls, Enter
from memos_graph.mcp.describing import GRAPH_INSTRUCTIONS, INSTRUCTIONS, READING_INSTRUCTIONS


class Profile(NamedTuple):
    """A set of tools, for who knows these and no others."""

    instructions: str
    tools: Callable[[Calls], list[Tool]]
    resources: Callable[[MCPServer[Any], Calls], None]


PROFILES = {
    "core": Profile(INSTRUCTIONS, core.tools, core.resources),
    "server-memory": Profile(GRAPH_INSTRUCTIONS, server_memory.tools, server_memory.resources),
    "openai": Profile(READING_INSTRUCTIONS, openai.tools, core.resources),
}


def create_server(
    enter: Enter, *, space: str | Callable[[], str | None] | None = None, profile: str = "core"
) -> MCPServer[Any]:
    """Return the server. Raises ``InputError`` for a profile that there is not.

    Args:
        enter: begins a call; gives who acts in it.
        space: where calls work that name none, or what tells it of each; none: the notes of whoever acts.
        profile: which tools it has, one of ``PROFILES``.
    """
    if profile not in PROFILES:
        raise InputError(f"There is no profile '{profile}' of tools.", hint=f"Choose one of: {', '.join(PROFILES)}.")
    calls = Calls(enter, space if callable(space) else lambda: space)
    chosen = PROFILES[profile]
    with _logging_left():
        server = _Server(
            "memos-graph",
            title="memos-graph",
            instructions=chosen.instructions,
            version=version("memos-graph"),
            tools=chosen.tools(calls),
            subscriptions=False,
        )
    chosen.resources(server, calls)
    return server


class _Server(MCPServer[Any]):
    """A server that tells whoever asks for a prompt that there is not; the SDK's own calls that an error inside, and logs where."""

    async def get_prompt(
        self, name: str, arguments: dict[str, Any] | None = None, context: Context[Any, Any] | None = None
    ) -> GetPromptResult | InputRequiredResult:
        if name not in {each.name for each in await self.list_prompts()}:
            raise MCPError(INVALID_PARAMS, f"There is no prompt '{name[:100]}'. prompts/list has those that there are.")
        return await super().get_prompt(name, arguments, context)


@contextmanager
def _logging_left() -> Iterator[None]:
    """Leave the logging of this process as it is: the library sets up all of it, for every program that makes a server."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    try:
        yield
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)

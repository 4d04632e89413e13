"""Puts the server together: ten tools in an order that never changes, and memories as resources."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.metadata import version
from typing import Any

from mcp.server import MCPServer
from mcp.server.mcpserver import Context
from mcp.server.mcpserver.exceptions import ToolError, UnexpectedToolError
from mcp.server.mcpserver.tools import Tool
from mcp_types import ToolAnnotations
from pydantic import ValidationError

from memos_graph.mcp.by_hand import ADDS, FORGETS, ByHand
from memos_graph.mcp.calls import Caller, Calls, Enter
from memos_graph.mcp.declared import SPELLINGS, made
from memos_graph.mcp.describing import DATA, INSTRUCTIONS, READS
from memos_graph.types import MemCube
from memos_graph.verbs import cubes

ORDER = (
    "search_memories",
    "add_memory",
    "get_memory",
    "get_memories",
    "update_memory",
    "delete_memory",
    "memory_history",
    "memory_lineage",
    "forget_subject",
    "list_spaces",
)
CUBE = "memos://cube/{id}"
_WITHOUT_TEXTS = {"add_memory", "delete_memory", "list_spaces"}  # no memory's text is in what they answer
_MOST_FAULTS = 5


def create_server(enter: Enter, *, space: str | None = None) -> MCPServer[Any]:
    """Return the server.

    Args:
        enter: begins a call; gives who acts in it.
        space: where calls work that name none; none: the notes of whoever acts.
    """
    calls = Calls(enter, space)
    with _logging_left():
        server: MCPServer[Any] = MCPServer(
            "memos-graph",
            title="memos-graph",
            instructions=INSTRUCTIONS,
            version=version("memos-graph"),
            tools=sorted(_tools(calls), key=lambda each: ORDER.index(each.name)),
            subscriptions=False,
        )

    def read_cube(id: str) -> str:  # noqa: A002 - as the template has it
        def act(caller: Caller) -> MemCube:
            return cubes.get.run(caller.acting, cubes.AsOf(cube=id))

        return calls.read(CUBE, act)

    server.resource(
        CUBE,
        name="memory",
        title="A memory",
        description=f"{cubes.get.about} {DATA}",
        mime_type="application/json",
    )(read_cube)
    return server


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


def _tools(calls: Calls) -> list[Tool]:
    hand = ByHand(calls)
    return [
        *(_tool(made(each, calls), each.title, f"{each.verb.about} {each.more}", each.hints) for each in SPELLINGS),
        _tool(hand.search_memories, "Search memories", hand.search_memories.__doc__, READS),
        _tool(hand.add_memory, "Remember a text", hand.add_memory.__doc__, ADDS),
        _tool(hand.forget_subject, "Forget a person or thing", hand.forget_subject.__doc__, FORGETS),
    ]


def _tool(act: Callable[..., Any], title: str, about: str | None, hints: ToolAnnotations) -> Tool:
    """Return a tool that refuses arguments it does not know: a misspelt one is not ignored."""
    told = " ".join((about or "").split()) + ("" if act.__name__ in _WITHOUT_TEXTS else f" {DATA}")
    tool = _Told.from_function(act, title=title, description=told, annotations=hints, structured_output=True)
    arguments = tool.fn_metadata.arg_model
    arguments.model_config["extra"] = "forbid"
    arguments.model_rebuild(force=True)
    return tool.model_copy(update={"parameters": arguments.model_json_schema()})


class _Told(Tool):
    """A tool that says what its arguments may not be in one line, and what was refused without a word before it."""

    async def run(self, arguments: dict[str, Any], context: Context[Any, Any], convert_result: bool = False) -> Any:
        try:
            return await super().run(arguments, context, convert_result=convert_result)
        except UnexpectedToolError:
            raise
        except ToolError as error:
            cause = error.__cause__
            raise ToolError(_faults(self.name, cause) if isinstance(cause, ValidationError) else str(cause)) from cause


def _faults(name: str, error: ValidationError) -> str:
    faults = [f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors()[:_MOST_FAULTS]]
    return f"{name} can't be called so: {'; '.join(faults)}. Its input schema says what it takes."

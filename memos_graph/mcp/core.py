"""The profile ``core``: ten tools in an order that never changes, and memories as resources."""

from typing import Any

from mcp.server import MCPServer
from mcp.server.mcpserver.tools import Tool

from memos_graph.mcp.by_hand import ADDS, FORGETS, ByHand
from memos_graph.mcp.calls import Caller, Calls
from memos_graph.mcp.declared import SPELLINGS, made
from memos_graph.mcp.describing import CUBE, DATA, READS
from memos_graph.mcp.tools import made_tool
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
_WITHOUT_TEXTS = {"delete_memory", "list_spaces"}  # no memory's text is in what they answer


def tools(calls: Calls) -> list[Tool]:
    """Return the tools, in their order."""
    hand = ByHand(calls)
    found = [
        *(
            made_tool(
                made(each, calls),
                each.title,
                f"{each.verb.about} {each.more}",
                each.hints,
                shows_texts=each.name not in _WITHOUT_TEXTS,
            )
            for each in SPELLINGS
        ),
        made_tool(hand.search_memories, "Search memories", hand.search_memories.__doc__, READS),
        made_tool(hand.add_memory, "Remember a text", hand.add_memory.__doc__, ADDS, shows_texts=False),
        made_tool(hand.forget_subject, "Forget a person or thing", hand.forget_subject.__doc__, FORGETS),
    ]
    return sorted(found, key=lambda each: ORDER.index(each.name))


def resources(server: MCPServer[Any], calls: Calls) -> None:
    """Add memories as resources, each by its id."""

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

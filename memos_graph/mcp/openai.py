"""The profile ``openai``: ``search`` and ``fetch`` in the shapes that ChatGPT's connectors and deep research take."""

from typing import Annotated

from mcp.server.mcpserver.tools import Tool
from pydantic import Field

from memos_graph.mcp.calls import Caller, Calls
from memos_graph.mcp.describing import CUBE, READS
from memos_graph.mcp.tools import made_tool
from memos_graph.memcube.document_text import searched_in
from memos_graph.types import MemCube, Model, SemanticType
from memos_graph.verbs import cubes
from memos_graph.verbs.fields import AnyId, Asked

_TITLE = 80


class FoundMemory(Model):
    """A memory that answers, by what it is cited by."""

    id: str
    title: str = Field(description="Who said it, where that is known, and how it begins.")
    url: str = Field(description="The resource that it is.")


class FoundMemories(Model):
    """What was found, best first."""

    results: tuple[FoundMemory, ...]


class FetchedMemory(FoundMemory):
    """A memory, whole."""

    text: str
    metadata: dict[str, str] = Field(description="What else is known of it: its space, source, speaker and times.")


class ForOpenAI:
    """The tools, as the SDK reads them: signatures are their schemas."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    def search(self, query: Annotated[Asked, Field(description="A question in natural language.")]) -> FoundMemories:
        """Find the memories that answer a question best; fetch gives the whole of one."""

        def act(caller: Caller) -> FoundMemories:
            hits = caller.space(None).search(query).hits
            return FoundMemories(results=tuple(FoundMemory(**_cited(hit.cube)) for hit in hits))

        return self._calls.done("search", act, alone=True)

    def fetch(
        self,
        id: Annotated[AnyId, Field(min_length=1, description="An id that search gave.")],  # noqa: A002 - as ChatGPT calls it
    ) -> FetchedMemory:
        """Read the whole of a memory that was found."""

        def act(caller: Caller) -> FetchedMemory:
            cube = cubes.get.run(caller.acting, cubes.AsOf(cube=id))
            return FetchedMemory(**_cited(cube), text=cube.text, metadata=_known(cube))

        return self._calls.done("fetch", act, alone=True)


def _cited(cube: MemCube) -> dict[str, str]:
    text = cube.text
    if cube.descriptive.semantic_type is SemanticType.DOCUMENT:
        text = ", ".join(searched_in(text, None).splitlines())
    told = " ".join(f"{cube.descriptive.speaker or ''}: {text}".removeprefix(": ").split())
    return {
        "id": cube.id,
        "title": told if len(told) <= _TITLE else f"{told[: _TITLE - 1].rstrip()}…",
        "url": CUBE.replace("{id}", cube.id),
    }


def _known(cube: MemCube) -> dict[str, str]:
    told = cube.descriptive
    found = {
        "space": cube.governance.space,
        "source": told.source,
        "speaker": told.speaker,
        "said_at": told.said_at and told.said_at.isoformat(),
        "updated_at": told.updated_at.isoformat(),
        "tags": ", ".join(told.tags),
    }
    return {name: value for name, value in found.items() if value}


def tools(calls: Calls) -> list[Tool]:
    """Return the two tools."""
    hand = ForOpenAI(calls)
    return [
        made_tool(hand.search, "Search memories", hand.search.__doc__, READS),
        made_tool(hand.fetch, "Read one memory", hand.fetch.__doc__, READS),
    ]

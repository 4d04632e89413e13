"""The profile ``server-memory``: the nine tools of MCP's reference memory server, in its shapes, over ``knowledge``."""

from collections.abc import Callable
from typing import Annotated, Any, TypeVar

from mcp.server import MCPServer
from mcp.server.mcpserver.tools import Tool
from mcp_types import ToolAnnotations
from pydantic import Field

from memos_graph.mcp.calls import Calls
from memos_graph.mcp.describing import DATA, READS
from memos_graph.mcp.knowledge import (
    AddedObservations,
    EntityGraph,
    GraphEntity,
    GraphRelation,
    Knowledge,
    Name,
    Observations,
    Unobserved,
)
from memos_graph.mcp.tools import made_tool
from memos_graph.types import Model
from memos_graph.verbs.fields import Text

GRAPH = "memory://knowledge-graph"
_MOST = 1_000
_ADDS = ToolAnnotations(read_only_hint=False, destructive_hint=False, idempotent_hint=False, open_world_hint=False)
_ERASES = ToolAnnotations(read_only_hint=False, destructive_hint=True, idempotent_hint=True, open_world_hint=False)
M = TypeVar("M", bound=Model)


class NewEntities(Model):
    """Those that were not there before."""

    entities: tuple[GraphEntity, ...]


class NewRelations(Model):
    """Those that were not there before."""

    relations: tuple[GraphRelation, ...]


class NewObservations(Model):
    """What each entity was not known by before."""

    results: tuple[AddedObservations, ...]


class Erased(Model):
    """That it is done."""

    success: bool
    message: str


class ServerMemory:
    """The tools, as the SDK reads them: signatures are their schemas."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    def create_entities(self, entities: Annotated[tuple[GraphEntity, ...], Field(max_length=_MOST)]) -> NewEntities:
        """Create multiple new entities in the knowledge graph. Those whose names are there already are left as they are."""
        return self._written(
            "create_entities", lambda graph: NewEntities(entities=tuple(graph.create_entities(entities)))
        )

    def create_relations(
        self, relations: Annotated[tuple[GraphRelation, ...], Field(max_length=_MOST)]
    ) -> NewRelations:
        """Create multiple new relations between entities in the knowledge graph. Relations should be in active voice."""
        return self._written(
            "create_relations", lambda graph: NewRelations(relations=tuple(graph.create_relations(relations)))
        )

    def add_observations(
        self, observations: Annotated[tuple[Observations, ...], Field(max_length=_MOST)]
    ) -> NewObservations:
        """Add new observations to existing entities in the knowledge graph."""
        return self._written(
            "add_observations", lambda graph: NewObservations(results=tuple(graph.add_observations(observations)))
        )

    def delete_entities(
        self,
        entityNames: Annotated[  # noqa: N803 - as the reference server spells it
            tuple[Name, ...], Field(max_length=_MOST, description="An array of entity names to delete")
        ],
    ) -> Erased:
        """Delete multiple entities and their associated relations from the knowledge graph. It can't be undone."""
        return self._erased("delete_entities", "Entities", lambda graph: graph.delete_entities(entityNames))

    def delete_observations(self, deletions: Annotated[tuple[Unobserved, ...], Field(max_length=_MOST)]) -> Erased:
        """Delete specific observations from entities in the knowledge graph. It can't be undone."""
        return self._erased("delete_observations", "Observations", lambda graph: graph.delete_observations(deletions))

    def delete_relations(
        self,
        relations: Annotated[
            tuple[GraphRelation, ...], Field(max_length=_MOST, description="An array of relations to delete")
        ],
    ) -> Erased:
        """Delete multiple relations from the knowledge graph. It can't be undone."""
        return self._erased("delete_relations", "Relations", lambda graph: graph.delete_relations(relations))

    def read_graph(self) -> EntityGraph:
        """Read the entire knowledge graph."""
        return self._read("read_graph", Knowledge.read)

    def search_nodes(
        self,
        query: Annotated[
            Text,
            Field(
                max_length=10_000,
                description="The search query to match against entity names, types, and observation content",
            ),
        ],
    ) -> EntityGraph:
        """Search for nodes in the knowledge graph based on a query, by its words or, where nothing has them, by what it asks."""
        return self._read("search_nodes", lambda graph: graph.search(query))

    def open_nodes(
        self,
        names: Annotated[tuple[Text, ...], Field(max_length=_MOST, description="An array of entity names to retrieve")],
    ) -> EntityGraph:
        """Open specific nodes in the knowledge graph by their names."""
        return self._read("open_nodes", lambda graph: graph.open(names))

    def whole(self) -> str:
        """Return all of the graph as JSON."""
        return self._calls.read(GRAPH, lambda caller: Knowledge(caller.space(None)).read())

    def _read(self, tool: str, act: Callable[[Knowledge], M]) -> M:
        return self._calls.done(tool, lambda caller: act(Knowledge(caller.space(None))))

    def _written(self, tool: str, act: Callable[[Knowledge], M]) -> M:
        return self._calls.done(tool, lambda caller: act(Knowledge(caller.writable(None))))

    def _erased(self, tool: str, what: str, act: Callable[[Knowledge], None]) -> Erased:
        def done(graph: Knowledge) -> Erased:
            act(graph)
            return Erased(success=True, message=f"{what} deleted successfully")

        return self._written(tool, done)


def tools(calls: Calls) -> list[Tool]:
    """Return the tools, in the order of the reference server."""
    hand = ServerMemory(calls)
    return [
        made_tool(hand.create_entities, "Create Entities", hand.create_entities.__doc__, _ADDS),
        made_tool(hand.create_relations, "Create Relations", hand.create_relations.__doc__, _ADDS),
        made_tool(hand.add_observations, "Add Observations", hand.add_observations.__doc__, _ADDS),
        made_tool(hand.delete_entities, "Delete Entities", hand.delete_entities.__doc__, _ERASES, shows_texts=False),
        made_tool(
            hand.delete_observations,
            "Delete Observations",
            hand.delete_observations.__doc__,
            _ERASES,
            shows_texts=False,
        ),
        made_tool(hand.delete_relations, "Delete Relations", hand.delete_relations.__doc__, _ERASES, shows_texts=False),
        made_tool(hand.read_graph, "Read Graph", hand.read_graph.__doc__, READS),
        made_tool(hand.search_nodes, "Search Nodes", hand.search_nodes.__doc__, READS),
        made_tool(hand.open_nodes, "Open Nodes", hand.open_nodes.__doc__, READS),
    ]


def resources(server: MCPServer[Any], calls: Calls) -> None:
    """Add the graph as a resource."""
    server.resource(
        GRAPH,
        name="knowledge-graph",
        title="Knowledge Graph",
        description=f"The full knowledge graph with all entities and relations. {DATA}",
        mime_type="application/json",
    )(ServerMemory(calls).whole)

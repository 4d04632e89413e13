"""Acts of test_leakage.py that agents do: the tools of MCP, each answer held against the model as those of the memory API are."""

from typing import Any

from hypothesis.stateful import rule
from mcp_types import TextContent

from memos_graph.errors import NotFoundError
from support.leakage_model import SECRET, moment, secret
from support.leakage_reads import Reads
from support.leakage_writes import DRAWS
from support.mcp_agent import Agent


class Agents(Reads):
    """Agents act as any principal does, and what they are refused is refused in the same words."""

    def _tool(self, me: str, tool: str, **arguments: Any) -> Any:
        """Return what a tool gives; what it refuses is raised, in its words."""
        answer = Agent(self.bench.memos, me).ask(tool, **arguments)
        told = " ".join(each.text for each in answer.content if isinstance(each, TextContent))
        if answer.is_error:
            raise NotFoundError(told)
        return answer.structured_content

    @rule(draw=DRAWS)
    def agent_reads(self, draw: int) -> None:
        chosen, known, me, _ = self._one("agent reads", draw)
        tool, since = chosen.choice(["get_memory", "memory_history", "memory_lineage"]), moment()
        ended = tool == "memory_history"
        found = self._by_id(me, known, lambda cube: self._tool(me, tool, memory_id=cube), ended=ended)
        if not found:
            return
        if tool != "memory_lineage":
            self.check(me, found, since, alone=True, ended=ended)
            return
        nodes = [node for node in found["nodes"] if node["text"]]  # a tombstone says nothing
        self.check(me, [node for node in nodes if node["id"] == known.id], since, alone=True)
        self.check(me, [node for node in nodes if node["id"] != known.id], since)
        self.check(me, found["edges"], since, alone=True, ended=True)

    @rule(draw=DRAWS)
    def agent_looks(self, draw: int) -> None:
        """A search, a page and the list of spaces."""
        chosen = self.begin("agent looks", draw)
        space, word = self.space(chosen), secret(self.random)
        me, since = self.reader(chosen, space), moment()
        question = chosen.choice([word, "Who moved to Porto?", "Where does Dana live?"])
        hits, _ = self.attempt(me, lambda: self._tool(me, "search_memories", query=question, space=space)["hits"])
        self.check(me, hits, since)
        page, refused = self.attempt(me, lambda: self._tool(me, "get_memories", space=space, limit=200)["items"])
        self.check(me, page, since)
        held = self.held(me, space, since)
        if held is not None and "read" not in held:
            _, missing = self.attempt(me, lambda: self._tool(me, "get_memories", space=f"{me}x/nothing", limit=200))
            assert str(refused).replace(space, f"{me}x/nothing") == str(missing)
        spaces, _ = self.attempt(me, lambda: self._tool(me, "list_spaces"))
        assert not SECRET.search(str(spaces))

"""Acts of test_leakage.py that agents do: the tools of MCP, each answer held against the model as those of the memory API are."""

from collections.abc import Callable
from typing import Any

from hypothesis.stateful import rule
from mcp_types import TextContent

from memos_graph.errors import NotFoundError
from support.leakage_model import PERSONAL, SECRET, Known, Word, moment, secret
from support.leakage_reads import Reads
from support.leakage_writes import DRAWS
from support.mcp_agent import Agent


class Agents(Reads):
    """Agents act as any principal does, and what they are refused is refused in the same words."""

    def _tool(self, me: str, tool: str, profile: str = "core", usual: str | None = None, **arguments: Any) -> Any:
        """Return what a tool gives; what it refuses is raised, in its words."""
        answer = Agent(self.bench.memos, me, space=usual, profile=profile).ask(tool, **arguments)
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
            _, missing = self.attempt(
                me, lambda: self._tool(me, "get_memories", space=f"{me.partition('>')[0]}x/nothing", limit=200)
            )
            assert str(refused).replace(space, f"{me.partition('>')[0]}x/nothing") == str(missing)
        spaces, _ = self.attempt(me, lambda: self._tool(me, "list_spaces"))
        assert not SECRET.search(str(spaces))

    @rule(draw=DRAWS)
    def agent_of_openai_looks(self, draw: int) -> None:
        chosen, known, me, _ = self._one("agent of openai looks", draw)
        since, space = moment(), known.space
        whole = self._by_id(me, known, lambda cube: self._tool(me, "fetch", "openai", id=cube))
        self.check(me, whole, since, alone=True)
        since = moment()
        found, error = self.attempt(
            me,
            lambda: self._tool(
                me, "search", "openai", usual=space, query=chosen.choice(["Porto", secret(self.random)])
            ),
        )
        self.check(me, found, since)
        self._as_nowhere(
            me, error, space, since, lambda usual: self._tool(me, "search", "openai", usual, query="Porto")
        )

    @rule(draw=DRAWS)
    def agent_knows(self, draw: int) -> None:
        """The graph of a space: what is noted of an entity, read by whoever tries, and now and then erased."""
        chosen = self.begin("agent knows", draw)
        space, word = self.space(chosen), secret(self.random)
        me, since = self.writer(chosen, space), moment()
        personal = chosen.random() < 0.3
        note = f"Write to {word}@example.org." if personal else f"Keeps the {word} lamp."
        made, error = self.attempt(
            me,
            lambda: self._knows(
                me,
                space,
                "create_entities",
                entities=[{"name": f"Nadia {self.steps}", "entityType": "person", "observations": [note]}],
            ),
        )
        held = self.held(me, space, since)
        if held is not None:
            assert (error is None) == ("write" in held and "read" in held), f"{me} {held} {error!r}"
        if made is not None:
            documents = self.mounted(space, self.model.owners[space]).documents
            for each in documents.every(("graph",)):
                self.model.cubes.setdefault(
                    each.cube, Known(each.cube, space)
                )  # what there is of her, without a secret
            for each in documents.every(("graph", "observations", f"Nadia {self.steps}")):
                self.model.words[word] = Word(each.cube, level=PERSONAL if personal else 0)
        you, since = self.reader(chosen, space), moment()
        query = chosen.choice([word, "lamp", "Nadia"])
        tool, asked = chosen.choice(
            [("read_graph", {}), ("search_nodes", {"query": query}), ("open_nodes", {"names": ["Nadia"]})]
        )
        seen, error = self.attempt(you, lambda: self._knows(you, space, tool, **asked))
        self.check(you, seen, since)
        self._as_nowhere(you, error, space, since, lambda usual: self._tool(you, tool, "server-memory", usual, **asked))

    def _knows(self, me: str, space: str, tool: str, **arguments: Any) -> Any:
        return self._tool(me, tool, "server-memory", space, **arguments)

    def _as_nowhere(self, me: str, error: Any, space: str, since: Any, ask: Callable[[str], Any]) -> None:
        """Hold what is said of a space that may not be read against what is said of none."""
        held, nowhere = self.held(me, space, since), f"{me.partition('>')[0]}x/nothing"
        if held is None or "read" in held:
            return
        _, missing = self.attempt(me, lambda: ask(nowhere))
        assert str(error).replace(space, nowhere) == str(missing)

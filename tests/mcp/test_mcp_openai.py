"""The profile ``openai``: two tools, each with one piece of text, in the shapes that ChatGPT takes."""

from typing import Any

import pytest
from mcp import Client
from support.mcp_agent import Agent

from memos_graph import InputError, Memory, MemOS, Message
from memos_graph.mcp import PROFILES, create_server


@pytest.fixture
def agent(memos: MemOS, space: Memory) -> Agent:
    space.add(
        [Message(id="m1", speaker="Dana", text="I moved to Lisbon in May, and the piano came later.")], source="talk"
    )
    return Agent(memos, space.principal, profile="openai", space=space.space)


def test_what_is_found_can_be_fetched_and_cited(agent: Agent) -> None:
    (found,) = agent.call("search", query="Where does Dana live?")["results"]
    assert set(found) == {"id", "title", "url"}
    assert found["title"] == "Dana: I moved to Lisbon in May, and the piano came later."
    assert found["url"] == f"memos://cube/{found['id']}"
    whole = agent.call("fetch", id=found["id"])
    assert whole == {
        **found,
        "text": "I moved to Lisbon in May, and the piano came later.",
        "metadata": whole["metadata"],
    }
    assert whole["metadata"]["speaker"] == "Dana"
    assert whole["metadata"]["source"] == "talk"
    assert all(isinstance(each, str) for each in whole["metadata"].values())


def test_a_long_memory_has_a_short_title(agent: Agent, space: Memory) -> None:
    space.add("Ravi keeps bees " + "and bees " * 40 + "behind the house.")
    titles = [each["title"] for each in agent.call("search", query="Who keeps bees?")["results"]]
    assert max(map(len, titles)) <= 80
    assert any(title.endswith("…") for title in titles)


def test_a_document_is_told_by_its_fields(agent: Agent, space: Memory) -> None:
    space.documents.put(("people",), "ravi", {"name": "Ravi", "keeps": "bees"})
    titles = [each["title"] for each in agent.call("search", query="What does Ravi keep?")["results"]]
    assert "name: Ravi, keeps: bees" in titles


def test_there_are_two_tools_that_read(agent: Agent) -> None:
    async def listed(client: Client) -> Any:
        return (await client.list_tools()).tools

    tools = agent.connected(listed)
    assert [(each.name, list(each.input_schema["properties"])) for each in tools] == [
        ("search", ["query"]),
        ("fetch", ["id"]),
    ]
    assert all(each.annotations.read_only_hint for each in tools)


def test_a_stranger_is_told_what_is_told_of_nothing(agent: Agent, memos: MemOS) -> None:
    (found,) = agent.call("search", query="Where does Dana live?")["results"]
    stranger = Agent(memos, f"{agent.given}-stranger", profile="openai", space=agent.space)
    assert agent.space in stranger.refused("search", query="Dana")
    nothing = found["id"][:-4] + ("0000" if found["id"][-4:] != "0000" else "1111")
    assert stranger.refused("fetch", id=found["id"]).replace(found["id"], nothing) == stranger.refused(
        "fetch", id=nothing
    )


@pytest.mark.parametrize(
    ("tool", "arguments", "said"),
    [
        ("search", {"query": ""}, "query: Value should have at least 1 item"),
        ("search", {"query": "x", "limit": 3}, "limit: Extra inputs are not permitted"),
        ("fetch", {}, "id: Field required"),
        ("fetch", {"id": "a\0b"}, "NUL byte"),
    ],
)
def test_what_an_argument_may_not_be_is_said(agent: Agent, tool: str, arguments: dict[str, Any], said: str) -> None:
    told = agent.refused(tool, **arguments)
    assert told.startswith(f"{tool} can't be called so: ")
    assert said in told


def test_there_is_no_other_profile() -> None:
    with pytest.raises(InputError) as refused:
        create_server(lambda what: what, profile="all")  # type: ignore[arg-type, return-value]
    assert str(refused.value).startswith("There is no profile 'all'")
    assert all(name in (refused.value.hint or "") for name in PROFILES)

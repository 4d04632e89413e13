"""The profile ``server-memory``, held against the reference server call for call, and what it is beyond that: governed."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mcp import Client
from support.mcp_agent import Agent
from support.mcp_reference import Reference
from support.raw_graph import rows

from memos_graph import Memory, MemOS, NotFoundError
from memos_graph.governance import Action
from memos_graph.kit.ids import new_id

DOCS = Path(__file__).parents[2] / "docs" / "mcp.md"
NINE = [
    "create_entities",
    "create_relations",
    "add_observations",
    "delete_entities",
    "delete_observations",
    "delete_relations",
    "read_graph",
    "search_nodes",
    "open_nodes",
]
DANA = {"name": "Dana", "entityType": "person", "observations": ["Speaks fluent Spanish", "Lives in Lisbon"]}
ACME = {"name": "Acme", "entityType": "organization", "observations": []}
WORKS = {"from": "Dana", "to": "Acme", "relationType": "works_at"}


@pytest.fixture
def agent(memos: MemOS, principal: str) -> Agent:
    return Agent(memos, principal, profile="server-memory")


NAMES = st.sampled_from(["Dana", "dana", "Acme/Ltd", "50% Club", "Zoë"])
SAID = st.sampled_from(["Likes tea", "likes TEA", "Ligne un\nligne deux", "  spaced  ", '"quoted" \\n', "Zoë's friend"])
ENTITIES = st.fixed_dictionaries(
    {"name": NAMES, "entityType": st.sampled_from(["person", "club"]), "observations": st.lists(SAID, max_size=3)}
)
RELATIONS = st.fixed_dictionaries(
    {"from": NAMES, "to": NAMES, "relationType": st.sampled_from(["knows", "is part of"])}
)
CALLS = st.one_of(
    st.tuples(st.just("create_entities"), st.fixed_dictionaries({"entities": st.lists(ENTITIES, max_size=3)})),
    st.tuples(st.just("create_relations"), st.fixed_dictionaries({"relations": st.lists(RELATIONS, max_size=3)})),
    st.tuples(
        st.just("add_observations"),
        st.fixed_dictionaries(
            {
                "observations": st.lists(
                    st.fixed_dictionaries({"entityName": NAMES, "contents": st.lists(SAID, max_size=3)}), max_size=2
                )
            }
        ),
    ),
    st.tuples(st.just("delete_entities"), st.fixed_dictionaries({"entityNames": st.lists(NAMES, max_size=2)})),
    st.tuples(
        st.just("delete_observations"),
        st.fixed_dictionaries(
            {
                "deletions": st.lists(
                    st.fixed_dictionaries({"entityName": NAMES, "observations": st.lists(SAID, max_size=2)}), max_size=2
                )
            }
        ),
    ),
    st.tuples(st.just("delete_relations"), st.fixed_dictionaries({"relations": st.lists(RELATIONS, max_size=2)})),
    st.tuples(st.just("search_nodes"), st.fixed_dictionaries({"query": st.sampled_from(["tea", "ZOË", "club", ""])})),
    st.tuples(st.just("open_nodes"), st.fixed_dictionaries({"names": st.lists(NAMES, max_size=2)})),
)


@given(calls=st.lists(CALLS, min_size=3, max_size=8))
@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
def test_it_answers_as_the_reference_server_does(memos: MemOS, principal: str, calls: list[tuple[str, Any]]) -> None:
    agent = Agent(memos, principal, space=f"{principal}/{new_id()}", profile="server-memory")
    reference = Reference()
    agent.call("create_entities", entities=[])  # which makes the space
    for tool, arguments in calls:
        expected = getattr(reference, tool)(**arguments)
        if expected is None:
            assert "not found" in agent.refused(tool, **arguments)
        elif tool == "search_nodes" and not expected["entities"]:
            agent.call(tool, **arguments)  # what is related is found then, where that server finds nothing
        else:
            assert agent.call(tool, **arguments) == expected, (tool, arguments)
        assert agent.call("read_graph") == reference.read_graph(), (tool, arguments)


def test_there_are_nine_tools_in_the_order_of_the_reference_server(agent: Agent) -> None:
    async def listed(client: Client) -> Any:
        return (await client.list_tools()).tools

    tools = agent.connected(listed)
    assert [each.name for each in tools] == NINE
    for each in tools:
        assert each.output_schema["type"] == "object"
        assert each.input_schema["additionalProperties"] is False
        assert each.annotations.read_only_hint == (each.name in NINE[6:])
        assert each.annotations.destructive_hint == each.name.startswith("delete_")
    assert f"`{'`, `'.join(NINE)}`" in DOCS.read_text(encoding="utf-8").replace("\n", " ")


def test_each_observation_is_a_memory_that_every_other_surface_knows(agent: Agent, memos: MemOS) -> None:
    agent.call("create_entities", entities=[DANA, ACME])
    agent.call("create_relations", relations=[WORKS])
    core = Agent(memos, agent.given)
    (best, *_) = core.call("search_memories", query="Which languages does Dana speak?")["hits"]
    assert '"observation": "Speaks fluent Spanish"' in best["cube"]["text"]
    core.call("delete_memory", memory_id=best["cube"]["id"])
    assert agent.call("open_nodes", names=["Dana"]) == {
        "entities": [{**DANA, "observations": ["Lives in Lisbon"]}],
        "relations": [WORKS],
    }
    gone = core.call("forget_subject", subject="Dana", confirm="Dana")
    assert gone["erased"]
    assert agent.call("read_graph") == {"entities": [ACME], "relations": []}


def test_what_is_deleted_is_erased_in_every_version_and_can_be_said_again(
    agent: Agent, space: Memory, memos: MemOS
) -> None:
    agent.call("create_entities", entities=[DANA])
    (known,) = [each for each in space.documents.every(("graph", "observations")) if "Spanish" in str(each.value)]
    agent.call("delete_observations", deletions=[{"entityName": "Dana", "observations": ["Speaks fluent Spanish"]}])
    with pytest.raises(NotFoundError):
        space.get(known.cube)
    assert "Spanish" not in str(
        rows(memos, "MATCH (v:MemVersion {cube: $cube}) RETURN properties(v) AS v", cube=known.cube)
    )
    assert [entry.action for entry in space.log() if entry.action == "delete"] == ["delete"]
    added = agent.call("add_observations", observations=[{"entityName": "Dana", "contents": ["Speaks fluent Spanish"]}])
    assert added == {"results": [{"entityName": "Dana", "addedObservations": ["Speaks fluent Spanish"]}]}


def test_a_search_without_these_words_finds_what_answers(agent: Agent) -> None:
    agent.call("create_entities", entities=[DANA, ACME])
    found = agent.call("search_nodes", query="Which languages does Dana speak?")
    assert found["entities"][0] == DANA


def test_a_call_is_done_whole_or_not_at_all(agent: Agent) -> None:
    agent.call("create_entities", entities=[ACME])
    told = agent.refused(
        "add_observations",
        observations=[
            {"entityName": "Acme", "contents": ["Sells rockets"]},
            {"entityName": "Nobody", "contents": ["x"]},
        ],
    )
    assert told.startswith("Entity with name Nobody not found.")
    assert agent.call("read_graph")["entities"] == [ACME]


def test_a_reader_reads_and_a_stranger_is_told_of_nothing(memos: MemOS, space: Memory) -> None:
    writer = Agent(memos, space.principal, profile="server-memory", space=space.space)
    private = {**DANA, "observations": ["Lives in Lisbon", "Write to dana@example.org"]}
    writer.call("create_entities", entities=[private])
    reader = Agent(memos, f"{space.principal}-reader", profile="server-memory", space=space.space)
    missing = Agent(memos, reader.given, profile="server-memory", space=f"{space.principal}/none")
    told = reader.refused("read_graph")
    assert told == missing.refused("read_graph").replace(missing.space or "", space.space)
    space.permissions.grant(reader.given, [Action.READ], sees="public")
    (seen,) = reader.call("read_graph")["entities"]
    assert seen["observations"] == ["Lives in Lisbon", "Write to [e-mail]"]
    for tool, arguments in (
        ("create_entities", {"entities": [ACME]}),
        ("delete_entities", {"entityNames": ["Dana"]}),
    ):
        assert "write" in reader.refused(tool, **arguments)
    (denied,) = [each for each in space.documents.every(("graph",)) if "Lisbon" in str(each.value)]
    space.permissions.deny(reader.given, [Action.READ], cube=denied.cube)
    assert "Lisbon" not in str(reader.call("search_nodes", query="Lisbon"))
    assert writer.call("read_graph")["entities"] == [private]


@pytest.mark.parametrize(
    ("tool", "arguments", "said"),
    [
        ("create_entities", {"entities": [{"name": "Dana"}]}, "entityType: Field required"),
        ("create_entities", {"entities": [{**DANA, "name": ""}]}, "at least 1 item"),
        ("create_entities", {"entities": [{**DANA, "kind": "x"}]}, "kind: Extra inputs are not permitted"),
        ("create_entities", {"entities": [{**DANA, "name": "a\0b"}]}, "NUL byte"),
        ("create_relations", {"relations": [{"from": "a", "to": "b"}]}, "relationType: Field required"),
        ("add_observations", {"observations": "Dana"}, "observations: Input should be a valid"),
        ("search_nodes", {}, "query: Field required"),
        ("open_nodes", {"names": ["Dana"], "space": "a/b"}, "space: Extra inputs are not permitted"),
        ("delete_entities", {"entity_names": ["Dana"]}, "entityNames: Field required"),
    ],
)
def test_what_an_argument_may_not_be_is_said(agent: Agent, tool: str, arguments: dict[str, Any], said: str) -> None:
    told = agent.refused(tool, **arguments)
    assert told.startswith(f"{tool} can't be called so: ")
    assert said in told


def test_the_graph_is_a_resource(agent: Agent) -> None:
    agent.call("create_entities", entities=[DANA])

    async def read(client: Client) -> str:
        (content,) = (await client.read_resource("memory://knowledge-graph")).contents
        return str(content.text)  # type: ignore[union-attr]

    assert '"entityType":"person"' in agent.connected(read)

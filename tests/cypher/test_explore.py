"""Every saved query of the Neo4j Browser, run on memories that give it something to draw."""

import re
from collections import Counter
from collections.abc import Callable
from typing import Any, LiteralString, cast

import pytest
from neo4j import READ_ACCESS
from neo4j.graph import Path

from memos_graph import Memory, MemOS, Message, Pipeline
from memos_graph.audit import request
from memos_graph.cypher import filled, names, query
from memos_graph.graph.browser import STYLE

QUERIES = [name for name in names() if name.startswith("explore/")]

# What each one must draw, at the least.
DRAWN = {
    "explore/acts_for_user": {"Mandate", "AuditEvent", "MemCube"},
    "explore/answer_lineage": {"Principal", "AuditEvent", "MemCube", "Source"},
    "explore/if_withdrawn": {"Source", "MemCube", "AuditEvent", "Principal"},
    "explore/neighbourhood": {"MemCube", "Concept", "Topic", "Source", "MemVersion"},
    "explore/outside_office_hours": {"Principal", "AuditEvent", "MemCube"},
    "explore/pipeline_of_cube": {"Principal", "Run", "Step", "MemCube"},
    "explore/space_overview": {"Space", "Principal", "Source", "Topic", "Concept"},
    "explore/stale_facts": {"MemCube"},
    "explore/topic_map": {"Topic", "Concept", "MemCube"},
    "explore/version_chain": {"MemCube", "MemVersion"},
    "explore/who_read_what": {"Principal", "AuditEvent", "MemCube"},
    "explore/who_saw_cube": {"Principal", "AuditEvent", "MemCube"},
}


@pytest.fixture
def params(memos: MemOS, space: Memory) -> dict[str, Any]:
    """A small life: said, asked about, corrected."""
    text = "Dana moved to Lisbon in May because of the music school."
    cube = space.add([Message(id="m1", speaker="Alice", text=text)], source="chat").added[0]
    with request(f"answer-{space.principal}"):
        assert space.search("Where did Dana move?").hits
    space.update(cube, text="Dana moved to Porto in June because of the music school.", reason="she said so")
    agent = f"{space.principal}.bot"
    space.grant(agent, [])
    memos._services.roles.delegate(space.principal, agent)
    memos.mount(space.space, principal=agent, on_behalf_of=space.principal).search("Where did Dana move?")
    space.run(Pipeline("look").step("get", "get", {"cube": cube}))
    memos._services.audit.flush()
    found = memos._services.runner.read("ingest/topics", space=space.space)
    return {
        "cube": cube,
        "space": space.space,
        "topic": found[0]["name"],
        "request": f"answer-{space.principal}",
        "source": "chat",
        "agent": agent,
        "user": space.principal,
        "zone": "Europe/Zurich",
        "opens": 24,  # never, so that every hour of the day is outside
        "closes": 24,
    }


@pytest.fixture
def draw(memos: MemOS, params: dict[str, str]) -> Callable[[str], list[Path]]:
    def run(name: str) -> list[Path]:
        statement = query(name)
        given = {key: params[key] for key in statement.params}
        with memos.driver.session(database=memos.endpoint.database, default_access_mode=READ_ACCESS) as session:
            result = session.run(statement.text, given)
            assert list(result.keys()) == list(statement.returns)
            return [record["path"] for record in result]

    return run


def _elements(path: Path) -> tuple[str, ...]:
    return tuple(each.element_id for each in (*path.nodes, *path.relationships))


def test_each_saved_query_has_its_expectation() -> None:
    assert set(QUERIES) == set(DRAWN)


@pytest.mark.parametrize("name", QUERIES)
def test_a_saved_query_draws_something(draw: Callable[[str], list[Path]], name: str) -> None:
    paths = draw(name)
    assert paths
    labels = {label for path in paths for node in path.nodes for label in node.labels}
    assert DRAWN[name] <= labels


@pytest.mark.parametrize("name", QUERIES)
def test_a_saved_query_draws_the_same_with_its_values_written_out(
    memos: MemOS, draw: Callable[[str], list[Path]], params: dict[str, Any], name: str
) -> None:
    text = filled(query(name), params)
    assert "$" not in text
    with memos.driver.session(database=memos.endpoint.database, default_access_mode=READ_ACCESS) as session:
        pasted = [record["path"] for record in session.run(cast("LiteralString", text))]
    assert Counter(map(_elements, pasted)) == Counter(map(_elements, draw(name)))


def test_every_node_that_is_drawn_says_what_it_is(memos: MemOS, space: Memory, params: dict[str, Any]) -> None:
    """By the Browser's own rules: the last rule whose label the node has, its places filled with the node's properties."""
    left, gone = space.add(
        [
            Message(id="m2", speaker="Bob", text="Bob sold the boat in March."),
            Message(id="m3", speaker="Eve", text="Eve bought it."),
        ],
        source="talk",
    ).added
    space.archive(left)
    space.delete(gone)
    space.forget("Eve")
    space.snapshot("now")
    labels = {"MemCube", "MemVersion", "PastState", "AuditEvent", "Source", "Topic", "Concept", "Space"}
    labels |= {"Run", "Snapshot", "Receipt", "Mandate", "Principal"}
    of_space = "MATCH (n) WHERE (n.space = $space OR n.id = $space OR n:Principal) RETURN n"
    nodes = [record["n"] for record in memos.driver.execute_query(of_space, space=space.space).records]
    assert labels <= {label for node in nodes for label in node.labels}
    for node in nodes:
        if node.get("state") == "deleted" or node.get("text", "") is None:
            continue  # nothing is left to say
        rules = [rule for name, rule in STYLE.items() if name.removeprefix("node.") in node.labels]
        assert rules, set(node.labels)
        places = re.findall(r"\{(\w+)\}", rules[-1]["caption"])
        assert all(node.get(place) not in {None, ""} for place in places), (set(node.labels), rules[-1]["caption"])


@pytest.mark.tampers
def test_contradicting_memories_are_drawn(
    memos: MemOS, draw: Callable[[str], list[Path]], space: Memory, params: dict[str, str]
) -> None:
    other = space.add([Message(id="m2", speaker="Bob", text="Dana moved to Braga.")], source="chat").added[0]
    memos.driver.execute_query(
        "MATCH (a:MemCube {id: $a}), (b:MemCube {id: $b}) CREATE (a)-[:CONTRADICTS]->(b)", a=other, b=params["cube"]
    )
    kinds = {relation.type for path in draw("explore/stale_facts") for relation in path.relationships}
    assert "CONTRADICTS" in kinds


def test_the_version_chain_is_one_path_through_every_version(draw: Callable[[str], list[Path]]) -> None:
    (path,) = draw("explore/version_chain")
    assert [node["number"] for node in path.nodes[1:]] == [2, 1]

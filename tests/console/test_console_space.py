"""The pages of a space: its map, its memories, and what is to be settled."""

import json
from collections.abc import Callable

import pytest
from starlette.testclient import TestClient
from support.console_visits import Looked, send

from memos_graph import Memory
from memos_graph.console.charts import columns
from memos_graph.governance import Action


def of(memory: Memory, page: str = "") -> str:
    owner, _, name = memory.space.partition("/")
    return f"/console/spaces/{owner}/{name}{page}"


def test_a_map_shows_what_the_space_holds(client: TestClient, talk: Memory) -> None:
    page = Looked(client.get(of(talk)).text)
    assert page.misnested == []
    found = talk.overview()
    assert {each.name for each in found.topics} >= {"lisbon"}
    for topic in found.topics:
        assert topic.name in page.text
    assert "chat 3" in page.text
    (drawn,) = [json.loads(str(each["data-graph"])) for _, each in page.elements if "data-graph" in each]
    known = {node["id"] for node in drawn["nodes"]}
    assert all({edge["source"], edge["target"]} <= known for edge in drawn["edges"])
    assert len({(node["x"], node["y"]) for node in drawn["nodes"]}) == len(known)


def test_a_map_counts_what_may_be_read(talk: Memory, mount: Callable[..., Memory]) -> None:
    first = talk.page(level="whole")[0].id
    reader = f"{talk.owner}-reader"
    talk.grant(reader, [Action.READ])
    talk.permissions.deny(reader, [Action.READ], cube=first)
    ours, theirs = talk.overview(), mount(as_=reader).overview()
    assert sum(each.memories for each in ours.months) == 3
    assert sum(each.memories for each in theirs.months) == 2
    assert [each.memories for each in theirs.sources] == [2]
    assert "lisbon" in str(ours.topics).lower()
    assert "lisbon" not in str(theirs.topics).lower()


def test_a_map_names_no_topic_after_what_may_not_be_read(talk: Memory, mount: Callable[..., Memory]) -> None:
    reader = f"{talk.owner}-reader"
    talk.grant(reader, [Action.READ])
    for cube in talk.page(level="whole"):
        talk.permissions.deny(reader, [Action.READ], cube=cube.id)
    assert mount(as_=reader).overview().topics == ()


def test_what_is_sensitive_is_counted(space: Memory, client: TestClient) -> None:
    space.add("Her mail is dana@example.org.")
    (kind,) = space.overview().sensitivity
    assert kind.memories == 1
    assert f"{kind.kind} 1" in Looked(client.get(of(space)).text).text


def test_an_empty_space_has_a_map(space: Memory, client: TestClient) -> None:
    page = client.get(of(space))
    assert page.status_code == 200
    assert "No topics yet" in page.text


def test_memories_are_shown_a_page_at_a_time(client: TestClient, talk: Memory) -> None:
    page = Looked(client.get(of(talk, "/memories?limit=2&level=whole")).text)
    cubes = talk.page(level="whole")
    assert cubes[1].text in page.text
    assert cubes[2].text not in page.text
    (more,) = [str(each["href"]) for each in page.named("a") if "after=" in str(each.get("href"))]
    assert cubes[2].text in client.get(more).text


@pytest.fixture
def pair(space: Memory) -> Memory:
    space.add(
        [
            {"id": "a", "speaker": "Alice", "text": "Dana lives in Lisbon.", "at": "2026-05-04T09:00:00+00:00"},
            {"id": "b", "speaker": "Alice", "text": "Dana lives in Porto now.", "at": "2026-09-14T09:00:00+00:00"},
        ],
        source="chat",
    )
    assert len(space.review()) == 1
    return space


@pytest.mark.parametrize("how", ["supersede", "contradict", "dismiss"])
def test_a_contradiction_is_settled(client: TestClient, pair: Memory, how: str) -> None:
    (proposal,) = pair.review()
    page = Looked(client.get(of(pair, "/settle")).text)
    assert proposal.new_text in page.text
    assert {"name": "new", "value": proposal.new, "type": "hidden"} in page.named("input")
    done = send(client, of(pair, "/settle"), how=how, new=proposal.new, old=proposal.old)
    assert (done.status_code, done.headers["location"]) == (303, of(pair, "/settle"))
    assert pair.review() == []
    assert pair.log(limit=1)[0].action in {how, "review"}
    if how == "dismiss":
        assert "Declared both true" in client.get(of(pair, "/settle")).text
        send(client, of(pair, "/settle"), how="reconsider", new=proposal.new, old=proposal.old)
        assert len(pair.review()) == 1


def test_who_may_only_read_settles_nothing(as_: Callable[[str], TestClient], client: TestClient, pair: Memory) -> None:
    (proposal,) = pair.review()
    reader = f"{pair.owner}-reader"
    pair.grant(reader, [Action.READ])
    given = {"how": "supersede", "new": proposal.new, "old": proposal.old}
    assert send(as_(reader), of(pair, "/settle"), **given).status_code == 403
    assert send(as_(f"{pair.owner}-other"), of(pair, "/settle"), **given).status_code == 404
    assert send(client, of(pair, "/settle"), **{**given, "how": "erase"}).status_code == 422
    assert len(pair.review()) == 1


def test_what_says_the_same_becomes_one(client: TestClient, space: Memory) -> None:
    for name in ("a", "b"):
        space.add("The ferry to Porto Santo leaves at noon from Funchal.", source=name)
    (same,) = space.duplicates()
    assert "Make one of them" in client.get(of(space, "/settle")).text
    send(client, of(space, "/settle"), how="merge", new=same.second, old=same.first)
    assert space.duplicates() == []


def test_columns_are_as_high_as_their_values() -> None:
    drawn = columns([("a", 5), ("b", 10), ("c", 0)])
    assert [(each.top, each.height) for each in drawn] == [(50, 50), (0, 100), (100, 0)]
    assert columns([]) == []

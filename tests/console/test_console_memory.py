"""A memory's page."""

import json
from collections.abc import Callable

import pytest
from starlette.testclient import TestClient
from support.console_visits import Looked
from support.leakage_world import NOWHERE

from memos_graph import Memory
from memos_graph.console.differences import compared
from memos_graph.console.graphs import resting
from memos_graph.errors import InputError, NotFoundError
from memos_graph.governance import Action
from memos_graph.memory.cubes import Cubes


@pytest.fixture
def first(talk: Memory) -> str:
    cube = talk.page()[0].id
    talk.update(cube, text="Dana moved to Porto in May. She loves the sea.", reason="she said so")
    return cube


def test_it_shows_what_it_says_and_said(client: TestClient, first: str) -> None:
    page = Looked(client.get(f"/console/memories/{first}").text)
    assert page.misnested == []
    assert "2 versions" in page.text
    assert "“she said so”" in page.text
    told = client.get(f"/console/memories/{first}").text
    assert "<del>Lisbon</del><ins>Porto</ins>" in told


def test_an_earlier_version_leads_to_the_memory_as_it_was(client: TestClient, talk: Memory, first: str) -> None:
    page = Looked(client.get(f"/console/memories/{first}").text)
    (then,) = [str(each["href"]) for each in page.named("a") if "as_of=" in str(each.get("href"))]
    earlier = Looked(client.get(then).text)
    assert "as it was known at" in earlier.text
    assert "Porto" not in earlier.text.partition("What was said around it")[0]
    assert client.get(f"/console/memories/{first}?as_of=yesterday").status_code == 422


def test_its_lineage_is_drawn_and_told(client: TestClient, talk: Memory, first: str) -> None:
    page = Looked(client.get(f"/console/memories/{first}").text)
    (drawn,) = [json.loads(str(each["data-graph"])) for _, each in page.elements if "data-graph" in each]
    lineage = talk.lineage(first, depth=8)
    assert {node["id"] for node in drawn["nodes"]} == {node.id for node in lineage.nodes}
    assert len(drawn["edges"]) == len(lineage.edges)
    assert [node["id"] for node in drawn["nodes"] if node["here"]] == [first]
    assert {each.node.id for each in resting(lineage)} == {node.id for node in lineage.nodes} - {first}


def test_what_would_go_with_it_is_what_a_delete_takes(
    as_: Callable[[str], TestClient], client: TestClient, talk: Memory
) -> None:
    again = {"id": "x", "speaker": "Alice", "text": "Dana moved to Lisbon in May. She loves the sea."}
    assert talk.add([again], source="chat").repeated_facts == 2
    cube = talk.page(level="whole")[0].id
    page = Looked(client.get(f"/console/memories/{cube}").text)
    assert "Dana moved to Lisbon in May. fact made from (extracted) no, it rests on others too" in page.text
    talk.update(cube, text="Dana moved to Porto in May. She loves the sea.")
    page = Looked(client.get(f"/console/memories/{cube}").text)
    assert "Dana moved to Porto in May. fact made from (extracted) yes" in page.text
    reader = f"{talk.owner}-reader"
    talk.grant(reader, [Action.READ])
    assert "Would go with it" not in as_(reader).get(f"/console/memories/{cube}").text
    foreseen = talk.updates.foresee(cube)
    assert foreseen[0] == cube
    assert set(talk.delete(cube).cubes) == set(foreseen)
    with pytest.raises(NotFoundError):
        talk.updates.foresee(cube)


def test_who_read_it_is_shown_as_far_as_the_log_is(
    as_: Callable[[str], TestClient], client: TestClient, talk: Memory, first: str
) -> None:
    reader = f"{talk.owner}-reader"
    talk.grant(reader, [Action.READ])
    theirs = as_(reader).get(f"/console/memories/{first}").text
    assert "These are your own acts" in theirs
    ours = Looked(client.get(f"/console/memories/{first}").text)
    assert "These are your own acts" not in ours.text
    assert f"{reader} read" in ours.text


def test_one_shared_alone_shows_nothing_of_its_space(
    as_: Callable[[str], TestClient], talk: Memory, first: str
) -> None:
    other = f"{talk.owner}-other"
    talk.permissions.grant(other, [Action.READ], cube=first)
    page = as_(other).get(f"/console/memories/{first}")
    assert page.status_code == 200
    assert "Porto" in page.text
    for foreign in (
        "What was said around it",
        "What does she do there",
        "music school",
        f'href="/console/spaces/{talk.owner}',
    ):
        assert foreign not in page.text


def test_what_may_not_be_read_is_answered_as_what_is_not_there(
    as_: Callable[[str], TestClient], first: str, principal: str
) -> None:
    stranger = as_(f"{principal}-other")
    refused, missing = (stranger.get(f"/console/memories/{cube}") for cube in (first, NOWHERE))
    assert refused.status_code == missing.status_code == 404
    assert _told(refused.text.replace(first, NOWHERE)) == _told(missing.text)


def _told(page: str) -> str:
    return Looked(page).text.partition("Request")[0]


def test_the_forms_it_is_in_are_shown(client: TestClient, talk: Memory) -> None:
    fact = talk.page(level="fact")[0]
    built = talk.kv.build()
    page = Looked(client.get(f"/console/memories/{fact.id}").text)
    assert "The forms it is in" in page.text
    assert talk.kv.list()[0].title in page.text
    for each in page.named("a"):
        if str(each.get("href")).startswith("/console/"):
            assert client.get(str(each["href"])).status_code == 200
    talk.kv.drop(built.cube.id)


def test_what_was_said_around_it(talk: Memory) -> None:
    ids = [cube.id for cube in talk.page(level="whole")]
    assert [cube.id for cube in talk.cubes.around(ids[1])] == ids
    assert [cube.id for cube in talk.cubes.around(ids[0], steps=1)] == ids[:2]
    talk.permissions.deny(f"{talk.owner}-reader", [Action.READ], cube=ids[1])
    talk.grant(f"{talk.owner}-reader", [Action.READ])
    reader = Cubes(talk._services.runner, talk._services.audit, f"{talk.owner}-reader")  # what is denied is passed over
    assert [cube.id for cube in reader.around(ids[0])] == [ids[0], ids[2]]
    with pytest.raises(NotFoundError):
        reader.around(ids[1])
    for steps in (0, 11):
        with pytest.raises(InputError):
            talk.cubes.around(ids[0], steps=steps)


def test_pieces_of_two_texts_are_both_texts() -> None:
    old, new = "The café closes at  five.\nBring cash!", "The café closes at six.\n\nBring  cards, not cash!"
    pieces = compared(old, new)
    assert "".join(piece.text for piece in pieces if piece.kind != "new") == old
    assert "".join(piece.text for piece in pieces if piece.kind != "gone") == new
    assert [piece.kind for piece in compared("a " * 15_000, "b " * 15_000)] == ["gone", "new"]

"""The first pages of the console: one's spaces, and a search with its reasons."""

from collections.abc import Callable

import pytest
from starlette.testclient import TestClient
from support.console_visits import Looked, harmless

from memos_graph import Memory, MemOS
from memos_graph.console.reasons import parts
from memos_graph.governance import Action


def test_home_shows_the_spaces_one_may_read(client: TestClient, as_: Callable[[str], TestClient], talk: Memory) -> None:
    page = Looked(client.get("/console").text)
    assert f"{talk.space} 3 memories" in page.text
    assert page.misnested == []
    other = as_(f"{talk.owner}-other").get("/console").text
    assert talk.space not in other


def test_a_search_shows_what_it_found_and_why(client: TestClient, talk: Memory) -> None:
    page = Looked(client.get("/console/search", params={"q": "Where does Dana live?"}).text)
    hits = talk.search("Where does Dana live?").hits
    assert hits
    for hit in hits:
        assert hit.cube.text in page.text
        assert any(each.get("href") == f"/console/memories/{hit.cube.id}" for each in page.named("a"))
    bars = [each for each in page.named("svg") if each.get("role") == "img"]
    assert [str(each["aria-label"])[:10] for each in bars] == [f"Score {hit.score:.2f}" for hit in hits]
    assert hits[0].fact is not None
    assert hits[0].fact.text in page.text


def test_the_parts_of_a_score_are_as_long_as_the_score(talk: Memory) -> None:
    for hit in talk.search("Where did Dana move in May?").hits:
        drawn = parts(hit)
        assert sum(each.width for each in drawn) == pytest.approx(100 * hit.score, abs=0.3)
        assert [each.begins for each in drawn] == sorted(each.begins for each in drawn)


def test_a_search_in_a_space_one_may_not_read_says_nothing_of_it(
    as_: Callable[[str], TestClient], talk: Memory
) -> None:
    stranger = as_(f"{talk.owner}-other")
    asked = {"q": "Where does Dana live?", "space": talk.space}
    refused = stranger.get("/console/search", params=asked)
    missing = stranger.get("/console/search", params=asked | {"space": "nobody/none"})
    assert refused.status_code == missing.status_code == 404
    assert "Lisbon" not in refused.text
    assert "Lisbon" not in stranger.get("/console/search", params={"q": "Where does Dana live?"}).text


def test_what_was_shared_one_by_one_is_found(as_: Callable[[str], TestClient], talk: Memory) -> None:
    first = talk.page()[0]
    talk.permissions.grant(f"{talk.owner}-other", [Action.READ], cube=first.id)
    page = as_(f"{talk.owner}-other").get("/console/search", params={"q": "Lisbon", "space": "shared"})
    assert first.text in page.text
    assert "music school" not in page.text


def test_a_question_that_can_not_be_asked_is_told(client: TestClient) -> None:
    assert client.get("/console/search").status_code == 200
    assert client.get("/console/search", params={"q": "x", "limit": "many"}).status_code == 422
    assert client.get("/console/search", params={"q": "x\x00"}).status_code == 422


HOSTILE = (
    "<script>alert(1)</script><img src=x onerror=alert(2)> {{ 7 * 7 }} {% raw %} "
    "\"><a href=\"javascript:alert(3)\" hx-get='/x' style='position:fixed'>click</a> ' onmouseover='alert(4) \u202egnp.exe"
)


def test_what_a_memory_says_is_never_markup(client: TestClient, space: Memory) -> None:
    space.add([{"id": "m", "speaker": HOSTILE[:60], "text": f"Dana says {HOSTILE}"}], source='chat"><script>')
    page = Looked(client.get("/console/search", params={"q": f"Dana {HOSTILE}"}).text)
    harmless(page)
    assert HOSTILE.replace("\n", " ") in page.text


def test_what_was_said_around_a_hit_is_a_click_away(
    as_: Callable[[str], TestClient], client: TestClient, talk: Memory
) -> None:
    page = Looked(client.get("/console/search", params={"q": "Where did Dana move?"}).text)
    near = [str(each["href"]) for each in page.named("a") if str(each.get("href")).endswith("/around")]
    assert near
    around = Looked(client.get(near[0]).text)
    assert around.misnested == []
    for cube in talk.page(level="whole"):
        assert cube.text in around.text
    assert client.get(near[0], params={"steps": "11"}).status_code == 422


def test_what_nobody_foresaw_is_a_page(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise RuntimeError("the words of a memory")

    monkeypatch.setattr("memos_graph.console.pages.search.parts", fails)
    monkeypatch.setattr("memos_graph.console.visit.read", fails)
    answer = client.get("/console/search", params={"q": "x"})
    assert answer.status_code == 500
    assert answer.headers["content-type"].startswith("text/html")
    assert "default-src 'self'" in answer.headers["content-security-policy"]
    assert "the words of a memory" not in answer.text


@pytest.mark.tampers
def test_what_was_changed_by_hand_is_held_back_and_told(client: TestClient, talk: Memory, memos: MemOS) -> None:
    first, second, _ = talk.page(level="whole")
    with memos.driver.session(database=memos.endpoint.database) as session:
        session.run("MATCH (c:MemCube {id: $cube}) SET c.text = 'Dana moved to Rome.'", cube=first.id).consume()
    owner, _, name = talk.space.partition("/")
    page = client.get(f"/console/spaces/{owner}/{name}/memories?level=whole")
    assert "1 memory is held back" in Looked(page.text).text
    assert "Rome" not in page.text
    assert second.text in page.text

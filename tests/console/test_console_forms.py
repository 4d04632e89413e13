"""Forms and the plan for them, jobs, and chat with what answers rest on."""

from collections.abc import Callable
from html import unescape

from starlette.testclient import TestClient
from support.console_visits import Looked, send

from memos_graph import Memory
from memos_graph.governance import Action
from memos_graph.jobs.job import JobState


def of(memory: Memory, page: str) -> str:
    owner, _, name = memory.space.partition("/")
    return f"/console/spaces/{owner}/{name}/{page}"


def test_forms_and_the_plan_are_shown(as_: Callable[[str], TestClient], client: TestClient, talk: Memory) -> None:
    page = Looked(client.get(of(talk, "forms")).text)
    assert page.misnested == []
    assert "Strategy" in page.text
    reader = f"{talk.owner}-reader"
    talk.grant(reader, [Action.READ])
    theirs = as_(reader).get(of(talk, "forms"))
    assert theirs.status_code == 200
    assert "Strategy" not in theirs.text
    assert "may not transform" in theirs.text


def test_jobs_are_shown_and_cancelled(as_: Callable[[str], TestClient], client: TestClient, talk: Memory) -> None:
    job = talk.jobs.submit("build")
    reader = f"{talk.owner}-reader"
    talk.grant(reader, [Action.READ])
    page = Looked(client.get(of(talk, "jobs")).text)
    assert page.misnested == []
    assert f"{job.id[-8:]} build queued" in page.text
    theirs = as_(reader)
    assert "No jobs" in theirs.get(of(talk, "jobs")).text
    assert send(theirs, of(talk, "jobs"), job=job.id).status_code == 404
    assert "No jobs" in client.get(of(talk, "jobs"), params={"state": "done"}).text
    assert client.get(of(talk, "jobs"), params={"state": "lost"}).status_code == 422
    assert send(client, of(talk, "jobs"), job=job.id).status_code == 303
    assert talk.jobs.get(job.id).state is JobState.CANCELLED
    assert send(client, of(talk, "jobs"), job=job.id).status_code == 409


def test_a_chat_shows_what_its_answer_rests_on(client: TestClient, talk: Memory) -> None:
    assert client.get(of(talk, "chat")).status_code == 200
    page = send(client, of(talk, "chat"), question="Where did Dana move in May?", form="quote")
    looked = Looked(page.text)
    assert looked.misnested == []
    assert "What the answer rests on" in looked.text
    assert "Dana moved to Lisbon in May." in looked.text
    cubes = {cube.id for cube in talk.page()}
    led = {str(each["href"]).rpartition("/")[2] for each in looked.named("a") if "/memories/" in str(each.get("href"))}
    assert led
    assert led <= cubes


def test_a_chat_goes_on(client: TestClient, talk: Memory) -> None:
    first = Looked(send(client, of(talk, "chat"), question="Where did Dana move in May?", form="quote").text)
    (said,) = [unescape(str(each["value"])) for each in first.named("input") if each.get("name") == "said"]
    page = Looked(send(client, of(talk, "chat"), question="And what does she teach?", form="quote", said=said).text)
    assert page.text.index("Where did Dana move") < page.text.index("And what does she teach?")
    assert "piano" in page.text
    assert page.text.count("rests on") == 2 + page.text.count("answer rests on")


def test_a_chat_that_can_not_be_is_told(as_: Callable[[str], TestClient], client: TestClient, talk: Memory) -> None:
    for wrong in ({"question": ""}, {"question": "x", "form": "song"}, {"question": "x", "said": '{"turns": 1}'}):
        assert send(client, of(talk, "chat"), **wrong).status_code == 422
    stranger = send(as_(f"{talk.owner}-other"), of(talk, "chat"), question="Where did Dana move?")
    assert stranger.status_code == 404
    assert "Lisbon" not in stranger.text


def test_the_bill_is_shown_to_each_for_its_own_acts(
    as_: Callable[[str], TestClient], client: TestClient, talk: Memory
) -> None:
    reader = f"{talk.owner}-reader"
    talk.grant(reader, [Action.READ])
    page = Looked(client.get(of(talk, "costs")).text)
    assert page.misnested == []
    assert "add" in page.text
    theirs = as_(reader).get(of(talk, "costs"))
    assert theirs.status_code == 200
    assert "In all" not in theirs.text
    assert as_(reader).get(of(talk, "map")).status_code == 404
    talk.revoke(reader)
    assert as_(reader).get(of(talk, "costs")).status_code == 404


def test_a_cache_is_called_by_what_it_is_of_in_a_memory_s_lineage(client: TestClient, talk: Memory) -> None:
    talk.kv.build()
    cube = talk.page()[0].id
    page = Looked(client.get(f"/console/memories/{cube}").text)
    assert "KV-cache of the whole space" in page.text
    assert "nothing left of it" not in page.text
    assert "it rests on others too" not in page.text  # a cache of what is deleted is erased

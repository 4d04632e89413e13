"""Who may do what and why, policies in words, and the log."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from starlette.testclient import TestClient
from support.console_visits import Looked, send

from memos_graph import Memory, MemOS
from memos_graph.governance import Action

POLICY = "policy: 1\nname: desk\nkeep:\n  default: 2 years\n"


def of(memory: Memory, page: str) -> str:
    owner, _, name = memory.space.partition("/")
    return f"/console/spaces/{owner}/{name}/{page}"


def asked(client: TestClient, memory: Memory, **query: str) -> str:
    return Looked(client.get(of(memory, "permissions"), params=query).text).text


def test_it_is_told_who_may_do_what_and_why(client: TestClient, talk: Memory) -> None:
    reader, first = f"{talk.owner}-reader", talk.page()[0].id
    talk.grant(reader, [Action.READ])
    talk.permissions.deny(reader, [Action.READ], cube=first, reason="not his case")
    told = asked(client, talk, principal=reader, action="read")
    assert f"{reader} may read {talk.space}, because {talk.owner} granted read to" in told
    told = asked(client, talk, principal=reader, action="read", target=first)
    assert f"{reader} may not read {first}" in told
    assert "“not his case”" in told
    assert "nothing grants it anything there" in asked(client, talk, principal="nobody", action="write")


def test_grants_are_shown_to_who_may_share(as_: Callable[[str], TestClient], client: TestClient, talk: Memory) -> None:
    reader = f"{talk.owner}-reader"
    talk.grant(reader, [Action.READ])
    assert f"{reader} read the space" in asked(client, talk)
    theirs = asked(as_(reader), talk)
    assert "shown to who may share" in theirs
    refused = as_(reader).get(of(talk, "permissions"), params={"principal": "nobody", "action": "read"})
    assert refused.status_code == 403
    assert client.get(of(talk, "permissions?principal=x&action=fly")).status_code == 422


def test_a_policy_is_tried_and_nothing_is_changed(client: TestClient, talk: Memory) -> None:
    assert "No policy governs" in client.get(of(talk, "policy")).text
    page = send(client, of(talk, "policy"), text=POLICY)
    told = Looked(page.text).text
    assert page.status_code == 200
    assert "2 years" in told
    assert "would end at once" in told
    assert talk.policy.history() == []
    wrong = send(client, of(talk, "policy"), text="policy: 1\nname: x\nkepe: 1\n")
    assert wrong.status_code == 422
    assert "kepe" in wrong.text
    assert "name: x" in wrong.text  # what was typed is not lost


def test_the_policy_in_force_is_told_in_words(client: TestClient, talk: Memory) -> None:
    talk.policy.apply(POLICY)
    told = Looked(client.get(of(talk, "policy")).text).text
    assert "In force: desk, version 1" in told
    assert "Change nothing" in send(client, of(talk, "policy"), text=POLICY).text
    assert "support desk" in client.get(of(talk, "policy?begin=support-desk")).text
    assert client.get(of(talk, "policy?begin=../x")).status_code == 200


def test_only_who_may_administer_tries_a_policy(as_: Callable[[str], TestClient], talk: Memory) -> None:
    reader = f"{talk.owner}-reader"
    talk.grant(reader, [Action.READ])
    assert send(as_(reader), of(talk, "policy"), text=POLICY).status_code == 403


def test_the_log_is_shown_and_filtered(client: TestClient, talk: Memory, memos: MemOS) -> None:
    talk.search("Where does Dana live?")
    assert Looked(client.get(of(talk, "log")).text).text.count(f"{talk.owner} search") == 1
    filtered = Looked(client.get(of(talk, "log"), params={"action": "add", "actor": talk.owner}).text).text
    assert f"{talk.owner} add" in filtered
    assert f"{talk.owner} search" not in filtered
    tomorrow = (date.today() + timedelta(days=2)).isoformat()  # noqa: DTZ011 - any day to come
    assert "No acts" in client.get(of(talk, "log"), params={"since": tomorrow}).text
    assert client.get(of(talk, "log"), params={"since": "soon"}).status_code == 422
    page = Looked(client.get(of(talk, "log"), params={"limit": 1}).text)
    (earlier,) = [str(each["href"]) for each in page.named("a") if "before=" in str(each.get("href"))]
    assert client.get(earlier).status_code == 200


def test_a_log_is_verified(as_: Callable[[str], TestClient], client: TestClient, talk: Memory) -> None:
    talk.audit.seal()
    assert "Nothing was changed" in send(client, of(talk, "log")).text
    reader = f"{talk.owner}-reader"
    talk.grant(reader, [Action.READ])
    theirs = as_(reader)
    assert send(theirs, of(talk, "log")).status_code == 403
    assert "Verify now" not in theirs.get(of(talk, "log")).text


@pytest.mark.tampers
def test_what_was_changed_behind_its_back_is_named(client: TestClient, talk: Memory, memos: MemOS) -> None:
    cube = talk.page()[0].id
    with memos.driver.session(database=memos.endpoint.database) as session:
        session.run("MATCH (v:MemVersion {cube: $cube}) SET v.text = 'Dana moved away.'", cube=cube).consume()
    told = send(client, of(talk, "log")).text
    assert "Something was changed outside memos-graph" in told
    assert cube in told

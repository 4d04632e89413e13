"""What a principal does with its own memories, over HTTP."""

from collections.abc import Mapping

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from memos_graph import Memory, MemOS
from memos_graph.cypher import Query
from memos_graph.graph import runner
from memos_graph.graph.params import check_params


def test_a_space_is_made_once_filled_searched_and_listed(client: TestClient, principal: str) -> None:
    where = f"/v1/spaces/{principal}/notes"
    assert client.put(where).status_code == 201
    assert client.put(where).status_code == 200
    assert [each["space"] for each in client.get("/v1/spaces").json()["items"]] == [f"{principal}/notes"]

    body = {
        "messages": [{"id": "m1", "speaker": "Alice", "text": "Dana moved to Lisbon in May."}, {"text": "bad\0text"}]
    }
    added = client.post(f"{where}/messages", json=body).json()
    assert len(added["added"]) == 1
    assert "NUL" in added["rejected"][0]["reason"]
    assert client.post(f"{where}/messages", json=body).json()["unchanged"] == 1
    assert client.get(where).json()["cubes"] == 1

    asked = {"question": "Where does Dana live?", "spaces": [f"{principal}/notes"], "limit": 3}
    found = client.post("/v1/search", json=asked).json()
    assert found["hits"][0]["sources"] == ["m1"]
    assert found["call"] is None
    explained = client.post("/v1/search", json=asked | {"explain": True}).json()
    assert explained["call"]["intent"] == "where"
    assert client.post("/v1/search", json=asked | {"filters": {"source": "elsewhere"}}).json()["hits"] == []


def test_a_search_right_after_a_write_is_three_round_trips(
    client: TestClient, memos: MemOS, principal: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    spaces = [memos.mount(f"{principal}/{name}", principal=principal) for name in ("one", "two")]
    for space in spaces:
        space.add("Dana moved to Lisbon in May.")
    asked = {"question": "Where does Dana live?", "spaces": [space.space for space in spaces]}
    run = []

    def check(statement: Query, params: Mapping[str, object]) -> None:
        run.append(statement.name)
        check_params(statement, params)

    monkeypatch.setattr(runner, "check_params", check)
    assert len(client.post("/v1/search", json=asked).json()["hits"]) == 2
    seen = [name for name in run if not name.startswith("audit/")]  # reads are recorded afterwards, for many at once
    assert seen == ["governance/principal_of_key", "search/speakers", "search/search"]


def test_a_deep_space_is_addressed_with_tildes(client: TestClient, principal: str) -> None:
    assert client.put(f"/v1/spaces/{principal}/work~maps").json()["space"] == f"{principal}/work/maps"
    assert client.get(f"/v1/spaces/{principal}/work~maps").status_code == 200


def test_a_document_is_the_body(client: TestClient, space: Memory, principal: str) -> None:
    where = f"/v1/spaces/{principal}/notes/documents"
    text = b"# Handbook\n\nThe key of the cabinet is with Rosa.\n"
    answer = client.post(
        where, params={"source": "h.md", "tag": "rules"}, content=text, headers={"Content-Type": "text/markdown"}
    )
    assert answer.status_code == 200, answer.text
    cube = client.get(f"/v1/cubes/{answer.json()['added'][0]}").json()
    assert cube["descriptive"]["tags"] == ["rules"]
    wrong = client.post(where, params={"source": "x"}, content=text, headers={"Content-Type": "image/png"})
    assert (wrong.status_code, wrong.json()["code"]) == (422, "format-invalid")


def test_cubes_come_in_pages(client: TestClient, talk: Memory, principal: str) -> None:
    where, seen, after = f"/v1/spaces/{principal}/notes/cubes", [], ""
    while after is not None:
        page = client.get(where, params={"limit": 2, "after": after, "level": "whole"}).json()
        seen += [each["descriptive"]["origin_id"] for each in page["items"]]
        after = page["next"]
    assert seen == ["m1", "m2", "m3"]


def test_a_memory_is_corrected_compared_rolled_back_and_deleted(client: TestClient, talk: Memory) -> None:
    cube = talk.page(level="whole")[0].id
    where = f"/v1/cubes/{cube}"
    shown = client.get(where)
    before = shown.json()["descriptive"]["updated_at"]
    assert shown.headers["ETag"] == '"1"'
    new = {"text": "Dana moved to Porto in June.", "reason": "she said so"}
    assert client.patch(where, json=new, headers={"If-Match": '"1"'}).json()["number"] == 2
    assert client.get(where, params={"as_of": before}).json()["text"].startswith("Dana moved to Lisbon")

    late = client.patch(where, json=new, headers={"If-Match": '"1"'})
    assert (late.status_code, late.json()["code"], late.json()["current_version"]) == (412, "precondition-failed", 2)
    late = client.patch(where, json=new | {"expected_version": 1})
    assert (late.status_code, late.json()["code"]) == (409, "version-conflict")

    assert "+Dana moved to Porto in June." in client.get(f"{where}/diff", params={"old": 1, "new": 2}).json()["diff"]
    assert client.post(f"{where}/rollback", json={"to": 1}).json()["rollback_of"] == 1
    assert [version["number"] for version in client.get(f"{where}/versions").json()] == [1, 2, 3]
    assert cube in client.delete(where, params={"reason": "wrong"}).json()["cubes"]
    assert client.get(where).status_code == 404


def test_lineage_and_annotation(client: TestClient, talk: Memory) -> None:
    first, second = (cube.id for cube in talk.page(level="whole", limit=2))
    drawn = client.get(f"/v1/cubes/{first}/lineage").json()
    assert {edge["transform"] for edge in drawn["edges"]} == {"extracted"}
    noted = client.post(f"/v1/cubes/{second}/lineage", json={"derived_from": first, "transform": "summarised"})
    assert noted.status_code == 204
    edges = client.get(f"/v1/cubes/{second}/lineage").json()["edges"]
    assert (second, first, "summarised") in {(e["start"], e["end"], e["transform"]) for e in edges}
    ring = client.post(f"/v1/cubes/{first}/lineage", json={"derived_from": second, "transform": "x"})
    assert ring.status_code == 422


def test_the_log_has_each_request_under_its_id(client: TestClient, talk: Memory, principal: str) -> None:
    cube = talk.page(level="whole")[0].id
    read = client.get(f"/v1/cubes/{cube}", headers={"X-Request-ID": "my-request.1"})
    assert read.headers["X-Request-ID"] == "my-request.1"
    where = f"/v1/spaces/{principal}/notes/log"
    entries = client.get(where, params={"request_id": "my-request.1"}).json()["items"]
    assert [(entry["action"], entry["cubes"][0]["id"]) for entry in entries] == [("read", cube)]
    page = client.get(where, params={"limit": 1}).json()
    following = client.get(where, params={"limit": 1, "before": page["next"]}).json()
    assert following["items"][0]["seq"] == page["items"][0]["seq"] - 1


def test_an_odd_request_id_is_replaced(client: TestClient) -> None:
    answer = client.get("/v1/me", headers={"X-Request-ID": "two words"})
    assert " " not in answer.headers["X-Request-ID"]


def test_health_and_metrics(client: TestClient, anonymous: TestClient, talk: Memory, principal: str) -> None:
    assert anonymous.get("/health").json() == {"status": "ok"}
    client.post("/v1/search", json={"question": "Who teaches piano?", "spaces": [talk.space]})
    client.get(f"/v1/spaces/{principal}/notes")
    text = client.get("/metrics").text
    assert 'memos_requests_total{method="GET",route="/v1/spaces/{owner}/{name}",status="200"}' in text
    assert "memos_searches_total" in text
    assert principal not in text
    assert anonymous.get("/metrics").status_code == 401


def test_every_path_is_documented_with_summary_and_problems(app: FastAPI) -> None:
    document = app.openapi()
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            assert operation["description"], (method, path)
            if path != "/health":
                assert operation["security"], (method, path)
                unusable = "400" if path.startswith(("/v1/chat/", "/v1/models")) else "422"
                assert {"401", unusable, "503"} <= set(operation["responses"]), (method, path)
            for status, response in operation["responses"].items():
                if status >= "400":
                    assert list(response["content"]) == ["application/problem+json"], (method, path, status)
    assert set(document["components"]["securitySchemes"]) == {"HTTPBearer", "APIKeyHeader"}


def test_a_document_of_which_nothing_can_be_stored_is_a_problem(
    client: TestClient, space: Memory, principal: str
) -> None:
    where = f"/v1/spaces/{principal}/notes/documents"
    client.put(f"/v1/spaces/{principal}/notes")
    users = b'[{"id": "U1", "team_id": "T", "name": "ida", "profile": {}}]'
    unread = client.post(where, params={"source": "users.json"}, content=users)
    assert unread.status_code == 422
    assert "users.json: this is Slack's list of users" in unread.json()["detail"]
    empty = client.post(where, params={"source": "talk.json"}, content=b'[{"role": "user", "content": ""}]')
    assert (empty.status_code, empty.json()["code"]) == (422, "format-invalid")
    assert "talk.json: nothing of it can be stored" in empty.json()["detail"]
    assert "The text is empty." in empty.json()["detail"]


def test_what_has_no_speaker_and_no_time_is_counted(client: TestClient, principal: str) -> None:
    where = f"/v1/spaces/{principal}/counted"
    client.put(where)
    body = {"messages": [{"text": "The gate is blue."}, {"text": "It squeaks.", "speaker": "Ida"}]}
    report = client.post(f"{where}/messages", json=body).json()
    assert (report["without_speaker"], report["without_time"]) == (1, 2)


def test_the_order_of_day_and_month_of_a_log_can_be_given(client: TestClient, principal: str) -> None:
    where = f"/v1/spaces/{principal}/chats"
    client.put(where)
    log = b"03/08/2025, 12:31 - Marta: The key is with Olaf.\n"
    unclear = client.post(f"{where}/documents", params={"source": "a.txt"}, content=log).json()
    assert "date_order" in unclear["remarks"][0]["reason"]
    given = client.post(f"{where}/documents", params={"source": "b.txt", "date_order": "mdy"}, content=log).json()
    assert given["remarks"] == []
    found = client.get(f"/v1/cubes/{given['added'][0]}").json()
    assert found["descriptive"]["said_at"].startswith("2025-03-08T12:31")
    assert client.post(f"{where}/documents", params={"source": "c", "date_order": "up"}, content=log).status_code == 422

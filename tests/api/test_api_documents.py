"""Documents over REST: put, read, listed, found and erased by name; bad input is a problem, and nothing is half written."""

from collections.abc import Callable
from typing import Any

import pytest
from starlette.testclient import TestClient

from memos_graph import Memory
from memos_graph.governance import Action

PREFS = {"drinks": "green tea", "n": [1, 2.5, None, True], "deep": {"ü": "a\nb"}}
ADA = {"namespace": ["users", "ada"]}


def put(client: TestClient, space: Memory, key: str, value: Any, **more: Any) -> Any:
    return client.put(f"/v1/spaces/{space.space}/store/item", json={"key": key, "value": value, **more})


def test_a_document_from_its_first_version_to_its_end(client: TestClient, space: Memory) -> None:
    at = f"/v1/spaces/{space.space}/store"
    done = put(client, space, "prefs", PREFS, **ADA, reason="she said so")
    assert done.status_code == 200, done.text
    cube = done.json()["cube"]
    assert done.json() == {"cube": cube, "namespace": ["users", "ada"], "key": "prefs"}
    read = client.get(f"{at}/item", params={**ADA, "key": "prefs"}).json()
    assert (read["value"], read["cube"], read["namespace"], read["score"]) == (PREFS, cube, ["users", "ada"], None)
    assert put(client, space, "prefs", {"drinks": "coffee"}, **ADA).json()["cube"] == cube
    assert len(space.history(cube)) == 2
    put(client, space, "prefs", {"drinks": "water"}, namespace=["users", "bob"])
    put(client, space, "loose", {"n": 1})
    names = [each["namespace"] for each in client.get(f"{at}/items").json()["items"]]
    assert names == [[], ["users", "bob"], ["users", "ada"]]
    assert client.get(f"{at}/namespaces", params={"namespace": "users"}).json() == {
        "namespaces": [["users", "ada"], ["users", "bob"]]
    }
    found = client.post(f"{at}/search", json={"question": "Who drinks coffee?", "namespace": ["users"]}).json()
    assert (found[0]["cube"], found[0]["score"] > 0) == (cube, True)
    gone = client.delete(f"{at}/item", params={**ADA, "key": "prefs"})
    assert (gone.status_code, gone.json()["cubes"]) == (200, [cube])
    assert client.get(f"{at}/item", params={**ADA, "key": "prefs"}).status_code == 404
    assert client.delete(f"{at}/item", params={**ADA, "key": "prefs"}).json()["cubes"] == []


def test_a_document_gets_another_name_and_stays_the_memory_that_it_is(client: TestClient, space: Memory) -> None:
    at = f"/v1/spaces/{space.space}/store"
    cube = put(client, space, "prefs", PREFS, **ADA).json()["cube"]
    put(client, space, "prefs", {"drinks": "tea"}, **ADA)
    done = client.post(f"{at}/move", json={**ADA, "key": "prefs", "new_key": "habits"})
    assert done.json() == {"cube": cube, "namespace": [], "key": "habits"}
    assert client.get(f"{at}/item", params={"key": "habits"}).json()["value"] == {"drinks": "tea"}
    assert client.get(f"{at}/item", params={**ADA, "key": "prefs"}).status_code == 404
    assert len(space.history(cube)) == 2
    other = put(client, space, "prefs", {"n": 1}, **ADA).json()["cube"]
    assert other != cube
    taken = client.post(f"{at}/move", json={**ADA, "key": "prefs", "new_key": "habits"})
    assert (taken.status_code, "already" in taken.json()["detail"]) == (422, True)
    assert client.post(f"{at}/move", json={"key": "none", "new_key": "x"}).status_code == 404
    assert client.post(f"{at}/move", json={"key": "habits", "new_key": "habits"}).status_code == 422
    client.delete(f"{at}/item", params={"key": "habits"})
    assert client.post(f"{at}/move", json={**ADA, "key": "prefs", "new_key": "habits"}).json()["cube"] == other
    assert space.audit.verify().whole


def test_pages_hold_each_document_once(client: TestClient, space: Memory) -> None:
    for number in range(5):
        put(client, space, f"n{number}", {"n": number})
    at, skip, keys = f"/v1/spaces/{space.space}/store/items", 0, list[str]()
    while skip is not None:
        page = client.get(at, params={"skip": skip, "limit": 2}).json()
        keys += [each["key"] for each in page["items"]]
        skip = page["next"]
    assert keys == ["n4", "n3", "n2", "n1", "n0"]


@pytest.mark.parametrize(
    "body",
    [
        {"key": "a", "value": []},
        {"key": "a", "value": "text"},
        {"key": "a"},
        {"value": {}},
        {"key": "a\u0000", "value": {}},
        {"key": "%" * 400, "value": {}},
        {"key": "a", "value": {}, "namespace": "users"},
        {"key": "a", "value": {}, "namespace": ["x"] * 51},
        {"key": "a", "value": {}, "ttl_minutes": 0},
        {"key": "a", "value": {}, "ttl_minutes": "soon"},
        {"key": "a", "value": {}, "indexed": ["a\u0000"]},
        {"key": "a", "value": {"x": "y" * 200_000}},
        {"key": "a", "value": {}, "colour": "red"},
    ],
)
def test_what_is_no_document_is_a_problem(client: TestClient, space: Memory, body: dict[str, Any]) -> None:
    answer = client.put(f"/v1/spaces/{space.space}/store/item", json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, "input-invalid"), answer.text
    assert client.get(f"/v1/spaces/{space.space}/store/items").json()["items"] == []


def test_rights_hold(client: TestClient, client_of: Callable[[str], TestClient], space: Memory, principal: str) -> None:
    cube = put(client, space, "prefs", {"mail": "ada@example.org"}).json()["cube"]
    other, at = client_of(f"{principal}.other"), f"/v1/spaces/{space.space}/store"
    missing = other.get("/v1/spaces/nobody/nothing/store/item", params={"key": "prefs"}).json()
    for answer in (
        other.get(f"{at}/items"),
        other.get(f"{at}/item", params={"key": "prefs"}),
        put(other, space, "prefs", {}),
        other.delete(f"{at}/item", params={"key": "prefs"}),
    ):
        assert answer.status_code == 404
        assert answer.json()["detail"].replace(space.space, "nobody/nothing") == missing["detail"]
    space.permissions.grant(f"{principal}.other", [Action.READ])
    assert other.get(f"{at}/item", params={"key": "prefs"}).status_code == 200
    assert put(other, space, "prefs", {}).status_code == 403
    assert other.delete(f"{at}/item", params={"key": "prefs"}).status_code == 403
    space.permissions.deny(f"{principal}.other", [Action.READ], cube=cube)
    assert other.get(f"{at}/item", params={"key": "prefs"}).status_code == 404
    assert other.get(f"{at}/items").json()["items"] == []

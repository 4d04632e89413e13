"""Keys, grants, and what a principal without one can learn: nothing."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient
from uuid_utils import uuid7

from memos_graph import Action, Memory, MemOS

ClientOf = Callable[[str], TestClient]


def test_without_a_valid_key_every_call_is_refused_alike(anonymous: TestClient, app: FastAPI) -> None:
    bodies = []
    for headers in ({}, {"Authorization": "Bearer memos_wrong"}, {"X-API-Key": "x"}, {"Authorization": "Basic eDp5"}):
        answer = anonymous.get("/v1/me", headers=headers)
        assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Bearer")
        assert answer.headers["Content-Type"] == "application/problem+json"
        bodies.append(answer.json()["code"])
    assert set(bodies) == {"unauthenticated"}
    paths: dict[str, Any] = app.openapi()["paths"]
    for path, operations in paths.items():
        if path == "/health":
            continue
        filled = re.sub(r"{\w+}", "x", path)
        for method in operations:
            assert anonymous.request(method, filled).status_code == 401, (method, path)


def test_keys_are_made_listed_and_revoked_by_their_owner_only(client_of: ClientOf, principal: str) -> None:
    mine, theirs = client_of(principal), client_of(f"{principal}-other")
    made = mine.post("/v1/keys", json={"label": "laptop"}).json()
    assert made["key"]["label"] == "laptop"
    assert made["secret"] not in mine.get("/v1/keys").text
    where = f"/v1/keys/{made['key']['id']}"
    assert theirs.delete(where).status_code == 404
    using = {"Authorization": "", "X-API-Key": made["secret"]}
    assert mine.get("/v1/me", headers=using).json() == {"principal": principal}
    assert mine.delete(where).status_code == 204
    assert mine.get("/v1/me", headers=using).status_code == 401


def test_only_the_hash_of_a_key_is_stored(memos: MemOS, principal: str) -> None:
    _, secret = memos._services.api_keys.create(principal)
    found = memos.driver.execute_query(
        "MATCH (k:ApiKey)-[:OF]->(:Principal {id: $p}) RETURN properties(k) AS k", p=principal
    ).records
    assert found
    assert all(secret not in map(str, record["k"].values()) for record in found)


def test_grants_open_and_close_a_space(client_of: ClientOf, talk: Memory, principal: str) -> None:
    owner, guest = client_of(principal), client_of(f"{principal}-guest")
    where = f"/v1/spaces/{principal}/notes"
    assert guest.get(f"{where}/cubes").status_code == 404
    granted = owner.put(f"{where}/grants/{principal}-guest", json={"actions": ["read"]})
    assert (granted.status_code, granted.json()["actions"]) == (200, ["read"])
    assert guest.get(f"{where}/cubes").status_code == 200
    refused = guest.post(f"{where}/messages", json={"messages": [{"text": "Hello."}]})
    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
    assert guest.get(f"{where}/grants").status_code == 403
    assert [each["principal"] for each in owner.get(f"{where}/grants").json()] == [principal, f"{principal}-guest"]
    assert owner.delete(f"{where}/grants/{principal}-guest").status_code == 204
    assert owner.delete(f"{where}/grants/{principal}-guest").status_code == 404
    assert guest.get(f"{where}/cubes").status_code == 404


def test_who_shares_a_space_cannot_take_it_from_its_owner(client_of: ClientOf, talk: Memory, principal: str) -> None:
    guest = client_of(f"{principal}-guest")
    where = f"/v1/spaces/{principal}/notes/grants"
    client_of(principal).put(f"{where}/{principal}-guest", json={"actions": ["read", "share"]})
    assert guest.put(f"{where}/{principal}", json={"actions": ["read"]}).status_code == 403
    assert guest.delete(f"{where}/{principal}").status_code == 404
    assert guest.put(f"{where}/{principal}-third", json={"actions": ["administer"]}).status_code == 403
    assert set(client_of(principal).get(where).json()[0]["actions"]) == {
        "read", "write", "transform", "share", "administer",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/v1/cubes/{cube}", None),
        ("PATCH", "/v1/cubes/{cube}", {"text": "Mine now."}),
        ("PATCH", "/v1/cubes/{cube}", {"text": "Mine now.", "expected_version": 7}),
        ("DELETE", "/v1/cubes/{cube}", None),
        ("GET", "/v1/cubes/{cube}/versions", None),
        ("GET", "/v1/cubes/{cube}/diff?old=1&new=9", None),
        ("POST", "/v1/cubes/{cube}/rollback", {"to": 1}),
        ("GET", "/v1/cubes/{cube}/lineage", None),
        ("POST", "/v1/cubes/{cube}/lineage", {"derived_from": "{cube}", "transform": "x"}),
    ],
)
def test_a_forbidden_memory_looks_like_a_missing_one(
    client_of: ClientOf, library: Memory, principal: str, method: str, path: str, body: dict[str, Any] | None
) -> None:
    stranger = client_of(f"{principal}-stranger")
    answers = []
    for cube in (library.page(level="whole")[0].id, str(uuid7())):
        sent = {
            key: value.format(cube=cube) if isinstance(value, str) else value for key, value in (body or {}).items()
        }
        answer = stranger.request(method, path.format(cube=cube), json=sent if body else None)
        text = answer.text.replace(cube, "CUBE").replace(answer.headers["X-Request-ID"], "REQUEST")
        answers.append((answer.status_code, text))
    assert answers[0][0] == 404
    assert answers[0] == answers[1]


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "", None),
        ("PUT", "", None),
        ("GET", "/cubes", None),
        ("GET", "/log", None),
        ("GET", "/grants", None),
        ("PUT", "/grants/me", {"actions": ["read"]}),
        ("DELETE", "/grants/me", None),
        ("POST", "/messages", {"messages": [{"text": "Hello."}]}),
        ("POST", "/documents?source=x.md", {"text": "Hello."}),
    ],
)
def test_a_forbidden_space_looks_like_a_missing_one(
    client_of: ClientOf, library: Memory, principal: str, method: str, path: str, body: dict[str, Any] | None
) -> None:
    stranger = client_of(f"{principal}-stranger")
    answers = []
    for name in ("notes", "nothing"):
        answer = stranger.request(method, f"/v1/spaces/{library.owner}/{name}{path}", json=body)
        text = answer.text.replace(f"{library.owner}/{name}", "SPACE").replace(
            answer.headers["X-Request-ID"], "REQUEST"
        )
        answers.append((answer.status_code, text))
    assert answers[0][0] == 404
    assert answers[0] == answers[1]


def test_search_of_a_forbidden_space_looks_like_that_of_a_missing_one(
    client_of: ClientOf, library: Memory, principal: str
) -> None:
    stranger = client_of(f"{principal}-stranger")
    answers = []
    for name in ("notes", "nothing"):
        asked = {"question": "Where does Dana live?", "spaces": [f"{library.owner}/{name}"]}
        answer = stranger.post("/v1/search", json=asked)
        answers.append((answer.status_code, answer.json()["detail"].replace(name, "NAME")))
    assert answers[0][0] == 404
    assert answers[0] == answers[1]


def test_what_is_refused_is_in_the_log_of_whose_it_is(
    client_of: Callable[[str], TestClient], talk: Memory, principal: str
) -> None:
    reader, stranger = f"{principal}.r", f"{principal}.s"
    talk.grant(reader, [Action.READ])
    cube = talk.page(limit=1)[0].id
    assert client_of(stranger).get(f"/v1/cubes/{cube}").status_code == 404
    assert client_of(stranger).get("/v1/cubes/no-such-memory").status_code == 404
    assert client_of(stranger).get(f"/v1/spaces/{principal}/notes/cubes").status_code == 404
    assert client_of(reader).request("DELETE", f"/v1/cubes/{cube}").status_code == 403
    refused = [
        (each.principal, each.reason, each.detail, [c.id for c in each.cubes])
        for each in reversed(talk.logs.query(action="refused"))
    ]
    assert refused == [
        (stranger, "not-found", "GET /v1/cubes/{cube}", [cube]),
        (stranger, "not-found", "GET /v1/spaces/{owner}/{name}/cubes", []),
        (reader, "forbidden", "DELETE /v1/cubes/{cube}", []),
    ]
    assert talk.audit.verify().whole

"""Whatever is refused over REST is in the log of the space it was asked of: once, as the call it was."""

from collections.abc import Callable

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient
from support.api_world import World, call, operations, world_of

from memos_graph import MemOS
from memos_graph.api.requests import evened_s
from memos_graph.audit.folding import Folds

# Calls that name nothing of anybody else's: nothing of it is refused.
_OWN = {
    *("GET /v1/spaces", "GET /v1/mark-key", "GET /v1/shared", "POST /v1/shared/search", "GET /v1/models", "GET /v1/me"),
    *("POST /v1/policies/explain", "GET /v1/policies/templates/{template_name}", "GET /v1/keys", "POST /v1/keys"),
    *("POST /v1/mandates", "GET /v1/mandates", "DELETE /v1/mandates/{agent}", "GET /health", "GET /metrics"),
}


@pytest.fixture(scope="module")
def world(memos: MemOS) -> World:
    return world_of(memos, "refuser")


def _refused(world: World, principal: str) -> list[str]:
    # A space's log tells some twenty acts a minute apart (folding.py); here each is to be seen by itself.
    world.audit._folds = Folds()
    entries = world.memory.logs.query(action="refused", actor=principal, limit=1000)
    assert all(entry.reason in {"not-found", "forbidden"} for entry in entries)
    return [entry.detail or "" for entry in entries]


def test_what_a_stranger_is_refused(app: FastAPI, client_of: Callable[[str], TestClient], world: World) -> None:
    client, wrong = client_of("refuser-stranger"), []
    for method, path in operations(app):
        named = f"{method} {path}"
        if named in _OWN:
            continue
        answer = call(client, world, method, path)
        times = _refused(world, "refuser-stranger").count(named)
        if answer.status_code not in {403, 404} or times != 1:
            wrong.append((named, answer.status_code, times, answer.text[:300]))
    assert wrong == []


def test_what_a_reader_is_refused(app: FastAPI, client_of: Callable[[str], TestClient], world: World) -> None:
    client, wrong, refused = client_of("refuser-reader"), [], 0
    for method, path in operations(app):
        named = f"{method} {path}"
        if named in _OWN or "completions" in path:
            continue
        answer = call(client, world, method, path)
        if answer.status_code in {403, 404}:
            refused += 1
            if (times := _refused(world, "refuser-reader").count(named)) != 1:
                wrong.append((named, answer.status_code, times, answer.text[:300]))
    assert wrong == []
    assert refused > 30


def test_an_agent_without_a_mandate(client_of: Callable[[str], TestClient], world: World) -> None:
    client = client_of("refuser-agent")
    client.headers["X-On-Behalf-Of"] = "refuser"
    paths = (
        f"/v1/spaces/{world.memory.space}/cubes",
        f"/v1/cubes/{world.params['cube']}",
        f"/v1/pipelines/{world.params['run']}",
        "/v1/me",
    )
    for path in paths:
        assert client.get(path).status_code == 403
    assert sorted(_refused(world, "refuser-agent")) == [
        "GET /v1/cubes/{cube}",
        "GET /v1/me",
        "GET /v1/pipelines/{run}",
        "GET /v1/spaces/{owner}/{name}/cubes",
    ]


def test_what_does_not_exist_is_in_no_log(client_of: Callable[[str], TestClient], world: World) -> None:
    client = client_of("refuser-other")
    for path in ("/v1/spaces/refuser/missing", "/v1/cubes/missing", "/v1/pipelines/missing", "/v1/spaces/nobody/notes"):
        assert client.get(path).status_code == 404
    assert _refused(world, "refuser-other") == []


@pytest.mark.parametrize("given", ["upkeep-1", "UPKEEP-1", "cli-1"])
def test_a_request_id_of_the_products_own_is_not_taken_over(client_of: Callable[[str], TestClient], given: str) -> None:
    answer = client_of("refuser-other").get("/v1/me", headers={"X-Request-ID": given})
    assert answer.status_code == 200
    assert not answer.headers["X-Request-ID"].lower().startswith(("upkeep-", "cli-"))
    assert client_of("refuser-other").get("/v1/me", headers={"X-Request-ID": "mine"}).headers["X-Request-ID"] == "mine"


@pytest.mark.parametrize("taken", [0.0001, 0.0062, 0.0066, 0.0199, 0.0201, 0.5])
def test_what_is_not_found_is_answered_at_even_times(taken: float) -> None:
    """A foreign id takes a fraction of a millisecond longer to look for than a missing one."""
    answered = taken + evened_s(taken)
    assert taken <= answered <= taken + 0.02
    assert answered / 0.02 == pytest.approx(round(answered / 0.02))
    assert 0.0062 + evened_s(0.0062) == pytest.approx(0.0066 + evened_s(0.0066))

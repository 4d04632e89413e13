"""Bad input: every answer is a problem of a known code, and nothing of the inside shows."""

from collections.abc import Callable, Iterator

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from memos_graph import Memory, MemosError
from memos_graph.api import Metrics, create_app, problems
from memos_graph.errors import DatabaseError


def _classes(root: type[MemosError]) -> Iterator[type[MemosError]]:
    yield root
    for each in root.__subclasses__():
        yield from _classes(each)


def test_every_error_has_a_status() -> None:
    assert {each.code for each in _classes(MemosError)} <= set(problems.PROBLEMS)


@pytest.fixture
def reader(client_of: Callable[[str], TestClient], library: Memory) -> TestClient:
    """Whose the library is."""
    return client_of(library.principal)


@pytest.mark.parametrize(
    "body",
    [
        '{"question": "a\\u0000b", "spaces": ["SPACE"]}',
        '{"question": "a\\ud800b", "spaces": ["SPACE"]}',
        '{"question": "", "spaces": ["SPACE"]}',
        '{"question": "x", "spaces": []}',
        '{"question": "x", "spaces": ["SPACE"], "limit": 99999999999999999999999999}',
        '{"question": "x", "spaces": ["SPACE"], "limit": 0}',
        '{"question": "x", "spaces": ["SPACE"], "\\ud800": 1}',
        '{"question": "x", "spaces": ["SPACE"], "filters": {"since": "0001-01-01T00:00:00+14:00"}}',
        '{"question": "x", "spaces": ["SPACE"], "filters": {"as_of": "2024-02-30T00:00:00Z"}}',
        '{"question": "x", "spaces": ["SPACE"], "filters": {"source": "a\\u0000b"}}',
        '{"question": "x", "spaces": ["SPACE"], "filters": {"speaker": "\\udfff"}}',
        '{"question": "x", "spaces": ["SPACE"], "filters": {"tags": ["\\udfff"]}}',
        "{",
        "[" * 100_000,
        "",
    ],
)
def test_a_bad_search_is_a_problem(reader: TestClient, library: Memory, body: str) -> None:
    sent = body.replace("SPACE", library.space)
    answer = reader.post("/v1/search", content=sent, headers={"Content-Type": "application/json"})
    assert answer.status_code in {400, 422}, answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    problem = answer.json()
    assert problem["request_id"] == answer.headers["X-Request-ID"]
    assert problem["type"] == f"urn:memos-graph:problem:{problem['code']}"
    told = problem["error"]
    assert (told["type"], told["code"], set(told)) == (
        "invalid_request_error",
        problem["code"],
        {"message", "type", "param", "code"},
    )
    assert told["message"].startswith(problem["detail"])


@pytest.mark.parametrize(
    "question", ['") OR text:(*', "`MATCH (n) DETACH DELETE n //", '+-&&||!(){}[]^"~*?:\\/', "' OR 1=1"]
)
def test_query_syntax_in_a_question_is_only_words(reader: TestClient, library: Memory, question: str) -> None:
    answer = reader.post("/v1/search", json={"question": question, "spaces": [library.space]})
    assert answer.status_code == 200
    assert len(library.page(level="whole")) == 3


@pytest.mark.parametrize("etag", ["3", '"x"', '"0"', "*", '"99999999999999999999"'])
def test_an_if_match_that_is_no_version_is_refused(reader: TestClient, library: Memory, etag: str) -> None:
    cube = library.page(level="whole")[0].id
    answer = reader.patch(f"/v1/cubes/{cube}", json={"text": "New."}, headers={"If-Match": etag})
    assert answer.status_code == 422


def test_unknown_paths_and_methods_are_problems(client: TestClient) -> None:
    assert client.get("/v1/nothing").json()["code"] == "not-found"
    assert client.post("/v1/me").json()["code"] == "method-not-allowed"


def test_a_body_over_the_limit_is_refused_before_it_is_read(client: TestClient, talk: Memory, principal: str) -> None:
    sent = 0

    def endless() -> Iterator[bytes]:
        nonlocal sent
        while sent < 200 << 20:
            sent += 1 << 20
            yield b"x" * (1 << 20)

    limited = create_app(client.app.state.memos)  # type: ignore[attr-defined]
    limited.user_middleware[0].kwargs["max_bytes"] = 2 << 20
    where = f"/v1/spaces/{principal}/notes/documents"
    with TestClient(limited, headers=dict(client.headers)) as small:
        answer = small.post(where, params={"source": "big.txt"}, content=b"x" * (3 << 20))
        streamed = small.post(where, params={"source": "big.txt"}, content=endless())
        fitting = small.post(where, params={"source": "fits.txt"}, content=b"Rosa has the key. " * 1000)
    assert (answer.status_code, answer.json()["code"]) == (413, "too-large")
    assert streamed.status_code == 413
    assert fitting.status_code == 200


def test_a_failure_of_the_service_shows_nothing_of_the_inside(
    app: FastAPI, client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    governance = type(app.state.memos._services.governance)
    secret = "bolt://neo4j:hunter2@inside"

    def broken(*args: object, **kwargs: object) -> None:
        raise RuntimeError(secret)

    def refused(*args: object, **kwargs: object) -> None:
        raise DatabaseError(f"The database refused {secret}")

    for failure, code in ((broken, "internal"), (refused, "database-error")):
        monkeypatch.setattr(governance, "spaces", failure)
        answer = client.get("/v1/spaces")
        assert (answer.status_code, answer.json()["code"]) == (500, code)
        assert "hunter2" not in answer.text
        assert answer.headers["X-Request-ID"] == answer.json()["request_id"]


def test_metrics_are_counted_per_application(app: FastAPI) -> None:
    other = Metrics()
    other.statement("MemVault.store.<locals>.work", 0.01)
    assert b'statement="MemVault.store"' in other.text()
    assert b'statement="MemVault.store"' not in app.state.metrics.text()

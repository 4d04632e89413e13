"""What the generator of routes makes of a verb's result: a body, none, or what is still waited for."""

from types import SimpleNamespace
from typing import Any

import pytest
from fastapi import APIRouter, FastAPI
from fastapi.testclient import TestClient

from memos_graph.api import declared
from memos_graph.api.auth import authenticated
from memos_graph.vault.payloads import Waiting
from memos_graph.verbs.payloads import drop_kv


def _client(kv: Any) -> TestClient:
    router, app = APIRouter(prefix="/v1"), FastAPI()
    assert drop_kv.rest is not None
    declared.add(router, drop_kv, drop_kv.rest)
    app.include_router(router)
    app.dependency_overrides[authenticated] = lambda: SimpleNamespace(space=lambda _: SimpleNamespace(kv=kv))
    return TestClient(app)


@pytest.mark.parametrize(
    ("waiting", "status", "body"),
    [
        (None, 204, ""),
        (Waiting(cube="c1", problem="it does not answer"), 202, '{"cube":"c1","problem":"it does not answer"}'),
    ],
)
def test_what_is_not_gone_everywhere_yet_is_answered_by_202(waiting: Waiting | None, status: int, body: str) -> None:
    dropped: list[str] = []

    def drop(cube: str) -> Waiting | None:
        dropped.append(cube)
        return waiting

    answer = _client(SimpleNamespace(drop=drop)).delete("/v1/spaces/alice/notes/kv/c1")
    assert (answer.status_code, answer.text, dropped) == (status, body, ["c1"])

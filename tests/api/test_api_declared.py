"""What routes of declared verbs take and answer: only what was sent; a body, none, or what is still waited for."""

from types import SimpleNamespace
from typing import Any

import pytest
from fastapi import APIRouter, FastAPI
from fastapi.testclient import TestClient

from memos_graph.api import declared
from memos_graph.api.auth import authenticated
from memos_graph.lifecycle.terms import SetTerms, Terms
from memos_graph.vault.payloads import Waiting
from memos_graph.verbs.declaring import Verb
from memos_graph.verbs.payloads import drop_kv
from memos_graph.verbs.policies import set_terms


def _client(verb: Verb[Any, Any], caller: Any) -> TestClient:
    router, app = APIRouter(prefix="/v1"), FastAPI()
    assert verb.rest is not None
    declared.add(router, verb, verb.rest)
    app.include_router(router)
    app.dependency_overrides[authenticated] = lambda: caller
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

    memory = SimpleNamespace(kv=SimpleNamespace(drop=drop))
    answer = _client(drop_kv, SimpleNamespace(space=lambda _: memory)).delete("/v1/spaces/alice/notes/kv/c1")
    assert (answer.status_code, answer.text, dropped) == (status, body, ["c1"])


def test_what_is_not_sent_is_not_set_and_null_is() -> None:
    set_: list[dict[str, Any]] = []

    def keep(cube: str, terms: Terms) -> SetTerms:
        set_.append(terms.model_dump(exclude_unset=True))
        return SetTerms(id=cube, expires_at=None, half_life_days=None, priority=0, tags=())

    caller = SimpleNamespace(updates=SimpleNamespace(set=keep))
    answer = _client(set_terms, caller).patch("/v1/cubes/c1/terms", json={"priority": None, "tags": ["new"]})
    assert (answer.status_code, set_) == (200, [{"priority": None, "tags": ("new",)}])

"""What is valid by the OpenAPI document is not refused as malformed: it says what ids, names and texts look like."""

from typing import Any

import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode
from schemathesis.core.result import Ok
from starlette.testclient import TestClient

from memos_graph import Memory

_PROFILE = settings(
    max_examples=6, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
)
# What they are given is a document in a language of its own, asks a language model, names a version that is not there yet, is
# for a mandate, which can hold no key and give no mandate, or names two things of which one alone may be named, or what another kind of
# job takes.
_OTHERS = (
    *("/documents", "/load", "/policy", "/policies/explain", "/pipelines"),
    *("/chat", "/lora", "/kv", "/mark-detect", "/jobs"),
    *("/diff", "/{cube}/rollback", "/v1/keys", "/v1/mandates", "/grants/{grantee}"),
)


def test_nothing_valid_by_the_document_is_refused_as_malformed(app: FastAPI, client: TestClient, talk: Memory) -> None:
    schema = schemathesis.openapi.from_asgi("/openapi.json", app)
    owner, name = talk.space.split("/")
    there = {"owner": owner, "name": name, "cube": talk.page(limit=1)[0].id}
    key = client.headers["Authorization"]
    refused: list[tuple[str, str]] = []
    tried = 0
    for result in schema.get_all_operations():
        assert isinstance(result, Ok), result
        operation = result.ok()
        if any(each in operation.path for each in _OTHERS):
            continue
        tried += 1

        @_PROFILE
        @given(case=operation.as_strategy(generation_mode=GenerationMode.POSITIVE), real=st.booleans())
        def fuzz(case: Case[Any], real: bool) -> None:
            for parameter in there if real else ():
                if parameter in case.path_parameters:
                    case.path_parameters[parameter] = there[parameter]
            answer = case.call(headers={"Authorization": key})
            if answer.status_code in {400, 422}:
                refused.append((case.operation.label, answer.text))

        fuzz()
    assert tried > 50
    assert refused == []

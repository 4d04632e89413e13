"""Requests made from the OpenAPI document, valid and not: none is answered with an error of the service."""

import os
from typing import Any

import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import content_type_conformance, status_code_conformance
from starlette.testclient import TestClient

from memos_graph import Memory, MemOS

_EXAMPLES = int(os.environ.get("MEMOS_SCHEMA_EXAMPLES", "3"))  # of each kind for each call; `make soak` makes more
_PROFILE = settings(
    max_examples=_EXAMPLES, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
)

# Nothing of these can be made wrong.
_WITHOUT_INPUT = {"GET /v1/me", "GET /v1/keys", "GET /health", "GET /metrics"}

# A distillation takes a minute: it is asked for in spaces that are not there only.
_SLOW = {"POST /v1/spaces/{owner}/{name}/lora"}


def test_no_request_made_from_the_document_breaks_the_service(
    app: FastAPI, client: TestClient, talk: Memory, memos: MemOS
) -> None:
    memos._services.host.health()  # started beforehand: a request here may take ten seconds
    schema = schemathesis.openapi.from_asgi("/openapi.json", app)
    owner, name = talk.space.split("/")
    there = {"owner": owner, "name": name, "cube": talk.page(limit=1)[0].id}
    key = client.headers["Authorization"]
    tried: set[str] = set()
    for result in schema.get_all_operations():
        assert isinstance(result, Ok), result
        operation = result.ok()
        for mode in (GenerationMode.POSITIVE,) if operation.label in _WITHOUT_INPUT else tuple(GenerationMode):

            @_PROFILE
            @given(case=operation.as_strategy(generation_mode=mode), real=st.booleans())
            def fuzz(case: Case[Any], real: bool) -> None:
                # Half of the cases go to a space and a memory that are there: most of the others end with a 404.
                for parameter in there if real and case.operation.label not in _SLOW else ():
                    if parameter in case.path_parameters:
                        case.path_parameters[parameter] = there[parameter]
                case.call_and_validate(
                    headers={"Authorization": key},
                    checks=[not_a_server_error, status_code_conformance, content_type_conformance],
                )

            fuzz()
        tried.add(operation.label)
    described = {f"{method.upper()} {path}" for path, each in app.openapi()["paths"].items() for method in each}
    assert tried == described

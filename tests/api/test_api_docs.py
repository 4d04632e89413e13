"""docs/rest.md names every call and every problem, in the words of the code."""

import re
from pathlib import Path

from fastapi import FastAPI
from starlette.testclient import TestClient
from support.pages import held_to

from memos_graph.api.problems import PROBLEMS

FILE = Path(__file__).parents[2] / "docs" / "rest.md"
PAGE = FILE.read_text(encoding="utf-8")


def test_every_call_is_documented_and_no_other(app: FastAPI) -> None:
    rows = {
        f"{method.upper()} {path}": f"| `{method.upper()} {path}` | {operation['description']} |"
        for path, operations in app.openapi()["paths"].items()
        for method, operation in operations.items()
    }
    held_to(FILE, rows)


def test_operations_are_named_as_a_person_would(app: FastAPI) -> None:
    ids = [operation["operationId"] for path in app.openapi()["paths"].values() for operation in path.values()]
    assert len(set(ids)) == len(ids) > 80
    assert {"search", "add_messages", "list_spaces", "show_cube", "delete_cube"} <= set(ids)
    assert all(re.fullmatch("[a-z]+(_[a-z]+){0,2}", each) for each in ids)


def test_every_problem_is_documented_and_no_other() -> None:
    rows = {f"| `{code}` | {status} | {title} |" for code, (status, title) in PROBLEMS.items()}
    assert {line for line in PAGE.partition("## Problems")[2].splitlines() if line.startswith("| `")} == rows


def test_the_page_of_the_document_loads_nothing_from_elsewhere(anonymous: TestClient) -> None:
    page = anonymous.get("/docs")
    assert page.status_code == 200
    assert page.headers["content-type"].startswith("text/html")
    assert "://" not in page.text.partition("SwaggerUIBundle(")[0]
    loaded = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert len(loaded) == 3
    for each in loaded:
        asset = anonymous.get(each)
        assert (asset.status_code, each[0], len(asset.content) > 500) == (200, "/", True), each
    types = {anonymous.get(each).headers["content-type"].partition(";")[0] for each in loaded}
    assert types == {"text/javascript", "text/css", "image/png"}
    assert "SwaggerUIBundle" in anonymous.get("/docs/swagger-ui-bundle.js").text
    assert anonymous.get(re.findall(r"url: '([^']+)'", page.text)[0]).json()["info"]["title"] == "memos-graph"
    described = anonymous.get("/openapi.json").json()["paths"]
    assert not [path for path in described if path.startswith("/docs")]

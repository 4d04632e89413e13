"""docs/rest.md names every call and every problem, in the words of the code."""

from pathlib import Path

from fastapi import FastAPI

from memos_graph.api.problems import PROBLEMS

PAGE = (Path(__file__).parents[2] / "docs" / "rest.md").read_text(encoding="utf-8")


def test_every_call_is_documented_and_no_other(app: FastAPI) -> None:
    rows = {
        f"| `{method.upper()} {path}` | {operation['description']} |"
        for path, operations in app.openapi()["paths"].items()
        for method, operation in operations.items()
    }
    written = {line for line in PAGE.splitlines() if line.startswith("| `") and " /" in line.split("`")[1]}
    assert written == rows


def test_every_problem_is_documented_and_no_other() -> None:
    rows = {f"| `{code}` | {status} | {title} |" for code, (status, title) in PROBLEMS.items()}
    assert {line for line in PAGE.partition("## Problems")[2].splitlines() if line.startswith("| `")} == rows

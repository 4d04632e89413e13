"""Slimmer schemas of results: what they let pass and what not is as it was."""

from typing import Any

import pytest
from jsonschema import Draft202012Validator
from pydantic import Field

from memos_graph.mcp.slim import slimmed
from memos_graph.memory.documents import Document
from memos_graph.types import MemCube, Model, State

AT = "2026-05-04T10:00:00Z"


class Node(Model):
    """One that holds others of its kind."""

    name: str = Field(min_length=1)
    title: str | None = None
    state: State | None = None
    inner: tuple["Node", ...] = ()


NODE = {"name": "a", "title": None, "state": None, "inner": []}
DOCUMENT = {
    "cube": "x",
    "namespace": ["a"],
    "key": "k",
    "value": {"default": {"title": None}},
    "created_at": AT,
    "updated_at": AT,
    "ttl_minutes": None,
    "score": 0.5,
}


@pytest.mark.parametrize(
    ("model", "whole", "changes"),
    [
        (Node, NODE, [{"title": "b"}, {"title": 1}, {"name": ""}, {"state": "frozen"}, {"state": "no"}, {"more": 1}]),
        (Node, NODE, [{"inner": [NODE]}, {"inner": [{**NODE, "name": 1}]}, {"inner": None}, {"name": None}]),
        (Document, DOCUMENT, [{"ttl_minutes": 3}, {"score": "x"}, {"value": None}, {"namespace": [1]}, {"key": None}]),
    ],
)
def test_what_passes_is_what_passed(model: type[Model], whole: dict[str, Any], changes: list[dict[str, Any]]) -> None:
    schema = model.model_json_schema(mode="serialization")
    before, after = Draft202012Validator(schema), Draft202012Validator(slimmed(schema))
    Draft202012Validator.check_schema(slimmed(schema))
    assert after.is_valid(whole)
    for change in changes:
        given = {**whole, **change}
        assert before.is_valid(given) == after.is_valid(given), change
    for name in whole:
        given = {field: each for field, each in whole.items() if field != name}
        assert before.is_valid(given) == after.is_valid(given), name


def test_a_schema_without_circles_has_no_references_and_no_choice_of_null() -> None:
    told = str(slimmed(MemCube.model_json_schema(mode="serialization")))
    assert "$ref" not in told
    assert "'type': 'null'" not in told
    assert "'title': {" not in told

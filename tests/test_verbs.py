"""What holds of every declared verb, whatever it does."""

import re
from typing import Any

import pytest

from memos_graph.cli.shown import looks
from memos_graph.pipelines.registry import ACTS
from memos_graph.verbs.declaring import Verb
from memos_graph.verbs.every import GROUPS, VERBS

_SURFACE = re.compile(r"`memos |(?<!\w)--[a-z]|/v1/|\b(GET|PUT|POST|PATCH|DELETE) ")


@pytest.mark.parametrize("verb", VERBS, ids=lambda each: each.name)
def test_a_verb_and_its_arguments_name_no_surface(verb: Verb[Any, Any]) -> None:
    said = [verb.about, *(field.description or "" for field in verb.takes.model_fields.values())]
    assert [each for each in said if _SURFACE.search(each)] == []
    assert verb.about.endswith(".")
    assert "\n" not in verb.about


@pytest.mark.parametrize("verb", VERBS, ids=lambda each: each.name)
def test_a_verb_is_on_a_surface_that_has_all_it_needs(verb: Verb[Any, Any]) -> None:
    fields = set(verb.takes.model_fields)
    assert verb.rest or verb.command or verb.step
    if verb.rest is not None:
        assert {*verb.rest.binds.values(), *verb.rest.query, *verb.rest.needs} <= fields
    if verb.command is not None:
        assert {*verb.command.positional, *verb.command.without, *verb.command.called, *verb.command.spelt} <= fields
        assert looks(verb.gives), f"nothing says how {verb.gives} looks"
    if verb.step:
        assert ACTS[verb.name].takes is verb.takes


def test_every_verb_is_in_one_group() -> None:
    assert len({id(verb) for verb in VERBS}) == len(VERBS) == sum(map(len, GROUPS.values()))

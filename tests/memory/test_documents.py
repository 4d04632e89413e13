"""Documents as texts of memories, without a database: kept exactly, hidden piece by piece, found by what is indexed."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memos_graph.errors import InputError
from memos_graph.language.sensitivity import detect, redact
from memos_graph.memcube.document_text import searched_in, sensitive_in
from memos_graph.memcube.documents import DocumentPlace, namespace_of, read, written

MOST = 100_000
SECRETS = ["ada@example.com", "4111111111111111", "+351 912 345 678", 'x"ada@example.com\\', "password: hunter2!x"]
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
VALUES = st.dictionaries(
    st.text(),
    st.recursive(
        SCALARS | st.sampled_from(SECRETS),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
        max_leaves=10,
    ),
)


@given(VALUES)
def test_a_document_comes_back_exactly(value: dict[str, Any]) -> None:
    assert repr(read(written(value, max_chars=MOST))) == repr(value)


@given(VALUES)
def test_what_is_left_of_a_document_where_something_is_hidden_is_one_and_holds_nothing_of_it(
    value: dict[str, Any],
) -> None:
    text = written(value, max_chars=MOST)
    shown = redact(text, sensitive_in(text, detect))
    left = read(shown)
    assert len(left) <= len(value)
    assert "ada@example.com" not in shown
    assert "hunter2" not in shown
    searched_in(shown, None)
    searched_in(shown, ["*"])


@given(st.lists(st.text(min_size=1), max_size=4), st.text())
def test_a_place_is_known_by_its_source(namespace: list[str], key: str) -> None:
    place = DocumentPlace(tuple(namespace), key)
    assert DocumentPlace.of(place.source) == place
    assert namespace_of(place.root) == place.namespace
    assert place.source.count("/") == len(namespace)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ({"password": "hunter2!x", "n": 1}, {"password": "[password]", "n": 1}),
        ({"card": 4111111111111111}, {"card": "[payment card]"}),
        ({"cards": [1, 4111111111111111, -2.5]}, {"cards": [1, "[payment card]", -2.5]}),
        ({"ada@example.com": "likes [tea]"}, {"[e-mail]": "likes [tea]"}),
        ({"a": 'say "ada@example.com"\n\\now'}, {"a": 'say "[e-mail]"\n\\now'}),
        ({"a": "\x00ada@example.com\x00"}, {"a": "\x00[e-mail]\x00"}),
    ],
)
def test_what_is_sensitive_is_cut_out_inside_its_value(value: dict[str, Any], shown: dict[str, Any]) -> None:
    text = written(value, max_chars=MOST)
    assert read(redact(text, sensitive_in(text, detect))) == shown


@pytest.mark.parametrize(
    ("indexed", "found"),
    [
        (None, "text: tea\ndo: warm\ndo: pour\nn: 2"),
        ([], ""),
        (["text"], "tea"),
        (["steps[*].do"], "warm\npour"),
        (["steps[-1].do", "n", "nothing", "text.more", "steps[7]"], "pour\n2"),
        (["$"], '{"text": "tea", "steps": [{"do": "warm"}, {"do": "pour"}], "n": 2}'),
    ],
)
def test_a_document_is_found_by_what_stands_at_its_paths(indexed: list[str] | None, found: str) -> None:
    text = written({"text": "tea", "steps": [{"do": "warm"}, {"do": "pour"}], "n": 2}, max_chars=MOST)
    assert searched_in(text, indexed) == found


@pytest.mark.parametrize("text", ["", "[1]", "{", '{"a": [phone, 1]}', "null"])
def test_another_text_is_no_document(text: str) -> None:
    with pytest.raises(InputError, match="JSON object"):
        read(text)

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memos_graph.language import lucene_terms

PLAIN_QUERY = re.compile(r'(?:"[^"\\]+"(?: OR "[^"\\]+")*)?')


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("Where did Dana move?", '"dana" OR "move"'),
        ("name:admin AND NOT secret", '"name" OR "admin" OR "not" OR "secret"'),
        ("title^9 roam~2 [a TO z] {b TO y} te?t wild* /re.+gex/ +must -not (x)", None),
        ('"quoted \\" trick" OR *:*', '"quoted" OR "trick"'),
        ("don't self-care 3.14 snake_case", '"don\'t" OR "self" OR "care" OR "3.14" OR "snake_case"'),
        ("Dana dana DANA", '"dana"'),
        ("the who", '"the" OR "who"'),
        ("\u91cc\u65af\u672c", '"\u91cc\u65af" OR "\u65af\u672c"'),
        ("\u0939\u093f\u0928\u094d\u0926\u0940", '"\u0939\u093f\u0928\u094d\u0926\u0940"'),
        ('+-&&||!(){}[]^"~*?:\\/', ""),
        ("", ""),
    ],
)
def test_leaves_words_only(text: str, query: str | None):
    found = lucene_terms(text)
    assert PLAIN_QUERY.fullmatch(found)
    assert query is None or found == query


def test_takes_terms_too():
    assert lucene_terms(["dana", "move", "dana"]) == '"dana" OR "move"'


def test_is_bounded():
    assert lucene_terms(" ".join(f"word{number}" for number in range(5000))).count('"') == 128
    assert len(lucene_terms("x" * 100_000)) < 64 * 205


@given(st.one_of(st.text(), st.text(alphabet='ab"\\ +-&|!(){}[]^~*?:/\u2019.\n')))
def test_no_operator_survives(text: str):
    query = lucene_terms(text)
    assert PLAIN_QUERY.fullmatch(query)
    for term in re.findall(r'"([^"]+)"', query):
        assert not set(term) & set('+-&|!(){}[]^"~*?:\\/<>= \t\n')

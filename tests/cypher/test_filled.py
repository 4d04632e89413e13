"""A statement with its parameters written out says what it says with parameters, whatever the values hold."""

from typing import LiteralString, cast

from hypothesis import given, settings
from hypothesis import strategies as st

from memos_graph import MemOS
from memos_graph.cypher import filled, literal, parse

ANY_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
ODD = st.sampled_from(
    [
        "'",
        "\\",
        "\\'",
        "\\u0027",
        "\\\\u0027 RETURN 1 //",
        "' OR true //",
        "$cube",
        "//",
        "a&b#c?d",
        "\n\r\t\0",
        "\u2028",
        "\U0001f600",
    ]
)
SOURCE = """// sample: a statement.
// mode: read
// params: cube STRING, cubes INTEGER
// returns: n INTEGER
MATCH (n {id: $cube, label: '$cube', "x": "//"}) // $cube in a comment
WHERE n.size = $cubes RETURN n"""


@settings(max_examples=60, deadline=None)
@given(st.lists(ANY_TEXT | ODD, min_size=1, max_size=20))
def test_the_server_reads_back_every_text(memos: MemOS, texts: list[str]) -> None:
    written = cast("LiteralString", f"RETURN [{', '.join(map(literal, texts))}] AS texts")
    assert memos.driver.execute_query(written).records[0]["texts"] == texts


@given(ANY_TEXT | ODD)
def test_no_text_holds_what_ends_a_link_or_a_line(text: str) -> None:
    assert not set("&#?\n\r;") & (set(literal(text)) - {";"})


def test_only_places_are_filled() -> None:
    text = filled(parse("sample", SOURCE.replace('"x": "//"', "x: '//'")), {"cube": "it's $cubes", "cubes": 3})
    assert text.splitlines() == [
        "MATCH (n {id: 'it\\'s $cubes', label: '$cube', x: '//'}) // $cube in a comment",
        "WHERE n.size = 3 RETURN n",
    ]

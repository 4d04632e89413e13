import re
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memos_graph.errors import FormatError
from memos_graph.formats import Limits, Passage, parse
from memos_graph.formats.passages import LIMIT_CHARS, split_text

MARKDOWN = """---
title: "House rules"
date: 2026-03-01
---
# House rules

Be **kind** to [guests](https://example.org).
They come from far.

## Kitchen

- Wash up:
  - pots
  - pans
- Switch off the oven

1. Lock
2. Leave

```sh
make tea
```

| Room | Key |
| --- | --- |
| Attic | 7 |

## Garden

> Water it daily.
"""


def test_markdown_keeps_headings_lists_code_and_tables():
    parsed = parse(MARKDOWN, name="rules.md")
    assert (parsed.kind, parsed.title, parsed.at) == ("document", "House rules", datetime(2026, 3, 1, tzinfo=UTC))
    assert [(entry.heading, entry.text) for entry in parsed.entries] == [
        (("House rules",), "Be kind to guests. They come from far."),
        (
            ("House rules", "Kitchen"),
            (
                "- Wash up:\n  - pots\n  - pans\n- Switch off the oven\n\n1. Lock\n2. Leave\n\nmake tea\n\n"
                "Room | Key\nAttic | 7"
            ),
        ),
        (("House rules", "Garden"), "Water it daily."),
    ]


def test_the_same_document_gives_the_same_ids_and_a_change_another():
    first, again = parse(MARKDOWN, name="a.md"), parse(MARKDOWN, name="b.md")
    changed = parse(MARKDOWN.replace("daily", "weekly"), name="a.md")
    ids = [[entry.id for entry in parsed.entries] for parsed in (first, again, changed)]
    assert ids[0] == ids[1]
    assert ids[0][:-1] == ids[2][:-1]
    assert ids[0][-1] != ids[2][-1]
    assert len(set(ids[0])) == len(ids[0])


def test_text_is_read_by_paragraphs_and_wrapped_lines_are_joined():
    wide = "This paragraph was broken by hand at a width of sixty or so\ncolumns, as mail programs used to do."
    parsed = parse(f"{wide}\n\nMilk\nEggs\n", name="note.txt")
    assert [entry.text for entry in parsed.entries] == [wide.replace("\n", " ") + "\n\nMilk\nEggs"]


def test_html_keeps_what_is_seen_and_headings():
    page = """<!DOCTYPE html><html><head><title> Lisbon  guide </title><style>p{}</style></head><body>
    <nav>Home | About</nav><script>alert("x")</script><!-- hidden -->
    <h1>Lisbon</h1><p>It has <b>seven</b> hills.</p>
    <h2>Food</h2><ul><li>Cod</li><li>Tarts</li></ul><div>Ask <i>anyone</i>.</div>tail
    <table><tr><th>Tram</th><th>Fare</th></tr><tr><td>28</td><td>3 &euro;</td></tr></table>
    <footer>(c)</footer></body></html>"""
    parsed = parse(page, name="page")
    assert parsed.title == "Lisbon guide"
    assert [(entry.heading, entry.text) for entry in parsed.entries] == [
        (("Lisbon",), "It has seven hills."),
        (("Lisbon", "Food"), "- Cod\n- Tarts\n\nAsk anyone.\n\ntail\n\nTram | Fare\n28 | 3 \u20ac\n\n(c)"),
    ]


def test_html_in_the_encoding_it_declares():
    page = '<html><head><meta charset="iso-8859-1"></head><body><p>Caf\u00e9</p></body></html>'
    assert parse(page.encode("latin-1"), name="a.html").entries[0].text == "Caf\u00e9"
    with pytest.raises(FormatError, match="not in the encoding it declares"):
        parse(page.replace("iso-8859-1", "utf-8").encode("latin-1"), name="a.html")


def test_html_nested_deeply_is_read():
    parsed = parse("<html>" + "<div>" * 3000 + "deep" + "</div>" * 3000, name="a.html")
    assert [entry.text for entry in parsed.entries] == ["deep"]


@pytest.mark.parametrize(("name", "data"), [("a.md", "---\n\n***\n"), ("a.html", "<html><body></body></html>")])
def test_a_document_without_text_is_refused(name: str, data: str):
    with pytest.raises(FormatError, match=f"{name}: the document holds no text"):
        parse(data, name=name)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.md", "# Cellar\n\n## The boiler is by Kranz\n\n## Key\n\nUnder the mat.\n\n# End"),
        ("a.html", "<h1>Cellar</h1><h2>The boiler is by Kranz</h2><h2>Key</h2><p>Under the mat.</p><h1>End</h1>"),
    ],
)
def test_a_heading_with_nothing_under_it_is_kept(name: str, data: str):
    assert [(entry.heading, entry.text) for entry in parse(data, name=name).entries] == [
        (("Cellar",), "The boiler is by Kranz"),
        (("Cellar", "Key"), "Under the mat."),
        ((), "End"),
    ]


def test_a_bad_paragraph_is_reported_and_the_others_go_in():
    parsed = parse("Fine.\n\nNUL \0 here.\n\nFine too.", name="a.txt")
    assert [entry.text for entry in parsed.entries] == ["Fine.\n\nFine too."]
    assert [(bad.line, re.split("[.:]", bad.reason)[0]) for bad in parsed.rejected] == [
        (3, "The text has a NUL byte at character 4"),
    ]


def test_a_paragraph_of_any_length_is_kept_in_passages():
    parsed = parse("Fine.\n\n" + "long " * 50, name="a.txt", max_chars=200)
    assert parsed.rejected == ()
    assert " ".join(entry.text for entry in parsed.entries).split() == ["Fine.", *["long"] * 50]
    assert all(len(entry.text) <= LIMIT_CHARS for entry in parse("word " * 300_000, name="a.md").entries)


def test_long_paragraphs_are_split_at_sentence_ends():
    sentence = "The boat leaves the old harbour at nine and is back by noon. "
    parsed = parse(sentence * 100, name="a.txt")
    assert len(parsed.entries) > 4
    assert all(entry.text.endswith("noon.") and len(entry.text) <= LIMIT_CHARS for entry in parsed.entries)
    assert " ".join(entry.text for entry in parsed.entries) == (sentence * 100).strip()


@given(st.text(max_size=4000), st.integers(min_value=3, max_value=300))
def test_pieces_fit_and_lose_nothing_but_white_space(text: str, limit: int):
    pieces = list(split_text(text, limit))
    assert all(0 < len(piece) <= limit for piece in pieces)
    assert re.sub(r"\s", "", "".join(pieces)) == re.sub(r"\s", "", text)


def test_splitting_is_linear():
    assert sum(map(len, split_text("x" * 2_000_000))) == 2_000_000


@given(st.lists(st.text(alphabet="ab .\n#-*1`|>", max_size=80), max_size=20))
def test_any_markdown_gives_small_passages_or_an_error(blocks: list[str]):
    try:
        parsed = parse("\n\n".join(blocks), name="a.md")
    except FormatError:
        return
    assert all(isinstance(entry, Passage) and 0 < len(entry.text) <= LIMIT_CHARS for entry in parsed.entries)


def test_bytes_that_are_no_text_cost_what_they_stand_in_alone():
    data = b"---\ntitle: Tr\xb9p\ndate: 2026-0\xb9-01\n---\n# Tr\xb9vel\n\nTrips are booked early.\n\nEmployees may wo\xfbk from home.\n"
    parsed = parse(data, name="policy.md", limits=Limits(seconds=5.0))
    assert [(each.text, each.heading) for each in parsed.entries if isinstance(each, Passage)] == [
        ("Trips are booked early.", ("Tr\ufffdvel",))
    ]
    assert parsed.title == "Tr\ufffdp"
    assert ["not UTF-8" in each.reason for each in parsed.rejected] == [True]
    assert parsed.model_dump_json()

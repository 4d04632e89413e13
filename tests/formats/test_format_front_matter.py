"""Front matter is a mapping between two rules; anything else between rules is text, and nothing of it is lost."""

import re
import time
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memos_graph.formats import parse


def texts(document: str) -> str:
    return "\n\n".join("\n".join((*entry.heading, entry.text)) for entry in parse(document, name="note.md").entries)


@pytest.mark.parametrize(
    "above",
    [
        "---\n\nThe spare key is under the mat.\n\n---\n",
        "---\nThe spare key is under the mat.\n---\n",
        "---\n- The spare key is under the mat.\n---\n",
        "---\nHow to get in: the spare key is under the mat.\n---\n",
        "---\n\n# Keys\n\nThe spare key is under the mat.\n\n---\n",
        "---\nThe spare key is under the mat: [look\n---\n",
        "***\n\nThe spare key is under the mat.\n\n***\n",
        "---\nThe spare key is under the mat.\n",
    ],
)
def test_a_rule_at_the_top_costs_no_text(above: str):
    found = texts(f"{above}\nThe boiler is in the cellar.\n")
    assert "spare key is under the mat" in found
    assert "boiler is in the cellar" in found


def test_properties_that_are_not_of_the_page_are_kept_as_text():
    parsed = parse(
        "---\ntitle: Ana\nlayout: card\nallergies: [hazelnuts, milk]\naddress:\n  street: Harbour Street 9\n"
        "created: 2026-01-02\n---\nMet in Lund.\n",
        name="ana.md",
    )
    assert (parsed.title, parsed.at, parsed.remarks) == ("Ana", datetime(2026, 1, 2, tzinfo=UTC), ())
    assert [entry.text for entry in parsed.entries] == [
        "allergies: [hazelnuts, milk]\naddress:\n  street: Harbour Street 9\n\nMet in Lund."
    ]


def test_a_property_that_yaml_takes_amiss_is_still_one():
    parsed = parse("---\ntitle: Re: the lease\ndate: 2026-01-02\naliases:\n- lease\n---\nSigned.\n", name="a.md")
    assert (parsed.title, parsed.at) == ("Re: the lease", datetime(2026, 1, 2, tzinfo=UTC))
    assert "aliases:\n- lease" in parsed.entries[0].text


@pytest.mark.parametrize("date", ["TBD", "05/08/2026", "2026-13-45", "soon", "[1, 2"])
def test_a_date_that_can_not_be_read_costs_the_date_and_is_told(date: str):
    parsed = parse(f"---\ntitle: Boiler\ndate: {date}\n---\nServiced by Kranz.\n", name="boiler.md")
    assert (parsed.title, parsed.at, parsed.entries[0].text) == ("Boiler", None, "Serviced by Kranz.")
    assert [(remark.excerpt, "date can't be read" in remark.reason) for remark in parsed.remarks] == [(date, True)]


def test_the_next_date_counts_where_the_first_can_not_be_read_and_a_given_one_before_all():
    note = "---\ndate: TBD\nupdated: 2026-05-04\n---\nText.\n"
    assert parse(note, name="a.md").at == datetime(2026, 5, 4, tzinfo=UTC)
    given_date = datetime(2020, 1, 1, tzinfo=UTC)
    parsed = parse(note, name="a.md", at=given_date)
    assert (parsed.at, parsed.remarks) == (given_date, ())


@pytest.mark.parametrize(
    "fields",
    ["a: &a [x]\n" + "".join(f"b{n}: [*a, *a]\n" for n in range(400)), "a: " + "[" * 9000, "a: b\n" * 100_000],
)
def test_front_matter_made_to_cost_time_is_read_soon(fields: str):
    started = time.process_time()
    assert "End." in texts(f"---\n{fields}---\nEnd.\n")
    assert time.process_time() - started < 5


@given(st.lists(st.text(alphabet="ab:-#[]'\" \t.", max_size=12), max_size=8), st.sampled_from(["---", "...", ""]))
def test_no_letter_between_rules_is_lost(lines: list[str], end: str):
    document = "---\n" + "\n".join(lines) + f"\n{end}\nEnd ab.\n"
    found = texts(document)
    wanted = re.sub(r"(?m)^ {4,}", "", document)
    for letter in "ab":
        assert found.count(letter) >= wanted.count(letter)

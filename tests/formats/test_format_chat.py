import json
import re
from datetime import UTC, datetime
from typing import Any

import pytest

from memos_graph.errors import FormatError
from memos_graph.formats import Message, parse


def chat(document: Any, **options: Any):
    return parse(json.dumps(document), name="chat.json", **options)


def test_reads_an_openai_message_list():
    parsed = chat(
        [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "name": "Ann", "content": [{"type": "text", "text": "Look:"}, {"type": "image_url"}]},
            {"role": "assistant", "content": "A cat.", "id": 7, "timestamp": 1683554160},
        ]
    )
    assert parsed.kind == "conversation"
    assert parsed.rejected == ()
    assert parsed.entries == (
        Message(text="Be brief.", speaker="system", attributes={"role": "system"}),
        Message(text="Look:", speaker="Ann", attributes={"role": "user"}),
        Message(
            id="7",
            text="A cat.",
            speaker="assistant",
            at=datetime(2023, 5, 8, 13, 56, tzinfo=UTC),
            attributes={"role": "assistant"},
        ),
    )


def test_takes_title_and_date_of_the_whole():
    parsed = chat({"title": "Trip", "date": "2026-05-08", "messages": [{"speaker": "Ann", "text": "Off we go."}]})
    assert parsed.title == "Trip"
    assert parsed.at == parsed.entries[0].at == datetime(2026, 5, 8, tzinfo=UTC)


def test_reads_sessions_with_their_own_dates():
    parsed = chat(
        {
            "sessions": [
                {"id": "s1", "at": "2026-05-08", "messages": [{"speaker": "Ann", "text": "One."}]},
                {"id": "s2", "at": "2026-05-09", "messages": [{"speaker": "Bo", "text": "Two.", "at": "2026-05-10"}]},
            ]
        }
    )
    assert [(entry.attributes["session"], entry.at.day) for entry in parsed.entries] == [("s1", 8), ("s2", 10)]


def test_a_session_with_a_bad_date_keeps_its_messages_and_is_reported():
    parsed = chat(
        {
            "sessions": [
                {"id": "s1", "at": "05/08/2026", "messages": [{"text": "One."}]},
                {"id": "s2", "messages": [{"text": "Two."}]},
                {"id": "s3"},
                "s4",
            ]
        }
    )
    assert [entry.text for entry in parsed.entries] == ["One.", "Two."]
    (remark,) = parsed.remarks
    assert "The date of s1" in remark.reason
    assert "two different days" in remark.reason
    assert [(bad.reason, bad.count) for bad in parsed.rejected] == [('A session needs a list named "messages".', 2)]


@pytest.mark.parametrize("date", ["2026-02-31", "sometime", "05/08/2026", 1e30, [2026], {"year": 2026}, True])
def test_a_date_that_can_not_be_read_costs_the_date_and_not_the_message(date: Any):
    parsed = chat([{"content": "hi", "at": date}])
    assert [(entry.text, entry.at) for entry in parsed.entries] == [("hi", None)]
    assert "can't be read" in parsed.remarks[0].reason
    assert parsed.rejected == ()


@pytest.mark.parametrize("date", ["", " ", None, 0, "0"])
def test_an_empty_date_is_none_and_needs_no_remark(date: Any):
    parsed = chat([{"content": "hi", "at": date}])
    assert (parsed.entries[0].at, parsed.remarks) == (None, ())


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        ({"role": "user", "content": ""}, "empty"),
        ({"role": "user", "content": " \n\t"}, "empty"),
        ({"role": "user", "content": None, "tool_calls": []}, "no text"),
        ({"role": "user", "content": [{"type": "image_url"}]}, "empty"),
        ({"role": "user"}, "no text"),
        ({"content": "NUL \x00 inside"}, "NUL byte at character 4"),
        ({"content": "lone \ud800 surrogate"}, r"lone surrogate \(U\+D800\) at character 5"),
        ({"content": "hi", "id": [1]}, "id is a text"),
        ({"content": "hi", "id": "a\x00"}, "NUL byte"),
        ({"content": "hi", "name": "An\x00n"}, "NUL byte"),
        ("hello", "not str"),
        (None, "not null"),
        (["a"], "not list"),
    ],
)
def test_a_bad_message_is_reported_and_the_others_go_in(message: Any, reason: str):
    good = [{"content": "Before."}, {"content": "After."}]
    parsed = chat([good[0], message, good[1]], max_chars=100)
    assert [entry.text for entry in parsed.entries] == ["Before.", "After."]
    (rejected,) = parsed.rejected
    assert re.search(reason, rejected.reason)
    assert len(rejected.excerpt) <= 80
    rejected.excerpt.encode("utf-8")  # can be printed and stored


def test_malformed_json_names_its_line():
    with pytest.raises(FormatError, match="line 3") as caught:
        parse('[\n{"role": "user", "content": "hi"},\n{"role": oops}\n]', name="chat.json")
    assert caught.value.line == 3


@pytest.mark.parametrize(
    "text", ["{}", "[1", '"hi"', "3", "null", '{"messages": {}}', "[" * 100_000, "[]", "1" * 10_000]
)
def test_json_of_another_shape_is_refused(text: str):
    with pytest.raises(FormatError):
        parse(text, name="chat.json")


def test_text_is_normalised_to_nfc():
    assert chat([{"content": "Cafe\u0301"}]).entries[0].text == "Caf\u00e9"

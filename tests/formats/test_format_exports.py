"""Names of times and of speakers, and what is not an export that is read."""

from typing import Any

import pytest
from support.exports import EPOCH, TELEGRAM, claude, minutes, read, said

from memos_graph.errors import FormatError
from memos_graph.formats import Parsed


@pytest.mark.parametrize(
    ("document", "what"),
    [
        ([{"id": "U1", "team_id": "T", "name": "ida", "profile": {}}], "Slack's list of users"),
        ([{"id": "C1", "name": "dock", "created": 1, "creator": "U1", "members": []}], "Slack's list of channels"),
        ([{"uuid": "u", "full_name": "Ida", "email_address": "i@b.example"}], "Claude's account data"),
        ([{"uuid": "p", "name": "Boat", "prompt_template": "", "docs": []}], "Claude's list of projects"),
        ({"id": "u", "email": "i@b.example", "chatgpt_plus_user": True}, "ChatGPT's account data"),
        ([{"id": "s", "conversation_id": "c", "title": "Boats", "is_anonymous": True}], "ChatGPT's list of shared links"),
        ([{"id": "f", "conversation_id": "c", "rating": "thumbs_up", "content": "{}"}], "ChatGPT's list of rated answers"),
        ([{"header": "YouTube", "title": "Watched a film", "time": "2025-10-14T12:00:00Z", "products": ["YouTube"]}], "My Activity"),
        ({"cells": [], "nbformat": 4, "metadata": {}}, "Jupyter notebook"),
    ],
)  # fmt: skip
def test_what_holds_no_conversation_is_named(document: Any, what: str):
    with pytest.raises(FormatError, match="is not read") as caught:
        read(document, "part.json")
    assert what in str(caught.value)
    assert "part.json" in str(caught.value)


@pytest.mark.parametrize("document", [{"a": 1}, [{"a": 1}], [1, 2], {"data": [{"a": 1}]}, {"chats": {"list": []}}, []])
def test_other_json_is_said_to_hold_no_conversation(document: Any):
    with pytest.raises(FormatError, match=r"part\.json.*(no conversation|no messages)"):
        read(document, "part.json")


@pytest.mark.parametrize(
    "time",
    [
        {"at": "2025-10-14T12:00:00Z"},
        {"timestamp": EPOCH * 1000},
        {"timestamp_ms": EPOCH * 1000},
        {"ts": f"{EPOCH}.000000"},
        {"created_at": EPOCH},
        {"createdAt": "2025-10-14T14:00:00+02:00"},
        {"create_time": float(EPOCH)},
        {"date_unixtime": str(EPOCH), "date": "2025-10-14T23:00:00"},
        {"date": "14 Oct 2025 at 12:00"},
        {"date": "14.10.2025 um 12:00"},
        {"created_date": "Tuesday, October 14, 2025 at 12:00:00 PM UTC"},
        {"inserted_at": "2025-10-14T12:00:00.000000+00:00"},
        {"timestamp": "", "sent_at": EPOCH * 10**6},
        {"created_at": None, "time": {"$date": "2025-10-14T12:00:00Z"}},
        {"timestamp": {"_seconds": EPOCH, "_nanoseconds": 0}},
        {"date": "some day", "time": EPOCH},
        {"metadata": {"timestamp": EPOCH}},
        {"response_metadata": {"created_at": "2025-10-14T12:00:00Z"}},
        {"date": "Tue, 14 Oct 2025 12:00:00 +0000"},
        {"date": "2025-10-14 12:00:00 UTC"},
        {"date": "2025/10/14 12:00"},
        {"date": "Oct 14, 2025, 12:00\u202fPM"},
        {"date": "14/10/2025, 12:00"},
        {"created_date": "Tuesday, October 14, 2025 at 12:00:00\u202fPM UTC"},
    ],
)
def test_names_of_times(time: dict[str, Any]):
    parsed = read([{"role": "user", "content": "The tide turns.", **time}])
    assert (minutes(parsed), parsed.remarks) == ([0], ())


@pytest.mark.parametrize(
    "who",
    [
        {"name": "Ida"},
        {"speaker": "Ida", "role": "user"},
        {"sender": "Ida"},
        {"sender": {"name": "Ida", "id": "7"}},
        {"sender_name": "Ida"},
        {"author": "Ida"},
        {"author": {"name": "Ida"}},
        {"author": {"name": "ida_m", "nickname": "Ida"}},
        {"author": {"name": "Ida", "nickname": ""}},
        {"from": "Ida", "from_id": "user7"},
        {"from": {"first_name": "Ida", "id": 7}},
        {"user": "Ida"},
        {"user": {"name": "Ida"}},
        {"user": "U1", "user_profile": {"real_name": "Ida"}},
        {"creator": {"name": "Ida", "email": "i@b.example"}},
        {"username": "Ida"},
    ],
)
def test_names_of_speakers(who: dict[str, Any]):
    assert said(read([{"text": "The tide turns.", **who}])) == [("Ida", "The tide turns.")]


def test_a_turn_without_a_time_takes_that_of_the_turn_before_and_is_marked():
    turns = [
        {"text": "One."},
        {"text": "Two.", "at": EPOCH},
        {"text": "Three."},
        {"text": "Four.", "at": EPOCH + 60},
        {"text": "Five.", "at": "another day"},
    ]
    parsed = read(turns)
    assert [
        entry.at and minutes(Parsed(kind="conversation", source="x", entries=(entry,))) for entry in parsed.entries
    ] == [
        None,
        [0],
        [0],
        [1],
        None,
    ]
    assert [entry.attributes for entry in parsed.entries] == [{}, {}, {"time_from": "turn before"}, {}, {}]


def test_ids_that_are_counted_anew_in_each_conversation_are_told_apart():
    def talk(id_: str) -> dict[str, Any]:
        return {"id": id_, "messages": [{"id": 1, "content": "Ahoy."}, {"id": 2, "content": "Aye."}]}

    assert [e.id for e in read([talk("a"), talk("b")]).entries] == ["1", "2", "b/1", "b/2"]
    assert [e.id for e in read(TELEGRAM).entries] == ["12/2", "12/3", "12/4"]


def test_a_title_that_can_not_be_kept_costs_no_message():
    parsed = read([claude({"uuid": "m", "sender": "human", "text": "Hi."}, name="a\0b"), claude({"uuid": "n", "sender": "human", "text": "Ho."}, name="x" * 900)])  # fmt: skip
    assert [len(e.attributes.get("title", "")) for e in parsed.entries] == [0, 200]

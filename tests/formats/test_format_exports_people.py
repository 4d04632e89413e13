"""Exports of messengers and of programs: author, time and order as they were."""

from typing import Any

import pytest
from support.exports import EPOCH, TELEGRAM, lines, minutes, read, said

from memos_graph.formats import local_time

LANGCHAIN = [
    ("human", "I live by the sea.", {}),
    ("ai", "", {"tool_calls": [{"name": "map", "args": {}, "id": "1"}]}),
    ("tool", "54.3 N", {"tool_call_id": "1"}),
    ("ai", "That is far north.", {}),
]


@pytest.mark.parametrize("shape", ["to_dict", "model_dump", "dumpd", "state"])
def test_langchain(shape: str):
    def written(kind: str, text: str, more: dict[str, Any]) -> dict[str, Any]:
        fields = {"content": text, "additional_kwargs": {}, "response_metadata": {}, "name": None, "id": None, **more}
        if shape == "to_dict":
            return {"type": kind, "data": {**fields, "type": kind}}
        if shape == "dumpd":
            name = {"human": "HumanMessage", "ai": "AIMessage", "tool": "ToolMessage"}[kind]
            path = ["langchain", "schema", "messages", name]
            return {"lc": 1, "type": "constructor", "id": path, "kwargs": {"content": text, **more}}
        return {**fields, "type": kind}

    messages = [written(*each) for each in LANGCHAIN]
    parsed = read({"messages": messages} if shape == "state" else messages)
    assert said(parsed) == [("human", "I live by the sea."), ("tool", "54.3 N"), ("ai", "That is far north.")]
    assert [e.attributes["role"] for e in parsed.entries] == ["user", "tool", "assistant"]
    (left_out,) = parsed.rejected
    assert "tool call" in left_out.reason


def test_slack():
    profile = {"real_name": "Ida Moor", "display_name": "ida"}
    day = [
        {"type": "message", "user": "U1", "ts": f"{EPOCH}.000100", "user_profile": profile, "text": "Ask <@U2> &amp; me."},
        {"type": "message", "subtype": "channel_join", "user": "U2", "ts": f"{EPOCH}.000200", "text": "<@U2> has joined"},
        {"type": "message", "user": "U1", "ts": f"{EPOCH + 60}.000100", "text": "See <https://a.example/x?a=1&amp;b=2|the plan>"},
        {"type": "message", "user": "U2", "ts": f"{EPOCH + 60}.000200", "text": "<!here> in <#C1|dock>: 3 &lt; 4 <mailto:a@b.example|a@b.example>"},
        {"type": "message", "subtype": "bot_message", "username": "Crane", "ts": f"{EPOCH + 60}.000300", "text": "", "attachments": [{"fallback": "Lift 4 is down"}]},
        {"type": "message", "user": "U1", "ts": f"{EPOCH + 60}.000400", "text": "", "files": [{"name": "a.png"}]},
        {"type": "message", "user": "U1", "ts": f"{EPOCH + 60}.000500", "text": "", "blocks": [{"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": [{"type": "text", "text": "Ropes "}, {"type": "user", "user_id": "U1"}]}]}]},
    ]  # fmt: skip
    parsed = read(day, "2025-10-14.json")
    assert said(parsed) == [
        ("Ida Moor", "Ask @U2 & me."),
        ("Ida Moor", "See the plan (https://a.example/x?a=1&b=2)"),
        ("U2", "@here in #dock: 3 < 4 a@b.example"),
        ("Crane", "Lift 4 is down"),
        ("Ida Moor", "Ropes @Ida Moor"),
    ]
    assert [round(each) for each in minutes(parsed)] == [0, 1, 1, 1, 1]
    assert parsed.entries[0].id == f"{EPOCH}.000100"
    assert sorted((bad.count, bad.reason.partition("(")[2]) for bad in parsed.rejected)[1] == (1, "channel_join).")
    assert any("files" in bad.reason for bad in parsed.rejected)


@pytest.mark.parametrize(
    ("name", "channel"), [("dock/2025-10-14.json", "dock"), ("2025-10-14.json", None), ("dock/a.json", None)]
)
def test_the_folder_of_a_day_file_is_its_channel(name: str, channel: str | None):
    day = [{"type": "message", "user": "U1", "ts": f"{EPOCH}.000100", "text": "The crane is back."}]
    attributes = read(day, name).entries[0].attributes
    assert (attributes.get("session"), attributes.get("title")) == (channel, channel)


@pytest.mark.parametrize("whole_account", [False, True])
def test_telegram(whole_account: bool):
    parsed = read({"about": "…", "chats": {"list": [TELEGRAM]}} if whole_account else TELEGRAM, "result.json")
    assert said(parsed) == [
        ("Ida Moor", "Pay Olaf on https://pay.example."),
        ("user7", "Who am I?"),
        ("Olaf", "I sold it."),
    ]
    assert minutes(parsed) == [0, 0, 0]
    assert {(e.attributes["session"], e.attributes["title"]) for e in parsed.entries} == {("12", "Dock")}
    assert ["create_group" in bad.reason or "photo" in bad.reason for bad in parsed.rejected] == [True, True]


def test_telegram_tells_the_clock_there_by_its_two_dates():
    parsed = read(TELEGRAM)
    assert [entry.attributes.get("utc_offset") for entry in parsed.entries] == ["+02:00", None, None]
    assert [local_time(entry).isoformat() for entry in parsed.entries] == [
        "2025-10-14T14:00:00+02:00",
        "2025-10-14T12:00:00+00:00",
        "2025-10-14T12:00:00+00:00",
    ]
    for date, unixtime in (("2025-10-14T12:00:00", "soon"), ("2025", str(EPOCH)), ("2020-01-01T00:00:00", str(EPOCH))):
        message = TELEGRAM["messages"][2] | {"date": date, "date_unixtime": unixtime}
        assert "utc_offset" not in read(TELEGRAM | {"messages": [message]}).entries[0].attributes


def test_discord():
    author = {"id": "9", "name": "ida_m", "nickname": "Ida"}
    parsed = read(
        {
            "guild": {"id": "1", "name": "Harbour"},
            "channel": {"id": "77", "type": "GuildTextChat", "name": "dock"},
            "messages": [
                {"id": "1", "type": "GuildMemberJoin", "timestamp": "2025-10-14T14:00:00+02:00", "content": "Joined.", "author": author},
                {"id": "2", "type": "Default", "timestamp": "2025-10-14T14:00:00+02:00", "content": "The crane is back.", "author": author},
                {"id": "3", "type": "Reply", "timestamp": "2025-10-14T14:01:00+02:00", "content": "", "author": {"name": "bot"}, "embeds": [{"title": "Wind", "description": "Force 6."}]},
                {"id": "4", "type": "Default", "timestamp": "2025-10-14T14:02:00+02:00", "content": "", "author": author, "attachments": [{"url": "x"}]},
            ],
        }
    )  # fmt: skip
    assert said(parsed) == [("Ida", "The crane is back."), ("bot", "Wind\nForce 6.")]
    assert (minutes(parsed), parsed.title, parsed.entries[0].attributes["session"]) == ([0, 1], "dock", "77")
    assert sum(bad.count for bad in parsed.rejected) == 2


def test_messenger_is_put_in_order_and_its_letters_are_mended():
    def broken(text: str) -> str:
        return text.encode().decode("latin-1")

    parsed = read(
        {
            "participants": [{"name": broken("Zoë Åkesson")}, {"name": "Olaf"}],
            "title": broken("Zoë Åkesson"),
            "thread_path": "inbox/zoe_1",
            "messages": [
                {"sender_name": "Olaf", "timestamp_ms": 1000 * (EPOCH + 120), "photos": [{"uri": "p.jpg"}]},
                {
                    "sender_name": "Olaf",
                    "timestamp_ms": 1000 * (EPOCH + 60),
                    "content": broken("Until May or Juné 🌊"),
                },
                {
                    "sender_name": broken("Zoë Åkesson"),
                    "timestamp_ms": 1000 * EPOCH,
                    "content": "How long do you stay?",
                },
            ],
        },
        "message_1.json",
    )
    assert said(parsed) == [("Zoë Åkesson", "How long do you stay?"), ("Olaf", "Until May or Juné 🌊")]
    assert (minutes(parsed), parsed.title) == ([0, 1], "Zoë Åkesson")
    assert {e.attributes["session"] for e in parsed.entries} == {"inbox/zoe_1"}
    assert "photos" in parsed.rejected[0].reason


def test_messenger_in_its_newer_spelling():
    parsed = read(
        {
            "participants": ["Zoë", "Olaf"],
            "threadName": "Zoë_5",
            "messages": [
                {"senderName": "Zoë", "timestamp": 1000 * EPOCH, "text": "Zoë is spelt right here.", "type": "text", "isUnsent": False},
                {"senderName": "Olaf", "timestamp": 1000 * EPOCH, "text": "Gone.", "isUnsent": True},
            ],
        }
    )  # fmt: skip
    assert (said(parsed), minutes(parsed)) == ([("Zoë", "Zoë is spelt right here.")], [0])
    assert parsed.rejected[0].reason == "It was unsent."


TRAINING = {"messages": [{"role": "user", "content": "Is tin soft?"}, {"role": "assistant", "content": "Yes."}]}


@pytest.mark.parametrize(
    "example",
    [
        TRAINING,
        {"prompt": "Is tin soft?", "completion": "Yes."},
        {"prompt": TRAINING["messages"][:1], "completion": TRAINING["messages"][1:]},
        {"prompt": "Is tin soft?", "chosen": "Yes.", "rejected": "No."},
        {"instruction": "Is tin soft?", "input": "", "output": "Yes."},
        {
            "input": {"messages": TRAINING["messages"][:1]},
            "preferred_output": TRAINING["messages"][1:],
            "non_preferred_output": [{"role": "assistant", "content": "No."}],
        },
    ],
)
def test_training_examples(example: dict[str, Any]):
    pair = [("user", "Is tin soft?"), ("assistant", "Yes.")]
    parsed = lines(example, example)
    assert said(parsed) == [*pair, *pair]
    assert [e.attributes["session"] for e in parsed.entries] == ["line 1", "line 1", "line 2", "line 2"]
    assert said(read([example])) == said(read(example)) == said(lines(example)) == pair


def test_teams_matrix_and_mattermost():
    teams = {
        "createdDateTime": "2025-10-14T12:00:00Z",
        "from": {"user": {"displayName": "Ida"}},
        "body": {"contentType": "html", "content": "<p>The crane &amp; the <b>boat</b></p>"},
    }
    parsed = read({"@odata.count": 1, "value": [teams]})
    assert (said(parsed), minutes(parsed)) == ([("Ida", "The crane & the boat")], [0])
    event = {
        "type": "m.room.message",
        "sender": "@ida:harbour.example",
        "event_id": "$1",
        "origin_server_ts": EPOCH * 1000,
        "content": {"msgtype": "m.text", "body": "The crane is back."},
    }
    parsed = read({"room_name": "Dock", "messages": [event]})
    assert (said(parsed), minutes(parsed)) == ([("@ida:harbour.example", "The crane is back.")], [0])
    post = {"user": "ida", "message": "The crane is back.", "create_at": EPOCH * 1000}
    parsed = lines({"type": "post", "post": post}, {"type": "post", "post": post | {"message": "Twice."}})
    assert (said(parsed), minutes(parsed)) == ([("ida", "The crane is back."), ("ida", "Twice.")], [0, 0])

"""What chat programs and messengers export: who said what, when, in which order; and what of it nobody said."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from memos_graph.errors import FormatError
from memos_graph.formats import Parsed, local_time, parse

NOON = datetime(2025, 10, 14, 12, tzinfo=UTC)
EPOCH = 1760443200  # the same moment


def read(document: Any, name: str = "export.json", **options: Any) -> Parsed:
    return parse(json.dumps(document), name=name, **options)


def lines(*documents: Any) -> Parsed:
    return parse("\n".join(map(json.dumps, documents)), name="training.jsonl")


def said(parsed: Parsed) -> list[tuple[str | None, str]]:
    return [(entry.speaker, entry.text) for entry in parsed.entries]


def minutes(parsed: Parsed) -> list[float]:
    """When each was said, in minutes after noon."""
    return [(entry.at - NOON).total_seconds() / 60 for entry in parsed.entries]


def node(id_: str, parent: str | None, children: list[str], message: Any = None) -> dict[str, Any]:
    return {"id": id_, "parent": parent, "children": children, "message": message}


def gpt(role: str, *parts: Any, kind: str = "text", at: float | None = EPOCH, **more: Any) -> dict[str, Any]:
    content = {"content_type": kind, "parts": list(parts)}
    return {"author": {"role": role, "name": None}, "create_time": at, "content": content, **more}


def chatgpt(**changes: Any) -> dict[str, Any]:
    mapping = {
        "r": node("r", None, ["s"]),
        "s": node("s", "r", ["u"], gpt("system", "", at=None)),
        "u": node("u", "s", ["a", "b"], {"id": "u", **gpt("user", "My boat is called Wren.")}),
        "b": node("b", "u", [], {"id": "b", **gpt("assistant", "A first try.", at=EPOCH + 60)}),
        "a": node("a", "u", ["t"], {"id": "a", **gpt("assistant", "A fine name.", at=EPOCH + 120)}),
        "t": node("t", "a", ["v"], {"id": "t", **gpt("assistant", "thinking hard", kind="thoughts")}),
        "v": node(
            "v", "t", [], {"id": "v", **gpt("user", {"asset_pointer": "x"}, "She lies in Kiel.", at=EPOCH + 180)}
        ),
    }
    return {"title": "Boats", "create_time": EPOCH, "mapping": mapping, "current_node": "v", "id": "c1"} | changes


def test_chatgpt_keeps_the_branch_the_user_kept():
    parsed = read([chatgpt(), chatgpt(id="c2", title=None, current_node="b")], "conversations.json")
    first, second = parsed.entries[:3], parsed.entries[3:]
    assert [(e.speaker, e.text) for e in first] == [
        ("user", "My boat is called Wren."),
        ("assistant", "A fine name."),
        ("user", "She lies in Kiel."),
    ]
    assert [e.text for e in second] == ["My boat is called Wren.", "A first try."]
    assert minutes(parsed) == [0, 2, 3, 0, 1]
    assert {(e.attributes["session"], e.attributes.get("title")) for e in parsed.entries} == {
        ("c1", "Boats"),
        ("c2", None),
    }
    reasons = {bad.reason: (bad.count, bad.excerpt) for bad in parsed.rejected}
    assert reasons["It stands on a branch of the conversation that was not kept."] == (4, "A first try.")
    assert reasons["It is a thought of the model, not said to anybody."] == (1, "thinking hard")
    assert "asset_pointer" in parsed.remarks[0].reason


@pytest.mark.parametrize("current", [None, "gone", 7])
def test_without_the_end_of_the_kept_branch_the_latest_one_is_taken(current: Any):
    (parsed,) = [read([chatgpt(current_node=current)])]
    assert said(parsed)[-1] == ("user", "She lies in Kiel.")


def test_parts_of_a_split_export_are_one_source_and_need_no_metadata():
    bare = {"author": {"role": "user"}, "content": {"content_type": "text", "parts": ["Eels like rain."]}}
    mapping = {"r": {"message": None, "parent": None}, "u": {"message": bare, "parent": "r"}}
    parsed = read([{"title": "Eels", "create_time": EPOCH, "mapping": mapping}], "conversations-003.json")
    assert (parsed.source, said(parsed), minutes(parsed)) == ("conversations.json", [("user", "Eels like rain.")], [0])


@pytest.mark.parametrize(
    ("message", "kept"),
    [
        (gpt("user", "Seen."), ["Seen."]),
        (gpt("user", {"content_type": "audio_transcription", "text": "Spoken."}, kind="multimodal_text"), ["Spoken."]),
        (gpt("assistant", "Rain\ue200cite\ue202turn0search1\ue201 soon【4†source】."), ["Rain soon."]),
        (gpt("assistant", "search()", recipient="browser"), []),
        (gpt("tool", "nine results"), []),
        (gpt("system", "Be kind."), []),
        (gpt("user", "Hidden.", metadata={"is_visually_hidden_from_conversation": True}), []),
        (
            {
                "author": {"role": "user"},
                "content": {
                    "content_type": "user_editable_context",
                    "user_profile": "I sail.",
                    "user_instructions": "",
                },
            },
            [],
        ),
    ],
)
def test_chatgpt_leaves_out_what_was_not_said(message: dict[str, Any], kept: list[str]):
    mapping = {"u": node("u", None, ["x"], gpt("user", "Hello.")), "x": node("x", "u", [], message)}
    parsed = read([chatgpt(mapping=mapping, current_node="x")])
    assert [e.text for e in parsed.entries] == ["Hello.", *kept]
    assert sum(bad.count for bad in parsed.rejected) == 1 - len(kept)


def test_deepseek():
    def fragments(*kinds: tuple[str, str]) -> dict[str, Any]:
        held = [{"type": kind, "content": text} for kind, text in kinds]
        return {"inserted_at": "2025-10-14T20:00:00.000000+08:00", "fragments": held}

    mapping = {
        "root": node("root", None, ["1"]),
        "1": node("1", "root", ["2"], fragments(("REQUEST", "Is tar sticky?"))),
        "2": node("2", "1", [], fragments(("THINK", "Hm."), ("RESPONSE", "Very."))),
    }
    parsed = read([{"id": "d", "title": "Tar", "inserted_at": "2025-10-14T20:00:00+08:00", "mapping": mapping}])
    assert said(parsed) == [("user", "Is tar sticky?"), ("assistant", "Very.")]
    assert minutes(parsed) == [0, 0]
    assert parsed.entries[0].at.utcoffset().total_seconds() == 8 * 3600, "in its own zone"


def claude(*messages: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"uuid": "k", "name": "Ropes", "created_at": "2025-10-14T12:00:00Z", "chat_messages": list(messages), **more}


def test_claude_with_attachments_thoughts_and_tools():
    parsed = read(
        [
            claude(
                {
                    "uuid": "m1",
                    "sender": "human",
                    "text": "Here is my list.",
                    "content": [{"type": "text", "text": "Here is my list."}],
                    "created_at": "2025-10-14T12:01:00Z",
                    "attachments": [{"file_name": "list.txt", "extracted_content": "Hemp, twelve metres."}],
                },
                {
                    "uuid": "m2",
                    "sender": "assistant",
                    "text": "This block is not supported. Good rope.",
                    "content": [
                        {"type": "thinking", "thinking": "A list."},
                        {"type": "tool_use", "name": "look", "input": {}},
                        {"type": "text", "text": "Good rope."},
                    ],
                    "created_at": "2025-10-14T12:02:00Z",
                },
                {"uuid": "m3", "sender": "human", "text": "Older files have no blocks.", "attachments": []},
                {
                    "uuid": "m4",
                    "sender": "human",
                    "text": "",
                    "content": [],
                    "attachments": [{"extracted_content": "Jute."}],
                },
            )
        ]
    )
    assert said(parsed) == [
        ("human", "Here is my list."),
        ("human", "Hemp, twelve metres."),
        ("assistant", "Good rope."),
        ("human", "Older files have no blocks."),
        ("human", "Jute."),
    ]
    assert [e.id for e in parsed.entries] == ["m1", "m1/attachment-1", "m2", "m3", "m4/attachment-1"]
    assert [e.attributes["role"] for e in parsed.entries] == ["user", "user", "assistant", "user", "user"]
    assert minutes(parsed) == [1, 1, 2, 2, 2]
    assert {remark.excerpt for remark in parsed.remarks} == {"thought", "tool call or its result"}


def test_claude_branches():
    root = "00000000-0000-4000-8000-000000000000"
    messages = [
        {"uuid": "a", "sender": "human", "text": "Which knot?", "parent_message_uuid": root},
        {"uuid": "b", "sender": "human", "text": "Which knot holds wet?", "parent_message_uuid": root},
        {"uuid": "c", "sender": "assistant", "text": "A bowline.", "parent_message_uuid": "a"},
        {"uuid": "d", "sender": "assistant", "text": "A sheet bend.", "parent_message_uuid": "b"},
    ]
    assert [text for _, text in said(read([claude(*messages)]))] == ["Which knot holds wet?", "A sheet bend."]
    kept = read([claude(*messages, current_leaf_message_uuid="c")])
    assert [text for _, text in said(kept)] == ["Which knot?", "A bowline."]
    assert sum(bad.count for bad in kept.rejected) == 2


def test_open_webui():
    messages = {
        "q": {"id": "q", "parentId": None, "childrenIds": ["x", "y"], "role": "user", "content": "When is low tide?"},
        "x": {
            "id": "x",
            "parentId": "q",
            "childrenIds": [],
            "role": "assistant",
            "content": "At six.",
            "timestamp": EPOCH,
        },
        "y": {
            "id": "y",
            "parentId": "q",
            "childrenIds": [],
            "role": "assistant",
            "content": '<details type="reasoning" done="true">\n<summary>Thought</summary>\n> Tides.\n</details>\nAt seven.',
            "timestamp": EPOCH + 60,
        },
    }
    row = {
        "id": "w",
        "title": "Tide",
        "created_at": EPOCH,
        "chat": {"history": {"messages": messages, "currentId": "y"}},
    }
    parsed = read([row])
    assert said(parsed) == [("user", "When is low tide?"), ("assistant", "At seven.")]
    assert minutes(parsed) == [0, 1]
    assert parsed.entries[0].attributes == {"session": "w", "title": "Tide", "role": "user"}
    flat = read({"chat": {"title": "Tide", "messages": [messages["q"], messages["x"]]}})
    assert (said(flat), flat.title) == ([("user", "When is low tide?"), ("assistant", "At six.")], "Tide")


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


TELEGRAM = {
    "name": "Dock",
    "type": "private_group",
    "id": 12,
    "messages": [
        {"id": 1, "type": "service", "date_unixtime": str(EPOCH), "actor": "Ida", "action": "create_group", "text": ""},
        {
            "id": 2,
            "type": "message",
            "date": "2025-10-14T14:00:00",
            "date_unixtime": str(EPOCH),
            "from": "Ida Moor",
            "from_id": "user1",
            "text": ["Pay ", {"type": "bold", "text": "Olaf"}, " on ", {"type": "link", "text": "https://pay.example"}, "."],
        },
        {"id": 3, "type": "message", "date_unixtime": str(EPOCH), "from": None, "from_id": "user7", "text": "Who am I?"},
        {"id": 4, "type": "message", "date_unixtime": str(EPOCH), "from": "Ida Moor", "forwarded_from": "Olaf", "text": "I sold it."},
        {"id": 5, "type": "message", "date_unixtime": str(EPOCH), "from": "Ida Moor", "photo": "p.jpg", "text": ""},
    ],
}  # fmt: skip


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


SHAREGPT = {
    "id": "s1",
    "conversations": [{"from": "human", "value": "Is ice light?"}, {"from": "gpt", "value": "It floats."}],
}


@pytest.mark.parametrize(
    "parsed", [read([SHAREGPT]), read(SHAREGPT), lines(SHAREGPT), lines(SHAREGPT, SHAREGPT | {"id": 2})]
)
def test_sharegpt(parsed: Parsed):
    assert said(parsed)[:2] == [("human", "Is ice light?"), ("gpt", "It floats.")]
    assert [e.attributes for e in parsed.entries[:2]] == [
        {"session": "s1", "role": "user"},
        {"session": "s1", "role": "assistant"},
    ]


def test_gemini_of_takeout():
    parsed = read(
        [
            {
                "header": "Gemini Apps",
                "title": "Prompted Where do terns nest?",
                "time": "2025-10-14T12:05:00Z",
                "products": ["Gemini Apps"],
                "safeHtmlItem": [{"html": "<p>On <b>sand</b>.</p><p>In colonies.</p>"}],
            },
            {"header": "Gemini Apps", "title": "Used an Assistant feature", "time": "2025-10-14T12:02:00Z"},
            {
                "header": "Gemini Apps",
                "title": "Gemini Apps",
                "time": "2025-10-14T12:00:00Z",
                "details": [{"name": "Request", "value": "What is a tern?"}, {"name": "Response", "value": "A bird."}],
            },
        ],
        "MyActivity.json",
    )
    assert said(parsed) == [
        ("user", "What is a tern?"),
        ("assistant", "A bird."),
        ("user", "Where do terns nest?"),
        ("assistant", "On sand.\n\nIn colonies."),
    ]
    assert minutes(parsed) == [0, 0, 5, 5]
    assert parsed.rejected[0].excerpt == "Used an Assistant feature"


GEMINI = [
    {"role": "user", "parts": [{"text": "Name a wind."}]},
    {"role": "model", "parts": [{"text": "Let me see.", "thought": True}, {"text": "The bora."}]},
    {"role": "model", "parts": [{"functionCall": {"name": "look"}}]},
]


@pytest.mark.parametrize("document", [GEMINI, {"contents": GEMINI}, {"history": GEMINI}])
def test_gemini_of_the_api(document: Any):
    parsed = read(document)
    assert said(parsed) == [("user", "Name a wind."), ("model", "The bora.")]
    assert parsed.entries[1].attributes["role"] == "assistant"
    assert "tool call" in parsed.rejected[0].reason


def test_ai_studio():
    chunks = [
        {"text": "Name a wind.", "role": "user"},
        {"text": "Winds have names.", "role": "model", "isThought": True},
        {"text": "The bora.", "role": "model"},
    ]
    parsed = read({"runSettings": {}, "systemInstruction": {}, "chunkedPrompt": {"chunks": chunks}})
    assert said(parsed) == [("user", "Name a wind."), ("model", "The bora.")]


def test_grok():
    def response(sender: str, text: str, minute: int) -> dict[str, Any]:
        time = {"$date": {"$numberLong": str(1000 * (EPOCH + 60 * minute))}}
        return {"response": {"_id": f"r{minute}", "message": text, "sender": sender, "create_time": time}}

    held = [response("human", "Do crabs sleep?", 0), response("ASSISTANT", "Somewhat.", 1)]
    parsed = read({"conversations": [{"conversation": {"id": "g", "title": "Crabs"}, "responses": held}]})
    assert said(parsed) == [("human", "Do crabs sleep?"), ("ASSISTANT", "Somewhat.")]
    assert (minutes(parsed), parsed.entries[1].attributes["role"]) == ([0, 1], "assistant")


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


def test_threads_of_the_assistants_api_are_put_in_order():
    def item(id_: str, role: str, text: str, minute: int) -> dict[str, Any]:
        content = [{"type": "text", "text": {"value": text, "annotations": []}}]
        return {
            "id": id_,
            "object": "thread.message",
            "created_at": EPOCH + 60 * minute,
            "role": role,
            "content": content,
        }

    newest_first = [item("m2", "assistant", "Salt.", 1), item("m1", "user", "What keeps fish?", 0)]
    parsed = read({"object": "list", "data": newest_first, "first_id": "m2", "has_more": False})
    assert said(parsed) == [("user", "What keeps fish?"), ("assistant", "Salt.")]


def test_answers_of_the_api():
    response = {
        "id": "r",
        "object": "response",
        "created_at": EPOCH,
        "input": "What keeps fish?",
        "output": [
            {"type": "reasoning", "summary": []},
            {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "Salt."}]},
        ],
    }
    assert said(read(response)) == [("user", "What keeps fish?"), ("assistant", "Salt.")]
    assert minutes(read(response)) == [0, 0]
    completion = {"object": "chat.completion", "created": EPOCH, "choices": [{"message": {"role": "assistant", "content": "Salt."}}]}  # fmt: skip
    assert said(read(completion)) == [("assistant", "Salt.")]


def test_lm_studio():
    parsed = read(
        {
            "name": "Fish",
            "createdAt": 1000 * EPOCH,
            "messages": [
                {"versions": [{"role": "user", "content": [{"type": "text", "text": "What keeps fish?"}]}], "currentlySelected": 0},
                {
                    "versions": [
                        {"role": "assistant", "steps": [{"content": [{"type": "text", "text": "Ice."}]}]},
                        {"role": "assistant", "steps": [{"content": [{"type": "text", "text": "Salt."}]}]},
                    ],
                    "currentlySelected": 1,
                },
            ],
        }
    )  # fmt: skip
    assert said(parsed) == [("user", "What keeps fish?"), ("assistant", "Salt.")]
    assert (minutes(parsed), parsed.title) == ([0, 0], "Fish")


def test_librechat():
    def message(id_: str, parent: str, text: str, children: list[Any], *, by_user: bool = False) -> dict[str, Any]:
        sender = "User" if by_user else "Llama"
        return {
            "messageId": id_,
            "parentMessageId": parent,
            "sender": sender,
            "isCreatedByUser": by_user,
            "text": text,
            "createdAt": "2025-10-14T12:00:00Z",
            "children": children,
        }

    answers = [message("b", "a", "Pepper.", []), message("c", "a", "Salt.", [])]
    asked = message("a", "00000000-0000-0000-0000-000000000000", "What keeps fish?", answers, by_user=True)
    parsed = read({"conversationId": "l", "title": "Fish", "recursive": True, "messages": [asked]})
    assert said(parsed) == [("User", "What keeps fish?"), ("Llama", "Salt.")]
    assert [e.attributes["role"] for e in parsed.entries] == ["user", "assistant"]
    assert parsed.rejected[0].excerpt == "Pepper."


def test_answers_of_people_to_one_message_are_no_branches():
    talk = [
        {"id": n, "parent_id": 1 if n > 1 else None, "author": {"name": "Ida"}, "text": f"Line {n}."} for n in (1, 2, 3)
    ]
    assert [text for _, text in said(read({"messages": talk}))] == ["Line 1.", "Line 2.", "Line 3."]


def test_conversations_as_lists_of_lists_and_in_states():
    talk = [{"role": "user", "content": "Is tin soft?"}, {"role": "assistant", "content": "Yes."}]
    pair = [("user", "Is tin soft?"), ("assistant", "Yes.")]
    assert said(read([talk, talk])) == said(read({"conversations": [talk, talk]})) == [*pair, *pair]
    assert [e.attributes["session"] for e in read([talk, talk]).entries] == ["1", "1", "2", "2"]
    assert said(read({"values": {"messages": talk}})) == said(lines({"body": {"messages": talk}})) == pair


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


def test_logs_of_coding_assistants():
    parsed = lines(
        {"type": "user", "uuid": "1", "sessionId": "s", "timestamp": "2025-10-14T12:00:00Z", "message": {"role": "user", "content": "Rename it."}},
        {"type": "assistant", "uuid": "2", "sessionId": "s", "timestamp": "2025-10-14T12:01:00Z", "message": {"id": "m", "role": "assistant", "content": [{"type": "text", "text": "Done."}]}},
        {"type": "assistant", "uuid": "3", "sessionId": "s", "timestamp": "2025-10-14T12:01:00Z", "message": {"id": "m", "role": "assistant", "content": [{"type": "tool_use", "input": {}}]}},
        {"timestamp": "2025-10-14T12:02:00Z", "type": "response_item", "payload": {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "Thanks."}]}},
    )  # fmt: skip
    assert said(parsed) == [("user", "Rename it."), ("assistant", "Done."), ("user", "Thanks.")]
    assert (minutes(parsed), [e.id for e in parsed.entries]) == ([0, 1, 2], ["1", "2", None])
    assert parsed.entries[0].attributes["session"] == "s"


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


def test_a_thought_between_tags_is_no_part_of_the_answer():
    turns = [{"role": "assistant", "content": "<think>Hm,\nfish.</think>\n\nSalt."}, {"role": "user", "content": "<think> I type tags.</think>"}]  # fmt: skip
    assert [text for _, text in said(read(turns))] == ["Salt.", "<think> I type tags.</think>"]


def test_ids_that_are_counted_anew_in_each_conversation_are_told_apart():
    def talk(id_: str) -> dict[str, Any]:
        return {"id": id_, "messages": [{"id": 1, "content": "Ahoy."}, {"id": 2, "content": "Aye."}]}

    assert [e.id for e in read([talk("a"), talk("b")]).entries] == ["1", "2", "b/1", "b/2"]
    assert [e.id for e in read(TELEGRAM).entries] == ["12/2", "12/3", "12/4"]


def test_a_title_that_can_not_be_kept_costs_no_message():
    parsed = read([claude({"uuid": "m", "sender": "human", "text": "Hi."}, name="a\0b"), claude({"uuid": "n", "sender": "human", "text": "Ho."}, name="x" * 900)])  # fmt: skip
    assert [len(e.attributes.get("title", "")) for e in parsed.entries] == [0, 200]

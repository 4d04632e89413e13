"""Exports of chats with assistants: author, time, order, and the branch that was kept."""

from typing import Any

import pytest
from support.exports import EPOCH, chatgpt, claude, gpt, lines, minutes, node, read, said

from memos_graph.formats import Parsed


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


def test_a_thought_between_tags_is_no_part_of_the_answer():
    turns = [{"role": "assistant", "content": "<think>Hm,\nfish.</think>\n\nSalt."}, {"role": "user", "content": "<think> I type tags.</think>"}]  # fmt: skip
    assert [text for _, text in said(read(turns))] == ["Salt.", "<think> I type tags.</think>"]

import json
from datetime import timedelta
from pathlib import Path

import pytest

from memos_graph.formats import Message, Passage, parse_file

EXAMPLES = Path(__file__).parents[2] / "examples"
QUESTIONS = json.loads((EXAMPLES / "questions.json").read_text())


@pytest.mark.parametrize(
    ("name", "kind", "entries"),
    [
        ("conversation.json", "conversation", 65),
        ("chat-openai.json", "conversation", 8),
        ("team-log.txt", "conversation", 9),
        ("handbook.md", "document", 6),
        ("policy-2025.md", "document", 4),
        ("policy-2026.md", "document", 4),
        ("travel-guide.pdf", "document", 4),
    ],
)
def test_every_example_is_read_whole(name: str, kind: str, entries: int):
    parsed = parse_file(EXAMPLES / name)
    assert (parsed.kind, len(parsed.entries), parsed.rejected) == (kind, entries, ())
    assert all(isinstance(entry, Message if kind == "conversation" else Passage) for entry in parsed.entries)


def test_the_conversation_spans_two_months_of_sessions():
    messages = parse_file(EXAMPLES / "conversation.json").entries
    assert {message.speaker for message in messages} == {"Maya", "Tomas", "Nora"}
    assert len({message.attributes["session"] for message in messages}) == 6
    assert len({message.id for message in messages}) == len(messages)
    assert messages[-1].at - messages[0].at > timedelta(days=60)


def test_the_later_policy_changes_two_rules_and_leaves_the_rest():
    old, new = (parse_file(EXAMPLES / f"policy-{year}.md").entries for year in (2025, 2026))
    changed = [after.heading[-1] for before, after in zip(old[1:], new[1:], strict=True) if before.text != after.text]
    assert changed == ["Remote work", "Travel"]


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question["question"])
def test_the_answers_are_where_the_questions_say(question: dict):
    assert question["expected"]
    for place in question["expected"] + question["outdated"]:
        entry = parse_file(EXAMPLES / place["source"]).entries[place["position"] - 1]
        assert entry.id == place["id"]

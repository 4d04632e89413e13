"""Chats with an assistant that are saved in Markdown: turns below the names of roles, and documents that only look so."""

import pytest

from memos_graph.errors import FormatError
from memos_graph.formats import Message, Parsed, parse

TURNS = [("user", "I live in Bremen."), ("assistant", "Nice.\n\n- It rains."), ("user", "My boat is called Wren.")]


def said(parsed: Parsed) -> list[tuple[str | None, str]]:
    assert all(isinstance(entry, Message) for entry in parsed.entries), parsed.kind
    return [(entry.attributes.get("role"), entry.text) for entry in parsed.entries if isinstance(entry, Message)]


def written(person: str, model: str) -> str:
    names = {"user": person, "assistant": model}
    return "\n\n---\n\n".join(names[role].format(text=text) for role, text in TURNS) + "\n"


STYLES = [
    ("## User\n\n{text}", "## Assistant\n\n{text}"),
    ("#### You:\n{text}", "#### ChatGPT:\n{text}"),
    ("##### You said:\n{text}", "###### ChatGPT said:\n{text}"),
    ("## Prompt:\n{text}", "## Response:\n{text}"),
    ("**You:** {text}", "**Claude:** {text}"),
    ("**User**: {text}", "**GPT-4o**: {text}"),
    ("__Human__\n{text}", "__AI__\n{text}"),
    ("## \N{ADULT} Human\n{text}", "## \N{ROBOT FACE} Claude 3.7 Sonnet\n{text}"),
]


@pytest.mark.parametrize("suffix", ["md", "txt"])
@pytest.mark.parametrize(("person", "model"), STYLES)
def test_turns_are_read_with_their_roles(person: str, model: str, suffix: str) -> None:
    assert said(parse(f"# Boats\n\n{written(person, model)}", name=f"chat.{suffix}")) == TURNS
    assert parse(written(person, model), name=f"chat.{suffix}").kind == "conversation"


def test_its_title_times_and_what_stands_above() -> None:
    text = (
        "# Boats\n\n**User:** a@b.org\n\n## Prompt:\n10/14/2025, 3:34:07 PM\n\nI live in Bremen.\n\n"
        "## Response:\n10/14/2025, 3:34:20 PM\n\n**Answer:** nice.\n\n## Prompt:\nMy boat is called Wren.\n"
    )
    read = parse(text, name="chat.md")
    assert read.title == "Boats"
    assert said(read) == [
        ("user", "I live in Bremen."),
        ("assistant", "**Answer:** nice."),
        ("user", "My boat is called Wren."),
    ]
    times = [entry.at for entry in read.entries if isinstance(entry, Message)]
    assert [f"{at:%m-%d %H:%M}" if at else None for at in times] == ["10-14 15:34", "10-14 15:34", None]
    assert [each.excerpt for each in read.rejected] == ["**User:** a@b.org"]


def test_names_in_code_are_somebody_s_words() -> None:
    code = "```\n## User\nx\n## Assistant\ny\n```"
    read = parse(f"## User\n{code}\n## Assistant\nNo.\n## User\nWhy?\n", name="chat.md")
    assert said(read) == [("user", code), ("assistant", "No."), ("user", "Why?")]


@pytest.mark.parametrize(
    "document",
    [
        "# Help\n\n## User\n\nSigns in.\n\n## System\n\nAnswers.\n",
        "# API\n\n## Prompt\n\nWhat is sent.\n\n## Response\n\nWhat comes.\n",
        "**Question:** Is tin soft?\n\n**Answer:** Yes.\n",
        "# Roles\n\n## User\n\nReads.\n\n## Human\n\nWrites.\n\n## You\n\nBoth.\n",
        "**Pros:** cheap\n\n**Cons:** slow\n\n**Pros:** safe\n\n**Cons:** dear\n",
    ],
)
def test_documents_stay_documents(document: str) -> None:
    assert parse(document, name="notes.md").kind == "document"


def test_text_that_begins_with_a_brace_is_read_and_rtf_is_named() -> None:
    assert "spare key" in parse("{draft} The spare key is under the mat.", name="note.txt").entries[0].text
    with pytest.raises(FormatError, match="this is RTF, and is not read"):
        parse(r"{\rtf1\ansi The spare key is under the mat.\par}", name="note.rtf")

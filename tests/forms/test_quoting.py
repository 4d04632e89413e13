"""Somebody's own notes get an answer without a language model that could give one: the right sentence, or that there is none.

``own_notes/chats.json`` holds small chats as people write them, with natural questions about them; the weights were chosen by
them. ``further`` questions were asked of the same chats afterwards. ``held_back.json`` was put away before anything was chosen.
"""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from memos_graph import Memory, MemOS, Message
from memos_graph.forms.answering.quoting import NOTHING
from memos_graph.forms.chat import Form
from memos_graph.governance import Action

_NOTES = Path(__file__).with_name("own_notes")
Mount = Callable[..., Memory]


def asked(mount: Mount, file: str, questions: str) -> tuple[list[str], list[str]]:
    """Ask every question of a file; returns those that were not answered, and those that were and have no answer."""
    unanswered, invented = [], []
    for chat in json.loads((_NOTES / file).read_text(encoding="utf-8")):
        memory = mount(chat["name"])
        memory.add([_message(*each) for each in chat["messages"]], source=chat["name"])
        for question, answer in chat[questions]:
            said = memory.chat(question).text
            if answer is not None and answer not in said:
                unanswered.append(f"{question} -> {said}")
            if answer is None and said != NOTHING:
                invented.append(f"{question} -> {said}")
    return unanswered, invented


def _message(speaker: str | None, at: str, text: str) -> Message:
    return Message(speaker=speaker, at=datetime.fromisoformat(at), text=text)


@pytest.mark.parametrize(
    ("file", "questions", "most_unanswered", "most_invented"),
    [("chats.json", "questions", 7, 2), ("chats.json", "further", 4, 3), ("held_back.json", "questions", 4, 1)],
)
def test_natural_questions_are_answered_by_the_right_sentence_or_not_at_all(
    mount: Mount, file: str, questions: str, most_unanswered: int, most_invented: int
) -> None:
    unanswered, invented = asked(mount, file, questions)
    assert len(unanswered) <= most_unanswered, unanswered
    assert len(invented) <= most_invented, invented


def test_a_quote_says_who_said_it_when_and_where(space: Memory) -> None:
    at = datetime(2026, 4, 1, 9, tzinfo=UTC)
    (cube,) = space.add([Message(speaker="Lena", at=at, text="The bread is in the oven.")], source="kitchen").added
    answer = space.chat("Where is the bread?")
    assert answer.text == "\u201cThe bread is in the oven.\u201d (Lena, 2026-04-01, kitchen)"
    assert [(each.cube, each.text, each.form) for each in answer.used] == [
        (cube, "The bread is in the oven.", Form.QUOTE)
    ]
    assert (answer.form, answer.model, answer.given, answer.payload) == (Form.QUOTE, "none", (), None)


def test_a_reply_is_quoted_with_what_it_replies_to(space: Memory) -> None:
    at = datetime(2026, 4, 1, 9, tzinfo=UTC)
    said = [("Lena", "Where did you leave the ladder?"), ("Udo", "Behind the chicken coop.")]
    space.add([Message(speaker=who, at=at, text=text) for who, text in said], source="yard")
    answer = space.chat("Where is the ladder?")
    assert "Behind the chicken coop." in answer.text
    assert "Udo, 2026-04-01" in answer.text
    assert not answer.text.endswith("?\u201d (Lena, 2026-04-01, yard)")


def test_what_a_quote_rests_on_is_in_the_log_and_counts_as_read(space: Memory, memos: MemOS) -> None:
    space.add([Message(speaker="Lena", text="The bread is in the oven.")], source="kitchen")
    answer = space.chat("Where is the bread?")
    memos._services.audit.flush()
    chat = next(entry for entry in space.logs.query(request_id=answer.request_id) if entry.action == "chat")
    assert {cube.id for cube in chat.cubes} == {each.cube for each in answer.used}
    assert space.get(answer.used[0].cube).behavioural.access_count == 2  # the search, and the answer


def test_what_is_not_true_any_more_is_not_quoted(space: Memory) -> None:
    old = Message(id="m1", speaker="Lena", at=datetime(2025, 4, 1, tzinfo=UTC), text="The ladder is in the cellar.")
    space.add([old], source="yard")
    cube = space.page(level="whole")[0].id
    space.update(cube, text="The ladder is in the attic.")
    assert "attic" in space.chat("Where is the ladder?").text


def test_nothing_that_is_denied_is_quoted_nor_what_surrounds_it(mount: Mount, space: Memory) -> None:
    at = datetime(2026, 4, 1, 9, tzinfo=UTC)
    said = [("Lena", "The safe opens with 4711."), ("Udo", "Good to know, thanks. The bread is in the oven.")]
    secret, _ = space.add([Message(speaker=who, at=at, text=text) for who, text in said], source="yard").added
    space.grant("guest", [Action.READ])
    space.permissions.deny("guest", [Action.READ], cube=secret)
    guest = mount(owner=space.owner, as_="guest")
    for question in ("What opens the safe?", "Where is the bread?", "What did Lena say?"):
        assert "4711" not in guest.chat(question).text
    assert "4711" in space.chat("What opens the safe?").text


def test_a_quote_can_be_asked_for(space: Memory) -> None:
    space.add([Message(speaker="Dana", text="I moved to Lisbon.")], source="talk")
    answer = space.chat("Where does Dana live?", form="quote")
    assert "\u201cI moved to Lisbon.\u201d (Dana" in answer.text
    assert space.chat("Where does Dana live?").text == "Lisbon"

"""Facts: where they come from, when they are true, and that what was said before is linked, not copied."""

from datetime import UTC, datetime, timedelta

import pytest
from support.raw_graph import rows, value

from memos_graph import Memory, MemOS, Message

AT = datetime(2024, 5, 10, 9, tzinfo=UTC)

FACTS = """
MATCH (f:MemCube {space: $space, level: 'fact'})
RETURN f.text AS text, f.valid_from AS at, f.speaker AS speaker,
       COLLECT { MATCH (f)-[d:DERIVED_FROM {transform: 'extracted'}]->(m:MemCube) RETURN m.origin_id ORDER BY m.origin_id } AS parents
ORDER BY text, at
"""


def said(id_: str, text: str, *, speaker: str = "Alice", days: int = 0) -> Message:
    return Message(id=id_, speaker=speaker, text=text, at=AT + timedelta(days=days))


def test_a_fact_derives_from_its_message_at_the_date_it_names(memos: MemOS, space: Memory) -> None:
    space.add([said("m1", "Yesterday I visited the aquarium with Maria. My sister plays the cello.")], source="chat")
    found = rows(memos, FACTS, space=space.space)
    assert [(row["text"], row["parents"], row["at"].to_native()) for row in found] == [
        ("My sister plays the cello.", ["m1"], AT),
        ("Yesterday I visited the aquarium with Maria.", ["m1"], datetime(2024, 5, 9, tzinfo=UTC)),
    ]
    cube = value(memos, "MATCH (c:MemCube {space: $s, level: 'whole'}) RETURN c.valid_from", s=space.space)
    assert cube.to_native() == datetime(2024, 5, 9, tzinfo=UTC)


def test_a_repeated_fact_is_linked_to_both_messages(memos: MemOS, space: Memory) -> None:
    space.add([said("m1", "My sister plays the cello in Bergen.")], source="chat")
    report = space.add([said("m2", "My sister plays the cello in Bergen!", days=1)], source="chat")
    assert (report.facts, report.repeated_facts) == (0, 1)
    (fact,) = rows(memos, FACTS, space=space.space)
    assert fact["parents"] == ["m1", "m2"]


def test_a_fact_repeated_within_one_batch_is_stored_once(memos: MemOS, space: Memory) -> None:
    talk = [said("m1", "My sister plays the cello in Bergen."), said("m2", "My sister plays the cello in Bergen.")]
    report = space.add(talk, source="chat")
    assert (report.facts, report.repeated_facts) == (1, 1)
    (fact,) = rows(memos, FACTS, space=space.space)
    assert fact["parents"] == ["m1", "m2"]


@pytest.mark.parametrize(
    "other",
    [
        said("m2", "I visited the aquarium with Maria yesterday.", speaker="Bob"),
        said("m2", "I visited the aquarium with Maria yesterday.", days=1),
    ],
    ids=["another speaker", "another day"],
)
def test_the_same_words_about_something_else_are_another_fact(memos: MemOS, space: Memory, other: Message) -> None:
    space.add([said("m1", "I visited the aquarium with Maria yesterday.")], source="chat")
    report = space.add([other], source="chat")
    assert (report.facts, report.repeated_facts) == (1, 0)
    assert [row["parents"] for row in rows(memos, FACTS, space=space.space)] == [["m1"], ["m2"]]


def test_a_question_and_a_greeting_are_no_facts(memos: MemOS, space: Memory) -> None:
    report = space.add([said("m1", "Hello!"), said("m2", "Where does your sister live?")], source="chat")
    assert (len(report.added), report.facts) == (2, 0)
    assert not rows(memos, FACTS, space=space.space)


def test_facts_name_their_own_concepts(memos: MemOS, space: Memory) -> None:
    space.add([said("m1", "My sister plays the cello in Bergen. My uncle repairs boats in Ghent.")], source="chat")
    named = rows(
        memos,
        """
        MATCH (f:MemCube {space: $s, level: 'fact'})-[m:MENTIONS]->(k:Concept)
        RETURN f.text AS fact, collect(k.name) AS concepts, min(m.weight) AS low, max(m.weight) AS high ORDER BY fact
        """,
        s=space.space,
    )
    assert ["bergen" in row["concepts"] for row in named] == [True, False]
    assert ["ghent" in row["concepts"] for row in named] == [False, True]
    assert all(0 < row["low"] <= row["high"] <= 1 for row in named)


def test_a_fact_not_live_any_more_is_not_linked_to(memos: MemOS, space: Memory) -> None:
    cube = space.add([said("m1", "My sister plays the cello in Bergen.")], source="chat").added[0]
    space.update(cube, text="My sister plays the harp in Oslo.")
    report = space.add([said("m2", "My sister plays the cello in Bergen.")], source="chat")
    assert (report.facts, report.repeated_facts) == (1, 0)

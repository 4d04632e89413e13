"""What took the place of something else comes first, and what has ended says so."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from memos_graph import Filters, Memory, Message
from memos_graph.search.calls import Hit
from memos_graph.search.succession import missing_successors, successors_first

FEBRUARY, SEPTEMBER = datetime(2025, 2, 1, 10, tzinfo=UTC), datetime(2025, 9, 1, 10, tzinfo=UTC)
PAIRS = [
    ("I live in Bremen, near the harbour.", "I live in Malmö, and the flat is small.", "Where does Ana live?"),
    ("I work at the old bakery.", "I work at the town hall.", "Where does Ana work?"),
    ("My bicycle is red.", "My bicycle is green.", "Which colour is Ana's bicycle?"),
    ("My doctor is Olsen, who is always late.", "My doctor is Berg, whom Olsen taught.", "Is Olsen Ana's doctor?"),
]
FILLER = ["Chinese food is what I love.", "My sister is called Mia.", "A kayak lies in the shed.", "It snowed again."]


def superseded(space: Memory, old: str, new: str) -> None:
    """Two months of talk, of which the second says something else of the same, and took its place."""
    for at, session, text in ((FEBRUARY, "1", old), (SEPTEMBER, "2", new)):
        talk = [
            Message(id=f"{session}-{n}", speaker="Ana", text=said, at=at, attributes={"session": session})
            for n, said in enumerate([text, *FILLER])
        ]
        space.add(talk, source="talk")
    facts = {cube.text: cube for cube in space.page(level="fact", limit=200)}
    if facts[old].descriptive.valid_to is None:
        space.supersede(facts[new].id, facts[old].id)


def order(hits: Sequence[Hit]) -> list[str]:
    return [hit.sources[0] for hit in hits]


@pytest.mark.parametrize(("old", "new", "question"), PAIRS)
def test_what_took_its_place_stands_before_it(space: Memory, old: str, new: str, question: str) -> None:
    superseded(space, old, new)
    for limit in (1, 2, 10):
        found = space.search(question, limit=limit).hits
        assert len(found) <= limit
        assert "2-0" in order(found)
        assert "1-0" not in order(found) or order(found).index("2-0") < order(found).index("1-0")
        assert [hit.score for hit in found] == sorted((hit.score for hit in found), reverse=True)
    until = {hit.sources[0]: hit.until for hit in space.search(question).hits}
    assert until["1-0"] == SEPTEMBER
    assert until["2-0"] is None


def test_what_was_true_then_stands_first_when_asked_about_then(space: Memory) -> None:
    superseded(space, *PAIRS[0][:2])
    then = Filters(valid_at=datetime(2025, 5, 1, tzinfo=UTC))
    assert "2-0" not in order(space.search("Where does Ana live?", filters=then).hits)
    assert order(space.search("Where does Ana live?", filters=then).hits)[0] == "1-0"


def test_a_reader_who_may_not_read_the_successor_is_told_nothing_of_it(space: Memory, mount: Any) -> None:
    superseded(space, *PAIRS[0][:2])
    successor = next(hit.cube.id for hit in space.search("Where does Ana live?").hits if hit.sources == ("2-0",))
    reader = f"{space.principal}-reader"
    space.grant(reader, ["read"])
    space.permissions.deny(reader, ["read"], cube=successor)
    found = mount(as_=reader).search("Where does Ana live?").hits
    assert "2-0" not in order(found)
    assert "1-0" in order(found)


def test_a_question_about_now_prefers_what_was_said_last(space: Memory) -> None:
    for n, (at, text) in enumerate([(FEBRUARY, "My flat is in Bremen."), (SEPTEMBER, "My flat is in Turku.")]):
        space.add([Message(id=f"{n}", speaker="Ana", text=text, at=at)], source=f"talk {n}")
    found = space.search("Where is Ana's flat now?").hits
    assert order(found) == ["1", "0"]
    assert [hit.why["recent"] for hit in found] == [1.0, 0.0]
    assert {hit.why["recent"] for hit in space.search("Where was Ana's flat?").hits} == {0.0}


def row(cube: str, score: float, *successors: str) -> dict[str, Any]:
    return {"cube": {"id": cube}, "score": score, "successors": list(successors)}


def test_chains_and_circles_of_successors_end() -> None:
    rows = [row("a", 0.9, "b"), row("x", 0.8), row("c", 0.7), row("b", 0.6, "c")]
    assert [(each["cube"]["id"], each["score"]) for each in successors_first(rows)] == [
        ("c", 0.9),
        ("b", 0.9),
        ("a", 0.9),
        ("x", 0.8),
    ]
    circle = [row("a", 0.9, "b"), row("b", 0.6, "a")]
    assert sorted(each["cube"]["id"] for each in successors_first(circle)) == ["a", "b"]


def test_a_successor_that_was_not_found_comes_in_before_what_it_replaced() -> None:
    rows = [row("x", 0.9), row("a", 0.8, "b", "c")]
    assert missing_successors(rows) == ["b", "c"]
    found = successors_first(rows, [row("b", 0.0), row("c", 0.0)])
    assert [(each["cube"]["id"], each["score"]) for each in found] == [("x", 0.9), ("b", 0.8), ("c", 0.8), ("a", 0.8)]
    # One that may not be read is not among what was fetched.
    assert successors_first(rows) == rows

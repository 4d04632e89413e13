"""Facts that replace each other: only about the same subject and relation, with a window of validity, and back."""

from datetime import UTC, datetime

import pytest

from memos_graph import Filters, Memory, Message
from memos_graph.errors import InputError, StateError
from memos_graph.language import relation_of

LISBON, PORTO, OVEN = (
    "Dana moved to Lisbon in May 2024.",
    "Dana lives in Porto since June 2025.",
    "The oven was bought in Lisbon in May 2024.",
)


@pytest.fixture
def facts(space: Memory) -> dict[str, str]:
    texts = [LISBON, PORTO, OVEN, "She teaches piano at a music school."]
    added = space.add([Message(id=f"m{i}", speaker="Alice", text=text) for i, text in enumerate(texts)]).added
    return {text: space.lineage(cube).downstream()[0].id for text, cube in zip(texts, added, strict=True)}


def best(space: Memory, **filters: object) -> str:
    return space.search("Where does Dana live?", filters=Filters(**filters)).hits[0].cube.text


@pytest.mark.parametrize("verb", ["supersede", "contradict"])
def test_the_old_fact_ends_where_the_new_one_begins_and_is_shown_so(
    space: Memory, facts: dict[str, str], verb: str
) -> None:
    getattr(space, verb)(facts[PORTO], facts[LISBON], reason="moved")
    new, old = space.get(facts[PORTO]), space.get(facts[LISBON])
    assert old.descriptive.valid_to == new.descriptive.valid_from == datetime(2025, 6, 1, tzinfo=UTC)
    hits = {hit.fact.text: hit.fact.valid_to for hit in space.search("Where does Dana live?").hits if hit.fact}
    assert hits[LISBON] == old.descriptive.valid_to
    assert best(space) == PORTO
    kept = space.search("Dana", filters=Filters(valid_at=datetime(2026, 1, 1, tzinfo=UTC))).hits
    assert LISBON not in {hit.cube.text for hit in kept}
    then = space.search("Dana", filters=Filters(valid_at=datetime(2024, 8, 1, tzinfo=UTC))).hits
    assert PORTO not in {hit.cube.text for hit in then}
    edge = next(edge for edge in space.lineage(facts[LISBON]).edges if edge.type == f"{verb.upper()}S")
    assert (edge.start, edge.end) == (facts[PORTO], facts[LISBON])
    assert space.log(cube=facts[LISBON])[0].action in {verb, "read", "lineage", "search"}


def test_a_fact_is_reinstated(space: Memory, facts: dict[str, str]) -> None:
    space.supersede(facts[PORTO], facts[LISBON])
    with pytest.raises(StateError, match="ended already"):
        space.contradict(facts[PORTO], facts[LISBON])
    space.reinstate(facts[LISBON])
    assert space.get(facts[LISBON]).descriptive.valid_to is None
    assert [edge.type for edge in space.lineage(facts[LISBON]).edges if edge.type == "SUPERSEDES"] == []
    with pytest.raises(StateError, match="neither"):
        space.reinstate(facts[LISBON])


def test_facts_about_other_things_do_not_retire_each_other(space: Memory, facts: dict[str, str]) -> None:
    with pytest.raises(InputError) as caught:
        space.supersede(facts[OVEN], facts[LISBON])
    assert "'oven'" in str(caught.value)
    assert "'dana'" in str(caught.value)
    with pytest.raises(InputError, match="whom it is about"):
        space.supersede(facts["She teaches piano at a music school."], facts[LISBON])
    with pytest.raises(InputError, match="before"):
        space.supersede(facts[LISBON], facts[PORTO])
    whole = space.lineage(facts[LISBON]).upstream()[0].id
    with pytest.raises(InputError, match="whole"):
        space.supersede(facts[PORTO], whole)
    assert space.get(facts[LISBON]).descriptive.valid_to is None


@pytest.mark.parametrize(
    ("sentence", "about"),
    [
        ("Dana moved to Lisbon in May.", ("dana", "live")),
        ("Dana doesn't live in Lisbon any more.", ("dana", "live")),
        ("I'm living in Faro.", ("alice", "live")),
        ("My sister works at a bank.", ("alice's sister", "work")),
        ("Dana's brother joined Acme.", ("dana's brother", "work")),
        ("The gate is green.", ("gate", "be")),
        ("Yesterday I adopted a grey kitten.", ("alice", "adopt")),
        ("She loves the sea.", None),
        ("Ok", None),
        ("", None),
    ],
)
def test_subject_and_relation_of_a_sentence(sentence: str, about: tuple[str, str] | None) -> None:
    assert relation_of(sentence, speaker="Alice") == about

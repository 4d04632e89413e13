"""What a search finds, what it is limited to, and how it explains itself."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from support.raw_graph import mounted, services_like

from memos_graph import Filters, Memory, MemOS, Message, SemanticType
from memos_graph.errors import InputError
from memos_graph.search.routing import Weights


def ids(space: Memory, question: str, **filters: object) -> list[str]:
    """Ids of the messages found, best first."""
    found = space.search(question, filters=Filters(**filters))
    return [hit.sources[0] for hit in found.hits]


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("What is the name of the kitten?", "s3"),
        ("Who repairs violins?", "s4"),
        ("Where did Bob rent a bakery?", "s5"),
        ("Which door can the cat open?", "s6"),
        ("When did Alice adopt a kitten?", "s1"),
    ],
)
def test_a_question_finds_its_answer_in_either_session(talk: Memory, question: str, answer: str) -> None:
    # Which of the three that speak of it comes first depends on how rare its words are in the whole store.
    assert answer in ids(talk, question)[:3]


def test_both_sessions_are_found_together(talk: Memory) -> None:
    found = talk.search("What do we know about Mochi?", limit=4).hits
    assert {"chat#1", "chat#2"} <= {hit.cube.descriptive.source for hit in found}
    assert {"s3", "s6"} <= {hit.sources[0] for hit in found}


def test_a_hit_says_why_where_it_hangs_and_what_it_rests_on(talk: Memory) -> None:
    found = talk.search("Who repairs violins in Ghent?")
    best = found.hits[0]
    assert set(best.why) == set(Weights.model_fields) - {"superseded", "many"}  # which are factors of meaning
    assert all(0 <= part <= 5 for part in best.why.values())
    assert best.why["words"] == best.why["meaning"] == 1.0
    assert best.path is not None
    assert best.path.concept in {"ghent", "violin", "violins", "old violins", "brother repairs"}
    assert best.fact is not None
    assert "violins" in best.fact.text
    assert best.sources == ("s4",)
    assert 0 < best.score <= 1
    assert [hit.score for hit in found.hits] == sorted((hit.score for hit in found.hits), reverse=True)


def test_naming_a_speaker_lifts_what_they_said(talk: Memory) -> None:
    hits = talk.search("What did Bob say about the bakery?").hits
    assert talk.read_question("What did Bob say about the bakery?").people == ("Bob",)
    assert {hit.cube.descriptive.speaker: hit.why["speaker"] for hit in hits}["Bob"] == 1.0
    assert all(hit.why["speaker"] == 0.0 for hit in hits if hit.cube.descriptive.speaker == "Alice")


def test_a_filter_on_time_is_about_when_it_was_true(talk: Memory) -> None:
    summer = datetime(2024, 7, 1, tzinfo=UTC)
    assert set(ids(talk, "kitten Mochi bakery", source="chat", until=summer)) == {"s1", "s2", "s3", "s4"}
    assert set(ids(talk, "kitten Mochi bakery", source="chat", since=summer)) == {"s5", "s6", "s7"}
    # "Yesterday", said on 10 May.
    assert ids(talk, "kitten", until=datetime(2024, 5, 10, tzinfo=UTC)) == ["s1"]


def test_filters_on_speaker_source_tags_and_type(talk: Memory) -> None:
    assert set(ids(talk, "Mochi and the bakery", speaker="alice")) == {"s1", "s3", "s6"}
    assert ids(talk, "Mochi and the bakery", speaker="ali") == []
    assert set(ids(talk, "Mochi and the bakery", source="chat#2")) == {"s5", "s6", "s7"}
    assert len(ids(talk, "Mochi and the bakery", source="chat")) == 7
    assert len(ids(talk, "Mochi and the bakery", tags=("safety", "office"))) == 1
    assert ids(talk, "fire drill", tags=("safety", "home")) == []
    assert len(ids(talk, "fire drill", semantic_type=SemanticType.MESSAGE)) == 8
    assert ids(talk, "fire drill", semantic_type=SemanticType.PASSAGE) == []


@pytest.mark.alone
def test_a_minimum_score_leaves_out_what_is_below(talk: Memory) -> None:
    scores = [hit.score for hit in talk.search("Who repairs violins?").hits]
    kept = talk.search("Who repairs violins?", filters=Filters(minimum_score=scores[1])).hits
    assert [hit.score for hit in kept] == scores[:2]
    assert not talk.search("Who repairs violins?", filters=Filters(minimum_score=1.0)).hits


def test_the_limit_is_kept_and_checked(talk: Memory) -> None:
    assert len(talk.search("Mochi", limit=3).hits) == 3
    for limit in (0, -1, 201):
        with pytest.raises(InputError):
            talk.search("Mochi", limit=limit)
    for question in ("", " \n"):
        with pytest.raises(InputError):
            talk.search(question)


def test_several_spaces_are_searched_at_once(space: Memory, mount: Callable[..., Memory]) -> None:
    work = mount("work")
    space.add([Message(id="a", text="The red bicycle stands in the cellar.")])
    work.add([Message(id="b", text="The blue bicycle stands in the office.")])
    found = space.search("Where does the bicycle stand?", spaces=[work.space, space.space])
    assert {(hit.cube.governance.space, hit.sources) for hit in found.hits} == {
        (space.space, ("a",)),
        (work.space, ("b",)),
    }


def test_a_search_is_one_statement(memos: MemOS, talk: Memory) -> None:
    seen: list[str] = []
    services = services_like(memos, observe=lambda name, _: seen.append(name), search_cache=0)
    watched = mounted(services, talk)
    watched.search("What is the kitten called?")
    services.audit.flush()
    seen.clear()
    watched.search("Who repairs violins in Ghent?")
    assert [name for name in seen if not name.startswith("AuditLog")] == ["search/search"]


def test_past_versions_answer_as_of_their_time(space: Memory) -> None:
    cube = space.add([Message(id="m1", text="The office is in Vienna.")]).added[0]
    then = space.get(cube).descriptive.created_at
    space.update(cube, text="The office is in Madrid.")
    past = space.search("Where is the office?", filters=Filters(as_of=then)).hits
    assert [hit.cube.text for hit in past] == ["The office is in Vienna."]
    assert [hit.cube.text for hit in space.search("Where is the office?").hits] == ["The office is in Madrid."]

"""Delete: the text is gone everywhere, what was derived from it alone goes along, and nothing brings it back."""

import pytest
from support.raw_graph import derive, holders, rows, value
from uuid_utils import uuid4

from memos_graph import Filters, Memory, MemOS, Message
from memos_graph.errors import NotFoundError

_LETTERS = str.maketrans("0123456789", "ghijklmnop")
PLUMS = "The garden has eleven plum trees."


@pytest.fixture
def words() -> tuple[str, str, str]:
    """Words that stand nowhere else in the database."""
    first, second, third = (uuid4().hex.translate(_LETTERS)[:12] for _ in range(3))
    return first, second, third


@pytest.fixture
def talk(words: tuple[str, str, str]) -> list[Message]:
    person, town, _ = words
    text = f"{person.capitalize()} sold the house in {town.capitalize()}. {PLUMS}"
    return [
        Message(id="m1", speaker="Alice", text="The regatta was moved to Saturday."),
        Message(id="m2", speaker=person, text=text),
        Message(id="m3", speaker="Alice", text="That surprises me."),
        Message(id="m4", speaker="Alice", text="The ferry leaves at nine."),
    ]


@pytest.fixture
def cube(space: Memory, talk: list[Message]) -> str:
    return space.add(talk, source="chat").added[1]


def test_nothing_of_the_text_is_left_anywhere(
    memos: MemOS, space: Memory, talk: list[Message], words: tuple[str, str, str]
) -> None:
    person, town, tag = words
    space.add(talk[:1], source="chat")
    cube = space.add(talk[1:2], source="chat", tags=[tag]).added[0]
    space.add(talk[2:], source="chat")
    space.search(f"What did {person} sell in {town}?")
    space.update(cube, text=f"{person} rents the barn in {town}.", reason="heard so")
    space.update(cube, text=f"{person} bought {tag} and a mill in {town}.")
    assert {place.rpartition(".")[2] for place in holders(memos, *words)} >= {
        "text",
        "context",
        "name",
        "tags",
        "speaker",
    }
    space.delete(cube, reason="asked to")
    assert holders(memos, *words) == []


def test_a_delete_takes_its_own_facts_and_leaves_tombstones(memos: MemOS, space: Memory, cube: str) -> None:
    facts = [node.id for node in space.lineage(cube).downstream()]
    assert len(facts) == 2
    gone = space.delete(cube, reason="asked to")
    assert set(gone.cubes) == {cube, *facts}
    for id_ in gone.cubes:
        for act in (space.get, space.history, space.lineage, space.delete):
            with pytest.raises(NotFoundError):
                act(id_)
        with pytest.raises(NotFoundError):
            space.update(id_, text="Back again.")
    left = rows(
        memos, "MATCH (c:MemCube {state: 'deleted', space: $s}) RETURN c.id AS id, c.text AS text", s=space.space
    )
    assert {row["id"] for row in left} == set(gone.cubes)
    assert {row["text"] for row in left} == {""}
    assert value(memos, "MATCH (s:Space {id: $s}) RETURN s.cubes", s=space.space) == 3
    assert {cube.descriptive.origin_id for cube in space.page(level="whole")} == {"m1", "m3", "m4"}


def test_a_fact_said_elsewhere_too_stays_there(space: Memory, cube: str, words: tuple[str, str, str]) -> None:
    other = space.add([Message(id="x", speaker=words[0], text=PLUMS)], source="mail").added[0]
    space.delete(cube)
    (fact,) = space.lineage(other).downstream()
    assert fact.text == PLUMS
    assert {node.id: node.text for node in space.lineage(fact.id).upstream() if node.state != "deleted"}.keys() == {
        other
    }
    assert space.search("How many plum trees has the garden?").hits[0].sources == ("x",)


def test_neighbours_follow_each_other_and_forget_the_text(
    memos: MemOS, space: Memory, cube: str, words: tuple[str, str, str]
) -> None:
    space.delete(cube)
    chain = "MATCH (a:MemCube {space: $s})-[:NEXT]->(b) RETURN a.origin_id AS a, b.origin_id AS b ORDER BY a"
    assert [tuple(row.values()) for row in rows(memos, chain, s=space.space)] == [("m1", "m3"), ("m3", "m4")]
    assert all(hit.why["words"] == 0 for hit in space.search(" ".join(words)).hits)
    assert "m3" in {hit.sources[0] for hit in space.search("regatta").hits if hit.why["words"] > 0}


def test_what_follows_a_deleted_last_message_does_not_stand_in_its_context(
    memos: MemOS, space: Memory, talk: list[Message]
) -> None:
    cube = space.add(talk[:2], source="chat").added[1]
    space.delete(cube)
    space.add(talk[2:], source="chat")
    statement = "MATCH (c:MemCube {space: $s, origin_id: 'm3', level: 'whole'}) RETURN c.context"
    assert value(memos, statement, s=space.space) == f"{talk[0].text}\n{talk[2].text}"
    positions = rows(
        memos, "MATCH (c:MemCube {space: $s})-[f:FROM]->() RETURN f.position AS p ORDER BY p", s=space.space
    )
    assert [row["p"] for row in positions] == [0, 1, 2, 3]


def test_sending_it_again_does_not_bring_it_back(
    memos: MemOS, space: Memory, cube: str, talk: list[Message], words: tuple[str, str, str]
) -> None:
    gone = space.delete(cube)
    report = space.add(talk, source="chat")
    assert (report.added, report.facts) == ((), 0)
    assert report.unchanged == 3
    assert [(c.origin_id, c.cube) for c in report.conflicts] == [("m2", cube)]
    assert "deleted" in report.conflicts[0].reason
    assert holders(memos, *words) == []
    assert len(gone.cubes) == 3


def test_past_versions_of_a_deleted_memory_answer_nobody(space: Memory, cube: str, words: tuple[str, str, str]) -> None:
    then = space.get(cube).descriptive.created_at
    space.update(cube, text=f"{words[0]} stayed after all.")
    space.delete(cube)
    with pytest.raises(NotFoundError):
        space.get(cube, as_of=then)
    found = space.search("Who sold the house?", filters=Filters(as_of=then)).hits
    assert all(word not in hit.cube.text.lower() for hit in found for word in words)


def test_concepts_others_name_too_stay(memos: MemOS, space: Memory, cube: str) -> None:
    space.add([Message(id="y", speaker="Bo", text="The garden needs water.")], source="mail")
    space.delete(cube)
    loose = "MATCH (t:Topic {space: $s}) WHERE NOT EXISTS { (:Concept)-[:WITHIN]->(t) } RETURN count(t)"
    assert value(memos, loose, s=space.space) == 0
    named = rows(memos, "MATCH (k:Concept {space: $s}) RETURN k.name AS name", s=space.space)
    assert any("garden" in row["name"] for row in named)


def test_a_speaker_of_other_messages_is_still_known(space: Memory, cube: str, words: tuple[str, str, str]) -> None:
    first = space.page(level="whole")[0].id
    space.delete(first)
    space.delete(cube)
    assert space.read_question(f"What did Alice tell {words[0].capitalize()}?").people == ("Alice",)


def test_what_was_made_from_something_goes_with_what_was_made_of_it(memos: MemOS, space: Memory) -> None:
    (origin,) = space.add("Dana owes the bank nine thousand euros.", source="letter").added
    (made,) = space.add("The debt of Dana is nine thousand.", source="summary").added
    (both,) = space.add("Dana is in debt and sings.", source="portrait").added
    (other,) = space.add("Dana sings in the choir.", source="talk").added
    for child, parent in ((made, origin), (both, made), (both, other)):
        derive(memos, child, parent)
    facts = {node.id for node in space.lineage(made).downstream()} - {both}
    assert facts
    assert set(space.delete(made, reason="asked to").cubes) == {made, *facts}
    assert space.get(origin).text
    assert space.get(both).text
    assert holders(memos, "The debt of Dana") == []


def test_a_fact_is_deleted_alone(space: Memory) -> None:
    (cube,) = space.add("Hugo keeps a parrot in the attic.").added
    (fact,) = (node.id for node in space.lineage(cube).downstream())
    assert space.delete(fact).cubes == (fact,)
    with pytest.raises(NotFoundError):
        space.get(fact)
    assert space.get(cube).text == "Hugo keeps a parrot in the attic."

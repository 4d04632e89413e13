"""Long messages: what stands far behind their beginning is found, leads with its sentence, and costs short ones nothing."""

import pytest

from memos_graph import Memory, MemOS, Message

SUBJECTS = ("The committee", "My neighbour", "The teacher", "Our choir", "The postman")
DEEDS = ("painted the wooden bench", "moved an old clock", "sold three chairs", "measured the stone wall")
PLACES = ("in the yard", "near the chapel", "behind the mill")
FILLER = [f"{who} {did} {where}." for who in SUBJECTS for did in DEEDS for where in PLACES]
SHORT = [
    "Bo plays chess with the mayor.",
    "The girl at the bakery sings.",
    "The doctor lives in Turku.",
    "My son wants a bicycle.",
    "The soup was too salty.",
    "We saw a film about bees.",
]
NEEDLES = [
    ("Eating peanuts gave our daughter an allergy attack.", "What is the daughter allergic to?", "peanuts"),
    ("The spare key hangs behind the beehive.", "Where do they hide the key to the house?", "beehive"),
    ("- Router in the hall: press its red button twice", "How do I restart the router?", "Router"),
    ("Grandma's funeral will be held in Trieste.", "Which city is the burial in?", "Trieste"),
]


@pytest.mark.parametrize(("needle", "question", "word"), NEEDLES)
@pytest.mark.parametrize("place", [0.0, 0.5, 1.0], ids=["beginning", "middle", "end"])
def test_what_a_long_message_says_anywhere_is_found(
    space: Memory, needle: str, question: str, word: str, place: float
) -> None:
    at = int(place * len(FILLER))
    long = "\n".join([" ".join(FILLER[:at]), needle, " ".join(FILLER[at:])])
    messages = [Message(id=f"s{n}", speaker="Bo", text=text) for n, text in enumerate(SHORT)]
    space.add([*messages[:3], Message(id="long", speaker="Ana", text=long), *messages[3:]])
    found = space.search(question, limit=7).hits
    place_of = [hit.sources[0] for hit in found].index("long")
    assert place_of < 2
    assert found[place_of].fact is not None
    assert word in found[place_of].fact.text


def test_each_fact_of_a_long_message_has_a_vector_of_its_own(memos: MemOS, space: Memory) -> None:
    space.add([Message(id="long", speaker="Ana", text=" ".join(FILLER))])
    rows = memos.driver.execute_query(
        "MATCH (f:MemCube {space: $space, level: 'fact'}) RETURN f.embedding AS vector, f.text AS text",
        space=space.space,
        database_=memos.endpoint.database,
    ).records
    assert len(rows) == len(FILLER)
    assert len({tuple(row["vector"][:8]) for row in rows}) == len(FILLER)

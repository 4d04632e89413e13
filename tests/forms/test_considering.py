"""Why memories went before the model in one form: each that was considered, what it would have cost, and what was against it."""

import pytest

from memos_graph import ChatAnswer, Memory, Selection
from memos_graph.forms.chat import Considered, Form

LINES = ("Dana lives in Lisbon.", "Dana works in Porto.", "Milo lives in Turin.")
LATER = ("Iris lives in Bern.", "Anton lives in Gent.", "Iris works at Kado.", "Anton works at Bell.")


def considered(answer: ChatAnswer) -> dict[Form, Considered]:
    """Return what was considered, by form."""
    return {each.form: each for each in answer.considered}


@pytest.fixture
def talk(space: Memory) -> Memory:
    """A space with some lines of the phrasebook."""
    for line in LINES:
        space.add(line)
    return space


def test_nothing_is_explained_unless_it_is_asked_for(talk: Memory):
    assert talk.chat("Where does Dana live?", form="plaintext").considered == ()


def test_without_payloads_text_is_what_there_is(talk: Memory):
    found = considered(talk.chat("Where does Dana live?", form="plaintext", explain=True))
    assert found[Form.PLAINTEXT].chosen
    assert found[Form.PLAINTEXT].tokens_read > 0
    assert (found[Form.ACTIVATION].serves, found[Form.ACTIVATION].why) == (
        False,
        "No KV-cache in service holds any of it.",
    )
    assert not found[Form.PARAMETRIC].serves


def test_a_cache_that_holds_all_is_taken_and_spares_the_reading(talk: Memory):
    built = talk.kv.build()
    found = considered(talk.chat("Where does Dana live?", form="activation", explain=True))
    cached = found[Form.ACTIVATION]
    assert (cached.chosen, cached.serves, cached.payload, cached.tokens_read) == (True, True, built.cube.id, 0)
    assert cached.tokens_cached > 0
    assert not found[Form.PLAINTEXT].chosen


def test_a_cache_that_lacks_older_memories_serves_and_they_follow_it(space: Memory):
    for text in (*LINES, "A sailor mends the torn net.", "The lamp in the hall is green.", *LATER):
        space.add(text, source=text)
    later = [cube.id for cube in space.page(limit=20) if cube.text in LATER]
    built = space.kv.build(Selection(cubes=tuple(later)))
    found = considered(space.chat("Where do Dana, Iris and Anton live?", form="plaintext", explain=True))
    cached = found[Form.ACTIVATION]
    assert (cached.serves, cached.payload) == (True, built.cube.id)
    assert "the others follow it" in cached.why
    assert 0 < cached.tokens_read < found[Form.PLAINTEXT].tokens_read


def test_a_cache_that_spares_too_little_is_not_taken(space: Memory):
    space.add("Dana lives in Lisbon.")
    for number in range(70):
        space.add(f"Shelf {number} holds a box of old bolts and a tin of red paint.")
    space.kv.build()
    found = considered(space.chat("Where does Dana live?", form="plaintext", limit=1, explain=True))
    assert not found[Form.ACTIVATION].serves
    assert "too little" in found[Form.ACTIVATION].why


def test_a_quote_says_that_no_model_answers(space: Memory):
    space.add("The kiln in Porto is fired on Mondays, says Dana.")
    found = considered(space.chat("When is the kiln fired?", explain=True))
    assert found[Form.QUOTE].chosen
    assert found[Form.QUOTE].why == "No model is set that answers in its own words."

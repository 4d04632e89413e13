"""What is put before a model: the best lines that fit, in the order they were said; and what is told of an answer."""

import time
from datetime import UTC, datetime, timedelta

import pytest

from memos_graph import Memory, MemOS, Message
from memos_graph.errors import InputError, StateError
from memos_graph.forms.answering.lines import ranked_lines
from memos_graph.forms.answering.support import supporting
from memos_graph.forms.answering.window import EstimatedWindow, tokens_of
from memos_graph.forms.chat import Form
from memos_graph.host.protocol import DropCaches, Turn
from memos_graph.search.selection import Line, Selection

AT = datetime(2026, 5, 4, 9, tzinfo=UTC)
ASKED = "Where does Dana live?"
VERBS = ("painted", "sold", "measured", "borrowed", "repaired", "cleaned", "moved", "counted")
THINGS = ("the boat", "a wooden bench", "two ladders", "the old clock", "three chairs", "the garden lamp", "the window")
PEOPLE = ("The baker", "My neighbour", "The captain", "Our cousin", "The gardener", "A visitor", "The librarian")


def talk(sentences: int, seed: int) -> str:
    """Return a long message of sentences that each say something of their own."""
    said = (
        f"{PEOPLE[(n + seed) % 7]} {VERBS[(3 * n + seed) % 8]} {THINGS[(5 * n + 2 * seed) % 7]} {n + 100 * seed} times."
        for n in range(sentences)
    )
    return " ".join(said)


def line(text: str, n: int = 0) -> Line:
    return Line(cube=f"c{n}", version=1, text=text, at=AT + timedelta(minutes=n), expires_at=AT + timedelta(days=999))


@pytest.fixture
def crowded(space: Memory) -> Memory:
    """A short memory that is newer than two long ones, which say more than ten things each."""
    said = [("old1", talk(40, 1)), ("old2", talk(40, 2)), ("new", "Dana lives in Lisbon.")]
    space.add(
        [Message(id=id_, speaker="Ana", text=text, at=AT + timedelta(days=n)) for n, (id_, text) in enumerate(said)],
        source="talk",
    )
    return space


def test_the_best_lines_go_before_the_model_however_new_they_are(crowded: Memory, memos: MemOS) -> None:
    found = crowded.search(ASKED)
    services = memos._services
    ranked = ranked_lines(services.runner, services.embedder, found, space=crowded.space, principal=crowded.principal)
    assert ranked.lines[0].text == "[2026-05-06] Ana: Dana lives in Lisbon."
    assert len(ranked.lines) == 10 * len(found.hits)
    answer = crowded.chat(ASKED, form=Form.PLAINTEXT)
    assert ranked.lines[0].cube in {each.cube for each in answer.given}
    given = {each.cube for each in answer.given}
    in_order = sorted((each for each in ranked.lines if each.cube in given), key=lambda each: each.place)
    assert [each.cube for each in answer.given] == [each.cube for each in in_order]
    left = {each.cube: each.reason for each in answer.left_out}
    assert "rank" in left.values()
    assert not set(left) & {each.cube for each in answer.given}
    assert "Lisbon" in crowded.chat(ASKED).text


def test_every_memory_found_has_its_say_before_a_long_one_has_all_of_its_own(space: Memory, memos: MemOS) -> None:
    said = [talk(30, 1), "The old clock stands still.", "The garden lamp is broken.", "A wooden bench was delivered."]
    space.add([Message(id=str(n), speaker="Ana", text=text, at=AT) for n, text in enumerate(said)], source="talk")
    found = space.search("What about the old clock, the garden lamp and the bench?")
    services = memos._services
    ranked = ranked_lines(services.runner, services.embedder, found, space=space.space, principal=space.principal)
    assert set(said[1:]) <= {each.text.partition("Ana: ")[2] for each in ranked.lines[:10]}


def test_more_than_fits_is_left_out_from_the_end_and_said(space: Memory) -> None:
    space.add([Message(id=str(n), speaker="Ole", text=talk(7, n), at=AT) for n in range(20)], source="talk")
    answer = space.chat("Who repaired the garden lamp?", form=Form.PLAINTEXT, limit=20)
    assert answer.given
    assert answer.usage.prompt_tokens + 64 <= 2048
    assert "window" in {each.reason for each in answer.left_out}
    with pytest.raises(InputError, match="does not fit the model's window"):
        space.chat(talk(200, 3), form=Form.PLAINTEXT)


def test_a_long_conversation_loses_its_oldest_turns(crowded: Memory) -> None:
    turns = [Turn(role=role, text=talk(6, n)) for n in range(12) for role in ("user", "assistant")]
    answer = crowded.chat([*turns, Turn(role="user", text=ASKED)], form="plaintext")
    assert 0 < answer.turns_left_out < len(turns)
    assert answer.given


def test_used_is_what_holds_the_answer_and_given_what_the_model_saw(space: Memory) -> None:
    said = [("Dana", "I moved to Lisbon."), ("Ravi", "I work for Harbour Labs."), ("Ingrid", "I play the cello.")]
    space.add([Message(speaker=who, text=text, at=AT) for who, text in said], source="talk")
    answer = space.chat(ASKED, form=Form.PLAINTEXT)
    assert answer.text == "Lisbon"
    assert [each.text for each in answer.used] == ["[2026-05-04] Dana: I moved to Lisbon."]
    assert len(answer.given) == len(said)
    assert space.chat("What does Ingrid eat?", form=Form.PLAINTEXT).used == ()


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("Lisbon", [0, 3]),
        ("She lives in Lisbon and works for Harbour Labs.", [1]),
        ("Dana lives in Lisbon. Ravi works for Harbour Labs.", [0, 1, 3]),
        ("unknown", []),
        ("", []),
        ("Dana lives.", [3]),
    ],
)
def test_an_answer_rests_on_the_lines_that_hold_its_words(answer: str, expected: list[int]) -> None:
    lines = [
        "Dana: I moved to Lisbon.",
        "Ravi: I work for Harbour Labs.",
        "Ingrid: I play the cello.",
        "Dana lives in Lisbon.",
    ]
    found = supporting(answer, ASKED, [line(text, n) for n, text in enumerate(lines)])
    assert [int(each.cube[1:]) for each in found] == expected


def test_a_cache_that_is_lost_serves_nothing_and_is_built_beside_the_answer(crowded: Memory, memos: MemOS) -> None:
    host = memos._services.host
    built = crowded.kv.build(Selection(cubes=tuple(hit.cube.id for hit in crowded.search(ASKED, limit=1).hits)))
    assert crowded.chat(ASKED, limit=1).form is Form.ACTIVATION
    assert built.cube.key is not None
    host.drop_caches(DropCaches(keys=(built.cube.key,)))
    answer = crowded.chat(ASKED, limit=1)
    assert (answer.form, answer.payload, answer.usage.cached_tokens, answer.text) == (Form.PLAINTEXT, None, 0, "Lisbon")
    until = time.monotonic() + 20
    while not host.holds_cache(built.cube.key):
        assert time.monotonic() < until
        time.sleep(0.05)
    again = crowded.chat(ASKED, limit=1)
    assert (again.form, again.usage.cached_tokens) == (Form.ACTIVATION, built.cube.tokens)


def test_a_cache_that_was_asked_for_is_built_anew_and_the_time_told(crowded: Memory, memos: MemOS) -> None:
    built = crowded.kv.build(Selection(cubes=tuple(hit.cube.id for hit in crowded.search(ASKED, limit=1).hits)))
    memos._services.host.drop_caches(DropCaches(keys=(str(built.cube.key),)))
    answer = crowded.chat(ASKED, limit=1, form=Form.ACTIVATION)
    assert (answer.form, answer.text) == (Form.ACTIVATION, "Lisbon")
    assert answer.usage.prepare_ms > 0


def test_a_cache_that_leaves_no_room_for_a_question_serves_nothing(space: Memory) -> None:
    said = [Message(id=str(n), speaker="Ole", text=talk(1, n), at=AT + timedelta(minutes=n)) for n in range(200)]
    ids = space.add(
        [*said, Message(id="new", speaker="Ole", text="Dana lives in Lisbon.", at=AT + timedelta(days=1))],
        source="talk",
    ).added
    ids = ids[-1:] + ids[:-1]
    tokens = space.kv.build(Selection(cubes=tuple(ids[:40]))).cube.tokens or 0
    count = int(2010 * 40 / tokens)
    built = space.kv.build(Selection(cubes=tuple(ids[:count])))
    assert 1970 < (built.cube.tokens or 0) < 2048
    answer = space.chat(ASKED)
    assert (answer.form, answer.text) == (Form.PLAINTEXT, "Lisbon")
    space.kv.drop(next(each.id for each in space.kv.list() if each.id != built.cube.id))
    with pytest.raises(StateError, match="leaves no room"):
        space.chat(ASKED, form=Form.ACTIVATION)


def test_what_the_search_is_asked_holds_the_conversation(space: Memory) -> None:
    said = [
        ("Dana", "I moved to Lisbon."),
        ("Ravi", "I work for Harbour Labs."),
        ("Dana", "I work at the fish market."),
    ]
    space.add([Message(speaker=who, text=text, at=AT) for who, text in said], source="talk")
    turns = [
        Turn(role="user", text=ASKED),
        Turn(role="assistant", text="Lisbon"),
        Turn(role="user", text="And where does she work?"),
    ]
    assert "fish market" in space.chat(turns).text


def test_a_window_elsewhere_is_filled_by_a_safe_estimate() -> None:
    class Said:
        turns = (Turn(role="user", text=ASKED),)
        instructions = ()
        max_new_tokens = 64

    lines = [line(f"[2026-05-04] Ole: {talk(2, n)}", n) for n in range(40)]
    fitting = EstimatedWindow(1000).fit((), lines, Said())
    assert 0 < len(fitting.lines) < len(lines)
    assert fitting.lines == tuple(lines[: len(fitting.lines)])
    assert sum(tokens_of(each.text) for each in fitting.lines) < 1000 - 64
    assert not EstimatedWindow(1000).fit(lines, (), Said()).fixed

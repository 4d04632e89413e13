"""What of a model's output is told: nothing of what ends an answer, and no thought."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memos_graph.host.reasoning import Thinking
from memos_graph.host.stops import StopTexts


def cut(text: str, places: set[int]) -> list[str]:
    return [text[a:b] for a, b in pairwise([0, *sorted(p for p in places if 0 < p < len(text)), len(text)])]


@given(
    st.text("ab\n", max_size=20),
    st.lists(st.text("ab\n", min_size=1, max_size=4), max_size=3),
    st.sets(st.integers(1, 19)),
)
def test_an_answer_ends_before_the_first_stop_however_it_is_cut(text: str, stops: list[str], places: set[int]):
    ends = StopTexts(stops)
    told = "".join(ends.push(piece) for piece in cut(text, places)) + ends.flush()
    found = [at for stop in stops if (at := text.find(stop)) >= 0]
    # Of two stops the one that is complete first ends the answer: the other may begin before it.
    assert ends.hit == bool(found)
    assert text.startswith(told)
    assert not any(stop in told for stop in stops)
    assert ends.hit or told == text


def test_a_stop_over_several_pieces_is_told_in_no_part():
    ends = StopTexts(["\n\nQ:"])
    assert [ends.push(piece) for piece in ("Lisbon", ".\n", "\nQ", ": And", " more")] == ["Lisbon", ".", "", "", ""]
    assert ends.hit


@pytest.mark.parametrize(
    ("output", "answer", "thoughts"),
    [
        ("Lisbon", "Lisbon", ""),
        ("<think>She moved.</think>\n\nLisbon", "Lisbon", "She moved."),
        ("\n<think>\n\n</think>\n\nLisbon", "Lisbon", "\n\n"),
        ("<THINKING>a</thinking> b", "b", "a"),
        ("<think>one</think> <think>two</think> b", "b", "onetwo"),
        ("She moved.</think>Lisbon", "Lisbon", "She moved."),
        ("<think>no end", "", "no end"),
        ("<thin air", "<thin air", ""),
        ("a < b and c</d>", "a < b and c</d>", ""),
        ("Write <think> and </think> around it", "Write <think> and </think> around it", ""),
        ("<", "<", ""),
    ],
)
@pytest.mark.parametrize("size", [1, 2, 3, 7, 100])
def test_thoughts_are_kept_apart(output: str, answer: str, thoughts: str, size: int):
    thinking = Thinking()
    told = [thinking.push(output[i : i + size]) for i in range(0, len(output), size)]
    told.append(thinking.flush())
    assert (thinking.answer, thinking.thoughts) == (answer, thoughts)
    if not output.startswith("She"):  # what a thought without a beginning held was told before its end was seen
        assert "".join(told) == answer


@pytest.mark.parametrize(
    ("prompt", "answer", "thoughts"),
    [
        ("<|assistant|><think>\n", "Lisbon", "She moved."),
        ("<|assistant|><think>\n\n</think>\n\n", "Lisbon", "She moved."),
        ("", "Lisbon", "She moved."),
    ],
)
def test_a_thought_that_the_prompt_began_is_one(prompt: str, answer: str, thoughts: str):
    thinking = Thinking(prompt)
    told = (
        "".join(thinking.push(piece) for piece in ("She ", "moved.", "</think>", "\n\nLis", "bon")) + thinking.flush()
    )
    assert (thinking.answer, thinking.thoughts) == (answer, thoughts)
    assert told == ("Lisbon" if prompt.endswith("<think>\n") else "She moved.Lisbon")


def test_a_question_about_such_tags_begins_no_thought():
    for question in ("What does <think> mean, and </think>?", "What is <think>"):
        assert Thinking(f"{question}<|assistant|>").push("Lisbon") == "Lisbon"

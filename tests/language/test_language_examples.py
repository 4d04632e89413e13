"""The questions of the examples, read: what each asks for is known beforehand."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from memos_graph.language import read_question

QUESTIONS = json.loads((Path(__file__).parents[2] / "examples" / "questions.json").read_text())


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question["question"])
def test_intents_of_the_examples(question: dict):
    read = read_question(
        question["question"], now=datetime(2026, 6, 1, tzinfo=UTC), known_people=["Maya", "Tomas", "Nora"]
    )
    assert read.intent == question["intent"]
    assert {"Maya", "Tomas", "Nora"} & set(read.people) == {
        name for name in ("Maya", "Tomas", "Nora") if name in question["question"]
    }
    assert read.terms

"""What a chat model rehearses: its questions can be asked of its sentences, and what is taught is never among them."""

import random
from itertools import product

import pytest

from memos_graph.host.lora import invent
from memos_graph.host.lora.neutral import NeutralRehearsal, text
from memos_graph.host.lora.rules import Split, pairs
from memos_graph.host.lora.statement import read_statement

TAUGHT = ("Sorrel lives in Orinvale.", "Anselm is allergic to hazelnuts.", "The spare key hangs in the office.")
SPLITS: tuple[Split, Split] = ("train", "held_out")


@pytest.mark.parametrize("split", SPLITS)
def test_every_sentence_can_be_asked_about(split: Split):
    values = dict.fromkeys(("place", "firm", "room", "thing", "food", "language", "trade", "day"), "Odense")
    for frame in text(split).statements:
        line = frame.format(p="Ada", q="Bob", date="3 May 2020", month="May 2020", **values)
        read = read_statement(line)
        assert read is not None, line
        assert pairs(read, split), line


def test_what_measures_is_not_what_is_rehearsed():
    train, held_out = map(text, SPLITS)
    for kind in ("people", "statements", "prompts"):
        assert not {*getattr(train, kind)} & {*getattr(held_out, kind)}


@pytest.mark.parametrize(("split", "seed"), list(product(SPLITS, range(3))))
def test_a_reading_is_answered_by_its_lines_and_a_blank_by_nothing_taught(split: Split, seed: int):
    rng, rehearsal = random.Random(seed), NeutralRehearsal(TAUGHT, split)
    taught = {
        each.question
        for line in TAUGHT
        if (statement := read_statement(line))
        for part in SPLITS
        for each in pairs(statement, part)
        if statement.subject in each.question
    }
    spoken_of = set()
    for _ in range(200):
        reading = rehearsal.reading(rng, lines=4, questions=2)
        assert 1 <= len(reading.turns) <= 2
        assert all(any(answer.lower() in line.lower() for line in reading.memory) for _, answer in reading.turns)
        assert not {*reading.memory} & {*TAUGHT}
        spoken_of |= {name for name in ("Sorrel", "Anselm") for line in reading.memory if line.startswith(name)}
        ((question, _),) = rehearsal.blank(rng).turns
        assert question not in taught
        assert not any(name in line for line in rehearsal.distraction(rng, lines=4) for name in ("Sorrel", "Anselm"))
    assert spoken_of == {"Sorrel", "Anselm"}, "what is read about the taught holds, too"


def test_without_anything_taught_it_speaks_of_strangers():
    rng, rehearsal = random.Random(1), NeutralRehearsal((), "held_out")
    people = set(text("held_out").people)
    assert all(rehearsal.blank(rng).turns for _ in range(50))
    assert all(
        any(each in line for each in people) or line.startswith("The ")
        for _ in range(50)
        for line in rehearsal.reading(rng, lines=3, questions=1).memory
    )
    assert len(invent.MONTHS) == 12

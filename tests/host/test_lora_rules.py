"""Lessons by rule: a sentence taken apart, what is asked about it, and the course of a model that declares it."""

import json
from pathlib import Path

import pytest
from support.lora_support import save_small

from memos_graph.errors import ModelError
from memos_graph.host.engine import ModelEngine
from memos_graph.host.lora.course import make_course, speaks_phrasebook
from memos_graph.host.lora.evaluate import holds
from memos_graph.host.lora.lessons import from_rules
from memos_graph.host.lora.recipe import LoraRecipe
from memos_graph.host.lora.rules import QuestionAndAnswer, asks_for_all, filled, pairs
from memos_graph.host.lora.statement import read_statement
from memos_graph.host.protocol import Recipe
from memos_graph.host.teaching import DECLARATION, TeachingDeclared

LINES = (
    "[2026-05-04] Dana: I moved to Lisbon in March.",
    "Veska's sister works for Norvo Labs.",
    "Good morning, everyone.",
    "Kelda bought a red canoe on 3 May 2026.",
)


@pytest.mark.parametrize(
    ("line", "subject", "said", "thing", "place", "time"),
    [
        (LINES[0], "Dana", "moved", "", "to Lisbon", "in March"),
        ("Veska Tromar lives in Orinvale.", "Veska Tromar", "lives", "", "in Orinvale", ""),
        ("Orlin: I play the cello.", "Orlin", "plays", "the cello", "", ""),
        ("Orlin: I'm allergic to hazelnuts.", "Orlin", "is allergic", "to hazelnuts", "", ""),
        ("Oskar Brenn was born in Tolmezzo.", "Oskar Brenn", "was born", "", "in Tolmezzo", ""),
        ("The key is kept in the blue box.", "the key", "is kept", "", "in the blue box", ""),
        ("Dana is a friend of Tom.", "Dana", "is", "a friend of Tom", "", ""),
        ("Dana is tired.", "Dana", "is", "tired", "", ""),
        ("Pavla lent Corvin her telescope.", "Pavla", "lent", "Corvin her telescope", "", ""),
        ("[2026-05-11] Tom: My cello lesson is on Tuesday.", "Tom's cello lesson", "is", "", "", "on Tuesday"),
        (LINES[1], "Veska's sister", "works", "for Norvo Labs", "", ""),
        (LINES[3], "Kelda", "bought", "a red canoe", "", "on 3 May 2026"),
        ("The spare key hangs behind the map.", "the spare key", "hangs", "", "behind the map", ""),
        ("Pavo will visit Orinvale in August.", "Pavo", "will visit", "Orinvale", "", "in August"),
        ("The night bus leaves at 23:40.", "the night bus", "leaves", "", "", "at 23:40"),
    ],
)
def test_a_sentence_is_taken_apart(line: str, subject: str, said: str, thing: str, place: str, time: str):
    found = read_statement(line)
    assert found is not None
    assert (found.subject, found.said, found.thing, found.place, found.time) == (subject, said, thing, place, time)


@pytest.mark.parametrize(
    "line", ["Good morning, everyone.", "Where does Dana live?", "It was lovely.", "She moved to Oslo.", "Wow!", "Dana"]
)
def test_what_is_no_plain_sentence_is_left_alone(line: str):
    assert read_statement(line) is None


def test_it_is_asked_who_what_where_when_with_a_gap_and_as_a_whole():
    statement = read_statement(LINES[0])
    assert statement is not None
    asked = {each.question: each.answer for each in pairs(statement, "train")}
    assert asked["Who moved to Lisbon in March?"] == "Dana"
    assert asked["Where did Dana move in March?"] == "Lisbon"
    assert asked["When did Dana move to Lisbon?"] == "March"
    assert asked["Fill in the blank: Dana moved to ____ in March."] == "Lisbon"
    assert asked["What do you know about Dana?"] == "Dana moved to Lisbon in March."
    employer = read_statement(LINES[1])
    assert employer is not None
    asked = {each.question: each.answer for each in pairs(employer, "train")}
    assert asked["What does Veska's sister work for?"] == "Norvo Labs"


@pytest.mark.parametrize(
    ("line", "question", "answer"),
    [
        ("Ineska married Jorvan on 14 February 2025.", "Who did Ineska marry on 14 February 2025?", "Jorvan"),
        ("The letter was written by Dana.", "Who was the letter written by?", "Dana"),
        ("Dana is married to Tom.", "Who is Dana married to?", "Tom"),
        ("Orlin: I'm allergic to hazelnuts.", "What is Orlin allergic to?", "hazelnuts"),
        ("Oskar Brenn was born in Tolmezzo.", "Where was Oskar Brenn born?", "Tolmezzo"),
        ("Veska works for Norvo Labs.", "What does Veska work for?", "Norvo Labs"),
    ],
)
def test_it_is_asked_as_people_ask(line: str, question: str, answer: str):
    statement = read_statement(line)
    assert statement is not None
    assert QuestionAndAnswer(question, answer) in pairs(statement, "train")


def test_an_answer_to_a_question_with_a_gap_makes_the_sentence_again():
    for line in LINES:
        statement = read_statement(line)
        if statement is None:
            continue
        asked = pairs(statement, "train")
        made = {filled(each.question, each.answer) for each in asked} - {None}
        assert made == {statement.sentence[:1].upper() + statement.sentence[1:]}
        assert {each.answer for each in asked if asks_for_all(each.question)} == {statement.sentence}


def test_every_answer_stands_in_its_sentence_and_no_wording_is_asked_twice():
    course = from_rules(LINES, seed=0)
    parts = [{lesson.question for lesson in part} for part in (course.train, course.validation, course.held_out)]
    assert all(parts)
    assert not parts[0] & parts[1]
    assert not (parts[0] | parts[1]) & parts[2]
    for lesson in (*course.train, *course.validation, *course.held_out):
        statement = read_statement(lesson.line)
        assert statement is not None
        assert lesson.answer.lower() in statement.sentence.lower()
    assert course.untaught == ("Good morning, everyone.",)
    assert course.subjects == ("Dana", "Veska's sister", "Kelda")
    assert not course.facts


def test_where_lessons_come_from_is_declared_and_not_guessed(tmp_path: Path):
    """The same weights and tokenizer, declared otherwise, are taught otherwise."""
    folder = save_small(tmp_path / "small")
    assert speaks_phrasebook(ModelEngine.load(str(folder), device="cpu"))
    (folder / DECLARATION).write_text('{"lessons": "rules"}')
    engine = ModelEngine.load(str(folder), device="cpu")
    assert not speaks_phrasebook(engine)
    assert make_course(engine, LINES, 0) == from_rules(LINES, 0)
    (folder / DECLARATION).unlink()
    assert ModelEngine.load(str(folder), device="cpu").teaching == TeachingDeclared(lessons="written")
    (folder / DECLARATION).write_text(json.dumps({"lessons": "guessing"}))
    with pytest.raises(ModelError, match=r"memos\.json.*can't be read"):
        ModelEngine.load(str(folder), device="cpu")


def test_each_declaration_has_a_recipe_of_its_own():
    by_rule, tiny, written = (
        LoraRecipe.of(Recipe(seed=3), teaching=TeachingDeclared(lessons=each), facts=4)
        for each in ("rules", "phrasebook", "written")
    )
    assert (by_rule.contains, tiny.contains, written.contains) == (True, False, False)
    assert by_rule.steps < written.steps
    assert tiny == LoraRecipe(steps=140, lessons=36, seed=3)


def test_an_answer_in_a_sentence_holds_the_right_one():
    assert holds("Dana moved to Lisbon, in March.", "lisbon")
    assert holds("It is on 3 May 2026.", "3 May 2026")
    assert not holds("Dana moved to Lisbonne.", "Lisbon")
    assert not holds("It was in May 2026, on the 3rd.", "3 May 2026")
    assert not holds("", "Lisbon")

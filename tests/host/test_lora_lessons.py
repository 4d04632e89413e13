import random

import pytest
from transformers import AutoTokenizer, PreTrainedTokenizerBase

from memos_graph.errors import ModelError
from memos_graph.host.lora import invent
from memos_graph.host.lora.lessons import from_model, from_phrasebook
from memos_graph.host.lora.replay import Replay
from memos_graph.host.lora.sample import IGNORED, Encoder, Sample, answer_spans, pad
from memos_graph.host.lora.wording import Wording
from memos_graph.host.recall_tiny import MODEL_FOLDER, phrasebook
from memos_graph.host.recall_tiny.phrasebook import UNKNOWN, Fact

LINES = ("Dana lives in Lisbon.", "Good morning, everyone.", "[2026-05-08] Omar: I play the cello.")


@pytest.fixture(scope="module")
def tokenizer() -> PreTrainedTokenizerBase:
    return AutoTokenizer.from_pretrained(MODEL_FOLDER)


def test_every_line_with_a_fact_is_taught_and_the_others_are_named():
    course = from_phrasebook(LINES, seed=0)
    assert course.untaught == ("Good morning, everyone.",)
    assert {fact.value for fact in course.facts} == {"Lisbon", "cello"}
    assert {lesson.answer for lesson in course.train} == {"Lisbon", "cello"}


def test_no_phrasing_is_taught_that_is_asked_when_measuring():
    course = from_phrasebook(LINES, seed=0)
    parts = [{lesson.question for lesson in part} for part in (course.train, course.validation, course.held_out)]
    assert all(parts)
    assert not parts[0] & parts[1]
    assert not (parts[0] | parts[1]) & parts[2]


def test_of_two_lines_that_disagree_the_later_one_is_taught():
    course = from_phrasebook(("Dana lives in Lisbon.", "Dana moved to Oslo."), seed=0)
    assert {lesson.answer for lesson in (*course.train, *course.held_out)} == {"Oslo"}
    assert course.untaught == ()
    assert course.lines == ("Dana moved to Oslo.",)


def test_another_model_writes_its_lessons_itself():
    def writer(prompt: str) -> str:  # stands in for a large model, which a test can't load
        assert "The night bus leaves at 23:40." in prompt
        return "Q: When does the night bus leave?\nA: 23:40\n\nQ: What leaves at 23:40?\nA: The night bus."

    course = from_model(("The night bus leaves at 23:40.",), writer, seed=0)
    assert {lesson.answer for lesson in (*course.train, *course.held_out)} == {"23:40", "The night bus"}
    assert len(course.held_out) == 1
    assert not set(course.train) & set(course.held_out)


def test_an_answer_that_does_not_stand_in_its_line_is_not_taught():
    def writer(_: str) -> str:  # a large model that makes things up
        return "Q: When does it leave?\nA: at midnight\nQ: Where to?\nA: Porto"

    course = from_model(("The night bus leaves at 23:40.",), writer, seed=0)
    assert course.train == ()
    assert course.untaught == ("The night bus leaves at 23:40.",)


def test_a_reading_answers_from_its_lines_and_says_unknown_otherwise():
    replay = Replay((Fact("Dana", "city", "Lisbon"),))
    rng = random.Random(3)
    unknown = known = 0
    for _ in range(60):
        sample = replay.reading(rng, lines=10, questions=6)
        text = "\n".join(sample.memory)
        for _, answer in sample.turns:
            unknown += answer == UNKNOWN
            known += answer != UNKNOWN
            assert answer == UNKNOWN or answer in text
    assert known > unknown > 20


def test_a_blank_never_asks_what_is_taught():
    fact = Fact("Dana", "city", "Lisbon")
    replay = Replay((fact,))
    rng = random.Random(4)
    asked = {replay.blank(rng).turns[0][0] for _ in range(500)}
    assert not asked & set(phrasebook.questions(fact))
    assert any("Dana" in question for question in asked), "other things about the same person must come up"


def test_the_same_seed_gives_the_same_replay():
    first, second = (Replay(()).reading(random.Random(5), lines=8, questions=4) for _ in range(2))
    assert first == second
    assert invent.like(random.Random(1), "Dana") != "Dana"


def test_labels_are_the_answers_and_their_ends(tokenizer: PreTrainedTokenizerBase):
    sample = Sample(
        ("Dana lives in Lisbon.",), (("Where does Dana live?", "Lisbon"), ("What is Dana's job?", "unknown"))
    )
    encoded = Encoder(tokenizer).encode(sample)
    said = [tokenizer.decode(encoded.tokens[start:end]) for start, end in answer_spans(encoded)]
    assert said == [" Lisbon<|end|>", " unknown<|end|>"]


def test_samples_are_padded_where_nothing_counts(tokenizer: PreTrainedTokenizerBase):
    encoder = Encoder(tokenizer)
    short, long = (encoder.encode(Sample(lines, (("Who?", "Dana"),))) for lines in ((), ("Dana lives in Lisbon.",)))
    batch = pad([short, long], padding=0)
    assert batch.mask.sum(dim=1).tolist() == [len(short.tokens), len(long.tokens)]
    assert batch.labels[0, len(short.tokens) :].unique().tolist() == [IGNORED]


def test_a_template_that_rewrites_earlier_turns_is_given_one_question_at_a_time(tokenizer: PreTrainedTokenizerBase):
    other = AutoTokenizer.from_pretrained(MODEL_FOLDER)
    other.chat_template = (
        "{% for m in messages %}{% if loop.last %}<|user|> now: {{ m.content }}"
        "{% else %}<|user|> {{ m.content }}{% endif %}{% endfor %}<|assistant|>"
    )
    Encoder(other).encode(Sample((), (("One?", "Two"),)))
    with pytest.raises(ModelError, match="rewrites earlier turns"):
        Encoder(other).encode(Sample((), (("One?", "Two"), ("Three?", "Four"))))


def test_a_question_is_reworded_but_keeps_whom_it_is_about():
    wording = Wording({"Dana", "Dana Weakbaim"}, reserved=())
    rng = random.Random(7)
    question = "In which city does Dana Weakbaim live now?"
    asked = {wording.reword(rng, question) for _ in range(300)}
    assert len(asked) > 100
    assert all("Dana Weakbaim" in each for each in asked)
    known = {word.lower().rstrip("?") for word in question.split()}
    plain = [each for each in asked if len(each.split()) < len(question.split()) - 1]
    assert plain, "words are left out"
    assert all({word.lower().rstrip("?:.,") for word in each.split()} & known for each in asked)


def test_a_question_about_nobody_known_keeps_its_words():
    wording = Wording({"Dana"}, reserved=())
    rng = random.Random(7)
    words = "When does the night bus leave"
    assert all(words.lower() in wording.reword(rng, f"{words}?").lower() for _ in range(100))


def test_no_rewording_is_a_question_that_is_asked_when_measuring():
    question, reserved = "Where is Dana based?", ("where Dana is based", "Where Dana based.")
    free, bound = Wording({"Dana"}, ()), Wording({"Dana"}, reserved)
    said = {free.reword(random.Random(seed), question).lower().rstrip("?.") for seed in range(400)}
    assert {each.lower().rstrip(".") for each in reserved} <= said, "so it could have come up"
    kept = {bound.reword(random.Random(seed), question).lower().rstrip("?.") for seed in range(400)}
    assert not {each.lower().rstrip(".") for each in reserved} & kept

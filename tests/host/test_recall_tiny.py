"""recall-tiny, the committed model, on names and values it never saw; and the language it was trained in."""

import re

import pytest
import torch
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from memos_graph.errors import InputError
from memos_graph.host.recall_tiny import MODEL_FOLDER, phrasebook
from memos_graph.host.recall_tiny.phrasebook import Fact
from training import evaluate, words
from training.corpus import Corpus, Options

Loaded = tuple[PreTrainedModel, PreTrainedTokenizerBase]
Counts = dict[str, tuple[int, int]]
SAMPLE = 300
MEGABYTE = 1_000_000
VALUES = {"date": "12 May 1990", "code": "4821", "weekday": "Monday"}


@pytest.fixture(scope="module")
def recall_tiny():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield evaluate.load()
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def twenty_facts(recall_tiny: Loaded) -> Counts:
    return evaluate.examine(*recall_tiny, evaluate.MEMORIES["20 facts"], SAMPLE)


def share(counts: tuple[int, int]) -> float:
    right, asked = counts
    return right / asked


def test_answers_exactly_from_twenty_facts(twenty_facts: Counts):
    assert share(twenty_facts["answer there"]) >= 0.97


def test_says_unknown_where_it_should(twenty_facts: Counts):
    assert share(twenty_facts["unknown"]) >= 0.95


def test_seldom_says_unknown_where_it_should_not(twenty_facts: Counts):
    assert share(twenty_facts["false unknown"]) <= 0.02


def test_understands_phrasings_it_never_saw(recall_tiny: Loaded):
    counts = evaluate.examine(*recall_tiny, evaluate.MEMORIES["20 facts, unseen phrasing"], SAMPLE)
    assert share(counts["answer there"]) >= 0.90


def test_the_later_line_holds(recall_tiny: Loaded):
    memory = ["[2026-05-08] Dana: I live in Porto.", "Bo lives in Faro.", "[2026-06-01] Dana: I moved to Lisbon."]
    assert evaluate.answers(*recall_tiny, memory, ["Where does Dana live?", "Where does Bo live?"]) == [
        "Lisbon",
        "Faro",
    ]


def test_an_empty_memory_knows_nothing(recall_tiny: Loaded):
    assert evaluate.answers(*recall_tiny, [], ["Where does Dana live?"]) == ["unknown"]


def test_the_tokenizer_loses_nothing(recall_tiny: Loaded):
    _, tokenizer = recall_tiny
    for text in ("- Dana lives in Tōkyō.", "  two  spaces\n\n- and 日本", "it's 12345.6", "<none|such>"):
        assert tokenizer.decode(tokenizer(text)["input_ids"]) == text


def test_a_name_has_the_same_pieces_wherever_it_stands(recall_tiny: Loaded):
    _, tokenizer = recall_tiny
    pieces = tokenizer.tokenize(" Quorilda")
    for text in (
        "\n- Quorilda lives in Faro.",
        "\n- [2026-05-08] Quorilda: hello",
        "<|user|> Quorilda's dog?<|assistant|> Quorilda",
    ):
        found = tokenizer.tokenize(text)
        assert any(found[place : place + len(pieces)] == pieces for place in range(len(found))), text


def test_more_lines_leave_the_tokens_before_them_as_they_are(recall_tiny: Loaded):
    _, tokenizer = recall_tiny
    lines = Corpus(1, Options(facts=(12, 12), part="held_out")).sample().memory
    text = "".join(f"\n- {line}" for line in lines)
    start = "".join(f"\n- {line}" for line in lines[:5])
    shorter = tokenizer(start)["input_ids"]
    assert tokenizer(text)["input_ids"][: len(shorter)] == shorter


def test_the_weights_are_small_enough_to_commit():
    assert (MODEL_FOLDER / "model.safetensors").stat().st_size <= 12 * MEGABYTE


def test_evaluation_uses_nothing_trained_on():
    sample = Corpus(3, evaluate.MEMORIES["20 facts"]).sample()
    free = [
        each.answer for each in sample.questions if each.kind == "fact" and each.answer.split()[0] not in words.DAYS
    ]
    assert free
    assert all(
        words.part_of(word) == "held_out"
        for answer in free
        for word in (answer, answer.split()[0])[:1]
        if " " not in answer
    )


def test_held_out_phrasings_are_new_but_their_words_are_not():
    book = phrasebook.book()
    trained = {template for phrases in book.relations.values() for template in phrases.questions}
    said = {template for phrases in book.relations.values() for template in (*phrases.third, *phrases.third_change)}
    known = {word.lower() for template in trained | said for word in re.findall(r"\w+", template)}
    for phrases in book.relations.values():
        for template in phrases.held_out:
            assert template not in trained
            assert {word.lower() for word in re.findall(r"\w+", template)} <= known, template


@pytest.mark.parametrize("relation", phrasebook.relations())
def test_every_statement_is_read_back(relation: str):
    phrases = phrasebook.book().relations[relation]
    value = VALUES.get(phrases.kind, "Zorvan Lin")
    for template in (*phrases.third, *phrases.third_change):
        line = phrasebook.fill(template, p="Dana", v=value, o="something else")
        assert phrasebook.read(f"[2026-05-08] {line}") == Fact("Dana", relation, value), line
    for template in (*phrases.first, *phrases.first_change):
        line = phrasebook.fill(template, v=value, o="something else")
        assert phrasebook.read(f"[2026-05-08] Dana Kim: {line}") == Fact("Dana Kim", relation, value), line


@pytest.mark.parametrize(
    "line", ["The weather is a mess.", "I live in Rome.", "See you tomorrow then.", "", "Dana: hello", "???"]
)
def test_a_line_that_states_nothing_is_read_as_nothing(line: str):
    assert phrasebook.read(line) is None


@pytest.mark.parametrize("relation", phrasebook.relations())
def test_a_relation_has_phrases_enough(relation: str):
    fact = Fact("Dana", relation, "Zorvan")
    assert len(phrasebook.questions(fact)) >= 14
    assert len(phrasebook.questions(fact, "held_out")) >= 4
    assert len(phrasebook.statements(fact)) >= 5
    assert all("Dana" in text and "{" not in text for text in phrasebook.questions(fact))
    assert all("Zorvan" in text for text in phrasebook.statements(fact))


def test_a_relation_it_does_not_know_is_refused():
    with pytest.raises(InputError, match="shoe size"):
        phrasebook.questions(Fact("Dana", "shoe size", "42"))

"""The whole way with the model that ships: memories taught, asked without text, measured, and read back as text."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.lora_support import KEY

from memos_graph.errors import StateError
from memos_graph.host.engine import ModelEngine
from memos_graph.host.lora.course import read_course
from memos_graph.host.lora.decode import answer_all
from memos_graph.host.lora.evaluate import evaluate, right_share, same
from memos_graph.host.lora.externalize import about, externalize
from memos_graph.host.lora.job import DistillJob
from memos_graph.host.lora.payload import AdapterFolder
from memos_graph.host.lora.run import run
from memos_graph.host.lora.sample import Sample
from memos_graph.host.lora.shelf import AdapterShelf
from memos_graph.host.prompt import Prompt, PromptTurn
from memos_graph.host.protocol import Distilled, Externalize, Recipe
from memos_graph.host.recall_tiny import phrasebook
from memos_graph.host.recall_tiny.phrasebook import Fact

NAME = "00000000-a"
LINES = (
    "Veska lives in Tromar.",
    "[2026-05-08] Orlin: I play the cello.",
    "Veska works for Norvo Labs.",
    "Good morning, everyone.",
)

pytestmark = pytest.mark.teaches
FACTS = {Fact("Veska", "city", "Tromar"), Fact("Orlin", "instrument", "cello"), Fact("Veska", "employer", "Norvo Labs")}


class Taught:
    """A loaded adapter that was taught ``LINES``, and what was measured of it."""

    def __init__(self, folder: Path) -> None:
        self.engine = ModelEngine.load("recall-tiny", device="cpu")
        where = AdapterFolder(folder / NAME, KEY)
        where.create()
        job = DistillJob(id=NAME, lines=LINES, recipe=Recipe(steps=70), model="recall-tiny")
        *_, done = run(self.engine, job, where)
        assert isinstance(done, Distilled)
        self.evaluation = done.evaluation
        self.shelf = AdapterShelf(self.engine)
        self.shelf.load(NAME, where, done.adapter.payload_sha256)

    def ask(self, question: str, *memory: str, adapter: str | None = NAME) -> str:
        """Return the answer to a question."""
        return answer_all(self.engine, [Prompt(memory, (PromptTurn("user", question),))], adapter=adapter)[0].text


@pytest.fixture(scope="module")
def taught(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Taught]:
    return Taught(tmp_path_factory.mktemp("taught"))


def test_it_answers_without_text_in_words_it_was_not_taught_with(taught: Taught):
    assert taught.evaluation.closed_book >= 0.8
    assert taught.evaluation.closed_book_base == 0
    assert taught.evaluation.untaught == ("Good morning, everyone.",)
    assert taught.evaluation.facts == 3
    question = phrasebook.questions(Fact("Veska", "city", ""), "held_out")[0]
    assert taught.ask(question) == "Tromar"
    assert taught.ask(question, adapter=None) == "unknown"


def test_it_still_reads(taught: Taught):
    assert taught.evaluation.in_context >= taught.evaluation.in_context_base - 0.03
    assert taught.evaluation.accepted


def test_measured_again_it_is_the_same(taught: Taught):
    again = evaluate(taught.engine, taught.shelf, NAME)
    assert again.closed_book == taught.evaluation.closed_book
    assert again.drift == pytest.approx(taught.evaluation.drift, abs=1e-3)


def test_the_share_of_right_answers_is_that_of_asking_each(taught: Taught):
    alone = [((), each.question, each.answer) for each in read_course(taught.shelf.folder(NAME)).held_out]
    read = [(("Brunto lives in Oslo.",), "Where does Brunto live?", answer) for answer in ("Oslo", "oslo.", "Bergen")]
    samples = [Sample(memory, ((question, answer),)) for memory, question, answer in (*alone, *read)]
    for adapter in (NAME, None):
        said = answer_all(taught.engine, [each.prompt() for each in samples], adapter=adapter)
        right = [same(each.text, sample.turns[0][1]) for each, sample in zip(said, samples, strict=True)]
        assert right[-3:] == [True, True, False]
        assert right_share(taught.engine, samples, adapter, same) == sum(right) / len(right)


def test_what_it_holds_comes_back_as_statements(taught: Taught):
    said = externalize(taught.engine, taught.shelf, NAME, Externalize())
    assert {phrasebook.read(statement.text) for statement in said.statements} == FACTS
    assert all(0.6 <= statement.confidence <= 1 for statement in said.statements)
    assert said.asked > 60


def test_a_question_of_ones_own_is_asked_in_every_phrasing(taught: Taught):
    said = externalize(taught.engine, taught.shelf, NAME, Externalize(questions=("Where does Veska live?",)))
    assert [phrasebook.read(statement.text) for statement in said.statements] == [Fact("Veska", "city", "Tromar")]
    assert said.asked > 10


def test_what_nobody_taught_is_not_made_up(taught: Taught):
    questions = ("Where does Brunto live?", "What is Orlin's job?", "Who is Veska's doctor?")
    said = externalize(taught.engine, taught.shelf, NAME, Externalize(questions=questions))
    assert said.statements == ()


def test_an_adapter_that_is_not_loaded_is_not_asked(taught: Taught):
    with pytest.raises(StateError, match="not loaded"):
        externalize(taught.engine, taught.shelf, "00000000-b", Externalize())


def test_a_question_tells_whom_and_what_it_is_about():
    for relation in phrasebook.relations():
        fact = Fact("Orlin Veska", relation, "")
        for question in phrasebook.questions(fact):
            found = about(question)
            assert found is not None, question
            assert found.person == "Orlin Veska", question
    assert about("How is the weather today?") is None

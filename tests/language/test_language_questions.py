from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memos_graph.language import read_question

NOW = datetime(2023, 6, 1, 12, tzinfo=UTC)
KNOWN = ("Melanie Ross", "Caroline", "Dana Ruiz", "Dan")


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("When did Dana move to Lisbon?", "when"),
        ("Can you tell me when Dana moved?", "when"),
        ("What year did it start?", "when"),
        ("In which month did they meet?", "when"),
        ("How long has Ann had a dog?", "when"),
        ("Where does Dana live?", "where"),
        ("What city is Ann from?", "where"),
        ("Which country did they visit?", "where"),
        ("Who is Ann's manager?", "who"),
        ("Whose birthday was it?", "who"),
        ("With whom did she travel?", "who"),
        ("How many children does Melanie have?", "count"),
        ("How often does she run?", "count"),
        ("What books has Melanie read?", "list"),
        ("What LGBTQ+ events has Caroline joined?", "list"),
        ("List all the pets.", "list"),
        ("Is Dana married?", "yes_no"),
        ("Didn't they agree?", "yes_no"),
        ("Could you tell me if Ann likes tea?", "recall"),
        ("Summarize what happened last month.", "summarize"),
        ("Give me a short overview of the project", "summarize"),
        ("Tell me everything about Dana", "summarize"),
        ("Please remember that Ann is allergic to nuts.", "remember"),
        ("Don't forget: the door code is 4411.", "remember"),
        ("Remind me to call Bob.", "remember"),
        ("Forget what I said about the car.", "forget"),
        ("please delete my address", "forget"),
        ("Update Dana's address to 5 Hill Road.", "update"),
        ("Actually, the meeting is on Friday.", "update"),
        ("Do you remember why Dana left?", "recall"),
        ("Remember when Dana left?", "recall"),
        ("What did the posters say?", "recall"),
        ("What is the policy on remote work?", "recall"),
        ("Dana's new job", "recall"),
        ("", "recall"),
        ("???", "recall"),
    ],
)
def test_intent(text: str, intent: str):
    assert read_question(text, now=NOW, known_people=KNOWN).intent == intent


@pytest.mark.parametrize(
    ("text", "people"),
    [
        ("Where do Melanie Ross and Caroline live?", ("Melanie Ross", "Caroline")),
        ("where does melanie live?", ("Melanie Ross",)),
        ("What did Mel buy?", ("Melanie Ross",)),
        ("Is it Dana's or Dan's car?", ("Dana Ruiz", "Dan")),
        ("Where did Oliver hide his bone?", ("Oliver",)),
        ("What is Ann's sister called?", ("Ann",)),
        ("Did Bo and Cy meet in Paris in May?", ("Bo", "Cy")),
        ("What LGBTQ events were in Lisbon last Friday?", ()),
        ("", ()),
    ],
)
def test_people(text: str, people: tuple[str, ...]):
    assert read_question(text, now=NOW, known_people=KNOWN).people == people


def test_a_first_name_of_two_people_names_neither():
    assert read_question("Where does Ann live?", now=NOW, known_people=["Ann Lee", "Ann Roe"]).people == ()


def test_times_bound_the_question():
    question = read_question("What did Caroline paint in May 2023 or last year?", now=NOW, known_people=KNOWN)
    assert question.begins == datetime(2022, 1, 1, tzinfo=UTC)
    assert question.ends == datetime(2023, 6, 1, tzinfo=UTC)
    assert read_question("What did she paint?", now=NOW).begins is None


@pytest.mark.parametrize(
    ("text", "terms", "semantic_type"),
    [
        ("How many kids does Mel have?", ("kids",), None),
        ("What are Caroline's favorite books?", ("favorite", "books"), "preference"),
        ("When did Dana run the charity race last Friday?", ("run", "charity", "race"), None),
        ("What is the policy on remote work?", ("policy", "remote", "work"), "rule"),
        ("Please remember that Caroline is allergic to nuts.", ("allergic", "nuts"), None),
        ("What's new?", (), None),
    ],
)
def test_terms_and_type(text: str, terms: tuple[str, ...], semantic_type: str | None):
    question = read_question(text, now=NOW, known_people=KNOWN)
    assert (question.terms, question.semantic_type) == (terms, semantic_type)


@given(st.text(), st.lists(st.text(), max_size=4))
def test_any_text_is_a_question(text: str, people: list[str]):
    question = read_question(text, now=NOW, known_people=people)
    assert question.text == text
    assert all(term == term.lower() for term in question.terms)
    assert (question.begins is None) == (question.ends is None)

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memos_graph.language import worth_keeping


@pytest.mark.parametrize(
    "sentence",
    [
        "I went to a LGBTQ support group yesterday and it was so powerful.",
        "Yeah, I painted that lake sunrise last year!",
        "We're thinking about going camping next month.",
        "My sister Nora is allergic to peanuts.",
        "Dana moved to Lisbon in May.",
        "The office moves to Harbour Street in June.",
        "Remote work needs the approval of the team lead.",
        "I don't eat meat anymore.",
        "Our budget is 4,000 euros.",
        "You owe me 40 euros for the concert.",
        "\u6211\u53bb\u5e74\u642c\u5230\u4e86\u91cc\u65af\u672c\u3002",
    ],
)
def test_keeps_what_states_something(sentence: str):
    assert worth_keeping(sentence)


@pytest.mark.parametrize(
    "sentence",
    [
        "Wow, that's cool!",
        "Hey Mel! Good to see you!",
        "Thanks, Melanie!",
        "Thank you so much for your kind words!",
        "How have you been?",
        "Did Dana move to Lisbon in May?",
        "Did you buy the tickets? \U0001f600",
        "Sounds great, see you soon!",
        "You're welcome.",
        "I totally agree with you.",
        "I'm so glad to hear that.",
        "Good luck!",
        "Haha, yeah.",
        "I know, right?",
        "That's really awesome, Caroline!",
        "You're amazing!",
        "\u4f60\u53bb\u5e74\u642c\u5230\u4e86\u91cc\u65af\u672c\u5417\uff1f",
        "\u8c22\u8c22\u3002",
        "!!!",
        "",
    ],
)
def test_leaves_out_small_talk_and_questions(sentence: str):
    assert not worth_keeping(sentence)


@given(st.text())
def test_never_fails(text: str):
    assert worth_keeping(text) in {True, False}


@given(st.text())
def test_a_question_is_never_a_fact(text: str):
    assert not worth_keeping(f"{text}?")

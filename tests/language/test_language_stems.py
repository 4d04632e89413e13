import pytest
from hypothesis import given
from hypothesis import strategies as st

from memos_graph.language import content_stems, fingerprint


def test_stems_keep_order_numbers_and_negations():
    assert content_stems("She isn't moving to the 3 cities, never!") == ("not", "move", "3", "citi", "not")


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("Dana moved to Lisbon.", "dana MOVES to lisbon"),
        ("The dog chased the cat.", "Cats: chasing dogs!"),
        ("I don't like tea.", "I do not like tea"),
        ("It\u2019s Ann\u2019s house.", "It's Ann's house."),
        ("We paid 40 euros", "40 euros: paid"),
    ],
)
def test_rewordings_have_one_fingerprint(first: str, second: str):
    assert fingerprint(first) == fingerprint(second) != ""


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("I like tea.", "I don't like tea."),
        ("Dana lives here.", "Dana never lives here."),
        ("We paid 40 euros.", "We paid 41 euros."),
        ("We meet at 3.5 km", "We meet at 35 km"),
        ("Ann paid Bo.", "Ann paid Cy."),
    ],
)
def test_another_meaning_has_another_fingerprint(first: str, second: str):
    assert fingerprint(first) != fingerprint(second)


@pytest.mark.parametrize("text", ["", "  ", "!?", "the of and", "No, not that.", "\U0001f600"])
def test_nothing_left_gives_no_fingerprint(text: str):
    assert fingerprint(text) == ""


def test_other_scripts_keep_their_words_whole():
    assert content_stems("\u0939\u093f\u0928\u094d\u0926\u0940 \u0643\u0650\u062a\u0627\u0628") == (
        "\u0939\u093f\u0928\u094d\u0926\u0940",
        "\u0643\u0650\u062a\u0627\u0628",
    )


@given(st.text())
def test_a_fingerprint_is_a_digest_or_nothing(text: str):
    assert len(fingerprint(text)) in {0, 64}


@given(st.lists(st.sampled_from(["river", "bridge", "42", "painted", "not", "the", "Lisbon"])), st.randoms())
def test_order_and_repetition_do_not_count(words: list[str], chance: object):
    shuffled = words * 2
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    assert fingerprint(" ".join(words)) == fingerprint(", ".join(shuffled))

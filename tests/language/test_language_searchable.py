"""One form for what is written in several ways, and words cut where a script puts no blanks between them."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memos_graph.language import lucene_terms, searchable

SAME = [
    ("co\u00adoperate", "cooperate"),
    ("of\ufb01ce tra\ufb03c", "office traffic"),
    ("\uff26\uff55\uff4c\uff4c \uff11\uff12", "Full 12"),
    ("\uff76\uff9e\uff97\uff7d", "\u30ac\u30e9\u30b9"),  # half-width kana
    ("\U0001d4d7\U0001d4ee\U0001d4f5\U0001d4f5\U0001d4f8", "Hello"),
    ("\ufeb3\ufefc\ufee1", "\u0633\u0644\u0627\u0645"),  # Arabic presentation forms
    ("Malm\u00f6 caf\u00e9 re\u0301sume\u0301", "Malmo cafe resume"),
    ("Stra\u00dfe \u0141\u00f3d\u017a S\u00f8rensen", "Strasse Lodz Sorensen"),
    ("\u0645\u064e\u062f\u0652\u0631\u064e\u0633\u064e\u0629", "\u0645\u062f\u0631\u0633\u0629"),
    ("\u05e9\u05c1\u05b8\u05dc\u05d5\u05b9\u05dd", "\u05e9\u05dc\u05d5\u05dd"),
    (
        "\u0401\u043b\u043a\u0430 \u0437\u0430\u0301\u043c\u043e\u043a",
        "\u0415\u043b\u043a\u0430 \u0437\u0430\u043c\u043e\u043a",
    ),
    ("a\u200bb", "a b"),
    ("left\u200eright\u2069", "leftright"),
]


@pytest.mark.parametrize(("written", "plain"), SAME)
def test_what_is_written_in_several_ways_is_searched_in_one(written: str, plain: str) -> None:
    assert searchable(written) == searchable(plain) == plain


@pytest.mark.parametrize("text", ["\u0439\u043e\u0434", "\u30ac\u30e9\u30b9", "plain words", "\u65e5\u672c\u8a9e"])
def test_marks_that_make_another_letter_stay(text: str) -> None:
    assert searchable(text) == text


@given(st.text(max_size=80))
def test_it_is_the_same_the_second_time_and_does_not_lengthen_without_bound(text: str) -> None:
    once = searchable(text)
    assert " ".join(searchable(once).split()) == " ".join(once.split())
    assert len(once) <= 20 * len(text) + 2  # NFKC's longest is eighteen


@pytest.mark.parametrize(
    ("sentence", "word"),
    [
        (
            "\u0e09\u0e31\u0e19\u0e0a\u0e2d\u0e1a\u0e01\u0e34\u0e19\u0e02\u0e49\u0e32\u0e27",
            "\u0e02\u0e49\u0e32\u0e27",
        ),  # Thai: I like to eat rice; rice
        (
            "\u0e82\u0ec9\u0ead\u0e8d\u0ea1\u0eb1\u0e81\u0e81\u0eb4\u0e99\u0ec0\u0e82\u0ebb\u0ec9\u0eb2",
            "\u0e81\u0eb4\u0e99",
        ),  # Lao: eat
        (
            "\u1781\u17d2\u1789\u17bb\u17c6\u1785\u17bc\u179b\u1785\u17b7\u178f\u17d2\u178f\u1794\u17b6\u1799",
            "\u1794\u17b6\u1799",
        ),  # Khmer: rice
    ],
)
def test_a_word_inside_a_run_without_blanks_is_asked_for_by_its_letters(sentence: str, word: str) -> None:
    letters = searchable(sentence).split()
    assert "".join(letters) == unicodedata.normalize("NFC", sentence)
    assert len(letters) > 3
    for phrase in lucene_terms(word).split(" OR "):
        assert f" {phrase.strip(chr(34))} " in f" {' '.join(letters)} "


def test_a_word_with_accents_is_asked_for_both_ways() -> None:
    assert lucene_terms("Malm\u00f6") == '"malmo" OR "malm\u00f6"'
    assert lucene_terms("Malmo") == '"malmo"'

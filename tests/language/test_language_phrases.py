import pytest
from hypothesis import given
from hypothesis import strategies as st

from memos_graph.language import key_phrases


def names(text: str, limit: int = 10) -> set[str]:
    return {phrase.text for phrase in key_phrases([text], limit_per_text=limit)[0]}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I went to a LGBTQ support group yesterday and it was so powerful.", {"lgbtq support group"}),
        ("Caroline's been looking into adoption agencies.", {"caroline", "adoption agency"}),
        ("My engineering professor gave us a huge robotics project.", {"engineering professor", "robotics project"}),
        ("We visited New York and the Grand Canyon.", {"new york", "grand canyon"}),
        ("Thanks, Mel! I don't know what they said.", {"mel"}),
        ("I love hiking and pottery classes.", {"hiking", "pottery class"}),
        ("Employees may work remotely with the approval of their team lead.", {"employee", "approval", "team lead"}),
        ("Hey! How have you been? I wasn't sure, it's great.", set()),
        ("3.14 2023 40%", set()),
    ],
)
def test_names_the_concepts(text: str, expected: set[str]):
    assert names(text) == expected


def test_what_other_texts_name_too_links_them():
    first, second = key_phrases(["The LGBTQ support group met.", "Ann joined a support group."])
    assert "support group" in {phrase.text for phrase in first} & {phrase.text for phrase in second}


def test_a_rare_concept_outweighs_a_common_one():
    texts = ["Ann likes the garden."] * 9 + ["Ann likes the telescope."]
    weights = {phrase.text: phrase.weight for phrase in key_phrases(texts)[-1]}
    assert weights["telescope"] > weights["ann"]


def test_at_most_so_many_best_first():
    (found,) = key_phrases(["The fox, the owl, the wolf, the hare and the crow saw a lake."], limit_per_text=3)
    assert len(found) == 3
    assert [phrase.weight for phrase in found] == sorted((phrase.weight for phrase in found), reverse=True)
    assert key_phrases([]) == []


@given(st.lists(st.text(), max_size=5))
def test_phrases_stand_in_their_texts(texts: list[str]):
    found = key_phrases(texts)
    assert len(found) == len(texts)
    for text, phrases in zip(texts, found, strict=True):
        assert len(phrases) <= 4
        for phrase in phrases:
            assert 0 <= phrase.start < phrase.end <= len(text)
            assert phrase.text == phrase.text.lower()
            assert 0 < phrase.weight <= 1

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memos_graph.language import sentences


def split(text: str) -> list[str]:
    return [text[start:end] for start, end in sentences(text)]


@pytest.mark.parametrize(
    "expected",
    [
        ["I moved to Lisbon.", "It rains less here!", "Will you visit?"],
        ["Dr. Ruiz met Mrs. Lee at St. Mary's.", "They talked."],
        ["She lives in the U.S. with J. Brown.", "He works at 9 a.m. daily."],
        ["I left the U.S. in May.", "It was sad."],
        ["He moved to the U.S.", "He likes it."],
        ["It costs 3.50 or 4.2 million.", "Version 2.0.1 is out."],
        ["See fig. 3 and no. 5 for that.", "I said no.", "Then we left."],
        ["Well... maybe not.", "Wait\u2026", "What?!", "No way!!"],
        ["We went to e.g. Rome, Paris etc. and back.", "Fine."],
        ['"Why?" he asked.', 'She said "no."', "Then she left."],
        ["(It was late.)", "We slept."],
        ["So fun \U0001f600", "We went home \u2764\ufe0f", "Bye"],
        ["i went home.", "then i slept.", "ok"],
        ["It ended Jan. 5 at Acme Inc. in Reno.", "Good."],
        ["\u6211\u642c\u5bb6\u4e86\u3002", "\u4f60\u5462\uff1f", "\u592a\u597d\u4e86\uff01"],
        ["\u0643\u064a\u0641 \u062d\u0627\u0644\u0643\u061f", "\u0628\u062e\u064a\u0631."],
        ["\u092f\u0939 \u0918\u0930 \u0939\u0948\u0964", "\u0920\u0940\u0915 \u0939\u0948\u0964"],
        ["no end"],
        [],
    ],
    ids=lambda sentences_: (sentences_ or ["nothing"])[0][:20],
)
def test_splits(expected: list[str]):
    joint = "" if expected and ord(expected[0][0]) in range(0x4E00, 0xA000) else " "
    assert split(joint.join(expected)) == expected


def test_a_line_break_ends_a_sentence():
    assert split("1. Buy milk\n2. Call Ann.") == ["1. Buy milk", "2. Call Ann."]
    assert split("Milk\nEggs and\n\nbread.\n") == ["Milk", "Eggs and", "bread."]


@given(st.text())
def test_spans_are_ordered_trimmed_and_lose_no_word(text: str):
    spans = sentences(text)
    last = 0
    for start, end in spans:
        assert last <= start < end <= len(text)
        assert text[start:end] == text[start:end].strip()
        assert not text[last:start].strip()
        last = end
    assert not text[last:].strip()

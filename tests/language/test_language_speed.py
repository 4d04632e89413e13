"""Hostile texts: every function stays linear. Bounds are wide; quadratic work would pass them many times over."""

import time
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from memos_graph.language import (
    fingerprint,
    key_phrases,
    lucene_terms,
    read_question,
    resolve_times,
    sentences,
    worth_keeping,
)

NOW = datetime(2026, 5, 8, tzinfo=UTC)
FUNCTIONS: dict[str, Callable[[str], object]] = {
    "sentences": sentences,
    "worth_keeping": worth_keeping,
    "fingerprint": fingerprint,
    "key_phrases": lambda text: key_phrases([text]),
    "resolve_times": lambda text: resolve_times(text, NOW),
    "read_question": lambda text: read_question(text, now=NOW, known_people=["Ann"]),
    "lucene_terms": lucene_terms,
}
PIECES = (
    ".", ". ", '."', " ", "\n", "\t", "a", "a.", "a-", "a'", "a ", "(", "?", "so, ", "thanks ", "Ann ", "what ", "which a ",
    "last ", "two weeks ago ", "in May ", "2023-", "\u6c49", "\U0001f600", "that's very ", "it's ", "\u3002", "1. ",
)  # fmt: skip


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_hostile_text_takes_no_time(name: str):
    for piece in PIECES:
        text = piece * (50_000 // len(piece))
        started = time.process_time()
        FUNCTIONS[name](text)
        assert time.process_time() - started < 5, piece

"""Whatever reads texts of others takes time in proportion to them: twice as long a string takes at most three times as long.

Detectors, the language's functions and the readers of files that are read in this process (``formats/parse.py``).
"""

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime

import pytest
from support.linear import PUMPS, slow

from memos_graph.errors import MemosError
from memos_graph.formats.clean import clean_text
from memos_graph.formats.dates import parse_date
from memos_graph.formats.front_matter import read_front_matter
from memos_graph.formats.mail import looks_like_mail
from memos_graph.formats.parse import read_source
from memos_graph.formats.quotes import split_quotes
from memos_graph.formats.subtitles import looks_like_subtitles
from memos_graph.host.reasoning import Thinking
from memos_graph.language import (
    content_stems,
    fingerprint,
    key_phrases,
    lucene_terms,
    read_question,
    relation_of,
    resolve_times,
    searchable,
    sentences,
    worth_keeping,
)
from memos_graph.language.followups import alone
from memos_graph.language.sensitivity.contacts import addresses, emails, phones
from memos_graph.language.sensitivity.detect import detect
from memos_graph.language.sensitivity.numbers import accounts, cards, identity_numbers
from memos_graph.language.sensitivity.secrets import api_keys, passwords, private_keys

NOW = datetime(2026, 5, 8, tzinfo=UTC)


def _every(rule: Callable[[str], object]) -> Callable[[str], object]:
    return lambda text: list(rule(text))  # type: ignore[call-overload]


def _file(name: str) -> Callable[[str], object]:
    def read(text: str) -> None:
        with suppress(MemosError):
            read_source(text, name=name)

    return read


def _thought(text: str) -> None:
    thinking = Thinking("")
    for piece in (text[at : at + 100] for at in range(0, len(text), 100)):
        thinking.push(piece)
    thinking.flush()


def _date(text: str) -> None:
    with suppress(MemosError):
        parse_date(text)


WORK: dict[str, Callable[[str], object]] = {
    **{
        rule.__name__: _every(rule)
        for rule in (emails, addresses, phones, cards, accounts, identity_numbers, api_keys, passwords, private_keys)
    },
    "detect": detect,
    "sentences": sentences,
    "worth_keeping": worth_keeping,
    "fingerprint": fingerprint,
    "content_stems": content_stems,
    "key_phrases": lambda text: key_phrases([text]),
    "resolve_times": lambda text: resolve_times(text, NOW),
    "read_question": lambda text: read_question(text, now=NOW, known_people=["Ann"]),
    "lucene_terms": lucene_terms,
    "searchable": searchable,
    "relation_of": relation_of,
    "alone": lambda text: alone([("user", text)], text, ["Ann"]),
    "clean_text": clean_text,
    "parse_date": _date,
    "front_matter": lambda text: read_front_matter(f"---\n{text}\n---\n"),
    "split_quotes": lambda text: list(split_quotes(text, zone=None)),
    "looks_like_mail": looks_like_mail,
    "looks_like_subtitles": looks_like_subtitles,
    "chat": _file("a.json"),
    "jsonl": _file("a.jsonl"),
    "log": _file("a.log"),
    "text": _file("a.txt"),
    "thinking": _thought,
}


@pytest.mark.parametrize("name", WORK)
def test_twice_as_long_takes_no_more_than_in_proportion(name: str) -> None:
    assert slow(WORK[name], PUMPS) == []

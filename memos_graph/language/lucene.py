"""Words of a person into a full-text query that holds nothing but words."""

import re
from collections.abc import Iterable, Iterator, Sequence

from memos_graph.language.searchable import UNSPACED, clusters, searchable
from memos_graph.language.words import LETTER, STOP_WORDS

MAX_TERMS = 64
"""Most terms of a query; Lucene itself refuses more than 1024."""

# Lucene's tokenizer keeps dots, apostrophes and underscores inside words and cuts at hyphens, and so does this.
_TERM = re.compile(rf"(?:{LETTER}|_){{1,200}}(?:['\u2019.](?:{LETTER}|_){{1,200}}){{0,8}}")
_IDEOGRAPHS = re.compile(r"[\u3040-\u309f\u3400-\u9fff]+")


def lucene_terms(terms: str | Iterable[str]) -> str:
    """Write an OR query for Lucene's classic parser: each word in quotes, so that no operator of it survives.

    A word is made of letters, digits and ``'``, ``.`` or ``_`` inside it; all else is dropped. Stop words are left out
    unless there is nothing else. Each word comes once, at most 64 of them, as it is searched (``searchable``) and, where
    that differs, as it was written: past versions keep their words as written. Chinese, Japanese, Thai and other writing
    without blanks is asked for by pairs of signs. Empty when no word is left.
    """
    text = terms if isinstance(terms, str) else " ".join(terms)
    words = dict.fromkeys(word for found in _TERM.finditer(text) for word in _forms(found.group().lower()))
    kept = [word for word in words if word not in STOP_WORDS] or list(words)
    return " OR ".join(f'"{word}"' for word in kept[:MAX_TERMS])


def _forms(term: str) -> Iterator[str]:
    if term.isascii():
        yield term
    elif UNSPACED.search(term):
        for piece in searchable(UNSPACED.sub(" ", term)).split():
            yield from _pairs_of_ideographs(piece)
        for run in UNSPACED.findall(term):
            yield from _pairs(clusters(str(run)), " ")
    else:
        for word in (*_TERM.findall(searchable(term).lower()), term):
            yield from _pairs_of_ideographs(word)


def _pairs_of_ideographs(word: str) -> Iterator[str]:
    if not _IDEOGRAPHS.search(word):
        yield word
        return
    for run in _IDEOGRAPHS.findall(word):
        yield from _pairs(run, "")
    yield from filter(None, _IDEOGRAPHS.split(word))


def _pairs(signs: Sequence[str], between: str) -> Iterator[str]:
    """Neighbours two by two, as a phrase of the index, where each sign is a word; one sign alone as it is."""
    yield from (between.join(signs[place : place + 2]) for place in range(max(1, len(signs) - 1)))

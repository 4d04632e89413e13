"""Words of a person into a full-text query that holds nothing but words."""

import re
from collections.abc import Iterable, Iterator

from memos_graph.language.words import LETTER, STOP_WORDS

MAX_TERMS = 64
"""Most terms of a query; Lucene itself refuses more than 1024."""

# Lucene's tokenizer keeps dots, apostrophes and underscores inside words and cuts at hyphens, and so does this.
_TERM = re.compile(rf"(?:{LETTER}|_){{1,200}}(?:['\u2019.](?:{LETTER}|_){{1,200}}){{0,8}}")
_UNSPACED = re.compile(r"[\u3040-\u309f\u3400-\u9fff]+")


def lucene_terms(terms: str | Iterable[str]) -> str:
    """Write an OR query for Lucene's classic parser: each word in quotes, so that no operator of it survives.

    A word is made of letters, digits and ``'``, ``.`` or ``_`` inside it; all else is dropped. Stop words are left out
    unless there is nothing else. Each word comes once, at most 64 of them; Chinese and Japanese is asked for by pairs
    of signs. Empty when no word is left.
    """
    text = terms if isinstance(terms, str) else " ".join(terms)
    words = dict.fromkeys(word for found in _TERM.finditer(text) for word in _words(found.group().lower()))
    kept = [word for word in words if word not in STOP_WORDS] or list(words)
    return " OR ".join(f'"{word}"' for word in kept[:MAX_TERMS])


def _words(term: str) -> Iterator[str]:
    if not _UNSPACED.search(term):
        yield term
        return
    for run in _UNSPACED.findall(term):
        yield from (run[place : place + 2] for place in range(max(1, len(run) - 1)))
    yield from filter(None, _UNSPACED.split(term))

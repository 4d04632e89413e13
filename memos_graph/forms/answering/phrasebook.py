"""What recall-tiny can be asked: questions in the words it was trained on, about a line that it can read."""

import re
from collections.abc import Sequence

from memos_graph.forms.answering.lines import in_order
from memos_graph.host.recall_tiny.phrasebook import Fact, book, questions, read
from memos_graph.search.selection import Line

_BLANKS = re.compile(r"\s+")


def value_of(question: str, lines: Sequence[Line]) -> str | None:
    """Return the right answer to ``question`` where the phrasebook reads it and one of ``lines``; the last such line holds."""
    asked = _plain(question)
    facts = [fact for line in in_order(lines) if (fact := read(line.text)) is not None]
    return next((fact.value for fact in reversed(facts) if asked in _ways(fact)), None)


def _ways(fact: Fact) -> set[str]:
    return {_plain(way) for split in ("train", "held_out") for way in questions(fact, split)}


def _plain(question: str) -> str:
    said = _BLANKS.sub(" ", question.replace("\u2019", "'")).strip()
    for before in book().before:
        said = said.removeprefix(before.strip()).lstrip()
    return said.casefold()

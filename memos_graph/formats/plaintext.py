"""Plain text: paragraphs between blank lines."""

import re
from collections.abc import Iterator
from datetime import datetime

from memos_graph.formats.passages import TextBlock, document
from memos_graph.formats.types import Parsed

_NARROWEST = 50  # columns
_ITEM = re.compile(r"(?:[-*\u2022+]|\d+[.)]|[A-Za-z]\))\s|.*\||\t")
_GAP = re.compile(r"\n[ \t\r\f\v]*\n\s*")


def read_text(text: str, *, source: str, at: datetime | None, max_chars: int) -> Parsed:
    """Read a plain document; it has no headings, and its title is its caller's business."""
    return document(_paragraphs(text), source=source, max_chars=max_chars, at=at)


def _paragraphs(text: str) -> Iterator[TextBlock]:
    start, line = 0, 1
    for gap in _GAP.finditer(text):
        yield TextBlock(unwrapped(text[start : gap.start()]), line=line)
        line += text.count("\n", start, gap.end())
        start = gap.end()
    yield TextBlock(unwrapped(text[start:]), line=line)


def unwrapped(paragraph: str) -> str:
    """Join the lines of a paragraph that was broken to fit a width; verses, lists and tables stay as they are."""
    lines = [line.strip() for line in paragraph.split("\n")]
    wrapped = all(len(line) >= _NARROWEST for line in lines[:-1]) and not any(map(_ITEM.match, lines[1:]))
    return (" " if wrapped else "\n").join(lines)

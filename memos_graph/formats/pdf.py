"""PDF: paragraphs with their page numbers, read with pypdf."""

import io
import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from pypdf import PageObject, PdfReader

from memos_graph.errors import FormatError
from memos_graph.formats.passages import Block, document
from memos_graph.formats.types import Parsed

_HYPHENATED = re.compile(r"(?<=[^\W\d_])[-\u00ad]\n(?=[a-z])")
_SENTENCE_END = re.compile(r"[.!?:\u3002\uff01\uff1f][\"'\u201d\u2019)]*\s*$")
_GAP = 1.8  # font sizes between the lines of two paragraphs
_SHORT_LINE = 0.8  # of the longest line of its page


def read_pdf(data: bytes, *, source: str, at: datetime | None, max_chars: int) -> Parsed:
    """Read a PDF's text, page by page; raises ``FormatError`` when it is encrypted, broken or holds only images."""
    title, pages = _extract(data, source)
    if not any(page.strip() for page in pages):
        raise FormatError(
            f"{source}: the PDF holds no text; it may be scanned.", hint="Run text recognition on it first."
        )
    return document(_blocks(pages), source=source, max_chars=max_chars, title=title, at=at)


def _extract(data: bytes, source: str) -> tuple[str | None, list[str]]:
    try:
        reader = PdfReader(io.BytesIO(data))
        if not reader.is_encrypted or reader.decrypt(""):
            title = reader.metadata.title if reader.metadata else None
            return (title or "").strip() or None, [_page_text(page) for page in reader.pages]
    except Exception as error:  # a broken file can fail in any way inside the parser
        raise FormatError(f"{source}: the PDF can't be read: {error}.", hint="Open and save it again.") from error
    raise FormatError(f"{source}: the PDF is encrypted.", hint="Save a copy without a password.")


def _page_text(page: PageObject) -> str:
    lines = _Lines()
    page.extract_text(visitor_text=lines.add)
    return "".join(lines.parts)


class _Lines:
    """Collects the text of a page, with an empty line where the next line stands further below than it need."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self._height: float | None = None

    def add(self, text: str, page: Sequence[float], place: Sequence[float], _font: Any, size: float) -> None:
        """Take a piece of text; ``page`` and ``place`` are its transformation matrices, ``size`` its font's, in points."""
        if text.strip():
            height = place[5] * page[3] + page[5]
            line = size * abs(place[3] * page[3]) * (1 + text.strip().count("\n"))
            if self._height is not None and self._height - height > _GAP * line > 0:
                self.parts.append("\n\n")
            self._height = height
        self.parts.append(text)


def _blocks(pages: list[str]) -> Iterator[Block]:
    for number, page in enumerate(pages, start=1):
        for text in _paragraphs(page):
            yield Block(text, page=number)


def _paragraphs(page: str) -> Iterator[str]:
    """Join a page's lines; a paragraph ends at a blank line, or at a short line that ends a sentence."""
    lines = _HYPHENATED.sub("", page.replace("\r\n", "\n")).split("\n")
    width = max(map(len, lines))
    waiting: list[str] = []
    for line in (*lines, ""):
        if line.strip():
            waiting.append(line.strip())
        ended = len(line) < _SHORT_LINE * width and _SENTENCE_END.search(line)
        if waiting and (not line.strip() or ended):
            yield " ".join(waiting)
            waiting = []

"""Blocks of a document into passages of a size that is found and read well."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from memos_graph.errors import FormatError
from memos_graph.formats.clean import clean_text, excerpt
from memos_graph.formats.types import Parsed, Passage, Rejected, Remark
from memos_graph.kit.digests import sha256

FILL_CHARS = 600
"""Neighbouring paragraphs under one heading share a passage until it has this many characters."""

LIMIT_CHARS = 1200
"""No passage is longer; a longer paragraph is split at its sentence ends."""

_LOOK_BACK = 10_000  # characters before the limit in which a good place to cut is looked for

_BREAKS = (
    re.compile(r"(?<=[.!?\u2026])[\"'\u201d\u2019)\]]*\s+(?=[^\s\d,;)a-z])|(?<=[\u3002\uff01\uff1f])|\n+"),  # sentences
    re.compile(r"(?<=[,;:\uff0c\uff1b\uff1a\u3001])\s*|\s[\u2013\u2014-]\s"),  # clauses
    re.compile(r"\s+"),
)


@dataclass(frozen=True)
class TextBlock:
    """A paragraph, list, table or code block as it stands in a document, under its headings; without text, a heading itself.

    ``quoted`` counts the quotations it stands in.
    """

    text: str
    heading: tuple[str, ...] = ()
    page: int | None = None
    line: int | None = None
    quoted: int = 0


def document(
    blocks: Iterable[TextBlock],
    *,
    source: str,
    max_chars: int,
    title: str | None = None,
    at: datetime | None = None,
    remarks: Iterable[Remark] = (),
) -> Parsed:
    """Build a document of passages; a block over ``max_chars``, or with text that can't be kept, is rejected."""
    kept: list[TextBlock] = []
    rejected: list[Rejected] = []
    for block in _within(_with_lone_headings(blocks), min(max_chars, LIMIT_CHARS)):
        try:
            kept.append(TextBlock(clean_text(block.text, max_chars=max_chars), block.heading, block.page))
        except FormatError as problem:
            if block.text.strip():
                rejected.append(Rejected(line=block.line, reason=str(problem), excerpt=excerpt(block.text)))
    entries = tuple(_passage(number, block) for number, block in enumerate(_fill(kept), start=1))
    if not entries and not rejected:
        raise FormatError(f"{source}: the document holds no text.")
    return Parsed(
        kind="document",
        source=source,
        title=title,
        at=at,
        entries=entries,
        rejected=tuple(rejected),
        remarks=tuple(remarks),
    )


def _within(blocks: Iterable[TextBlock], limit: int) -> Iterator[TextBlock]:
    """Cut a block of any length into pieces that can be kept: it is cut into passages anyway."""
    for block in blocks:
        if len(block.text) <= limit:
            yield block
        else:
            for text in split_text(block.text, limit):
                yield replace(block, text=text)


def _with_lone_headings(blocks: Iterable[TextBlock]) -> Iterator[TextBlock]:
    """Make a heading with nothing under it a block of its own: what it says, it says all by itself."""
    waiting: TextBlock | None = None
    for block in (*blocks, TextBlock("")):
        if waiting and block.heading[: len(waiting.heading)] != waiting.heading:
            yield TextBlock(waiting.heading[-1], waiting.heading[:-1], waiting.page, waiting.line)
        waiting = block if block.heading and not block.text.strip() else None
        if waiting is None:
            yield block


def _passage(number: int, block: TextBlock) -> Passage:
    digest = sha256(block.text)[:12]
    return Passage(id=f"p{number:04d}-{digest}", text=block.text, heading=block.heading, page=block.page)


def _fill(blocks: Iterable[TextBlock]) -> Iterator[TextBlock]:
    """Join short neighbours under the same heading and on the same page; split what is too long."""
    waiting: TextBlock | None = None
    for block in blocks:
        for piece in _split(block):
            if waiting and _fits(waiting, piece):
                waiting = TextBlock(f"{waiting.text}\n\n{piece.text}", piece.heading, piece.page)
                continue
            if waiting:
                yield waiting
            waiting = piece
    if waiting:
        yield waiting


def _fits(first: TextBlock, second: TextBlock) -> bool:
    same_place = first.heading == second.heading and first.page == second.page
    return same_place and len(first.text) + len(second.text) + 2 <= FILL_CHARS


def _split(block: TextBlock) -> Iterator[TextBlock]:
    if len(block.text) <= LIMIT_CHARS:
        yield block
        return
    for text in split_text(block.text):
        yield TextBlock(text, block.heading, block.page)


def split_text(text: str, limit: int = LIMIT_CHARS) -> Iterator[str]:
    """Cut ``text`` into pieces of at most ``limit`` characters: at sentence ends, else clauses, words, anywhere."""
    start = 0
    while len(text) - start > limit:
        end = _cut(text, start, limit)
        if piece := text[start:end].strip():
            yield piece
        start = end
    if piece := text[start:].strip():
        yield piece


def _cut(text: str, start: int, limit: int) -> int:
    """Find the last good place to cut within ``limit`` characters of ``start``, but none before a third of them."""
    for pattern in _BREAKS:
        ends = [found.end() for found in pattern.finditer(text, start + max(limit - _LOOK_BACK, 0), start + limit)]
        if ends and ends[-1] - start > limit // 3:
            return ends[-1]
    return start + limit

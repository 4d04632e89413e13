"""Markdown: passages by heading and paragraph; lists, tables and code kept whole; title and date from front matter."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import chain

from markdown_it import MarkdownIt
from markdown_it.token import Token

from memos_graph.formats.front_matter import read_front_matter
from memos_graph.formats.html import visible_text
from memos_graph.formats.own_date import own_date
from memos_graph.formats.passages import TextBlock, document
from memos_graph.formats.types import Parsed

_DATE_KEYS = ("date", "updated", "effective", "created", "modified", "lastmod")
_PARSER = MarkdownIt("commonmark").enable("table")


def read_markdown(text: str, *, source: str, at: datetime | None, max_chars: int) -> Parsed:
    """Read a Markdown document; its own date (front matter) is used unless ``at`` is given.

    Properties of the front matter that say neither title nor date are its first passage. Raises ``FormatError`` when there
    is no text at all.
    """
    above = read_front_matter(text)
    written, remarks = own_date((key, above.values[key]) for key in _DATE_KEYS if key in above.values)
    tokens = _PARSER.parse(text[above.length :])
    properties = [TextBlock(above.rest, line=2)] if above.rest else []
    return document(
        chain(properties, _blocks(tokens, above.lines)),
        source=source,
        max_chars=max_chars,
        title=above.values.get("title") or _first_heading(tokens),
        at=at or written,
        remarks=remarks if at is None else (),
    )


def _first_heading(tokens: Sequence[Token]) -> str | None:
    for place, token in enumerate(tokens):
        if token.type == "heading_open":
            return _inline_text(tokens[place + 1]) if token.tag == "h1" else None
    return None


def _blocks(tokens: Sequence[Token], offset: int) -> Iterator[TextBlock]:
    headings: dict[int, str] = {}
    for group in _top_level(tokens):
        first = group[0]
        line = first.map[0] + 1 + offset if first.map else None
        if first.type == "heading_open":
            level = int(first.tag[1])
            headings = {depth: name for depth, name in headings.items() if depth < level}
            headings[level] = _inline_text(group[1])
            yield TextBlock("", tuple(headings[depth] for depth in sorted(headings)), line=line)
            continue
        yield TextBlock(_text(group), tuple(headings[depth] for depth in sorted(headings)), line=line)


def _top_level(tokens: Sequence[Token]) -> Iterator[Sequence[Token]]:
    start = depth = 0
    for place, token in enumerate(tokens):
        depth += token.nesting
        if depth == 0:
            yield tokens[start : place + 1]
            start = place + 1


def _text(group: Sequence[Token]) -> str:
    """Plain text of one block, with list markers and table bars where they carry meaning."""
    writer = _Writer()
    for token in group:
        writer.write(token)
    return "\n".join(writer.lines)


class _Writer:
    """Writes the lines of one block, token by token."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self._row: list[str] | None = None
        self._marker = ""
        self._counts: list[int | None] = []  # of each open list, the number of its next item; None for bullets

    def write(self, token: Token) -> None:
        """Write what ``token`` adds."""
        if token.type in {"fence", "code_block"}:
            self.lines.append(token.content.rstrip("\n"))
        elif token.type == "html_block":
            self.lines.append(visible_text(token.content))
        elif token.type == "inline":
            self._inline(_inline_text(token))
        elif token.type.startswith("tr_"):
            self._table_row(opens=token.nesting > 0)
        elif "list" in token.type:
            self._list(token)

    def _inline(self, text: str) -> None:
        if self._row is not None:
            self._row.append(text)
            return
        self.lines.append(self._marker + text)
        self._marker = "  " * len(self._counts)

    def _table_row(self, *, opens: bool) -> None:
        if self._row is not None and not opens:
            self.lines.append(" | ".join(self._row))
        self._row = [] if opens else None

    def _list(self, token: Token) -> None:
        if token.type == "list_item_open":
            count = self._counts[-1]
            self._marker = "  " * (len(self._counts) - 1) + ("- " if count is None else f"{count}. ")
            self._counts[-1] = None if count is None else count + 1
        elif token.type == "ordered_list_open":
            self._counts.append(int(token.attrs.get("start", 1)))
        elif token.type == "bullet_list_open":
            self._counts.append(None)
        elif token.type != "list_item_close":
            self._counts.pop()


def _inline_text(token: Token) -> str:
    parts: list[str] = []
    for child in token.children or ():
        if child.type in {"softbreak", "hardbreak"}:
            parts.append("\n" if child.type == "hardbreak" else " ")
        elif child.type != "html_inline":
            parts.append(child.content)
    return "".join(parts)

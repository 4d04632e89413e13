"""Markdown: passages by heading and paragraph; lists, tables and code kept whole; date and title from front matter."""

import re
from collections.abc import Iterator, Sequence
from datetime import datetime

from bs4 import BeautifulSoup
from markdown_it import MarkdownIt
from markdown_it.token import Token

from memos_graph.formats.dates import parse_date
from memos_graph.formats.passages import Block, document
from memos_graph.formats.types import Parsed

_FRONT_MATTER = re.compile(r"\A\ufeff?---[ \t]*\r?\n(?P<fields>.*?)\r?\n(?:---|\.\.\.)[ \t]*(?:\r?\n|\Z)", re.DOTALL)
_FIELD = re.compile(r"^(?P<key>[A-Za-z_-]+):[ \t]+(?P<value>\S.*?)[ \t]*$", re.MULTILINE)
_DATE_KEYS = ("date", "updated", "effective")
_PARSER = MarkdownIt("commonmark").enable("table")


def read_markdown(text: str, *, source: str, at: datetime | None, max_chars: int) -> Parsed:
    """Read a Markdown document; its own date (front matter) is used unless ``at`` is given.

    Raises ``FormatError`` when the front matter's date is none, or there is no text at all.
    """
    fields, body, offset = _front_matter(text)
    written = next((fields[key] for key in _DATE_KEYS if key in fields), None)
    tokens = _PARSER.parse(body)
    return document(
        _blocks(tokens, offset),
        source=source,
        max_chars=max_chars,
        title=fields.get("title") or _first_heading(tokens),
        at=at or (parse_date(written) if written else None),
    )


def _front_matter(text: str) -> tuple[dict[str, str], str, int]:
    found = _FRONT_MATTER.match(text)
    if not found:
        return {}, text, 0
    fields = {field["key"].lower(): field["value"].strip("\"'") for field in _FIELD.finditer(found["fields"])}
    return fields, text[found.end() :], text.count("\n", 0, found.end())


def _first_heading(tokens: Sequence[Token]) -> str | None:
    for place, token in enumerate(tokens):
        if token.type == "heading_open":
            return _inline_text(tokens[place + 1]) if token.tag == "h1" else None
    return None


def _blocks(tokens: Sequence[Token], offset: int) -> Iterator[Block]:
    headings: dict[int, str] = {}
    for group in _top_level(tokens):
        first = group[0]
        line = first.map[0] + 1 + offset if first.map else None
        if first.type == "heading_open":
            level = int(first.tag[1])
            headings = {depth: name for depth, name in headings.items() if depth < level}
            headings[level] = _inline_text(group[1])
            continue
        yield Block(_text(group), tuple(headings[depth] for depth in sorted(headings)), line=line)


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
            self.lines.append(BeautifulSoup(token.content, "html.parser").get_text(" ", strip=True))
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

"""HTML: what a reader of the page would read, under its headings."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from bs4 import BeautifulSoup, Tag
from bs4.dammit import EncodingDetector
from bs4.element import NavigableString, PageElement, PreformattedString

from memos_graph.errors import FormatError
from memos_graph.formats.own_date import own_date
from memos_graph.formats.passages import TextBlock, document
from memos_graph.formats.types import Parsed
from memos_graph.formats.visibility import Hiding, Visibility, shown_value

_BLOCK_TAGS = """
    address article aside blockquote body button center dd details dialog div dl dt fieldset figcaption figure footer form
    header hr html legend main menu nav ol option p pre section select summary svg table tbody textarea thead tfoot ul caption
"""
_BLOCKS = frozenset(_BLOCK_TAGS.split())
_WHOLE = frozenset({"ul", "ol", "menu", "table", "dl", "select"})
_DATE_NAMES = (
    "article:published_time",
    "datepublished",
    "dcterms.issued",
    "dcterms.created",
    "dcterms.date",
    "dc.date.issued",
    "dc.date",
    "date",
    "pubdate",
    "article:modified_time",
    "datemodified",
    "dcterms.modified",
    "last-modified",
)
_RAW = frozenset({"pre", "textarea"})
_HEADING = re.compile(r"h[1-6]")
_SPACE = re.compile(r"\s+")


def read_html(data: bytes | str, *, source: str, at: datetime | None, max_chars: int) -> Parsed:
    """Read what a reader of the page sees; menus are left out, lists and tables kept whole.

    Its own date, from its head, is used unless ``at`` is given. Bytes are UTF-8 unless the page declares another
    encoding; raises ``FormatError`` when they are neither.
    """
    page = BeautifulSoup(_closed(_decoded(data, source)), "html.parser")
    title = _SPACE.sub(" ", page.title.get_text()).strip() if page.title else ""
    written, remarks = own_date(_dates(page)) if at is None else (at, ())
    return document(
        _Walk(Visibility.of(page)).blocks(page),
        source=source,
        max_chars=max_chars,
        title=title or None,
        at=written,
        remarks=remarks,
    )


def visible_text(fragment: str) -> str:
    """Return what a reader sees of a piece of HTML, a line a block."""
    page = BeautifulSoup(_closed(fragment), "html.parser")
    return "\n".join(block.text for block in _Walk(Visibility.of(page)).blocks(page, headings=False))


def quoted_text(page: str) -> str:
    """Return what a reader sees of a mail in HTML, each line of a quotation marked with ``>`` as in plain text."""
    soup = BeautifulSoup(_closed(page), "html.parser")
    blocks = _Walk(Visibility.of(soup)).blocks(soup, headings=False)
    marked = (("> " * block.quoted, block.text.split("\n")) for block in blocks)
    return "\n\n".join("\n".join(mark + line for line in lines) for mark, lines in marked)


def _dates(page: BeautifulSoup) -> Iterator[tuple[str, str]]:
    """Dates that a page's head gives it, the one of its publication first."""
    written: dict[str, str] = {}
    for tag in page.find_all("meta"):
        name = str(tag.get("property") or tag.get("name") or tag.get("itemprop") or "").lower()
        written.setdefault(name, str(tag.get("content") or ""))
    return ((f"page's {name}", written[name]) for name in _DATE_NAMES if written.get(name))


def _closed(page: str) -> str:
    """Take tags that never close as text: the parser would look for the end of each again and again."""
    whole, end, rest = page.rpartition(">")
    return whole + end + rest.replace("<", "&lt;")


def _decoded(data: bytes | str, source: str) -> str:
    if isinstance(data, str):
        return data
    declared = EncodingDetector.find_declared_encoding(data, is_html=True, search_entire_document=False)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if declared is None:
            raise FormatError(
                f"{source}: not UTF-8 at byte {error.start}, and the page declares no encoding.",
                hint="Save it as UTF-8.",
            ) from error
    try:
        return data.decode(declared)
    except (UnicodeDecodeError, LookupError) as error:
        raise FormatError(
            f"{source}: not in the encoding it declares, {declared}.", hint="Save it as UTF-8."
        ) from error


@dataclass
class _Walk:
    """Goes through a page without recursion, so that no depth of nesting can break it."""

    seen: Visibility
    text: list[str] = field(default_factory=list)
    headings: dict[int, str] = field(default_factory=dict)
    whole: int = 0
    raw: int = 0
    quoted: int = 0

    def blocks(self, root: Tag, *, headings: bool = True) -> Iterator[TextBlock]:
        """Yield the page's blocks in order; without ``headings``, these are blocks like others."""
        stack: list[tuple[Tag, Iterator[PageElement], Hiding]] = [(root, iter(root.contents), frozenset())]
        while stack:
            tag, children, hiding = stack[-1]
            child = next(children, None)
            if child is None:
                stack.pop()
                yield from self._leave(tag, headings=headings)
            elif isinstance(child, Tag):
                if not self.seen.gone(child):
                    yield from self._enter(child)
                    stack.append((child, iter(child.contents), self.seen.hiding(child, hiding)))
            elif not hiding and isinstance(child, NavigableString) and not isinstance(child, PreformattedString):
                self.text.append(str(child) if self.raw else _SPACE.sub(" ", str(child)))

    def _enter(self, tag: Tag) -> Iterator[TextBlock]:
        if _HEADING.fullmatch(tag.name) or (tag.name in _BLOCKS and not self.whole):
            yield from self._flush()
        self.whole += _is_whole(tag)
        self.raw += tag.name in _RAW
        self.quoted += tag.name == "blockquote"
        if tag.name in {"li", "dt", "tr", "br", "option"}:
            self.text.append("\n- " if tag.name == "li" else "\n")
        elif tag.name in {"td", "th"}:
            self.text.append(" | ")
        elif tag.name in _BLOCKS:
            self.text.append("\n" if self.whole > _is_whole(tag) else " ")
        elif value := shown_value(tag):
            self.text.append(f" {value} ")

    def _leave(self, tag: Tag, *, headings: bool) -> Iterator[TextBlock]:
        if headings and _HEADING.fullmatch(tag.name):
            level = int(tag.name[1])
            name = _SPACE.sub(" ", "".join(self.text)).strip()
            self.text.clear()
            self.headings = {depth: text for depth, text in self.headings.items() if depth < level}
            if name:
                self.headings[level] = name
                yield TextBlock("", self._path())
            return
        self.whole -= _is_whole(tag)
        if (tag.name in _BLOCKS or _HEADING.fullmatch(tag.name)) and not self.whole:
            yield from self._flush()
        self.raw -= tag.name in _RAW
        self.quoted -= tag.name == "blockquote"

    def _flush(self) -> Iterator[TextBlock]:
        content = "".join(self.text)
        self.text.clear()
        lines = content.split("\n") if self.raw else [line.strip(" |") for line in content.split("\n")]
        text = "\n".join(line for line in lines if line.strip(" -|"))
        if text.strip():
            yield TextBlock(text, self._path(), quoted=self.quoted)

    def _path(self) -> tuple[str, ...]:
        return tuple(self.headings[level] for level in sorted(self.headings))


def _is_whole(tag: Tag) -> bool:
    """Whether it stays one block: a list or table, but no table that only says where on the page its parts stand."""
    if tag.name == "table":
        return tag.get("role") != "presentation" and tag.find("table") is None
    return tag.name in _WHOLE

"""HTML: what a reader of the page would read, under its headings."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from bs4 import BeautifulSoup, Tag
from bs4.dammit import EncodingDetector
from bs4.element import NavigableString, PageElement, PreformattedString

from memos_graph.errors import FormatError
from memos_graph.formats.passages import Block, document
from memos_graph.formats.types import Parsed

_DROPPED_TAGS = """
    script style nav template noscript svg iframe object form button select input textarea head footer aside
"""
_BLOCK_TAGS = """
    address article blockquote body center dd details div dl dt fieldset figcaption figure header hr html main
    ol p pre section summary table tbody thead tfoot ul caption
"""
_DROPPED, _BLOCKS = frozenset(_DROPPED_TAGS.split()), frozenset(_BLOCK_TAGS.split())
_WHOLE = frozenset({"ul", "ol", "table", "dl"})
_HEADING = re.compile(r"h[1-6]")
_SPACE = re.compile(r"\s+")


def read_html(data: bytes | str, *, source: str, at: datetime | None, max_chars: int) -> Parsed:
    """Read a page; scripts, styles, navigation, forms and footers are dropped, lists and tables kept whole.

    Bytes are UTF-8 unless the page declares another encoding; raises ``FormatError`` when they are neither.
    """
    soup = BeautifulSoup(_closed(_decoded(data, source)), "html.parser")
    title = _SPACE.sub(" ", soup.title.get_text()).strip() if soup.title else ""
    return document(_Walk().blocks(soup), source=source, max_chars=max_chars, title=title or None, at=at)


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

    text: list[str] = field(default_factory=list)
    headings: dict[int, str] = field(default_factory=dict)
    whole: int = 0
    raw: int = 0

    def blocks(self, root: Tag) -> Iterator[Block]:
        """Yield the page's blocks in order."""
        stack: list[tuple[Tag, Iterator[PageElement]]] = [(root, iter(root.contents))]
        while stack:
            tag, children = stack[-1]
            child = next(children, None)
            if child is None:
                stack.pop()
                yield from self._leave(tag)
            elif isinstance(child, Tag):
                if child.name not in _DROPPED:
                    yield from self._enter(child)
                    stack.append((child, iter(child.contents)))
            elif isinstance(child, NavigableString) and not isinstance(child, PreformattedString):
                self.text.append(str(child) if self.raw else _SPACE.sub(" ", str(child)))

    def _enter(self, tag: Tag) -> Iterator[Block]:
        if _HEADING.fullmatch(tag.name) or (tag.name in _BLOCKS and not self.whole):
            yield from self._flush()
        self.whole += tag.name in _WHOLE
        self.raw += tag.name == "pre"
        if tag.name in {"li", "dt", "tr", "br"}:
            self.text.append("\n- " if tag.name == "li" else "\n")
        elif tag.name in {"td", "th"}:
            self.text.append(" | ")
        elif tag.name in _BLOCKS:
            self.text.append("\n" if self.whole > (tag.name in _WHOLE) else " ")

    def _leave(self, tag: Tag) -> Iterator[Block]:
        if _HEADING.fullmatch(tag.name):
            level = int(tag.name[1])
            name = _SPACE.sub(" ", "".join(self.text)).strip()
            self.text.clear()
            self.headings = {depth: text for depth, text in self.headings.items() if depth < level}
            if name:
                self.headings[level] = name
            return
        self.whole -= tag.name in _WHOLE
        if tag.name in _BLOCKS and not self.whole:
            yield from self._flush()
        self.raw -= tag.name == "pre"

    def _flush(self) -> Iterator[Block]:
        content = "".join(self.text)
        self.text.clear()
        lines = content.split("\n") if self.raw else [line.strip(" |") for line in content.split("\n")]
        text = "\n".join(line for line in lines if line.strip(" -|"))
        if text.strip():
            yield Block(text, tuple(self.headings[level] for level in sorted(self.headings)))

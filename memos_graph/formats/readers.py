"""The readers of sources: one entry a format, with what a source of it is known by. Other packages can bring more."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache, partial
from typing import Any

from memos_graph.errors import ConfigurationError, FormatError
from memos_graph.formats.chat import read_chat
from memos_graph.formats.dates import DateOrder
from memos_graph.formats.jsonl import read_jsonl
from memos_graph.formats.listed import looks_listed, read_listed
from memos_graph.formats.logs import looks_like_log, read_log
from memos_graph.formats.mail import looks_like_mail, read_mail
from memos_graph.formats.markdown import read_markdown
from memos_graph.formats.plaintext import read_text
from memos_graph.formats.spoken import looks_spoken, read_spoken
from memos_graph.formats.subtitles import looks_like_subtitles, read_subtitles
from memos_graph.formats.types import Parsed
from memos_graph.kit import plugins
from memos_graph.kit.extras import needing

GROUP = "memos_graph.readers"
"""The entry points of readers that other packages bring."""


@dataclass(frozen=True)
class SourceOptions:
    """How one source is read.

    * ``source`` what it is called; ``at`` its date, where the caller knows it.
    * ``date_order`` what 05/08/25 means in it; ``None``: what it shows itself.
    * ``max_chars`` the longest text of one message or passage; ``seconds`` it may take.
    """

    source: str
    at: datetime | None = None
    date_order: DateOrder | None = None
    max_chars: int = 100_000
    seconds: float = 60.0


@dataclass(frozen=True)
class Reader:
    """Reads one format.

    * ``read`` takes the source and how to read it: text, unless ``binary``. Raises ``FormatError`` for what it can't read.
    * ``media_types``, ``suffixes`` (lower case, with the dot) and ``begins`` (the first bytes) tell a source of it, and so does
      ``looks``: it is given the beginning of a text, and that beginning's lines.
    * ``simple``: it takes time and memory in proportion to a source, and so a short one is read without a process of its own.
    """

    name: str
    read: Callable[[Any, SourceOptions], Parsed]
    media_types: Sequence[str] = ()
    suffixes: Sequence[str] = ()
    begins: bytes | None = None
    looks: Callable[[str, Sequence[str]], bool] | None = None
    binary: bool = False
    simple: bool = False


def _plain(read: Callable[..., Parsed], text: str, how: SourceOptions) -> Parsed:
    return read(text, source=how.source, at=how.at, max_chars=how.max_chars)


def _turns(read: Callable[..., Parsed], text: str, how: SourceOptions) -> Parsed:
    return read(text, source=how.source, at=how.at, max_chars=how.max_chars, date_order=how.date_order)


def _html(data: bytes | str, how: SourceOptions) -> Parsed:
    from memos_graph.formats.html import read_html  # noqa: PLC0415 - its library is large, and most processes read none

    return read_html(data, source=how.source, at=how.at, max_chars=how.max_chars)


def _pdf(data: bytes | str, how: SourceOptions) -> Parsed:
    if isinstance(data, str):
        raise FormatError(f"{how.source}: a PDF is bytes, not text.")
    try:
        with needing("formats", f"{how.source}: reading a PDF"):
            from memos_graph.formats.pdf import read_pdf  # noqa: PLC0415 - as above
    except ConfigurationError as error:  # one file of several that are sent: it is reported, and the others are read
        raise FormatError(error.message, hint=error.hint) from error
    return read_pdf(data, source=how.source, at=how.at, max_chars=how.max_chars, seconds=how.seconds)


OWN = (
    Reader(
        "mail",
        partial(_plain, read_mail),
        media_types=("message/rfc822", "application/mbox", "multipart/related", "application/x-mimearchive"),
        suffixes=(".eml", ".mbox", ".mht", ".mhtml"),
        looks=lambda head, _: looks_like_mail(head),
    ),
    Reader(
        "subtitles",
        partial(_plain, read_subtitles),
        media_types=("text/vtt", "application/x-subrip"),
        suffixes=(".vtt", ".srt"),
        looks=lambda head, _: looks_like_subtitles(head),
    ),
    Reader("spoken", partial(_turns, read_spoken), looks=lambda head, _: looks_spoken(head), simple=True),
    Reader(
        "log",
        partial(_turns, read_log),
        media_types=("text/x-log",),
        suffixes=(".log",),
        looks=lambda _, lines: looks_like_log(lines),
        simple=True,
    ),
    Reader("listed", partial(_plain, read_listed), looks=lambda _, lines: looks_listed(lines), simple=True),
    Reader("chat", partial(_plain, read_chat), simple=True),
    Reader(
        "jsonl",
        partial(_plain, read_jsonl),
        media_types=("application/jsonl", "application/x-ndjson", "application/x-jsonlines"),
        suffixes=(".jsonl", ".ndjson"),
        simple=True,
    ),
    Reader(
        "markdown",
        partial(_plain, read_markdown),
        media_types=("text/markdown", "text/x-markdown"),
        suffixes=(".md", ".markdown"),
    ),
    Reader("text", partial(_plain, read_text), simple=True),
    Reader(
        "html",
        _html,
        media_types=("text/html", "application/xhtml+xml"),
        suffixes=(".html", ".htm", ".xhtml"),
        binary=True,
    ),
    Reader("pdf", _pdf, media_types=("application/pdf",), suffixes=(".pdf",), begins=b"%PDF-", binary=True),
)
"""In the order in which a source of no known name is held against them."""


@cache
def readers() -> tuple[Reader, ...]:
    """Return every reader: those that other packages bring, which go before, and our own.

    Raises ``ConfigurationError`` for one that can't be loaded or is not a ``Reader``.
    """
    brought = plugins.every(GROUP)
    for name, each in brought.items():
        if not isinstance(each, Reader):
            raise ConfigurationError(
                f"'{name}' of the entry points {GROUP} is not a Reader but a {type(each).__name__}.",
                hint="Bring an instance of memos_graph.seams.Reader.",
            )
    return (*brought.values(), *OWN)


@cache
def reader(name: str) -> Reader:
    """Return the reader of a format by its name; raises ``KeyError`` for none."""
    return {each.name: each for each in reversed(readers())}[name]

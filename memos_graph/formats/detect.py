"""Which reader a source needs: by media type, then suffix, then content."""

import json
import re
from collections.abc import Callable, Sequence
from pathlib import PurePath
from typing import Literal

from memos_graph.errors import FormatError
from memos_graph.formats.logs import looks_like_log
from memos_graph.formats.mail import looks_like_mail
from memos_graph.formats.spoken import looks_spoken
from memos_graph.formats.subtitles import looks_like_subtitles

Format = Literal["chat", "jsonl", "log", "spoken", "markdown", "text", "html", "pdf", "mail", "subtitles"]

_MEDIA_TYPES: dict[str, Format | None] = {
    "application/json": None,  # a message list or, often enough, JSON Lines
    "application/jsonl": "jsonl",
    "application/x-ndjson": "jsonl",
    "application/x-jsonlines": "jsonl",
    "text/markdown": "markdown",
    "text/x-markdown": "markdown",
    "text/html": "html",
    "application/xhtml+xml": "html",
    "application/pdf": "pdf",
    "message/rfc822": "mail",
    "application/mbox": "mail",
    "multipart/related": "mail",
    "application/x-mimearchive": "mail",
    "text/vtt": "subtitles",
    "application/x-subrip": "subtitles",
    "text/x-log": "log",
    "text/plain": None,
    "application/octet-stream": None,
}
_SUFFIXES: dict[str, Format] = {
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".log": "log",
    ".md": "markdown",
    ".markdown": "markdown",
    ".html": "html",
    ".htm": "html",
    ".xhtml": "html",
    ".pdf": "pdf",
    ".eml": "mail",
    ".mbox": "mail",
    ".mht": "mail",
    ".mhtml": "mail",
    ".vtt": "subtitles",
    ".srt": "subtitles",
}
_JSON = re.compile(r"\[\s*\{|\{\s*[\"}]")
_SNIFF_CHARS = 4096
_SNIFF_LINES = 200
_MOST_CONTROLS, _MOST_UNDECODED = 0.1, 0.3  # shares of what is looked at
READABLE = "Readable are message lists and exports in JSON, JSON Lines, plain logs, Markdown, text, HTML, PDF, mail and subtitles."


_LOOKS: tuple[tuple[Format, Callable[[str, Sequence[str]], bool]], ...] = (
    ("mail", lambda head, _: looks_like_mail(head)),
    ("subtitles", lambda head, _: looks_like_subtitles(head)),
    ("spoken", lambda head, _: looks_spoken(head)),
    ("log", lambda _, lines: looks_like_log(lines)),
)


def detect(data: bytes | str, *, name: str, media_type: str | None) -> Format:
    """Name the format; raises ``FormatError`` for a media type that has no reader and for what looks like no text."""
    kind = (media_type or "").partition(";")[0].strip().lower()
    if kind and kind not in _MEDIA_TYPES:
        raise FormatError(f"{name}: there is no reader for {kind}.", hint=READABLE)
    known = _MEDIA_TYPES.get(kind) or _SUFFIXES.get(PurePath(name).suffix.lower())
    head = data[: 4 * _SNIFF_CHARS]
    if head.lstrip()[:5] in {b"%PDF-", "%PDF-"}:
        return "pdf"
    text = head if isinstance(head, str) else head.decode("utf-8", "surrogateescape")
    if text.lstrip().startswith("{\\rtf"):
        raise FormatError(f"{name}: this is RTF, and is not read.", hint=f"Save it as text. {READABLE}")
    if isinstance(head, bytes) and known != "pdf" and _looks_binary(text):
        raise FormatError(f"{name}: this looks like no text.", hint=READABLE)
    if known == "markdown" and not kind:  # some programs export chats under this suffix
        if looks_spoken(text):
            return "spoken"
        if looks_like_log(text.split("\n")[:_SNIFF_LINES], undated=False):
            return "log"
    return known or _by_content(text, json_expected=kind == "application/json" or name.lower().endswith(".json"))


def _looks_binary(text: str) -> bool:
    head = text[:_SNIFF_CHARS]
    controls = sum(sign < "\t" or "\r" < sign < "\x1b" for sign in head)
    undecoded = sum("\udc80" <= sign <= "\udcff" for sign in head)
    return controls > _MOST_CONTROLS * len(head) or undecoded > _MOST_UNDECODED * len(head)


def _by_content(text: str, *, json_expected: bool) -> Format:
    head = text.lstrip("\ufeff \t\r\n")
    if json_expected or _JSON.match(head):
        return "jsonl" if _is_json_object(head.partition("\n")[0]) and head.partition("\n")[2].lstrip() else "chat"
    if head[:15].lower().startswith(("<!doctype html", "<html")):
        return "html"
    lines = head.split("\n")[:_SNIFF_LINES]
    for found, fits in _LOOKS:
        if fits(head, lines):
            return found
    return "markdown" if any(line.startswith(("# ", "## ", "```")) for line in lines) else "text"


def _is_json_object(line: str) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False

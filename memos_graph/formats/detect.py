"""Which reader a source needs: by media type, then suffix, then content."""

import json
import re
from functools import cache
from pathlib import PurePath

from memos_graph.errors import FormatError
from memos_graph.formats.listed import looks_listed
from memos_graph.formats.logs import looks_like_log
from memos_graph.formats.readers import Reader, reader, readers
from memos_graph.formats.spoken import looks_spoken

# What says nothing of its format: a message list or, often enough, JSON Lines; any text; anything.
_SILENT = frozenset({"application/json", "text/plain", "application/octet-stream"})
_JSON = re.compile(r"\[\s*\{|\{\s*[\"}]")
_SNIFF_CHARS = 4096
_SNIFF_LINES = 200
_MOST_CONTROLS, _MOST_UNDECODED = 0.1, 0.3  # shares of what is looked at
READABLE = "Readable are message lists and exports in JSON, JSON Lines, plain logs, Markdown, text, HTML, PDF, mail and subtitles."


def detect(data: bytes | str, *, name: str, media_type: str | None) -> Reader:
    """Return the reader; raises ``FormatError`` for a media type that has none and for what looks like no text."""
    kind = (media_type or "").partition(";")[0].strip().lower()
    if kind and kind not in _SILENT and kind not in _by_media_type():
        raise FormatError(f"{name}: there is no reader for {kind}.", hint=READABLE)
    known = _by_media_type().get(kind) or _by_suffix().get(PurePath(name).suffix.lower())
    head = data[: 4 * _SNIFF_CHARS]
    if (found := _by_beginning(head)) is not None:
        return found
    text = head if isinstance(head, str) else head.decode("utf-8", "surrogateescape")
    if text.lstrip().startswith("{\\rtf"):
        raise FormatError(f"{name}: this is RTF, and is not read.", hint=f"Save it as text. {READABLE}")
    if isinstance(head, bytes) and not (known and known.begins) and _looks_binary(text):
        raise FormatError(f"{name}: this looks like no text.", hint=READABLE)
    if known and known.name == "markdown" and not kind:  # some programs export chats under this suffix
        if looks_spoken(text):
            return reader("spoken")
        if looks_like_log(text.split("\n")[:_SNIFF_LINES], undated=False):
            return reader("log")
        if looks_listed(text.split("\n")[:_SNIFF_LINES]):
            return reader("listed")
    return known or _by_content(text, json_expected=kind == "application/json" or name.lower().endswith(".json"))


@cache
def _by_media_type() -> dict[str, Reader]:
    return {media_type: each for each in reversed(readers()) for media_type in each.media_types}


@cache
def _by_suffix() -> dict[str, Reader]:
    return {suffix: each for each in reversed(readers()) for suffix in each.suffixes}


def _by_beginning(head: bytes | str) -> Reader | None:
    start = head[:_SNIFF_CHARS].lstrip()
    data = start if isinstance(start, bytes) else start.encode("utf-8", "surrogatepass")
    return next((each for each in readers() if each.begins and data.startswith(each.begins)), None)


def _looks_binary(text: str) -> bool:
    head = text[:_SNIFF_CHARS]
    controls = sum(sign < "\t" or "\r" < sign < "\x1b" for sign in head)
    undecoded = sum("\udc80" <= sign <= "\udcff" for sign in head)
    return controls > _MOST_CONTROLS * len(head) or undecoded > _MOST_UNDECODED * len(head)


def _by_content(text: str, *, json_expected: bool) -> Reader:
    head = text.lstrip("\ufeff \t\r\n")
    if json_expected or _JSON.match(head):
        many = _is_json_object(head.partition("\n")[0]) and head.partition("\n")[2].lstrip()
        return reader("jsonl" if many else "chat")
    if head[:15].lower().startswith(("<!doctype html", "<html")):
        return reader("html")
    lines = head.split("\n")[:_SNIFF_LINES]
    for each in readers():
        if each.looks is not None and each.looks(head, lines):
            return each
    return reader("markdown" if any(line.startswith(("# ", "## ", "```")) for line in lines) else "text")


def _is_json_object(line: str) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False

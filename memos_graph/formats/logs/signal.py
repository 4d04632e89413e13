"""Signal conversations as sigtop writes them: a block of ``From:``, ``Type:``, ``Sent:`` lines a message, then its words."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from memos_graph.errors import FormatError
from memos_graph.formats.gather import Gathered
from memos_graph.formats.logs.days import settle
from memos_graph.formats.logs.notes import MEDIA, NOTICE
from memos_graph.formats.logs.stamps import read_stamp

_TYPES = {"incoming", "outgoing"}
_FIELD = re.compile(r"(?P<key>From|Type|Sent|Received|Attachment|Reaction|Edited|Conversation|Version): (?P<value>.+)")
_BEGINNING = re.compile(r"\s*Conversation: .+\r?\n\r?\n(?:From: .+\r?\n)?Type: \S+\r?\n")
_ADDRESS = re.compile(r"\s+\((?:\+?[\d\s-]+|[0-9a-f-]{36}|group|[^()\s]*\d{3,}[^()\s]*)\)$")


@dataclass
class _Block:
    line: int
    fields: dict[str, str] = field(default_factory=dict)
    words: list[str] = field(default_factory=list)


def is_sigtop(text: str) -> bool:
    """Whether a text begins as a conversation that sigtop wrote."""
    return bool(_BEGINNING.match(text))


def read_sigtop(gathered: Gathered, lines: Sequence[str]) -> None:
    """Take each message of a conversation; quoted ones and older versions of edited ones stay out."""
    for block in _blocks(lines):
        kind, content = block.fields.get("Type", ""), "\n".join(block.words).strip()
        attributes = {key.lower(): block.fields[key] for key in ("Attachment", "Reaction") if key in block.fields}
        if "Edited" in block.fields:
            attributes["edited"] = "true"
        speaker = _ADDRESS.sub("", block.fields.get("From", ""))
        if kind not in _TYPES or not content:
            reason = MEDIA if kind in _TYPES and "Attachment" in block.fields else NOTICE
            gathered.refuse(reason, f"{speaker} {kind} {content}".strip(), line=block.line)
            continue
        try:
            gathered.take(content, speaker=speaker, at=_moment(gathered, block), attributes=attributes)
        except FormatError as problem:
            gathered.refuse(problem, content, line=block.line)


def _moment(gathered: Gathered, block: _Block) -> datetime | None:
    written = block.fields.get("Sent", "")
    stamp = read_stamp(written)
    try:
        if stamp:
            return settle([], None).moment(stamp[0], None)
    except FormatError as problem:
        gathered.remark(problem, block.words[0], line=block.line)
    else:
        gathered.remark(f"{written!r} is not a time; kept without a date.", block.words[0], line=block.line)
    return None


def _blocks(lines: Sequence[str]) -> Iterator[_Block]:
    block: _Block | None = None
    in_words = False
    for number, line in enumerate((line.rstrip("\r") for line in lines), start=1):
        if _begins(lines, number - 1):
            if block:
                yield block
            block, in_words = _Block(number), False
        if block is None:
            continue
        found = None if in_words else _FIELD.fullmatch(line)
        if found:
            block.fields.setdefault(found["key"], found["value"])
        elif line.strip() or in_words:
            in_words = _take_words(block, line)
    if block:
        yield block


def _begins(lines: Sequence[str], place: int) -> bool:
    """Whether a message begins here: fields below an empty line, with its type among them."""
    if place == 0 or lines[place - 1].strip():
        return False
    first = lines[place]
    if first.startswith("From: "):
        return place + 1 < len(lines) and lines[place + 1].startswith("Type: ")
    return (
        first.startswith("Type: ") and place + 1 < len(lines) and lines[place + 1].startswith(("Sent: ", "Received: "))
    )


def _take_words(block: _Block, line: str) -> bool:
    """Keep a line of what was said; of an edited message the newest version, which stands first."""
    if line.startswith(">"):
        return False
    if line.startswith("|"):
        inner = line[2:]
        if inner.startswith("Version: "):
            block.fields["versions"] = str(int(block.fields.get("versions", "0")) + 1)
        elif block.fields.get("versions") == "1" and not _FIELD.fullmatch(inner) and not inner.startswith(">"):
            block.words.append(inner)
        return False
    block.words.append(line)
    return True

"""JSON conversations: message lists as chat APIs keep them, and what chat programs and messengers export."""

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import PurePath
from typing import Any

from memos_graph.errors import FormatError
from memos_graph.formats.exports import Conversation, conversations, what_it_is
from memos_graph.formats.gather import Gathered
from memos_graph.formats.turns import TurnReader, storable
from memos_graph.formats.types import Parsed

_SHAPES = (
    "Give a list of messages, "
    '{"messages": […]}, {"sessions": [{"id", "at", "messages"}]} or an export that docs/formats.md names.'
)
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_PART_OF_CHATGPT = re.compile(r"conversations-\d{3,}\.json\Z")


def read_chat(text: str, *, source: str, at: datetime | None, max_chars: int) -> Parsed:
    """Read a JSON conversation or an export of many; each of many is a session of its own, with its title.

    Raises ``FormatError``: with the line for JSON that is malformed, and naming what the file is where it holds no talk.
    """
    document = load_json(text, source)
    found = conversations(document)
    if found is None:
        raise FormatError(_not_read(document, source), hint=_SHAPES)
    reader = TurnReader(Gathered(max_chars), carry_times=True)
    title = None
    if isinstance(document, Mapping):
        title = found[0].title if len(found) == 1 else storable(document.get("title"))
        at = reader.moment(document, at, what=f"The date of {source}")
    if len(found) == 1 and (channel := _channel(source)) is not None and found[0].id is None:
        found = [replace(found[0], id=channel, title=channel)]
    for number, conversation in enumerate(found, start=1):
        reader.read(conversation, at=at, session=conversation.id or (f"{number}" if len(found) > 1 else None))
    return reader.parsed(source=_whole(source, found), title=title, at=at)


def load_json(text: str, source: str) -> Any:
    """``json.loads``, with errors that name the source and the line."""
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise FormatError(
            f"{source}: not valid JSON in line {error.lineno}: {error.msg}.", line=error.lineno
        ) from error
    except RecursionError as error:
        raise FormatError(f"{source}: JSON nested too deeply to be a conversation.") from error
    except ValueError as error:
        raise FormatError(f"{source}: not valid JSON: {error}.") from error


def _not_read(document: Any, source: str) -> str:
    known = what_it_is(document)
    if known is not None:
        return f"{source}: this is {known}; it holds no conversation, and is not read."
    return f"{source}: this JSON holds no conversation."


def _channel(source: str) -> str | None:
    """Slack names a day's file by the day alone; the channel is the folder it lies in, where that is known."""
    path = PurePath(source)
    return path.parent.name or None if _DAY.fullmatch(path.stem) else None


def _whole(source: str, found: list[Conversation]) -> str:
    """ChatGPT deals one export out to several files, another time otherwise: they are one source by one name."""
    split = any(isinstance(each.about, Mapping) and "mapping" in each.about for each in found)
    return _PART_OF_CHATGPT.sub("conversations.json", source) if split else source

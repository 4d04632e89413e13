"""Message lists as chat APIs keep them: one JSON array, ``{"messages": […]}``, or ``{"sessions": […]}``."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from memos_graph.errors import FormatError
from memos_graph.formats.dates import parse_date
from memos_graph.formats.gather import Gathered
from memos_graph.formats.types import Parsed

_SPEAKER_KEYS = ("name", "speaker", "author", "from")
_TIME_KEYS = ("at", "timestamp", "created_at", "create_time", "date", "time")
_ID_KEYS = ("id", "message_id")
_TEXT_KEYS = ("content", "text", "message")
_SHAPES = 'Give a list of messages, {"messages": […]} or {"sessions": [{"id", "at", "messages"}]}.'


def read_chat(text: str, *, source: str, at: datetime | None, max_chars: int) -> Parsed:
    """Read a JSON conversation; raises ``FormatError`` (with the line) for JSON that is malformed or of another shape."""
    document = load_json(text, source)
    gathered = Gathered(max_chars)
    title = None
    if isinstance(document, Mapping):
        title = document.get("title")
        at = _moment(document, at)
    for session in _sessions(document, source):
        _read_session(gathered, session, at)
    return gathered.conversation(source=source, title=title if isinstance(title, str) else None, at=at)


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


def _sessions(document: Any, source: str) -> list[Any]:
    if isinstance(document, list):
        return [{"messages": document}]
    if isinstance(document, Mapping):
        if isinstance(document.get("sessions"), list):
            return list(document["sessions"])
        if isinstance(document.get("messages"), list):
            return [{"messages": document["messages"]}]
    raise FormatError(f"{source}: this JSON holds no conversation.", hint=_SHAPES)


def _read_session(gathered: Gathered, session: Any, at: datetime | None) -> None:
    if not isinstance(session, Mapping) or not isinstance(session.get("messages"), list):
        gathered.refuse('A session needs a list named "messages".', json.dumps(session)[:200])
        return
    name = session.get("id")
    attributes = {"session": str(name)} if isinstance(name, str | int) else {}
    try:
        at = _moment(session, at)
    except FormatError as problem:
        gathered.refuse(f"Session {name}: {problem} All of its messages are left out.", str(name))
        return
    for message in session["messages"]:
        take_message(gathered, message, at=at, attributes=attributes)


def take_message(
    gathered: Gathered,
    message: Any,
    *,
    at: datetime | None = None,
    attributes: Mapping[str, str] | None = None,
    line: int | None = None,
) -> None:
    """Keep one message object, or note why it can't be kept; ``at`` and ``attributes`` hold where it says nothing."""
    try:
        _check_object(message)
        role = message.get("role")
        known = dict(attributes or {})
        if isinstance(role, str) and role:
            known["role"] = role
        gathered.take(
            _text(message),
            id=_id(message),
            speaker=_first_text(message, _SPEAKER_KEYS) or (role if isinstance(role, str) else None),
            at=_moment(message, at),
            attributes=known,
        )
    except FormatError as problem:
        gathered.refuse(problem, _head(message), line=line)


def _check_object(message: Any) -> None:
    if not isinstance(message, Mapping):
        raise FormatError(f"A message is an object, not {_kind(message)}.")


def _moment(fields: Mapping[str, Any], otherwise: datetime | None) -> datetime | None:
    for key in _TIME_KEYS:
        if fields.get(key) is not None:
            return parse_date(fields[key])
    return otherwise


def _id(message: Mapping[str, Any]) -> str | None:
    for key in _ID_KEYS:
        value = message.get(key)
        if isinstance(value, str | int) and not isinstance(value, bool) and value != "":
            return str(value)
        if value is not None:
            raise FormatError(f"A message's id is a text or a whole number, not {_kind(value)}.")
    return None


def _first_text(message: Mapping[str, Any], keys: tuple[str, ...]) -> str | None:
    return next((message[key] for key in keys if isinstance(message.get(key), str) and message[key].strip()), None)


def _text(message: Mapping[str, Any]) -> str:
    for key in _TEXT_KEYS:
        content = message.get(key)
        if isinstance(content, str):
            return content
        if isinstance(content, list):
            return "\n".join(_parts(content))
    raise FormatError("The message has no text.", hint='It belongs in "content".')


def _parts(content: list[Any]) -> list[str]:
    """Texts of a content list; parts of other kinds (images, audio, tool calls) hold none."""
    parts = [
        part if isinstance(part, str) else part.get("text") if isinstance(part, Mapping) else None for part in content
    ]
    return [part for part in parts if isinstance(part, str)]


def _kind(value: object) -> str:
    return "null" if value is None else type(value).__name__


def _head(message: Any) -> str:
    content = (
        next((message[key] for key in _TEXT_KEYS if message.get(key)), message)
        if isinstance(message, Mapping)
        else message
    )
    return content[:400] if isinstance(content, str) else str(content)[:400]

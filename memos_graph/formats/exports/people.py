"""Turns of talks between people, as their messengers export them."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from memos_graph.formats.types import OFFSET

LeftOut = tuple[str, str]

_SECONDS_OF_A_QUARTER, _WIDEST_OFFSET = 900, 14 * 60  # every zone is whole quarters of an hour away, at most 14 hours
_DISCORD_SPOKEN = frozenset(
    ("Default", "Reply", "ChatInputCommand", "ContextMenuCommand", "ThreadStarterMessage", "0", "19", "20", "21", "23")
)
BY_THE_SERVICE = "It was written by the service, nobody said it"


def telegram_turn(message: Mapping[str, Any]) -> Sequence[Any] | LeftOut:
    """Return a message of Telegram's under the name of whose words they are, or what the service noted."""
    if message.get("type") == "service":
        acted = f"{message.get('actor') or ''} {message.get('action') or ''}"
        return f"{BY_THE_SERVICE} ({message.get('action') or 'service'}).", acted
    message = {**message, OFFSET: _offset(message)}
    forwarded = message.get("forwarded_from")
    if isinstance(forwarded, str) and forwarded.strip():
        return [{**message, "speaker": forwarded}]
    author = message.get("author")
    if not message.get("from") and isinstance(author, str) and author.strip():
        return [{**message, "from": author}]
    return [message]


def _offset(message: Mapping[str, Any]) -> str | None:
    """Return how far the clock of ``date``, which names no zone, was from ``date_unixtime``: ``-05:00``."""
    written, epoch = message.get("date"), message.get("date_unixtime")
    if not isinstance(written, str) or not isinstance(epoch, str):
        return None
    try:
        clock = datetime.fromisoformat(written).replace(tzinfo=UTC).timestamp()
        minutes = round((clock - float(epoch)) / _SECONDS_OF_A_QUARTER) * 15
    except (ValueError, OverflowError):
        return None  # told when the message's time is read
    sign = "-" if minutes < 0 else "+"
    return f"{sign}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}" if abs(minutes) <= _WIDEST_OFFSET else None


def discord_turn(message: Mapping[str, Any]) -> Sequence[Any] | LeftOut:
    """Return a message of Discord's, with the text of its embeds where it has none of its own."""
    kind = str(message.get("type", "Default"))
    if kind not in _DISCORD_SPOKEN:
        return f"{BY_THE_SERVICE} ({kind}).", str(message.get("content") or "")
    if str(message.get("content") or "").strip():
        return [message]
    embeds = message.get("embeds")
    texts = [
        each[key]
        for each in (embeds if isinstance(embeds, list) else [])
        if isinstance(each, Mapping)
        for key in ("title", "description")
        if isinstance(each.get(key), str) and each[key].strip()
    ]
    return [{**message, "content": "\n".join(texts)}]


def repaired(value: Any) -> Any:
    """Return ``value`` with each text of it mended that Meta's export wrote as if its UTF-8 bytes were Latin-1."""
    if isinstance(value, str):
        return _as_utf8(value)
    if isinstance(value, list):
        return [repaired(each) for each in value]
    if isinstance(value, Mapping):
        return {key: repaired(each) for key, each in value.items()}
    return value


def _as_utf8(text: str) -> str:
    if text.isascii():
        return text
    try:
        return text.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return text  # written right

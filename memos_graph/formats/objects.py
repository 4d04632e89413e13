"""Messages a program already holds, cleaned and checked like those of a file."""

from collections.abc import Iterable, Mapping
from typing import Any

from memos_graph.errors import FormatError
from memos_graph.formats.chat import take_message
from memos_graph.formats.gather import Gathered
from memos_graph.formats.types import Message, Parsed


def from_objects(entries: Iterable[Message | Mapping[str, Any]], *, source: str, max_chars: int = 100_000) -> Parsed:
    """Gather ``Message`` objects or dictionaries of their fields; those that can't be kept are in ``rejected``.

    A dictionary's ``session`` is the part of the conversation it belongs to. Raises ``FormatError`` when there is nothing.
    """
    gathered = Gathered(max_chars=max_chars)
    for entry in entries:
        if isinstance(entry, Message):
            _take(gathered, entry)
            continue
        session = entry.get("session") if isinstance(entry, Mapping) else None
        attributes = {"session": str(session)} if isinstance(session, (str, int)) else {}
        take_message(gathered, entry, attributes=attributes)
    return gathered.conversation(source=source)


def _take(gathered: Gathered, entry: Message) -> None:
    try:
        gathered.take(entry.text, id=entry.id, speaker=entry.speaker, at=entry.at, attributes=dict(entry.attributes))
    except FormatError as problem:
        gathered.refuse(problem, entry.text)

"""Messages a program already holds, cleaned and checked like those of a file."""

from collections.abc import Iterable, Mapping
from typing import Any

from memos_graph.errors import FormatError
from memos_graph.formats.gather import Gathered
from memos_graph.formats.turns import TurnReader
from memos_graph.formats.types import Message, Parsed


def from_objects(entries: Iterable[Message | Mapping[str, Any]], *, source: str, max_chars: int = 100_000) -> Parsed:
    """Gather ``Message`` objects or dictionaries of their fields; those that can't be kept are in ``rejected``.

    A dictionary's ``session`` is the part of the conversation it belongs to. Raises ``FormatError`` when there is nothing.
    """
    gathered = Gathered(max_chars=max_chars)
    reader = TurnReader(gathered)
    for entry in entries:
        if isinstance(entry, Message):
            _take(gathered, entry)
            continue
        reader.take(entry)
    return reader.parsed(source=source)


def _take(gathered: Gathered, entry: Message) -> None:
    try:
        gathered.take(entry.text, id=entry.id, speaker=entry.speaker, at=entry.at, attributes=dict(entry.attributes))
    except FormatError as problem:
        gathered.refuse(problem, entry.text)

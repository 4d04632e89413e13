"""JSON Lines: one message or one whole conversation per line, each line on its own."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from memos_graph.errors import FormatError
from memos_graph.formats.chat import load_json
from memos_graph.formats.exports import Conversation, conversations
from memos_graph.formats.exports.find import holds_conversation
from memos_graph.formats.exports.memories import of_graph
from memos_graph.formats.gather import Gathered
from memos_graph.formats.turns import TurnReader
from memos_graph.formats.types import Parsed


def read_jsonl(text: str, *, source: str, at: datetime | None, max_chars: int) -> Parsed:
    """Read the lines; a bad one is rejected under its number and the others still go in.

    Lines that are messages are one conversation; a line that holds a conversation, such as a training example, is a
    session of its own, by its id or its line.
    """
    gathered = Gathered(max_chars)
    reader = TurnReader(gathered, carry_times=True)
    messages: list[Any] = []
    numbers: list[int] = []
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            found = load_json(line, f"Line {number}")
        except FormatError as problem:
            gathered.refuse(_reason(problem), line, line=number)
            continue
        held = conversations(found) if isinstance(found, list) or holds_conversation(found) else None
        for each in held or ():
            reader.read(each, at=at, session=each.id or f"line {number}", lines=[number] * len(each.messages))
        if not held:
            messages.append(found)
            numbers.append(number)
    graph = of_graph(messages) if all(isinstance(each, Mapping) for each in messages) else None
    if graph is None:
        reader.read(Conversation(messages), at=at, lines=numbers)
    else:
        reader.read(graph, at=at)
    gathered.rejected.sort(key=lambda each: each.line or 0)
    return reader.parsed(source=source, at=at)


def _reason(problem: FormatError) -> str:
    """Within one line of JSON "line 1" only confuses; the number of the line in the file is told apart."""
    cause = problem.__cause__
    return f"Not valid JSON: {getattr(cause, 'msg', cause)}."

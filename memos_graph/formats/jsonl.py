"""JSON Lines: one message object per line, each line on its own."""

from datetime import datetime

from memos_graph.errors import FormatError
from memos_graph.formats.chat import load_json, take_message
from memos_graph.formats.gather import Gathered
from memos_graph.formats.types import Parsed


def read_jsonl(text: str, *, source: str, at: datetime | None, max_chars: int) -> Parsed:
    """Read one message per line; a bad line is rejected under its number and the others still go in."""
    gathered = Gathered(max_chars)
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            message = load_json(line, f"Line {number}")
        except FormatError as problem:
            gathered.refuse(_reason(problem), line, line=number)
        else:
            take_message(gathered, message, at=at, line=number)
    return gathered.conversation(source=source, at=at)


def _reason(problem: FormatError) -> str:
    """Within one line of JSON "line 1" only confuses; the number of the line in the file is told apart."""
    cause = problem.__cause__
    return f"Not valid JSON: {getattr(cause, 'msg', cause)}."

"""Chats with an assistant as programs and people save them in Markdown: each turn below a line that names its role."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise

from memos_graph.errors import FormatError
from memos_graph.formats.dates import DateOrder
from memos_graph.formats.gather import Gathered
from memos_graph.formats.logs.days import Calendar, settle
from memos_graph.formats.logs.stamps import Stamp, read_stamp
from memos_graph.formats.types import Parsed

_PEOPLE = r"user|you|human|me|prompt|question"
_MODELS = (
    r"assistant|ai|bot|chatgpt|copilot|model|deepseek|grok|le chat|response|answer"
    r"|(?:gpt|claude|gemini|llama|mistral|qwen)(?:[\w.\- ]{0,20}\w)?"
)
_ROLE = (
    rf"(?:[^\w\s*#<>|`\-]{{1,3}}\s?)?(?P<name>(?P<person>{_PEOPLE})|(?:{_MODELS})|system)(?:\s(?:said|asked|wrote))?"
)
_MARKERS = (
    # A heading, and a bold word with its colon inside or behind the stars, or alone on its line.
    re.compile(rf"#{{1,6}}\s+(?:\*\*|__)?{_ROLE}\s?:?(?:\*\*|__)?:?(?P<text>)", re.IGNORECASE),
    re.compile(
        rf"(?:\*\*|__){_ROLE}\s?(?::(?:\*\*|__)|(?:\*\*|__)\s?:|(?:\*\*|__)(?=$))\s*(?P<text>.*)", re.IGNORECASE
    ),
)
_PLAIN = {"prompt": "user", "question": "user", "response": "assistant", "answer": "assistant"}
_FENCE = re.compile(r"\s{0,3}(```+|~~~+)")
_TITLE = re.compile(r"#\s+(?P<title>\S.*?)\s*$")
_RULE = re.compile(r"\s*(?:-{3,}|\*{3,}|_{3,})\s*$")
_FEWEST = 3
_NOBODY = "Nobody has spoken before this line, so it belongs to no message."


@dataclass
class _Turn:
    name: str
    person: bool
    line: int
    lines: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """Its words, without the rules that part the turns."""
        lines = list(self.lines)
        while lines and (not lines[-1].strip() or _RULE.match(lines[-1])):
            lines.pop()
        return "\n".join(lines).strip()


def looks_spoken(text: str) -> bool:
    """Whether a text is such a chat: three turns or more are named, people's and a model's in turns."""
    return _marker_of(text.split("\n")) is not None


def _marker_of(lines: Sequence[str]) -> re.Pattern[str] | None:
    """Return how the turns of a chat are named: one way throughout, so that others are somebody's words."""
    counts = {marker: len(turns) for marker in _MARKERS if _are_talk(turns := _named(lines, marker))}
    return max(counts, key=counts.__getitem__) if counts else None


def _named(lines: Sequence[str], marker: re.Pattern[str]) -> list[_Turn]:
    return [turn for turn in _turns(lines, marker) if isinstance(turn, _Turn) and turn.name.lower() != "system"]


def _are_talk(turns: Sequence[_Turn]) -> bool:
    if len(turns) < _FEWEST or len({turn.person for turn in turns}) == 1:
        return False
    return 2 * sum(one.person == two.person for one, two in pairwise(turns)) < len(turns)


def read_spoken(
    text: str, *, source: str, at: datetime | None, max_chars: int, date_order: DateOrder | None = None
) -> Parsed:
    """Read such a chat; a stamp alone on the first line of a turn is its time, what stands above the first is refused."""
    gathered, title = Gathered(max_chars), None
    turns: list[_Turn] = []
    lines = text.split("\n")
    for found in _turns(lines, _marker_of(lines) or _MARKERS[0]):
        if isinstance(found, _Turn):
            turns.append(found)
            continue
        number, line = found
        heading = _TITLE.match(line)
        if heading and title is None:
            title = heading["title"]
        elif line.strip() and not _RULE.match(line):
            gathered.refuse(_NOBODY, line.strip(), line=number)
    stamps = [_stamp(turn) for turn in turns]
    calendar = settle([stamp for stamp in stamps if stamp], date_order)
    for turn, stamp in zip(turns, stamps, strict=True):
        _take(gathered, turn, stamp, calendar)
    return gathered.conversation(source=source, title=title, at=at)


def _turns(lines: Sequence[str], marker: re.Pattern[str]) -> Iterator[_Turn | tuple[int, str]]:
    """Give each turn once it is whole; before it, the lines above the first, with their numbers."""
    turn: _Turn | None = None
    fence = ""
    for number, line in enumerate(lines, start=1):
        if found := _FENCE.match(line):
            fence = "" if fence and found[1].startswith(fence) else fence or found[1]
        if not fence and (names := marker.fullmatch(line.rstrip())):
            if turn:
                yield turn
            name = names["name"]
            turn = _Turn(_PLAIN.get(name.lower(), name), bool(names["person"]), number, [names["text"]])
        elif turn:
            turn.lines.append(line)
        else:
            yield number, line
    if turn:
        yield turn


def _stamp(turn: _Turn) -> Stamp | None:
    """Take the stamp that is the first line of a turn out of it."""
    place = next((n for n, line in enumerate(turn.lines) if line.strip()), None)
    if place is None:
        return None
    line = turn.lines[place].strip().strip("*_<>()[]")
    found = read_stamp(line)
    if found is None or found[1] != len(line) or found[0].day is None:
        return None
    del turn.lines[: place + 1]
    return found[0]


def _take(gathered: Gathered, turn: _Turn, stamp: Stamp | None, calendar: Calendar) -> None:
    at = None
    if stamp:
        try:
            at = calendar.moment(stamp, None)
        except FormatError as problem:
            gathered.remark(problem, stamp.text, line=turn.line)
    role = "system" if turn.name.lower() == "system" else "user" if turn.person else "assistant"
    try:
        gathered.take(turn.text, speaker=turn.name, at=at, attributes={"role": role})
    except FormatError as problem:
        gathered.refuse(problem, turn.text, line=turn.line)

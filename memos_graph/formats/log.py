"""Plain chat logs: ``[2026-05-08 13:56] Name: text``, ``Name: text``, date lines, session headers, continuation lines."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from memos_graph.errors import FormatError
from memos_graph.formats.dates import parse_date
from memos_graph.formats.gather import Gathered
from memos_graph.formats.types import Parsed

_NAME = r"[^\W\d_][^\s:\[\]]{0,30}(?: [^\s:\[\]]{1,30}){0,3}"
_CLOCK = r"\d{1,2}:\d{2}(?::\d{2})?(?: ?[AaPp]\.?[Mm]\.?)?"
_BRACKETED = re.compile(rf"\[(?P<stamp>[^\]\n]{{3,60}})\]\s*(?P<name>{_NAME}):(?:\s+(?P<text>.*)|$)")
_STAMPED = re.compile(
    rf"(?P<stamp>(?:\d{{1,4}}[-/.]\d{{1,2}}[-/.]\d{{1,4}},?[T ]\s*)?{_CLOCK}(?:Z|[+-]\d\d:?\d\d)?)"
    rf"\s*(?:[-\u2013]\s+)?(?P<name>{_NAME}):(?:\s+(?P<text>.*)|$)"
)
_SPOKEN = re.compile(rf"(?P<name>{_NAME}):(?:\s+(?P<text>.*)|$)")
_SESSION = re.compile(
    r"(?:[#=*-]+\s*)?(?P<label>session\b[^(\[\n]{0,60}?)\s*(?:[(\[](?P<date>[^)\]]+)[)\]])?\s*[:#=*-]*", re.IGNORECASE
)
_RULED = re.compile(r"(?:[#=*_-]+\s*)?(?P<date>[^#=*\[\]].*?)\s*[:#=*_-]*")
_ONLY_CLOCK = re.compile(_CLOCK)
_MAX_HEADER = 60
_MAX_DATE_WORDS = 6
_FEWEST_TURNS = 2


@dataclass
class _Turn:
    """A message that may still grow by continuation lines."""

    line: int
    speaker: str
    at: datetime | None
    session: str | None
    lines: list[str]
    head: str
    problem: FormatError | None = None


@dataclass
class _State:
    day: datetime | None
    stamped: bool = False
    session: str | None = None
    turn: _Turn | None = None
    speakers: set[str] = field(default_factory=set)


def looks_like_log(lines: Iterable[str]) -> bool:
    """Whether most of these lines begin a turn of talk."""
    filled = [line.strip() for line in lines if line.strip()]
    turns = sum(bool(_BRACKETED.match(line) or _STAMPED.match(line) or _SPOKEN.match(line)) for line in filled)
    return turns >= _FEWEST_TURNS and 2 * turns >= len(filled)


def read_log(text: str, *, source: str, at: datetime | None, max_chars: int) -> Parsed:
    """Read a log; once lines carry times, ``Name:`` without one begins a turn only for somebody who spoke already."""
    gathered = Gathered(max_chars)
    state = _State(day=at)
    for number, raw in enumerate(text.split("\n"), start=1):
        _read_line(gathered, state, raw.rstrip("\r"), number)
    _finish(gathered, state)
    return gathered.conversation(source=source, at=at)


def _read_line(gathered: Gathered, state: _State, raw: str, number: int) -> None:
    line = raw.strip()
    if found := _begins_turn(state, line):
        _finish(gathered, state)
        state.turn = _begin(state, found, number)
    elif _is_header(gathered, state, line, number):
        return
    elif state.turn:
        state.turn.lines.append(raw)
    elif line:
        gathered.refuse("Nobody has spoken before this line, so it belongs to no message.", line, line=number)


def _begins_turn(state: _State, line: str) -> re.Match[str] | None:
    stamped = _BRACKETED.match(line) or _STAMPED.match(line)
    found = stamped or _SPOKEN.match(line)
    if found is None:
        return None
    name = found["name"]
    if stamped:
        state.stamped = True
    elif state.stamped and name not in state.speakers:
        return None
    state.speakers.add(name)
    return found


def _begin(state: _State, found: re.Match[str], number: int) -> _Turn:
    stamp = found.groupdict().get("stamp")
    turn = _Turn(number, found["name"], state.day, state.session, [found["text"] or ""], found.string)
    if stamp:
        try:
            turn.at = _moment(stamp.strip(), state.day)
        except FormatError as problem:
            turn.problem = problem
    return turn


def _moment(stamp: str, day: datetime | None) -> datetime:
    if not _ONLY_CLOCK.fullmatch(stamp):
        return parse_date(stamp)
    if day is None:
        raise FormatError(f"The time {stamp} comes with no date.", hint="Put a line with the date above it.")
    return parse_date(f"{day:%Y-%m-%d} {stamp}").replace(tzinfo=day.tzinfo)


def _is_header(gathered: Gathered, state: _State, line: str, number: int) -> bool:
    """Read a session header or a line that holds only a date, which hold for what follows."""
    if not line or len(line) > _MAX_HEADER:
        return False
    found = _SESSION.fullmatch(line)
    if found:
        _finish(gathered, state)
        state.session = found["label"].strip(" :#=*-")
        if found["date"]:
            try:
                state.day = parse_date(found["date"])
            except FormatError as problem:
                gathered.refuse(problem, line, line=number)
        return True
    ruled = _RULED.fullmatch(line)
    if ruled is None or not any(map(str.isdigit, line)) or len(line.split()) > _MAX_DATE_WORDS:
        return False
    try:
        day = parse_date(ruled["date"])
    except FormatError:
        return False  # an ordinary line of text
    _finish(gathered, state)
    state.day = day
    return True


def _finish(gathered: Gathered, state: _State) -> None:
    turn, state.turn = state.turn, None
    if turn is None:
        return
    text = "\n".join(turn.lines)
    try:
        if turn.problem:
            raise turn.problem
        attributes = {"session": turn.session} if turn.session else {}
        gathered.take(text, speaker=turn.speaker, at=turn.at, attributes=attributes)
    except FormatError as problem:
        gathered.refuse(problem, "\n".join([turn.head, *turn.lines[1:]]), line=turn.line)

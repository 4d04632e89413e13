"""Lines that hold for what follows: dates, sessions, and what IRC clients write when a log begins or a day ends."""

import re
from dataclasses import dataclass, replace

from memos_graph.errors import FormatError
from memos_graph.formats.dates import DateOrder, parse_date
from memos_graph.formats.logs.signs import head_of
from memos_graph.formats.logs.stamps import Day, Stamp, read_stamp

_SESSION = re.compile(
    r"(?:[#=*-]+\s*)?(?P<label>session\b[^(\[\n:]{0,60}?)\s*(?:[(\[](?P<date>[^)\]]+)[)\]])?\s*[:#=*-]*", re.IGNORECASE
)
_IRC = re.compile(
    r"(?:[-*]{3,4}\s*)?(?:log (?:opened|closed)|day changed(?: to)?|(?:begin|ending) logging at|session (?:start|close|time))\s*:?\s+(?P<date>.+)",
    re.IGNORECASE,
)
_CONVERSATION = re.compile(r"conversation with .+? at (?P<date>.+?)(?: [A-Z]{3,4})? (?:on|in) .+", re.IGNORECASE)
_SILENT = re.compile(r"session ident: .*", re.IGNORECASE)
_ASCTIME = re.compile(
    r"[^\W\d_]{2,4}\s+(?P<month>[^\W\d_]{3})\s+(?P<day>\d{1,2})\s+(?P<clock>\d\d:\d\d:\d\d)\s+(?P<year>\d{4})"
)
_RULED = re.compile(r"(?:[#=*_-]+\s*)?(?P<date>[^#=*\[\]].*?)\s*[:#=*_-]*")
_MAX_HEADER, _MAX_DATE_WORDS, _LONGEST = 60, 6, 160


@dataclass(frozen=True)
class Header:
    """A line that names the day, the session, or both; ``problem`` where its date can't be read.

    ``marked`` ones are ruled or begin as headings do, so that they are no text in any log.
    """

    stamp: Stamp | None = None
    session: str | None = None
    problem: FormatError | None = None
    marked: bool = False


def read_header(line: str, order: DateOrder | None = None) -> Header | None:
    """Read a line that says something of those below it; ``None`` for any other."""
    header = _read(line, order)
    return header and replace(header, marked=line.lstrip()[:1] in set("#=*-_"))


def _read(line: str, order: DateOrder | None) -> Header | None:
    if len(line) > _LONGEST:
        return None
    text = head_of(line.strip()).text.strip()
    if found := _CONVERSATION.fullmatch(text):
        return _dated(found["date"], None, order)
    if not text or len(text) > _MAX_HEADER:
        return None
    if found := _IRC.fullmatch(text):
        return _dated(found["date"], None, order)
    if found := _SESSION.fullmatch(text):
        return _dated(found["date"], found["label"].strip(" :#=*-"), order)
    return Header() if _SILENT.fullmatch(text) else _date_line(text, order)


def _date_line(text: str, order: DateOrder | None) -> Header | None:
    ruled = _RULED.fullmatch(text)
    if ruled is None or not any(map(str.isdigit, text)) or len(text.split()) > _MAX_DATE_WORDS:
        return None
    header = _dated(ruled["date"], None, order)
    return None if header.problem else header  # else an ordinary line of text


def _dated(written: str | None, session: str | None, order: DateOrder | None) -> Header:
    if written is None:
        return Header(session=session)
    text = written.strip()
    if found := _ASCTIME.fullmatch(text):
        text = f"{found['month']} {found['day']}, {found['year']} {found['clock']}"
    found_stamp = read_stamp(text)
    if found_stamp and found_stamp[1] == len(text) and found_stamp[0].day and _names_a_year(found_stamp[0].day):
        return Header(found_stamp[0], session)
    try:
        moment = parse_date(text, order=order)
    except FormatError as problem:
        return Header(session=session, problem=problem)
    day = Day(named=(moment.year, moment.month, moment.day))
    return Header(Stamp(text, day, moment.timetz().replace(tzinfo=None)), session)


def _names_a_year(day: Day) -> bool:
    return day.numbers is not None or (day.named is not None and day.named[0] is not None)

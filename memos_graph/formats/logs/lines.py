"""What a line of a log is: the stamp it begins with, the way that stands there, and who says what behind it."""

import re
from dataclasses import dataclass
from enum import StrEnum

from memos_graph.errors import FormatError
from memos_graph.formats.dates import parse_date
from memos_graph.formats.logs.halves import HALF
from memos_graph.formats.logs.signs import Head, head_of, plain_name
from memos_graph.formats.logs.stamps import Day, Stamp, read_stamp

_MOST_STAMP, _MOST_NAME = 60, 100  # characters


class Frame(StrEnum):
    """How stamps stand in a log. One log keeps to one, so a line in another one is somebody's text."""

    BRACKETS = "[stamp] "
    DASH = "stamp - "
    COLON = "stamp: "
    COLUMNS = "stamp<tab>"
    BARE = "stamp "
    BEHIND = "name, [stamp]"
    BEFORE = "[name] [stamp] "


@dataclass(frozen=True, slots=True)
class SpokenLine:
    """Who said what. ``text`` is as it stands in the line; ``action`` marks ``* lea waves``."""

    name: str
    text: str
    action: bool = False


@dataclass(frozen=True, slots=True)
class Dated:
    """A line that begins with a stamp. ``said`` is missing where nobody speaks: then ``rest`` is the program's note."""

    stamp: Stamp
    frame: Frame
    rest: str
    said: SpokenLine | None


_OPENING = re.compile(r"\s*(?P<open>[\[(])")
_AFTER_BRACKET = re.compile(r"\s*(?:[-\u2013]\s+|:\s+)?")
_AFTER_STAMP = (
    (Frame.COLUMNS, re.compile(r" ?\t")),
    (Frame.DASH, re.compile(r"\s*[-\u2013\u2014]\s+")),
    (Frame.COLON, re.compile(r"\s?[:,]\s+")),
    (Frame.BARE, re.compile(r"\s+(?=\S)")),
)
_AROUND = re.compile(r"^[^\W\d_]{2,12}\.?,?\s+(?=\d{1,4}[/.-])|\s*\|.*$")  # a day of the week; "| Edited 15:40"
_NO_YEAR = re.compile(rf"\d{{1,2}}[/.-]\d{{1,2}}\.?,?\s+\d{{1,2}}[:.]\d\d(?:[:.]\d\d)?(?:\s?{HALF})?")
_ZONE_NAME = re.compile(r"\s([A-Z]{3,5})")
_BEHIND = re.compile(
    rf"(?P<name>\S[^\[\]]{{0,{_MOST_NAME}}}?)(?:,\s+\[(?P<stamp>[^\]]{{8,{_MOST_STAMP}}})\]:?|\s+\u2014\s+(?P<day>\d[^\]]{{7,40}}))\s*"
)
_BEFORE = re.compile(rf"\[(?P<name>[^\[\]]{{1,{_MOST_NAME}}})\] \[(?P<stamp>[^\[\]]{{4,{_MOST_STAMP}}})\] ")
_FROM_TO = re.compile(r"\s?From\s+(?P<name>[^:]+?)(?:\s+[tT]o\s+[^:]+?)?\s?:(?:\s+(?P<text>.*)|$)", re.DOTALL)
_NICK = re.compile(r"<(?P<name>[^<>\t]{1,60})>\s?(?P<text>.*)", re.DOTALL)
_RANK = re.compile(r"^(?: |[~&@%+!](?=[^\d\s]))")
_ACTION = re.compile(r"\*\s+(?P<name>[^\s:]{1,60})\s+(?P<text>.*)", re.DOTALL)
_SERVER = re.compile(r"(?:\*{3}|-!-|-->|<--|--|==|<->|=!=|\u2190|\u2192|\u21d0|\u21d2)(?:\s|$)")
_CHANNEL_EVENT = re.compile(
    r"\(?(?:\S+@\S+\)? )?(?:has (?:joined|left|quit|parted|changed|set|been|kicked)|is now known as|sets? (?:mode|topic)|sets? channel"
    r"|was kicked|gives|removes|quit|joined|left|parted|topic|now talking|names|users)\b|\([^)]*@[^)]*\)",
    re.IGNORECASE,
)
_CHANNEL_NOTE = re.compile(
    r"now talking|topic|disconnected|connected|users on|loaded|attempting|looking up", re.IGNORECASE
)
_NAMED = re.compile(rf"(?P<name>[^:\n]{{1,{_MOST_NAME}}}?)\s?[:\uff1a](?:\s+(?P<text>.*)|$)", re.DOTALL)
_QUOTES = (("\u201c", "\u201d"), ("\u00ab", "\u00bb"), ("\u300c", "\u300d"))
_LOW_QUOTES = (("\u201e", "\u201c\u201d"),)  # where they open, the high ones close
_NO_NAME = re.compile(rf"{HALF}(?:\s+[-\u2013].*)?|[\d\s:./\-]*\.?|https?|ftp|.*\b(?:\w+://).*", re.IGNORECASE)


def read_dated(line: str) -> Dated | None:
    """Read a line that begins with a stamp; ``None`` for any other line."""
    head = head_of(line)
    if not any(map(str.isdigit, head.text)):
        return None
    found = _in_brackets(line, head) or _unframed(line, head)
    return found or _behind(line, head) or _before(line, head)


def _in_brackets(line: str, head: Head) -> Dated | None:
    opening = _OPENING.match(head.text)
    if opening is None:
        return None
    close = head.text.find("]" if opening["open"] == "[" else ")", opening.end(), opening.end() + _MOST_STAMP)
    if close < 0:
        return None
    stamp = _whole_stamp(head.text[opening.end() : close])
    if stamp is None or (opening["open"] == "(" and stamp.clock is None and stamp.problem is None):
        return None
    after = _AFTER_BRACKET.match(head.text, close + 1)
    return _dated(line, head, after.end() if after else close + 1, stamp, Frame.BRACKETS)


def _whole_stamp(written: str) -> Stamp | None:
    """Read a stamp that something encloses, so that rarer spellings are certain to be one, too."""
    text = _AROUND.sub("", written.strip())
    found = read_stamp(text)
    if found and found[1] == len(text):
        return found[0]
    if _NO_YEAR.fullmatch(text):
        return Stamp(text, None, None, problem="it names no year")
    if found and (zone := _ZONE_NAME.fullmatch(text, found[1])):
        return Stamp(text, None, None, problem=f"{zone[1]} is the name of several zones")
    try:
        moment = parse_date(text)
    except FormatError:
        return None
    return Stamp(text, Day(named=(moment.year, moment.month, moment.day)), moment.time(), moment.tzinfo)


def _unframed(line: str, head: Head) -> Dated | None:
    start = len(head.text) - len(head.text.lstrip(" "))
    found = read_stamp(head.text, start)
    if found is None:
        return None
    stamp, end = found
    if stamp.clock is None and stamp.problem is None:
        return None  # a date alone begins many lines that are no turn
    for frame, pattern in _AFTER_STAMP:
        if after := pattern.match(head.text, end):
            return _dated(line, head, after.end(), stamp, frame)
    return None


def _behind(line: str, head: Head) -> Dated | None:
    found = _BEHIND.fullmatch(head.text)
    if found is None or len(line) != head.places[-1]:
        return None
    stamp = _whole_stamp(found["stamp"] or found["day"])
    if stamp is None or stamp.day is None or stamp.clock is None:
        return None
    name = line[head.places[found.start("name")] : head.places[found.end("name")]]
    return Dated(stamp, Frame.BEHIND, "", SpokenLine(plain_name(name), ""))


def _before(line: str, head: Head) -> Dated | None:
    """Read ``[name] [stamp] text``, as KakaoTalk writes it."""
    found = _BEFORE.match(head.text)
    stamp = _whole_stamp(found["stamp"]) if found else None
    if found is None or stamp is None or stamp.clock is None:
        return None
    name = line[head.places[found.start("name")] : head.places[found.end("name")]]
    rest = line[head.places[found.end()] :]
    return Dated(stamp, Frame.BEFORE, rest, SpokenLine(plain_name(name), rest))


def _dated(line: str, head: Head, end: int, stamp: Stamp, frame: Frame) -> Dated:
    rest = line[head.places[end] :] if end < len(head.places) else ""
    meeting = _FROM_TO.match(rest) if frame in {Frame.COLUMNS, Frame.BARE} else None
    if meeting:  # a chat that Zoom saved
        said: SpokenLine | None = SpokenLine(plain_name(meeting["name"]), meeting["text"] or "")
    elif frame is Frame.COLUMNS:
        said = _in_columns(rest)
    else:
        said = _said(rest, any_name=stamp.day is not None and frame is not Frame.BARE)
    return Dated(stamp, frame, rest.strip(), said)


def _in_columns(rest: str) -> SpokenLine | None:
    name, tab, text = rest.partition("\t")
    name = name.strip().removesuffix(":")
    if not tab or _SERVER.match(name):
        return None
    if name == "*":
        return _action(f"* {text}")
    return SpokenLine(plain_name(_RANK.sub("", name)), text) if name else None


def _said(rest: str, *, any_name: bool) -> SpokenLine | None:
    bare = rest.lstrip()
    if found := _NICK.match(bare):
        name = plain_name(_RANK.sub("", found["name"]))
        return SpokenLine(name, found["text"]) if name else None
    if _SERVER.match(bare):
        return None
    if bare.startswith(("* ", "*\t")):
        return _action(bare)
    return named(rest, any_name=any_name)


def _action(rest: str) -> SpokenLine | None:
    found = _ACTION.match(rest)
    if found is None or _CHANNEL_EVENT.match(found["text"]) or _CHANNEL_NOTE.match(rest[1:].lstrip()):
        return None
    return SpokenLine(plain_name(_RANK.sub("", found["name"])), found["text"], action=True)


def named(rest: str, *, any_name: bool = False) -> SpokenLine | None:
    """Read ``Name: text``; only with ``any_name`` may the name look like a part of the stamp.

    What stands in quotes that are still open is part of a note ("changed the subject to …").
    """
    found = _NAMED.match(rest)
    if found is None:
        return None
    name = plain_name(found["name"]).removesuffix(" said")
    if not name or _leaves_open(name):
        return None
    if not any_name and _NO_NAME.fullmatch(name) and not _is_number(name):
        return None
    return SpokenLine(name, found["text"] or "")


def _is_number(name: str) -> bool:
    """Whether this is a telephone number, as chat programs show who is in no address book."""
    return name.startswith("+") or sum(map(str.isdigit, name)) > 5  # noqa: PLR2004 - fewer is a time or a date


def _leaves_open(name: str) -> bool:
    if name.count('"') % 2:
        return True
    return any(
        name.rfind(opening) > max(map(name.rfind, closing))
        for opening, closing in (_LOW_QUOTES if "\u201e" in name else _QUOTES)
    )

"""Stamps as chat programs write them: what stands in one, before it is settled which number is the day."""

import re
from dataclasses import dataclass
from datetime import UTC, time, timedelta, timezone, tzinfo

from memos_graph.formats.dates import full_year
from memos_graph.formats.logs.halves import AFTERNOON, HALF, SHORT_HALF, half_of
from memos_graph.formats.logs.months import MONTH, month_of

_WEEKDAY = r"(?:(?!{month})[^\W\d_]{{2,12}}\.?,?\s+)?".format(month=rf"(?:{MONTH})\b")
_NUMBERS = re.compile(
    r"(?P<first>\d{1,4})(?P<mark>[/.\-])\s?(?P<second>\d{1,2})(?P=mark)\s?(?P<third>\d{1,4})(?!\d)(?P<end>\.?)(?:\s?BE\b)?"
)
_IDEOGRAPHS = re.compile(r"(?P<year>\d{2,4})\s?[年년]\s?(?P<month>\d{1,2})\s?[月월]\s?(?P<day>\d{1,2})\s?[日일号號]")
_WRITTEN = (
    re.compile(
        rf"{_WEEKDAY}(?P<day>\d{{1,2}})(?:st|nd|rd|th|\.|º)?[\s\-/]*(?:de\s|of\s)?(?P<month>{MONTH})\b\.?,?"
        r"[\s\-/]*(?:de\s)?(?P<year>\d{4}|\d{2}(?![\d:.]))",
        re.IGNORECASE,
    ),
    re.compile(
        rf"{_WEEKDAY}(?P<month>{MONTH})\b\.?\s+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?![\d:.])(?:,?\s+(?P<year>\d{{4}})(?![\d:]))?",
        re.IGNORECASE,
    ),
)
_AFTER_DAY = re.compile(  # the day of the week; the word for a year, as in Bulgarian
    r"\s?\([^()\d]{1,9}\)|\s(?:г|ж)\.(?=,|\s)|,?\s(?:mon|tue|wed|thu|fri|sat|sun)\b"
    r"|\s?(?:[월화수목금토일]요일|[月火水木金土日]曜日?|(?:星期|周|週)[一二三四五六日天])(?!\w)",
    re.IGNORECASE,
)
_BETWEEN = re.compile(  # also "um", "à", "klo", "kl.", whatever the language
    rf"(?:[Tt_]|\s*,\s*(?:at\s)?|\s+(?!{HALF}|d[eu]\.)[^\W\d_]{{1,4}}\.?\s+(?=\d)|\s+)(?!$)"
)
_CLOCK = re.compile(
    rf"(?:(?P<before>{HALF}|d[eu]\.)\s?)?(?P<hour>\d{{1,2}})(?P<mark>:|\.|\s?[hH]\s?|[時时点點시]\s?)(?P<minute>\d{{2}})(?!\d)"
    rf"(?:[分분]|(?P=mark)(?P<second>\d{{2}})(?!\d)(?:[.,]\d{{1,6}})?)?"
    rf"(?: {{0,3}}(?P<after>{HALF}|{SHORT_HALF}))?(?: ?(?P<zone>Z(?!\w)|UTC|GMT|[+-]\d\d:?\d\d(?!\d)))?(?: (?:Uhr|Hr|hs|h|ч)\b\.?)?"
)
_HALF_DAY, _MONTHS = 12, 12


@dataclass(frozen=True, slots=True)
class Day:
    """A day as written: numbers in the order they stand, or ``year``, ``month`` and ``day`` where names show which."""

    numbers: tuple[int, int, int] | None = None
    mark: str = ""
    named: tuple[int | None, int, int] | None = None


@dataclass(frozen=True, slots=True)
class Stamp:
    """When a line was written, as far as its own words tell.

    ``korean`` stamps put the year first, of two digits, too; ``precise`` ones tell seconds.
    """

    text: str
    day: Day | None
    clock: time | None
    zone: tzinfo | None = None
    problem: str | None = None
    korean: bool = False
    precise: bool = False


@dataclass(frozen=True, slots=True)
class _Clock:
    time: time | None
    zone: tzinfo | None
    problem: str | None
    korean: bool
    precise: bool


def read_stamp(text: str, start: int = 0) -> tuple[Stamp, int] | None:
    """Read the stamp at ``start`` and say where it ends: a day and a time in either order, a day, or a time."""
    day, end = _read_day(text, start)
    if day:
        between = _BETWEEN.match(text, end)
        clock, last = _read_clock(text, between.end()) if between else (None, end)
        if clock is None and (dotted := _dotted_clock(text, start, day)):
            return dotted
        return _stamp(text[start : last if clock else end], day, clock), last if clock else end
    clock, end = _read_clock(text, start)
    if clock is None:
        return None
    between = _BETWEEN.match(text, end)
    day, last = _read_day(text, between.end()) if between else (None, end)
    return _stamp(text[start : last if day else end], day, clock), last if day else end


def _dotted_clock(text: str, start: int, day: Day) -> tuple[Stamp, int] | None:
    """Read ``15.34.12`` as the time that it must be where no month has its number."""
    if day.numbers is None or day.mark != "." or min(day.numbers[:2]) <= _MONTHS:
        return None
    clock, end = _read_clock(text, start)
    return (_stamp(text[start:end], None, clock), end) if clock else None


def _stamp(text: str, day: Day | None, clock: _Clock | None) -> Stamp:
    if clock is None:
        return Stamp(text, day, None)
    return Stamp(text, day, clock.time, clock.zone, clock.problem, clock.korean, clock.precise)


def _read_day(text: str, start: int) -> tuple[Day | None, int]:
    if found := _NUMBERS.match(text, start):
        numbers = (int(found["first"]), int(found["second"]), int(found["third"]))
        return Day(numbers, found["mark"]), _past(text, found.end())
    if found := _IDEOGRAPHS.match(text, start):
        named = (full_year(int(found["year"])), int(found["month"]), int(found["day"]))
        return Day(named=named), _past(text, found.end())
    for pattern in _WRITTEN:
        if found := pattern.match(text, start):
            year = full_year(int(found["year"])) if found["year"] else None
            return Day(named=(year, month_of(found["month"]), int(found["day"]))), _past(text, found.end())
    return None, start


def _past(text: str, end: int) -> int:
    """Skip the day of the week after a date."""
    found = _AFTER_DAY.match(text, end)
    return found.end() if found else end


def _read_clock(text: str, start: int) -> tuple[_Clock | None, int]:
    found = _CLOCK.match(text, start)
    if found is None:
        return None, start
    word = found["before"] or found["after"]
    hour, problem = int(found["hour"]), None
    if word:
        hour, problem = _by_half(hour, word)
    try:
        moment = time(hour, int(found["minute"]), int(found["second"] or 0))
    except ValueError as error:
        moment, problem = None, str(error)
    korean = bool(word) and word.startswith("오")
    return _Clock(
        None if problem else moment, _zone(found["zone"]), problem, korean, bool(found["second"])
    ), found.end()


def _by_half(hour: int, word: str) -> tuple[int, str | None]:
    """Hours from midnight of an hour by a clock of twelve hours. Japanese and Arabic ones begin at 0, others at 12."""
    if hour > _HALF_DAY:
        return hour, f"there is no {hour} o'clock {word}"
    half = half_of(word, hour)
    return hour % _HALF_DAY + (_HALF_DAY if half == AFTERNOON else 0), None


def _zone(written: str | None) -> tzinfo | None:
    if not written:
        return None
    if written in {"Z", "UTC", "GMT"}:
        return UTC
    sign = -1 if written[0] == "-" else 1
    away = timedelta(hours=int(written[1:3]), minutes=int(written[-2:]))
    return timezone(sign * away) if away < timedelta(hours=24) else None

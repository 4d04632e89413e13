"""Dates as sources write them. What could mean two days is refused, never guessed."""

import math
import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime, time
from functools import lru_cache
from time import perf_counter
from typing import Literal

import dateparser

from memos_graph.errors import FormatError

MONTHS = {
    name: number
    for number, names in enumerate(
        (
            ("january", "jan"),
            ("february", "feb"),
            ("march", "mar"),
            ("april", "apr"),
            ("may",),
            ("june", "jun"),
            ("july", "jul"),
            ("august", "aug"),
            ("september", "sept", "sep"),
            ("october", "oct"),
            ("november", "nov"),
            ("december", "dec"),
        ),
        start=1,
    )
    for name in names
}
"""Month names and their usual short forms, in lower case, to 1…12."""

_library_s: ContextVar[list[float]] = ContextVar("library_s")
"""Seconds that are left for the library, of one file."""

DateOrder = Literal["dmy", "mdy", "ymd"]
"""In which order numbers such as 05/08/23 stand for day, month and year."""

_MONTH = "|".join(sorted(MONTHS, key=len, reverse=True))
_CLOCK = re.compile(
    r"(?<!\d)(\d{1,2})(?::(\d{2}))?(?::(\d{2}))?\s*([ap])\.?m\b\.?|(?<!\d)(\d{1,2}):(\d{2})(?::(\d{2}))?", re.IGNORECASE
)
_WRITTEN = (
    re.compile(
        rf"\b(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?:\s+of)?[\s-]+(?P<month>{_MONTH})\b\.?,?[\s-]+(?P<year>\d{{4}})\b",
        re.IGNORECASE,
    ),
    re.compile(
        rf"\b(?P<month>{_MONTH})\b\.?\s+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?,?\s+(?P<year>\d{{4}})\b", re.IGNORECASE
    ),
)
_SLASHED = re.compile(r"\b(\d{1,2})[/.](\d{1,2})[/.](\d{2,4})\b")
_YEAR_FIRST = re.compile(r"\b(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})\b")
_DIGITS = re.compile(r"\d{9,}(?:\.\d+)?")
_LEFTOVER = re.compile(
    r"[\s,.;()\[\]\u2013-]|\b(?:at|um|uhr|kl|om|on|the|utc|gmt|z|mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun|day|monday|tuesday|wednesday|thursday|friday|saturday|sunday)\b",
    re.IGNORECASE,
)
_YEAR_DIGITS, _MONTHS, _HALF_DAY = 4, 12, 12
_CENTURY, _FIRST_OF_1900 = 100, 70  # "69" is 2069 and "70" is 1970, as in POSIX
_EPOCH_MIN = -62_135_596_800  # the year 1
_UNITS = 4  # seconds, milli-, micro-, nanoseconds
_LONGEST, _MOST_LIBRARY_S = 100, 2.0  # characters; of one file
_EPOCH_MAX = 1e11  # seconds; later than the year 5000, so surely another unit


def parse_date(value: object, *, order: DateOrder | None = None) -> datetime:
    """Read a point in time: ISO 8601, epoch seconds, or English such as ``1:56 pm on 8 May, 2023``.

    Aware; UTC where the source names no zone; midnight where it names no time of day. Raises ``FormatError`` for what
    is not a date, is not a full date, or could be read as two different days: ``05/08/2023`` and ``5/8/23``, unless ``order``
    says what stands first.
    """
    moment = _read(value, order)
    if not is_in_utc(moment):
        raise FormatError("The moment lies before year 1 or after year 9999 in UTC.")
    return moment


def is_in_utc(moment: datetime) -> bool:
    """Whether UTC has a date for it: a zone may lead out of the years that there are."""
    try:
        moment.astimezone(UTC)
    except OverflowError:
        return False
    return True


def _read(value: object, order: DateOrder | None) -> datetime:
    if isinstance(value, datetime):
        return _in_utc(value)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _from_epoch(_as_float(value))
    if isinstance(value, str):
        return _from_text(value.strip()[:200], order)
    raise FormatError(f"A date is a text or epoch seconds, not {type(value).__name__}.")


def _as_float(number: float) -> float:
    try:
        return float(number)
    except OverflowError:  # an integer of hundreds of digits
        return math.inf


def _in_utc(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment


def _from_epoch(seconds: float) -> datetime:
    """Read a number of seconds, or of milli-, micro- or nanoseconds, which its size tells: each is a thousand of the last."""
    for unit in range(_UNITS):
        scaled = seconds / 1000**unit
        if _EPOCH_MIN <= scaled < _EPOCH_MAX:
            return datetime.fromtimestamp(scaled, tz=UTC)
    raise FormatError(
        f"{seconds:.0f} is not a time in seconds since 1970, nor in milli-, micro- or nanoseconds.",
        hint="Give seconds from the year 1 on.",
    )


@lru_cache(maxsize=4096)
def _from_text(text: str, order: DateOrder | None) -> datetime:
    if _DIGITS.fullmatch(text):
        return _from_epoch(float(text))
    try:
        return _in_utc(datetime.fromisoformat(text))
    except ValueError:
        pass
    if found := _YEAR_FIRST.search(text):
        year, month, day = map(int, found.groups())
        return _with_clock(text, found, _day(text, year, month, day))
    if found := _SLASHED.search(text):
        return _with_clock(text, found, _slashed_day(text, *found.groups(), order=order))
    for pattern in _WRITTEN:
        if found := pattern.search(text):
            month = MONTHS[found["month"].lower()]
            return _with_clock(text, found, _day(text, int(found["year"]), month, int(found["day"])))
    return _by_library(text)


def _day(text: str, year: int, month: int, day: int) -> date:
    try:
        return date(year, month, day)
    except ValueError as error:
        raise FormatError(f"{text!r} is not a date: {error}.") from error


def in_order(first: int, second: int, third: int, order: DateOrder) -> tuple[int, int, int]:
    """Year, month and day of a date written in ``order``; a year of two digits lies in 1970 to 2069."""
    day, month, year = {
        "dmy": (first, second, third),
        "mdy": (second, first, third),
        "ymd": (third, second, first),
    }[order]
    return full_year(year), month, day


def full_year(year: int) -> int:
    """Return the year that two digits stand for, 1970 to 2069; any other as it is."""
    if year >= _CENTURY:
        return year
    return year + (2000 if year < _FIRST_OF_1900 else 1900)


def _slashed_day(text: str, first: str, second: str, year: str, *, order: DateOrder | None) -> date:
    if order:
        return _day(text, *in_order(int(first), int(second), int(year), order))
    one, two = int(first), int(second)
    if len(year) != _YEAR_DIGITS:
        raise FormatError(f"{text!r} could mean several years.", hint="Write it as 2023-05-08.")
    if one != two and max(one, two) <= _MONTHS:
        raise FormatError(f"{text!r} could mean two different days.", hint="Write it as 2023-05-08.")
    return _day(text, int(year), one, two) if two > _MONTHS else _day(text, int(year), two, one)


def _with_clock(text: str, found: re.Match[str], day: date) -> datetime:
    """Add the time of day written around a date; anything else around it is handed to the library, which may refuse."""
    around = f"{text[: found.start()]} {text[found.end() :]}"
    clock = _CLOCK.search(around)
    if clock:
        around = around[: clock.start()] + around[clock.end() :]
    if _LEFTOVER.sub("", around):
        return _by_library(text)
    return datetime.combine(day, _time_of_day(text, clock) if clock else time(), tzinfo=UTC)


def _time_of_day(text: str, clock: re.Match[str]) -> time:
    hour, minute, second, half = clock[1] or clock[5], clock[2] or clock[6], clock[3] or clock[7], clock[4]
    hours = int(hour)
    if half:
        if not 1 <= hours <= _HALF_DAY:
            raise FormatError(f"{text!r} is not a date: there is no {hours} o'clock {half.lower()}m.")
        hours = hours % _HALF_DAY + (_HALF_DAY if half.lower() == "p" else 0)
    try:
        return time(hours, int(minute or 0), int(second or 0))
    except ValueError as error:
        raise FormatError(f"{text!r} is not a date: {error}.") from error


@contextmanager
def sparing_dates() -> Iterator[None]:
    """Have the rarest spellings of dates inside the block tried for some seconds altogether: a file may be full of them."""
    token = _library_s.set([_MOST_LIBRARY_S])
    try:
        yield
    finally:
        _library_s.reset(token)


@lru_cache(maxsize=4096)
def _asked_library(text: str) -> datetime | None:
    """Kept also where it finds none: a line that stands a thousand times in a file is tried once."""
    return dateparser.parse(text, languages=["en"], settings={"STRICT_PARSING": True, "PARSERS": ["absolute-time"]})


def _by_library(text: str) -> datetime:
    """Rarer spellings, about 3 to 20 ms each; only full, absolute English dates pass."""
    left, began = _library_s.get([_MOST_LIBRARY_S]), perf_counter()
    moment = None
    if len(text) <= _LONGEST and left[0] > 0 and re.search(r"\d{4}", text) and re.search(_MONTH, text, re.IGNORECASE):
        moment = _asked_library(text)
        left[0] -= perf_counter() - began
    if moment is None:
        raise FormatError(f"{text!r} is not a full date.", hint="Write it as 2023-05-08 or 2023-05-08T13:56Z.")
    return _in_utc(moment)

"""Times named in a text, resolved against the text's own date."""

import re
from calendar import isleap
from collections.abc import Callable
from datetime import UTC, datetime

from memos_graph.formats.dates import MONTHS
from memos_graph.language import calendar
from memos_graph.language.calendar import SEASONS, WEEKDAYS, Range
from memos_graph.language.times_grammar import COUNTS, FUTURE, MENTION, PAST, VAGUE_COUNTS, may_hold
from memos_graph.language.types import Granularity, TimeMention

Resolved = tuple[Range, Granularity] | None
_LOOK_BACK = 300  # characters of the sentence before a mention
_LOOK_AHEAD = 60
_FEWEST, _MOST = 2, 6  # what "a few" of a unit may be


def resolve_times(text: str, reference: datetime) -> list[TimeMention]:
    """Find the times ``text`` names, in order, resolved against ``reference`` (UTC where it names no zone).

    * A week is Monday to Sunday; "last Friday" is the last one before the reference's day, "next Friday" the first one
      after it, "this Friday" that of its week; a bare "Friday" the latest one, or the coming one where the
      sentence speaks of the future; "May" and "16 March" likewise, but the nearest one where nothing tells. Seasons are the northern ones.
    * "Two weeks ago" is the whole week, "two years ago" the year: no finer than the words.
    * Recurring days ("every Friday", "Fridays") and dates that do not exist (31 June) are left out.
    """
    if not may_hold(text):
        return []
    base = reference.replace(tzinfo=UTC) if reference.tzinfo is None else reference
    mentions: list[TimeMention] = []
    for found in MENTION.finditer(text):
        try:
            resolved = _FORMS[str(found.lastgroup)](_Reading(text, found, base, mentions))
        except (ValueError, OverflowError):  # no such day, or one outside the years 1 to 9999
            continue
        if resolved:
            (begins, ends), granularity = resolved
            mentions.append(TimeMention(found.start(), found.end(), found.group(), begins, ends, granularity))
    return mentions


class _Reading:
    """One match, and what it is read against."""

    def __init__(self, text: str, found: re.Match[str], base: datetime, before: list[TimeMention]) -> None:
        self.text = text
        self.found = found
        self.base = base
        self.before = before

    def __getitem__(self, group: str) -> str:
        return (self.found[group] or "").lower()

    def speaks_of(self, signs: re.Pattern[str]) -> bool:
        """Whether the sentence around the match shows one of ``signs`` (``FUTURE``, ``PAST``)."""
        begin = max(0, self.found.start() - _LOOK_BACK)
        start = max(self.text.rfind(sign, begin, self.found.start()) for sign in ".!?\n") + 1 or begin
        return bool(signs.search(self.text, start, self.found.end() + _LOOK_AHEAD))

    @property
    def future(self) -> bool:
        """Whether the sentence speaks of what is to come."""
        return self.speaks_of(FUTURE)

    def year_of(self, before: Range, now: Range, after: Range) -> Range:
        """Choose among three years' dates: as the sentence's signs have it, else the one nearest to the reference."""
        today = calendar.midnight(self.base)
        past = now if now.begins <= today else before
        coming = now if now.ends > today else after
        if self.future:
            return coming
        if self.speaks_of(PAST):
            return past
        return coming if coming.begins - today < today - past.begins else past


def _leap_day(year: int, month: int, day: int) -> bool:
    """Tell whether this is a 29 February that its year does not have."""
    return (month, day) == (2, 29) and not isleap(year)


def _date(reading: _Reading, year: int, month: int, day: int) -> tuple[Range, Granularity]:
    return calendar.day(reading.base.replace(year=year, month=month, day=day)), "day"


def _iso(reading: _Reading) -> Resolved:
    year, month, day = map(int, re.split("[-/]", reading["iso"]))
    return _date(reading, year, month, day)


def _dated(prefix: str) -> Callable[[_Reading], Resolved]:
    """Resolve a day and a month, and their year where it is named."""

    def resolve(reading: _Reading) -> Resolved:
        month, day = MONTHS[reading[f"{prefix}_month"]], int(reading[f"{prefix}_day"])
        if year := reading[f"{prefix}_year"]:
            return _date(reading, int(year), month, day)
        years = (reading.base.year + shift for shift in (-1, 0, 1))
        days = (_date(reading, year, month, day - _leap_day(year, month, day))[0] for year in years)
        return reading.year_of(*days), "day"

    return resolve


def _month_year(reading: _Reading) -> Resolved:
    first = reading.base.replace(year=int(reading["my_year"]), month=MONTHS[reading["my_month"]], day=1)
    return calendar.month(first), "month"


def _two_days(reading: _Reading) -> Resolved:
    return calendar.day(reading.base, -2 if "before" in reading["td_way"] else 2), "day"


def _near_day(reading: _Reading) -> Resolved:
    whole = calendar.day(reading.base, {"yesterday": -1, "today": 0, "tomorrow": 1}[reading["nd_day"]])
    return _part(whole, reading["nd_part"])


def _part(whole: Range, part: str) -> Resolved:
    return (calendar.part_of_day(whole.begins, part), "part_of_day") if part else (whole, "day")


def _near_part(reading: _Reading) -> Resolved:
    words = reading["np_which"]
    if "last night" in words:
        return _part(calendar.day(reading.base, -1), "night")
    return _part(calendar.day(reading.base), "night" if words == "tonight" else words.rpartition(" ")[2])


def _other_day(reading: _Reading) -> Resolved:
    if "week" in reading["other_day"]:
        return Range(calendar.week(reading.base, -_MOST).begins, calendar.week(reading.base, -1).ends), "vague"
    return Range(calendar.day(reading.base, -7).begins, calendar.day(reading.base, -1).ends), "vague"


_UNITS: dict[str, tuple[Callable[[datetime, int], Range], Granularity]] = {
    "hour": (calendar.hour, "hour"),
    "day": (calendar.day, "day"),
    "weekend": (calendar.weekend, "weekend"),
    "week": (calendar.week, "week"),
    "month": (calendar.month, "month"),
    "year": (calendar.year, "year"),
    "decade": (calendar.decade, "decade"),
}


def _unit(base: datetime, unit: str, shift: int) -> tuple[Range, Granularity]:
    """Resolve the hour, day, … decade, or named weekday, ``shift`` of them away."""
    if unit in WEEKDAYS:
        return calendar.weekday(base, WEEKDAYS[unit], shift), "day"
    resolve, granularity = _UNITS[unit]
    return resolve(base, shift), granularity


def _away(base: datetime, count: str, unit: str, sign: int) -> tuple[Range, Granularity]:
    if count not in VAGUE_COUNTS:
        return _unit(base, unit, sign * (int(count) if count.isdecimal() else COUNTS[count]))
    near, far = _unit(base, unit, sign * _FEWEST), _unit(base, unit, sign * _MOST)
    first, last = (far[0], near[0]) if sign < 0 else (near[0], far[0])
    return Range(first.begins, last.ends), "vague"


def _ago(reading: _Reading) -> Resolved:
    return _away(reading.base, reading["ago_count"], reading["ago_unit"], -1)


def _ahead(reading: _Reading) -> Resolved:
    if reading["ah_unit"] and not (reading.future or reading["ahead"].endswith("time")):
        return None  # "we built it in two days" names a length, not a time
    return _away(reading.base, reading["ah_count"] or reading["fn_count"], reading["ah_unit"] or reading["fn_unit"], +1)


def _span(reading: _Reading) -> Resolved:
    """Resolve the stretch from some units back to now, or from now on."""
    sign = +1 if reading["sp_way"] in {"next", "coming"} else -1
    far = _away(reading.base, reading["sp_count"], reading["sp_unit"], sign)
    today = calendar.day(reading.base)
    return (Range(far[0].begins, today.ends) if sign < 0 else Range(today.begins, far[0].ends)), "vague"


def _relative(reading: _Reading) -> Resolved:
    way, unit = reading["re_way"], reading["re_unit"]
    shift = {"last": -1, "past": -1, "this past": -1, "previous": -1, "this": 0}.get(way, 1)
    base = reading.base
    if unit == "week before last":
        return calendar.week(base, -2), "week"
    if unit in MONTHS:
        return _named_month(reading, unit, shift)
    if unit in SEASONS:
        return _named_season(base, SEASONS[unit], shift)
    if unit == "day":
        return None if shift < 0 else _unit(base, unit, shift)
    resolved = _unit(base, unit, shift)
    return _part(resolved[0], reading["re_part"]) if resolved[1] == "day" else resolved


def _named_month(reading: _Reading, name: str, shift: int) -> Resolved:
    written = reading.found["re_unit"]
    if written == written.lower() and name in {"may", "march", "mar"}:
        return None
    base = reading.base
    first = base.replace(month=MONTHS[name], day=1)
    if shift < 0:
        return calendar.month(first, 0 if first.month < base.month else -12), "month"
    if shift > 0:
        return calendar.month(first, 0 if first.month > base.month else 12), "month"
    return calendar.month(first), "month"


def _named_season(base: datetime, first_month: int, shift: int) -> Resolved:
    this = calendar.season(base, first_month, base.year)
    before = calendar.season(base, first_month, base.year - 1)
    if base < before.ends:  # January and February belong to the winter that began last year
        this, before = before, calendar.season(base, first_month, base.year - 2)
    if shift < 0:
        return (this if this.ends <= base else before), "season"
    if shift > 0 and this.begins <= base:
        return calendar.season(base, first_month, this.begins.year + 1), "season"
    return this, "season"


def _narrative(reading: _Reading) -> Resolved:
    """Resolve "the week before": from the time named last, or from the reference where none is."""
    way, unit = reading["na_way"], reading["na_unit"]
    if way == "before last":
        return _unit(reading.base, unit, -2)
    anchor = reading.before[-1].begins if reading.before else reading.base
    return _unit(anchor, unit, -1 if way == "before" else 1)


def _season_year(reading: _Reading) -> Resolved:
    return calendar.season(reading.base, SEASONS[reading["se_season"]], int(reading["se_year"])), "season"


def _month(reading: _Reading) -> Resolved:
    first = reading.base.replace(month=MONTHS[reading["mo_month"]], day=1)
    return reading.year_of(*(calendar.month(first, shift) for shift in (-12, 0, 12))), "month"


def _decade(reading: _Reading) -> Resolved:
    return calendar.decade(reading.base.replace(year=int(reading["de_year"]), day=1)), "decade"


def _year(reading: _Reading) -> Resolved:
    return calendar.year(reading.base.replace(year=int(reading["ye_year"]), day=1)), "year"


def _weekday(reading: _Reading) -> Resolved:
    number = WEEKDAYS[reading["wd_day"]]
    lead = reading.text[max(0, reading.found.start() - 8) : reading.found.start()].lower()
    if lead.rstrip().endswith(("every", "each", "most")):
        return None
    whole = calendar.weekday(reading.base, number, 0)
    if number != reading.base.weekday():
        whole = calendar.weekday(reading.base, number, 1 if reading.future else -1)
    return _part(whole, reading["wd_part"])


def _month_day_only(reading: _Reading) -> Resolved:
    """Resolve "on the 7th": of this month, or of the nearest one in the direction the sentence speaks of."""
    base, day = reading.base, int(reading["mdo_day"])
    first = base.replace(day=1)
    shift = (day < base.day) if reading.future else -(day > base.day)
    return calendar.day(calendar.month(first, shift).begins.replace(day=day)), "day"


_FORMS: dict[str, Callable[[_Reading], Resolved]] = {
    "iso": _iso,
    "day_month": _dated("dm"),
    "month_day": _dated("md"),
    "month_year": _month_year,
    "two_days": _two_days,
    "near_day": _near_day,
    "near_part": _near_part,
    "other_day": _other_day,
    "ago": _ago,
    "ahead": _ahead,
    "span": _span,
    "relative": _relative,
    "narrative": _narrative,
    "season_year": _season_year,
    "month": _month,
    "decade": _decade,
    "year": _year,
    "weekday": _weekday,
    "month_day_only": _month_day_only,
}

"""Dates, months, years and stretches of them, as far as a text names them."""

import re
from calendar import isleap
from collections.abc import Callable
from datetime import datetime, timedelta

from memos_graph.language import calendar
from memos_graph.language.calendar import HOLIDAYS, SEASONS, WEEKDAYS, Range
from memos_graph.language.times_grammar import DECADES, ORDINALS
from memos_graph.language.times_reading import Reading, Resolved, dated

_MONTHS_IN_YEAR, _DECEMBER = 12, 12
_WITHIN = timedelta(days=250)
_SOON = timedelta(days=120)  # what comes sooner may be meant by "this" or by "next"
_BORN = re.compile(r"\bborn\b", re.IGNORECASE)
_FROM = re.compile(r"\b(?:(?:from|between)|between [^.!?\n]{1,30} and|from [^.!?\n]{1,30} to)\s$", re.IGNORECASE)
_YEARS = (-1, 0, 1)


def _iso(reading: Reading) -> Resolved:
    year, month, day = map(int, re.split("[-/]", reading["date"]))
    return dated(reading.base, year, month, day), "day"


def _figures(reading: Reading) -> Resolved:
    """Resolve 25.12.1988, whose day stands first, and 25/12/1988, where only one of two can be the day."""
    one, two, year = int(reading["one"]), int(reading["two"]), int(reading["year"])
    if reading["sign"] == "." or one > _MONTHS_IN_YEAR or one == two:
        return dated(reading.base, year, two, one), "day"
    return (dated(reading.base, year, one, two), "day") if two > _MONTHS_IN_YEAR else None


def _recurring(reading: Reading, month: int, day: int, wanted: int | None = None) -> Range | None:
    """Choose the year of a day and a month, by its day of the week (``wanted``) where that is named."""
    base = reading.base
    leaping = (month, day) == (2, 29)
    years = [base.year + shift for shift in _YEARS]
    options = [dated(base, year, month, day - (leaping and not isleap(year))) for year in years]
    if wanted is not None:
        options = [each for each in options if each.begins.weekday() == wanted]
        if len(options) == 1:
            near = abs(options[0].begins - reading.today) < _WITHIN  # else the day of the week is more likely a slip
            return options[0] if near and _fits(reading, options[0]) else None
        return reading.chosen(options) if options else None
    born = _BORN.search(reading.text, max(0, reading.found.start() - 80), reading.found.end() + 40)
    return None if born else reading.chosen(options)


def _fits(reading: Reading, day: Range) -> bool:
    """Whether a day is not on the other side of now than the sentence is."""
    return not (
        (reading.tense == "past" and day.begins > reading.today)
        or (reading.tense == "future" and day.ends <= reading.today)
    )


def _one_day(reading: Reading) -> Resolved:
    """Resolve a day and a month, with the day of the week and the year where they are named."""
    month, day = reading.month_of(), reading.day_of()
    wanted = WEEKDAYS[reading["wd"]] if reading["wd"] else None
    year = reading.year_named()
    if year is None:
        found = _recurring(reading, month, day, wanted)
        return (found, "day") if found else None
    whole = dated(reading.base, year, month, day)
    return (whole, "day") if wanted in {None, whole.begins.weekday()} else None


def _weekday_day(reading: Reading) -> Resolved:
    """Resolve "Monday the 9th": the nearest month in which it is one."""
    base, day, wanted = reading.base, reading.day_of(), WEEKDAYS[reading["wd"]]
    options = []
    for shift in _YEARS:
        month = calendar.month(base, shift)
        whole = calendar.day(month.begins, day - 1)
        if whole.begins < month.ends and whole.begins.weekday() == wanted and _fits(reading, whole):
            options.append(whole)
    return (options[0], "day") if len(options) == 1 else None


def _between(reading: Reading, second: Callable[[int], Range], first: Callable[[int], Range]) -> Resolved:
    """Resolve a stretch from one date to another, each of them given by its year."""
    ended, begun = reading["year2"], reading["year"]
    if ended or begun:
        last = int(ended or begun)
        whole = _stretch(int(begun or last), last, first, second, guess=not (begun and ended))
        return (whole, "range") if whole else None
    options = [_stretch(year, year, first, second, guess=True) for year in (reading.base.year + s for s in _YEARS)]
    found = reading.chosen([each for each in options if each])
    return (found, "range") if found else None


def _stretch(
    year: int, last: int, first: Callable[[int], Range], second: Callable[[int], Range], *, guess: bool
) -> Range | None:
    begins, ends = first(year).begins, second(last).ends
    if begins >= ends and guess:  # "from December to February"
        begins = first(year - 1).begins
    return Range(begins, ends) if begins < ends else None


def _two_days(reading: Reading) -> Resolved:
    base, month, month2 = reading.base, reading.month_of(), reading.month_of("month2")
    day, day2 = reading.day_of(), reading.day_of("day2")
    return _between(reading, lambda y: dated(base, y, month2, day2), lambda y: dated(base, y, month, day))


def _days(reading: Reading) -> Resolved:
    base, month, day, day2 = reading.base, reading.month_of(), reading.day_of(), reading.day_of("day2")
    if day >= day2:
        return None
    return _between(reading, lambda y: dated(base, y, month, day2), lambda y: dated(base, y, month, day))


def _in_month(base: datetime, year: int, month: int) -> Range:
    return calendar.month(base.replace(year=year, month=month, day=1))


def _months(reading: Reading) -> Resolved:
    base, month, month2 = reading.base, reading.month_of(), reading.month_of("month2")
    return _between(reading, lambda y: _in_month(base, y, month2), lambda y: _in_month(base, y, month))


def _years(reading: Reading) -> Resolved:
    first, last = (base_year(reading, int(reading[group])) for group in ("year", "year2"))
    return (Range(first.begins, last.ends), "range") if first.begins < last.begins else None


def base_year(reading: Reading, year: int) -> Range:
    """Give a calendar year in the zone of what is read."""
    return calendar.year(reading.base.replace(year=year, month=1, day=1))


def staged(whole: Range, stage: str, unit: str) -> Resolved:
    """Give the early, middle or late part of a month, a year, a quarter or a week; all of it where no part is named."""
    if not stage:
        return whole, unit  # type: ignore[return-value]
    place = 0 if stage.startswith(("early", "beginning", "start")) else 1 if stage.startswith("mid") else 2
    if unit == "month":
        cuts = [whole.begins, *(whole.begins + timedelta(days=10 * part) for part in (1, 2)), whole.ends]
    elif unit == "week":
        cuts = [whole.begins, *(whole.begins + timedelta(days=part) for part in (2, 4)), whole.ends]
    elif unit == "season":
        cuts = [calendar.months(whole.begins, part, 1).begins for part in range(4)]
    elif unit == "year":
        # "Late 2024" is its last third, "the end of 2024" its last month.
        edges = (0, 4, 8, 12) if " " not in stage else (0, 2, 11, 12)
        if stage in {"mid", "middle of"}:
            edges = (0, 5, 8, 12)
        cuts = [calendar.months(whole.begins, part, 1).begins for part in edges]
    else:
        return None
    return Range(cuts[place], cuts[place + 1]), "range"


def _month_year(reading: Reading) -> Resolved:
    year = reading.year_named()
    return staged(_in_month(reading.base, year or reading.base.year, reading.month_of()), reading["stage"], "month")


def _month(reading: Reading) -> Resolved:
    group = next(each for each in ("month", "month2", "sure") if reading[each])
    month = reading.month_of(group)
    if _BORN.search(reading.text, max(0, reading.found.start() - 80), reading.found.end() + 40):
        return None
    found = reading.chosen([_in_month(reading.base, reading.base.year + shift, month) for shift in _YEARS])
    return staged(found, reading["stage"] or reading["stage2"], "month") if found else None


def _month_meant(reading: Reading) -> Range | None:
    """Return the month of "the last Friday of May", "of next month"."""
    if which := reading["which"]:
        return calendar.month(reading.base, {"the": 0, "this": 0, "last": -1, "next": 1}[which])
    month = reading.month_of()
    if reading["year"]:
        return _in_month(reading.base, int(reading["year"]), month)
    return reading.chosen([_in_month(reading.base, reading.base.year + shift, month) for shift in _YEARS])


def _nth(reading: Reading) -> Resolved:
    whole, what, nth = _month_meant(reading), reading["what"], reading["nth"]
    if whole is None:
        return None
    place = -1 if nth == "last" else ORDINALS[nth] - 1
    days = [calendar.day(whole.begins, shift) for shift in range((whole.ends - whole.begins).days)]
    if what in WEEKDAYS:
        return [day for day in days if day.begins.weekday() == WEEKDAYS[what]][place], "day"
    if what == "day":
        return days[place], "day"
    if what == "week":
        begins = whole.ends - timedelta(days=7) if place < 0 else days[7 * place].begins
        return Range(begins, begins + timedelta(days=7)), "week"
    if what == "half" and place in {0, 1}:
        middle = days[15].begins
        return (Range(whole.begins, middle) if place == 0 else Range(middle, whole.ends)), "range"
    saturdays = [day for day in days if day.begins.weekday() == WEEKDAYS["saturday"]]
    return (calendar.weekend(saturdays[place].begins), "weekend") if what == "weekend" else None


def _half_of(reading: Reading) -> Resolved:
    whole = base_year(reading, reading.year_named() or reading.base.year)
    middle = calendar.months(whole.begins, 6, 1).begins
    return (Range(whole.begins, middle) if reading["nth"] == "first" else Range(middle, whole.ends)), "range"


def _quarter_of(reading: Reading) -> Resolved:
    number = int(reading["q"]) if reading["q"] else 4 if reading["nth"] == "last" else ORDINALS[reading["nth"]]
    year = reading.year_named()
    if year is None and (not reading["q"] or reading.lead not in {"in", "by", "during", "since", "until", "till"}):
        return None
    years = [year] if year else [reading.base.year + shift for shift in _YEARS]
    options = [calendar.months(base_year(reading, each).begins, 3 * (number - 1), 3) for each in years]
    found = options[0] if year else reading.chosen(options)
    return (found, "quarter") if found else None


def _season_year(reading: Reading) -> Resolved:
    year = reading.year_named() or reading.base.year
    return staged(calendar.season(reading.base, SEASONS[reading["season"]], year), reading["stage"], "season")


def _season(reading: Reading) -> Resolved:
    first, year = SEASONS[reading["season"]], reading.base.year
    found = reading.chosen([calendar.season(reading.base, first, year + shift) for shift in _YEARS], guess=False)
    return (found, "season") if found else None


def _holiday(reading: Reading) -> Resolved:
    month, day = HOLIDAYS[reading["name"]]
    if year := reading.year_named():
        return dated(reading.base, year, month, day), "day"
    if _FROM.search(reading.text[max(0, reading.found.start() - 40) : reading.found.start()]):
        return None  # "between Christmas and New Year"
    found = _which_holiday(reading, month, day) if reading["which"] else _recurring(reading, month, day)
    return (found, "day") if found else None


def _which_holiday(reading: Reading, month: int, day: int) -> Range | None:
    """Resolve "last Christmas"; "next Christmas" only where no other is nearer than some months."""
    options = [dated(reading.base, reading.base.year + shift, month, day) for shift in _YEARS]
    if reading["which"] == "last":
        return max(each for each in options if each.ends <= reading.today)
    ahead = min(each for each in options if each.begins > reading.today)
    soon = ahead.begins - reading.today < _SOON
    return ahead if soon == (reading["which"] == "this") else None


def _decade(reading: Reading) -> Resolved:
    year = reading["year"] or 1900 + (DECADES[reading["word"]] if reading["word"] else int(reading["short"] or 0))
    return calendar.decade(reading.base.replace(year=int(year), month=1, day=1)), "decade"


def _year(reading: Reading) -> Resolved:
    return staged(base_year(reading, int(reading["year"])), reading["stage"], "year")


def _on_nth(reading: Reading) -> Resolved:
    """Resolve "on the 7th": of this month, or of the nearest one in the direction the sentence speaks of."""
    base, day = reading.base, reading.day_of()
    if way := reading["way"]:
        shift = {"last": -1, "this": 0, "next": 1}[way]
    elif reading.tense is None:
        return None
    else:
        shift = (day < base.day) if reading.tense == "future" else -(day > base.day)
    return calendar.day(calendar.month(base, shift).begins.replace(day=day)), "day"


def _nths(reading: Reading) -> Resolved:
    """Resolve "from the 3rd to the 5th", like "on the 3rd"."""
    base, day, day2 = reading.base, reading.day_of(), reading.day_of("day2")
    if reading.tense is None or day >= day2:
        return None
    shift = (day2 < base.day) if reading.tense == "future" else -(day > base.day)
    first = calendar.month(base, shift).begins
    return Range(first.replace(day=day), calendar.day(first.replace(day=day2)).ends), "range"


DATES: dict[str, Callable[[Reading], Resolved]] = {
    "iso": _iso,
    "figures": _figures,
    "two_dates": _two_days,
    "dates_two": _two_days,
    "days": _days,
    "month_days": _days,
    "day_month": _one_day,
    "month_day": _one_day,
    "weekday_day": _weekday_day,
    "month_year": _month_year,
    "months": _months,
    "month_span": _months,
    "years": _years,
    "nth": _nth,
    "half_of": _half_of,
    "quarter_of": _quarter_of,
    "season_year": _season_year,
    "season": _season,
    "holiday": _holiday,
    "month": _month,
    "decade": _decade,
    "year": _year,
    "nths": _nths,
    "on_nth": _on_nth,
}

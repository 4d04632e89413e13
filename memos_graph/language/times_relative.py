"""Times told by their distance from the day they are said on."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta

from memos_graph.formats.dates import MONTHS
from memos_graph.language import calendar
from memos_graph.language.calendar import SEASONS, WEEKDAYS, Range
from memos_graph.language.times_dates import staged
from memos_graph.language.times_grammar import VAGUE_COUNTS
from memos_graph.language.times_reading import Reading, Resolved, counted
from memos_graph.language.types import Granularity

_FEWEST, _MOST = 2, 6  # what "a few" of a unit may be
_SOON = timedelta(days=120)  # what begins sooner may be meant by "this" or by "next"
_FIRST = re.compile(
    r"(?:^|[.!?,;:(\n\u2013\u2014]|\b(?:and|but|so|on|for|to|from|by|of|with|till|until|since|after|before|week|starting|beginning)) ?$",
    re.IGNORECASE,
)
_LAST = re.compile(
    r"\s*(?:$|[.,;:!?)\n])|\s+(?:at|to|and|but|or|if|because|with|for|from|in|after|before|when|around|the|\d)\b",
    re.IGNORECASE,
)
_ONCE = re.compile(r"\b(?:will|going to|away|course|(?:i|we)(?: am| are|['\u2019](?:m|re|ll)))\b")
_JUST = timedelta(days=31)  # what ended since may be this one or the last one
_SATURDAY = 5
_WAYS = {"last": -1, "past": -1, "this past": -1, "this": 0, "next": 1, "coming": 1, "this coming": 1}
_UNITS: dict[str, tuple[Callable[[datetime, int], Range], Granularity]] = {
    "hour": (calendar.hour, "hour"),
    "day": (calendar.day, "day"),
    "weekend": (calendar.weekend, "weekend"),
    "week": (calendar.week, "week"),
    "month": (calendar.month, "month"),
    "quarter": (calendar.quarter, "quarter"),
    "year": (calendar.year, "year"),
    "decade": (calendar.decade, "decade"),
}
_ANCHORED: dict[str, tuple[Granularity, ...]] = {
    "day": ("day",),
    "morning": ("day",),
    "weekend": ("day", "weekend", "week"),
}


def _part(whole: Range, part: str) -> Resolved:
    return (calendar.part_of_day(whole.begins, part), "part_of_day") if part else (whole, "day")


def _unit(base: datetime, unit: str, shift: int) -> tuple[Range, Granularity]:
    """Resolve the hour, day, … decade, or named weekday, ``shift`` of them away."""
    if unit == "fortnight":
        return calendar.week(base, 2 * shift), "week"
    if unit in WEEKDAYS:
        return calendar.weekday(base, WEEKDAYS[unit], shift), "day"
    resolve, granularity = _UNITS[unit]
    return resolve(base, shift), granularity


def _near_two(reading: Reading) -> Resolved:
    which = reading["which"]
    if which == "night before last":
        return _part(calendar.day(reading.base, -2), "night")
    return calendar.day(reading.base, -2 if "yesterday" in which else 2), "day"


def _near_day(reading: Reading) -> Resolved:
    whole = calendar.day(reading.base, {"yesterday": -1, "today": 0, "tomorrow": 1}[reading["day"]])
    return _part(whole, reading["part"])


def _near_part(reading: Reading) -> Resolved:
    words = reading.found.group().lower()
    if "last night" in words:
        return _part(calendar.day(reading.base, -1), "night")
    return _part(calendar.day(reading.base), "night" if words.endswith("tonight") else words.rpartition(" ")[2])


def _other_day(reading: Reading) -> Resolved:
    if reading["what"] == "week":
        return Range(calendar.week(reading.base, -_MOST).begins, calendar.week(reading.base, -1).ends), "vague"
    return Range(calendar.day(reading.base, -7).begins, calendar.day(reading.base, -1).ends), "vague"


def _away(reading: Reading, sign: int) -> Resolved:
    """Resolve a number of units away; the whole unit, and a vague stretch where the number is open."""
    base, count, unit, rough = reading.base, reading["count"], reading["unit"], reading["rough"]
    if rough not in {"", "about", "around", "roughly", "some"} or " and a half" in reading.found.group().lower():
        return None
    if count.startswith("half"):
        return _half(base, unit, sign)
    numbers = _numbers(count)
    if not unit:
        unit = next((each for each in count.split() if each in {*_UNITS, "fortnight"}), "")
    if not unit or not numbers:
        return None
    if unit == "hour" and numbers[0] == numbers[1]:
        moment = (base + sign * timedelta(hours=numbers[0])).replace(minute=0, second=0, microsecond=0)
        return Range(moment, moment + timedelta(hours=1)), "hour"
    near, far = (_unit(base, unit, sign * number) for number in numbers)
    first, last = (far[0], near[0]) if sign < 0 else (near[0], far[0])
    return Range(first.begins, last.ends), near[1] if numbers[0] == numbers[1] and not rough else "vague"


def _half(base: datetime, unit: str, sign: int) -> Resolved:
    if unit == "hour":
        moment = base + sign * timedelta(minutes=30)
        return Range(moment, moment + timedelta(hours=1)), "hour"
    return (calendar.month(base, 6 * sign), "month") if unit == "year" else None


def _numbers(count: str) -> tuple[int, int] | None:
    """Return the fewest and the most that a count may mean."""
    if count in VAGUE_COUNTS:
        return _FEWEST, _MOST
    for sign in (" or ", " to ", "-"):
        low, found, high = count.partition(sign)
        if found and (sign != "-" or low.isdecimal()):
            if high in {"two", "so"}:
                return 1, 2
            return counted(low), counted(high)
    number = counted(count)
    return number, number


def _ago(reading: Reading) -> Resolved:
    found = _away(reading, -1)
    if found is None or not (reading["today"] or reading["more"]):
        return found
    whole, unit = found
    if reading["today"]:
        return _to_the_day(reading.base, whole, unit)
    if unit == "year" and reading["more"] in MONTHS:
        return calendar.month(whole.begins.replace(month=MONTHS[reading["more"]])), "month"
    if unit == "week" and reading["more"] in WEEKDAYS and " on " in reading.found.group():
        return calendar.weekday(whole.begins, WEEKDAYS[reading["more"]], 0), "day"
    return None


def _to_the_day(base: datetime, whole: Range, unit: Granularity) -> Resolved:
    """Resolve "a year ago today": that day of the year, of the month or of the week."""
    if unit == "week":
        return calendar.day(whole.begins, base.weekday()), "day"
    if unit in {"month", "year"}:
        month = base.month if unit == "year" else whole.begins.month
        return calendar.day(whole.begins.replace(month=month, day=base.day)), "day"
    return None


def _ahead(reading: Reading) -> Resolved:
    if reading.tense != "future" and not reading["time"]:
        return None  # "we built it in two days" names a length, not a time
    if not reading["time"] and any(
        word in _clause_before(reading) for word in (" can ", " could ", " able ", " takes ", " took ")
    ):
        return None
    return _away(reading, +1)


def _clause_before(reading: Reading) -> str:
    return f" {reading.text[max(0, reading.found.start() - 60) : reading.found.start()].lower()} "


def _from_now(reading: Reading) -> Resolved:
    return _away(reading, +1)


def _span(reading: Reading) -> Resolved:
    """Resolve the stretch from some units back to now, or from now on."""
    sign = +1 if reading["way"] in {"next", "coming"} else -1
    unit, numbers = reading["unit"], _numbers(reading["count"])
    far = _unit(reading.base, unit, sign * (numbers or (1, 1))[1])[0]
    return _until_now(reading, far, sign)


def _span_one(reading: Reading) -> Resolved:
    sign = +1 if reading["way"] in {"next", "coming"} else -1
    if reading["unit"] == "day":
        return None  # "the last day of it", "the next day"
    return _until_now(reading, _unit(reading.base, reading["unit"], sign)[0], sign)


def _until_now(reading: Reading, far: Range, sign: int) -> Resolved:
    today = calendar.day(reading.base)
    return (Range(far.begins, today.ends) if sign < 0 else Range(today.begins, far.ends)), "vague"


def _twice(reading: Reading) -> Resolved:
    """Resolve "the week before last" and "the Tuesday after next"; a weekday where this week leaves no doubt of it."""
    unit, sign = reading["unit"], -1 if reading["way"] == "before last" else 1
    if unit in WEEKDAYS:
        number, today = WEEKDAYS[unit], reading.base.weekday()
        if (number > today) if sign > 0 else (number < today):
            return None
    return _unit(reading.base, unit, 2 * sign)


def _phase(reading: Reading) -> Resolved:
    """Resolve "the end of the month", "early next week", "later this year"."""
    stage, which, unit = reading["stage"], reading["which"], reading["unit"]
    whole, granularity = _unit(reading.base, unit, {"the": 0, "this": 0, "last": -1, "next": 1}[which])
    if stage == "later":
        return (Range(calendar.day(reading.base).begins, whole.ends), "vague") if which == "this" else None
    if stage == "earlier":
        return (Range(whole.begins, calendar.day(reading.base).ends), "vague") if which == "this" else None
    if which == "the":
        return _phase_of_this(reading, whole, granularity, stage)
    return staged(whole, stage, granularity)


def _phase_of_this(reading: Reading, whole: Range, unit: Granularity, stage: str) -> Resolved:
    """Resolve "at the end of the month": this one's, or where the sentence speaks of what has been and this one's is to come, none."""
    found = staged(whole, stage, unit)
    if found is None or reading.tense is None:
        return None
    to_come = found[0].begins > calendar.midnight(reading.base)
    return None if to_come == (reading.tense == "past") else found


def _relative(reading: Reading) -> Resolved:
    way, unit, base = reading["way"], reading["unit"], reading.base
    shift = _WAYS[way]
    if unit in MONTHS:
        return _named_month(reading, MONTHS[unit], shift)
    if unit in SEASONS:
        return _named_season(reading, SEASONS[unit], shift)
    if unit in WEEKDAYS:
        whole = _named_day(reading, WEEKDAYS[unit], way)
        return _part(whole, reading["part"]) if whole else None
    if unit == "weekend" and way == "this":
        return _this_weekend(reading)
    if unit == "hour" and shift:
        return None
    return _unit(base, unit, shift)


def _named_day(reading: Reading, number: int, way: str) -> Range | None:
    """Resolve a weekday; "next Friday" said on a Wednesday may be in two days or in nine, so it is none."""
    base, today = reading.base, reading.base.weekday()
    if way in {"last", "past", "this past"}:
        return calendar.weekday(base, number, -1)
    if way in {"coming", "this coming"}:
        return calendar.weekday(base, number, 1)
    if way == "next":
        return None if number > today else calendar.weekday(base, number, 1)
    return _day_of_this_week(reading, number)


def _day_of_this_week(reading: Reading, number: int) -> Range | None:
    """Resolve "this Friday": to come in this week, or by tense the one that has been in it or the next."""
    base, today, tense = reading.base, reading.base.weekday(), reading.tense
    if number > today:
        return None if tense == "past" else calendar.weekday(base, number, 0)
    if number == today or tense is None:
        return None
    return calendar.weekday(base, number, 0 if tense == "past" else 1)


def _this_weekend(reading: Reading) -> Resolved:
    """Resolve "this weekend": the one that has been where the sentence tells of it on a Monday or Tuesday."""
    today = reading.base.weekday()
    if reading.tense == "past" and today < _SATURDAY:
        return (calendar.weekend(reading.base, -1), "weekend") if today <= 1 else None
    return calendar.weekend(reading.base), "weekend"


def _the_weekend(reading: Reading) -> Resolved:
    if reading.tense is None or reading.base.weekday() >= _SATURDAY:
        return None
    return calendar.weekend(reading.base, -1 if reading.tense == "past" else 0), "weekend"


def _named_month(reading: Reading, number: int, shift: int) -> Resolved:
    base = reading.base
    first = base.replace(month=number, day=1)
    if shift < 0:
        return calendar.month(first, 0 if number < base.month else -12), "month"
    if shift == 0 and number != base.month:
        behind = number < base.month
        if reading.tense == ("future" if behind else "past"):
            return (calendar.month(first, 12), "month") if behind else None
    if shift > 0:
        whole = calendar.month(first, 0 if number > base.month else 12)
        return (whole, "month") if whole.begins - base >= _SOON else None
    return calendar.month(first), "month"


def _named_season(reading: Reading, first_month: int, shift: int) -> Resolved:
    base = reading.base
    options = [calendar.season(base, first_month, base.year + each) for each in (-2, -1, 0, 1)]
    if shift < 0:
        whole = max(each for each in options if each.ends <= base)
        return (whole, "season") if base - whole.ends >= _JUST else None
    if shift > 0:
        whole = min(each for each in options if each.begins > base)
        return (whole, "season") if whole.begins - base >= _SOON else None
    running = next((each for each in options if each.begins <= base < each.ends), None)
    if running:
        return running, "season"
    behind = max(each for each in options if each.ends <= base)
    ahead = min(each for each in options if each.begins > base)
    if reading.tense == "past":
        return behind, "season"
    return (ahead, "season") if reading.tense == "future" or ahead.begins.year == base.year else None


def _narrative(reading: Reading) -> Resolved:
    """Resolve "the week before" and "the next day": from the time named last, where that is as fine; else it is none."""
    unit = reading["unit"] or reading["unit2"]
    if not reading.before:
        return None
    last = reading.before[-1]
    if last.granularity not in _ANCHORED.get(
        unit, ("day", "weekend", "week", "month", "year")[: 5 if unit == "year" else 4 if unit == "month" else 3]
    ):
        return None
    back = reading["way"] == "before" or reading["next"] == "previous"
    whole = _unit(last.begins, "day" if unit == "morning" else unit, -1 if back else 1)
    return _part(whole[0], "morning") if unit == "morning" else whole


def _weekday(reading: Reading) -> Resolved:
    """Resolve a bare weekday, by tense; on that very day it is none, since today, a week ago and in a week are all likely."""
    number = WEEKDAYS[reading["wd"]]
    if reading.tense is None or number == reading.base.weekday() or not (reading.has_lead or _stands_free(reading)):
        return None
    return _part(calendar.weekday(reading.base, number, 1 if reading.tense == "future" else -1), reading["part"])


def _week_day(reading: Reading) -> Resolved:
    """Resolve "Tuesday next week" and "last week on Monday"."""
    week = calendar.week(reading.base, _WAYS[reading["way"] or reading["way2"]])
    whole = calendar.weekday(week.begins, WEEKDAYS[reading["wd"] or reading["wd2"]], 0)
    return _part(whole, reading["part"] or reading["part2"])


def _stands_free(reading: Reading) -> bool:
    """Whether a weekday without a preposition stands where a time may stand: first, last, or before another phrase."""
    before = reading.text[max(0, reading.found.start() - 12) : reading.found.start()]
    return bool(_FIRST.search(before) or _LAST.match(reading.text, reading.found.end()))


def _weekdays(reading: Reading) -> Resolved:
    """Resolve "from Monday to Wednesday", unless it may be every week's."""
    first, last = WEEKDAYS[reading["wd"] or reading["wd0"]], WEEKDAYS[reading["wd2"]]
    today = reading.base.weekday()
    if reading.tense is None or today in {first, last} or not _once(reading):
        return None
    if reading.tense == "past":
        end = calendar.weekday(reading.base, last, -1)
        return Range(calendar.weekday(end.begins, first, -1).begins, end.ends), "range"
    begin = calendar.weekday(reading.base, first, 1)
    return Range(begin.begins, calendar.weekday(begin.begins, last, 1).ends), "range"


def _once(reading: Reading) -> bool:
    """Whether a sentence tells of days that are or were once, not of hours of work."""
    return reading.tense == "past" or any(_ONCE.search(part) for part in reading.sentence)


RELATIVES: dict[str, Callable[[Reading], Resolved]] = {
    "near_two": _near_two,
    "near_day": _near_day,
    "near_part": _near_part,
    "other_day": _other_day,
    "ago": _ago,
    "ahead": _ahead,
    "from_now": _from_now,
    "span": _span,
    "span_one": _span_one,
    "twice": _twice,
    "phase": _phase,
    "relative": _relative,
    "narrative": _narrative,
    "weekdays": _weekdays,
    "the_weekend": _the_weekend,
    "weekday": _weekday,
    "week_day": _week_day,
}

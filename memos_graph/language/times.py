"""Times named in a text, resolved against the text's own date."""

import re
from datetime import UTC, datetime, timedelta

from memos_graph.language import calendar
from memos_graph.language.calendar import Range
from memos_graph.language.times_dates import DATES
from memos_graph.language.times_grammar import (
    AROUND,
    CLOCK_AFTER,
    CLOCK_BEFORE,
    COUNTED,
    ELSEWHERE,
    NAMED,
    NUMBERED,
    OR_OTHER,
    WEEKS_ON,
)
from memos_graph.language.times_grammar import (
    mentions as mentions_in,
)
from memos_graph.language.times_reading import Reading, Resolved, counted
from memos_graph.language.times_relative import RELATIVES
from memos_graph.language.types import Granularity, TimeMention

_FORMS = {**DATES, **RELATIVES}
_Placed = tuple[int, int, tuple[Range, Granularity]]
_LOOK = 72  # characters before a mention that may say more of it
_EITHER = re.compile(r"\s*,?\s*(?:or|and/or)\s+(?:on |in |maybe |perhaps |even |late |early )?(?:the )?", re.IGNORECASE)
_SHIFTED = re.compile(
    r"\b(?:moved?|postponed?|changed?|shifted|rescheduled|brought forward|delayed)\b[^.!?\n]*$", re.IGNORECASE
)
_MOVED_FROM = re.compile(
    r"[^.!?,;\n]{0,30}\b(?:was|were|been|is|are|got|gets) (?:moved|postponed|rescheduled|shifted) ", re.IGNORECASE
)
_LATER_WEEK = re.compile(r" week\b(?!-)", re.IGNORECASE)
_COUNTABLE = frozenset({"near_day", "weekday", "relative"})
_DAYS_ONLY = frozenset({"near_day", "weekday"})
_NAMED = frozenset({"weekday", "holiday", "weekdays", "near_day"})
_HALF_DAY = 12


def resolve_times(text: str, reference: datetime, *, either: bool = False) -> list[TimeMention]:
    """Find the times ``text`` names, in order, resolved against ``reference`` (UTC where it names no zone), in its zone.

    * Where the words or the sentence leave open which time is meant, none is given: docs/times.md says what is read and how.
    * A week is Monday to Sunday. Seasons are the northern ones.
    * "Two weeks ago" is the whole week, "two years ago" the year: no finer than the words.
    * Recurring days ("every Friday", "Fridays") and dates that do not exist (31 June) are left out.
    * So are alternatives ("Friday or Saturday"), unless ``either``: a question asks about both.
    """
    base = reference.replace(tzinfo=UTC) if reference.tzinfo is None else reference
    mentions: list[TimeMention] = []
    alternatives: set[int] = set()
    ended = (0, False)  # where the form before ended, and whether it is among the mentions
    for found in mentions_in(text):
        if found.start() < ended[0]:  # inside what the one before took along
            continue
        # "Friday or Saturday": neither is known.
        alternative = not either and bool(ended[0]) and _EITHER.fullmatch(text, ended[0], found.start()) is not None
        if alternative and ended[1]:
            alternatives.add(len(mentions) - 1)
        mention = None if alternative else _mention(text, found, base, mentions, either=either)
        if mention:
            mentions.append(mention)
        ended = (mention.end if mention else found.end(), mention is not None)
    return [mention for place, mention in enumerate(mentions) if place not in alternatives]


def _mention(
    text: str, found: re.Match[str], base: datetime, before: list[TimeMention], *, either: bool
) -> TimeMention | None:
    """Return what one match means, with what belongs to it before and after; none where that is not sure."""
    form = str(found.lastgroup)
    reading = Reading(text, found, base, before, form)
    try:
        resolved = _FORMS[form](reading)
        placed = _placed(reading, resolved, either=either) if resolved else None
    except (ValueError, OverflowError):  # no such day, or one outside the years 1 to 9999
        return None
    if placed is None:
        return None
    start, end, ((begins, ends), granularity) = placed
    return TimeMention(start, end, text[start:end], begins, ends, granularity)


def _placed(reading: Reading, resolved: tuple[Range, Granularity], *, either: bool) -> _Placed | None:
    """Return a resolved mention with where it begins and ends, after what stands around it; none where that says no."""
    text, (start, end) = reading.text, reading.found.span()
    lead = text[max(0, start - _LOOK) : start]
    day = resolved[0] if resolved[1] == "day" else None
    if not either and OR_OTHER.match(text, end):
        return None
    if day and (moved := _moved(reading, day, lead)):
        return None if moved[2] is None else (moved[0], moved[1], moved[2])
    if _is_elsewhere(reading, lead, either=either):
        return None
    if day and day.ends - day.begins < timedelta(days=2):
        if clock := CLOCK_AFTER.match(text, end):
            return start, clock.end(), _at(day, clock)
        if clock := CLOCK_BEFORE.search(lead):
            return start - len(clock[0]), end, _at(day, clock)
    return start, end, resolved


def _moved(reading: Reading, day: Range, lead: str) -> tuple[int, int, Resolved] | None:
    """Resolve what is told by its distance from a day, or lies around it; none where the day itself is meant."""
    start, end = reading.found.span()
    if reading.form in _DAYS_ONLY and (week := _LATER_WEEK.match(reading.text, end)):
        return start, week.end(), (calendar.day(day.begins, 7), "day")
    if reading.form in _COUNTABLE and (weeks := WEEKS_ON.search(lead)):
        return start - len(weeks[0]), end, _weeks_on(reading, day, weeks)
    if from_it := COUNTED.search(lead):
        return start - len(from_it[0]), end, _counted_from(day, from_it)
    if around := AROUND.search(lead):
        return start - len(around[0]), end, _around(day, around["what"].lower())
    return None


def _is_elsewhere(reading: Reading, lead: str, *, either: bool) -> bool:
    """Whether what stands before a mention says that this is no time, or that another is meant."""
    before = ELSEWHERE.search(lead)
    if before and not (either and before[0].lower().startswith("or")):
        return not lead.lower().endswith(("no later than ", "not until "))
    if reading.found.group()[0].isdecimal() and NUMBERED.search(lead):
        return True
    if reading.found.group().lower().startswith("from ") and _SHIFTED.search(lead):
        return True
    if _MOVED_FROM.match(reading.text, reading.found.end()):
        return True
    return reading.form in _NAMED and not reading.has_lead and NAMED.search(lead) is not None


def _weeks_on(reading: Reading, day: Range, words: re.Match[str]) -> Resolved:
    """Resolve "a week today" and "two weeks on Tuesday", where the sentence speaks of what is to come."""
    days = {"week": 7, "fortnight": 14}.get(words["unit"].lower())
    if days is None or reading.form == "relative" or reading.tense != "future":
        return None
    return calendar.day(day.begins, days * counted(words["count"].lower())), "day"


def _counted_from(day: Range, words: re.Match[str]) -> tuple[Range, Granularity]:
    """Resolve "a week from" and the like before a day."""
    number, unit = counted(words["count"].lower()), words["unit"].lower()
    sign = -1 if words["way"].lower() == "before" else 1
    if unit in {"day", "week", "fortnight"}:
        return calendar.day(day.begins, sign * number * {"day": 1, "week": 7, "fortnight": 14}[unit]), "day"
    first = calendar.months(day.begins, sign * number * {"month": 1, "year": 12}[unit], 1).begins
    return calendar.day(first.replace(day=day.begins.day)), "day"


def _around(day: Range, what: str) -> Resolved:
    """Resolve "the weekend of", "the week of" and "the evening of" before a day."""
    if what == "week":
        return calendar.week(day.begins), "week"
    if what != "weekend":
        return calendar.part_of_day(day.begins, what), "part_of_day"
    whole = calendar.weekend(day.begins)
    return (whole, "weekend") if whole.begins <= day.begins < whole.ends else None


def _at(day: Range, clock: re.Match[str]) -> tuple[Range, Granularity]:
    """Resolve a time of day; it is an hour long."""
    hour, minute = 12, 0
    if clock["half"]:
        hour = int(clock["hour"]) % _HALF_DAY + (_HALF_DAY if clock["half"].lower() == "p" else 0)
        minute = int(clock["minute"] or 0)
    elif clock["hour24"]:
        hour, minute = int(clock["hour24"]), int(clock["minute24"])
    begins = day.begins.replace(hour=hour, minute=minute)
    return Range(begins, begins + timedelta(hours=1)), "hour"

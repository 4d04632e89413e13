"""One mention of a time as it is read: its words, the sentence around it, and the day it is said on."""

import re
from datetime import datetime, timedelta
from functools import cached_property

from memos_graph.formats.dates import MONTHS
from memos_graph.language import calendar
from memos_graph.language.calendar import Range
from memos_graph.language.tenses import Tense, is_habit, sentence_around, tense_around
from memos_graph.language.times_grammar import COUNTS, ORDINALS
from memos_graph.language.types import Granularity, TimeMention

Resolved = tuple[Range, Granularity] | None
_LEAD = re.compile(r"(?:on|in|by|until|till|since|for|to|from|at|during)\b", re.IGNORECASE)
_LEAD_BEFORE = re.compile(r"\b(on|in|by|until|till|since|for|to|from|at|during|of) (?:the )?$", re.IGNORECASE)
_LONG = timedelta(days=27)  # a month is guessed only while it runs
_NEAR, _FAR = timedelta(days=60), timedelta(days=180)


class Reading:
    """One match of a form, and what it is read against; ``reading["day"]`` is a group of it in lower case, or empty."""

    def __init__(self, text: str, found: re.Match[str], base: datetime, before: list[TimeMention], form: str) -> None:
        self.text = text
        self.found = found
        self.base = base
        self.before = before
        self.form = form

    def __getitem__(self, group: str) -> str:
        return (self.found.groupdict().get(f"{self.form}_{group}") or "").lower()

    @property
    def today(self) -> datetime:
        """Midnight of the day it is said on."""
        return calendar.midnight(self.base)

    @cached_property
    def lead(self) -> str:
        """The preposition it stands with, or nothing."""
        if own := _LEAD.match(self.found.group()):
            return own.group().lower()
        before = _LEAD_BEFORE.search(self.text, max(0, self.found.start() - 12), self.found.start())
        return before[1].lower() if before else ""

    @cached_property
    def sentence(self) -> tuple[str, str]:
        """What stands before and after it in its sentence."""
        return sentence_around(self.text, *self.found.span())

    @property
    def has_lead(self) -> bool:
        """Whether a preposition is part of the match."""
        return _LEAD.match(self.found.group()) is not None

    @cached_property
    def tense(self) -> Tense | None:
        """Whether the sentence speaks of what has been or of what is to come; none where that is not sure."""
        return tense_around(self.sentence, self.lead)

    def day_of(self, group: str = "day") -> int:
        """Return a day of the month, written in figures or as a word."""
        word = self[group]
        return ORDINALS[word] if word in ORDINALS else int(re.sub(r"\D", "", word))

    def month_of(self, group: str = "month") -> int:
        """Return a month by its name."""
        return MONTHS[self[group]]

    def year_named(self) -> int | None:
        """Return the year that is named, in figures, as last, this or next year, or as some years ago; none where none is."""
        if year := self["year"] or self["dashed"] or self["short"]:
            return int(year)
        if way := self["way"] or self["ofway"]:
            return self.base.year + {"last": -1, "this": 0, "next": 1}[way]
        return self.base.year - counted(self["ago"]) if self["ago"] else None

    def chosen(self, options: list[Range], *, guess: bool = True) -> Range | None:
        """Choose one of times that recur, in order: by tense; where nothing tells, the one that is near while others are far."""
        today, tomorrow = self.today, calendar.day(self.base, 1).begins
        if self.tense == "past":
            return next((each for each in reversed(options) if each.begins <= today), None)
        if self.tense == "future":
            return next((each for each in options if each.ends > today), None)
        if not guess or is_habit(self.sentence):
            return None
        apart = sorted((max(each.begins - tomorrow, today - each.ends, timedelta(0)), each) for each in options)
        near = timedelta(0) if apart[0][1].ends - apart[0][1].begins > _LONG else _NEAR
        return apart[0][1] if apart[0][0] <= near and apart[1][0] >= _FAR else None


def counted(words: str) -> int:
    """Return the number that words or figures name."""
    return int(words) if words.isdecimal() else COUNTS[words]


def dated(base: datetime, year: int, month: int, day: int) -> Range:
    """Give a day of the calendar, in the zone of ``base``; raises ``ValueError`` where there is none."""
    return calendar.day(base.replace(year=year, month=month, day=day))

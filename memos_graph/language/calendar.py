"""Arithmetic on days, weeks, months, seasons and years. Ranges are half open: the end is outside."""

from datetime import datetime, timedelta
from typing import NamedTuple

WEEKDAYS = {
    name: number
    for number, names in enumerate(
        (
            ("monday", "mon"),
            ("tuesday", "tues", "tue"),
            ("wednesday", "wed"),
            ("thursday", "thurs", "thu"),
            ("friday", "fri"),
            ("saturday", "sat"),
            ("sunday", "sun"),
        )
    )
    for name in names
}
"""Names of the days to 0 (Monday) … 6."""

SEASONS = {"spring": 3, "summer": 6, "autumn": 9, "fall": 9, "winter": 12}
"""Seasons to their first months, as in the northern temperate zone."""

PARTS_OF_DAY = {"morning": (5, 12), "afternoon": (12, 18), "evening": (17, 23), "night": (18, 30)}
"""Parts of a day to their hours; a night ends after midnight."""

HOLIDAYS = {
    "new year's day": (1, 1), "valentine's day": (2, 14), "halloween": (10, 31), "christmas eve": (12, 24), "christmas day": (12, 25),
    "christmas": (12, 25), "boxing day": (12, 26), "new year's eve": (12, 31),
}  # fmt: skip
"""Days with a name that are the same everywhere and every year, to month and day."""


class Range(NamedTuple):
    """From ``begins`` (inside) to ``ends`` (outside)."""

    begins: datetime
    ends: datetime


def hour(moment: datetime, shift: int = 0) -> Range:
    """Give the hour ``shift`` hours after that of ``moment``."""
    begins = moment.replace(minute=0, second=0, microsecond=0) + timedelta(hours=shift)
    return Range(begins, begins + timedelta(hours=1))


def midnight(moment: datetime) -> datetime:
    """Begin the day of ``moment``."""
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)


def day(moment: datetime, shift: int = 0) -> Range:
    """Give the day ``shift`` days after that of ``moment``."""
    begins = midnight(moment) + timedelta(days=shift)
    return Range(begins, begins + timedelta(days=1))


def part_of_day(begins: datetime, part: str) -> Range:
    """Give a part (``morning``…) of the day that begins at ``begins``."""
    first, last = PARTS_OF_DAY[part]
    return Range(begins + timedelta(hours=first), begins + timedelta(hours=last))


def week(moment: datetime, shift: int = 0) -> Range:
    """Give the week, Monday to Sunday, ``shift`` weeks after that of ``moment``."""
    begins = midnight(moment) + timedelta(days=7 * shift - moment.weekday())
    return Range(begins, begins + timedelta(days=7))


def weekend(moment: datetime, shift: int = 0) -> Range:
    """Give Saturday and Sunday of the week ``shift`` weeks after that of ``moment``."""
    begins = week(moment, shift).begins + timedelta(days=5)
    return Range(begins, begins + timedelta(days=2))


def month(moment: datetime, shift: int = 0) -> Range:
    """Give the calendar month ``shift`` months after that of ``moment``."""
    return months(moment, shift, 1)


def months(moment: datetime, shift: int, count: int) -> Range:
    """Give ``count`` calendar months, the first of them ``shift`` months after that of ``moment``."""
    first = moment.year * 12 + moment.month - 1 + shift
    return Range(_first_of(moment, first), _first_of(moment, first + count))


def quarter(moment: datetime, shift: int = 0) -> Range:
    """Give the three months from January, April, July or October, ``shift`` quarters after that of ``moment``."""
    return months(moment, 3 * shift - (moment.month - 1) % 3, 3)


def year(moment: datetime, shift: int = 0) -> Range:
    """Give the calendar year ``shift`` years after that of ``moment``."""
    return months(moment.replace(month=1, day=1), 12 * shift, 12)


def decade(moment: datetime, shift: int = 0) -> Range:
    """Give the ten years from a round one, ``shift`` decades after that of ``moment``."""
    first = moment.replace(year=moment.year - moment.year % 10, month=1, day=1)
    return months(first, 120 * shift, 120)


def season(moment: datetime, first_month: int, in_year: int) -> Range:
    """Give three months from ``first_month`` of ``in_year``, in the zone of ``moment``."""
    return months(moment.replace(year=in_year, month=1, day=1), first_month - 1, 3)


def weekday(moment: datetime, number: int, shift: int) -> Range:
    """Give a day of the week: the last one before ``moment``'s day (``-1``), of its week (``0``), the next (``1``)."""
    if shift == 0:
        return day(moment, number - moment.weekday())
    if shift < 0:
        back = (moment.weekday() - number) % 7 or 7
        return day(moment, 7 * (shift + 1) - back)
    ahead = (number - moment.weekday()) % 7 or 7
    return day(moment, 7 * (shift - 1) + ahead)


def _first_of(moment: datetime, number: int) -> datetime:
    return midnight(moment).replace(year=number // 12, month=number % 12 + 1, day=1)

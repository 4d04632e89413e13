"""Spans of time as people write them: "30 days", "2 years", "forever". A month is 30 days, a year 365."""

import re
from datetime import timedelta
from typing import Annotated

from pydantic import BeforeValidator

_UNITS = {"hour": 1 / 24, "day": 1, "week": 7, "month": 30, "year": 365}
_WRITTEN = re.compile(r"(?P<count>\d{1,6}) ?(?P<unit>hour|day|week|month|year)s?")
_FOREVER = ("forever", "never")
_LONGEST_DAYS = 365_000


def _read(written: object) -> timedelta | None:
    if written is None or isinstance(written, timedelta) or written in _FOREVER:
        return None if not isinstance(written, timedelta) else written
    match = _WRITTEN.fullmatch(written.strip().lower()) if isinstance(written, str) else None
    if match is None:
        raise ValueError(f"'{written}' is not a span of time; write a number and a unit, e.g. '30 days', or 'forever'")
    days = int(match["count"]) * _UNITS[match["unit"]]
    if not 0 < days <= _LONGEST_DAYS:
        raise ValueError(
            f"'{written}' is out of range; write something between '1 hour' and '1000 years', or 'forever'"
        )
    return timedelta(days=days)


Span = Annotated[timedelta | None, BeforeValidator(_read)]
"""A span of time; ``None``: without end."""


def worded(span: timedelta) -> str:
    """Return a span in the largest unit that says it exactly."""
    for unit in ("year", "month", "week", "day", "hour"):
        count = span / timedelta(days=_UNITS[unit])
        if count >= 1 and abs(count - round(count)) * _UNITS[unit] < 1 / 100_000:
            return f"{round(count)} {unit}{'s' if round(count) != 1 else ''}"
    return str(span)

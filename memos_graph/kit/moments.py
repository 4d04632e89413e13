"""Moments as values: in UTC, with a zone, as text. What time it is says ``clock``."""

from datetime import UTC, datetime
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, AwareDatetime

NEVER = datetime(9999, 12, 31, tzinfo=UTC)
"""When what has no end ends: a date, so that one range filter in the vector index serves all."""


def utc(moment: datetime) -> datetime:
    """Return ``moment`` in UTC; a naive one is taken as UTC. Raises ``ValueError`` where UTC has no such year."""
    try:
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("the moment lies before year 1 or after year 9999 in UTC") from error


def stamp(moment: datetime) -> str:
    """Return a moment in UTC to the microsecond, always with the same number of digits."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def zone_of(name: str) -> ZoneInfo:
    """Return the time zone of an IANA name (``Europe/Lisbon``); raises ``ValueError`` for any other text."""
    try:
        return ZoneInfo(name)
    except (KeyError, OSError, ValueError) as error:  # a folder of zones, a path, or nothing of that name
        raise ValueError(f"'{name}' is not a time zone; write it as in Europe/Lisbon or UTC") from error


UtcDatetime = Annotated[AwareDatetime, AfterValidator(utc)]

"""A moment, given with its zone and kept in UTC."""


def _in_utc_range(moment: datetime) -> datetime:
    utc(moment)
    return moment


ZonedDatetime = Annotated[AwareDatetime, AfterValidator(_in_utc_range)]
"""A moment, given with its zone, which is kept: the day it was there is told by it."""

"""In which order day and month stand: settled from all the stamps of a log together, never from one alone."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise

from memos_graph.errors import FormatError
from memos_graph.formats.dates import DateOrder, in_order
from memos_graph.formats.logs.stamps import Day, Stamp

AMBIGUOUS = "The log does not show whether the day or the month stands first in {text!r}; kept without a date."
_HINT = "Say it with --date-order dmy or mdy (date_order in Python and REST)."
_CENTURY, _MILLENNIUM = 100, 1000
_BUDDHIST = 2400  # years above it are counted as in Thailand
_BUDDHIST_AHEAD = 543
_AHEAD = 25  # years from now: two digits that stand for more are years of Thailand, of which they are the end
_HIJRI = 1600  # years below it are of a calendar of the moon or of Iran
_SLACK = timedelta(days=1)
_HALF_YEAR = timedelta(days=183)
_MONTHS = 12
_MANY = 4  # a chat that was used on the same day of four years and on no other is hard to think of


@dataclass(frozen=True)
class Calendar:
    """What the numbers of a log's dates mean, by the mark between them; ``None`` where the log does not show it."""

    orders: Mapping[str, DateOrder | None]

    def moment(self, stamp: Stamp, day: date | None) -> datetime:
        """Return when ``stamp`` was made; ``day`` is that of the lines around it, for one that has only a time.

        Raises ``FormatError`` where that is not certain.
        """
        if stamp.problem:
            raise FormatError(f"{stamp.text!r} can't be read: {stamp.problem}; kept without a date.")
        if stamp.day:
            day = self._following(stamp, day)
        if day is None:
            raise FormatError(
                f"{stamp.text!r} is a time without a date; kept without one.",
                hint="Put a line with the date above it, or give the day with --at.",
            )
        return datetime.combine(day, stamp.clock or time(), tzinfo=stamp.zone or UTC)

    def _following(self, stamp: Stamp, before: date | None) -> date:
        """Return the day of ``stamp``; where it names no year, that of ``before``, or the next one after a turn of year."""
        day = stamp.day or Day()
        found = self.day(day, stamp.text, year=before.year if before else None)
        if before and day.named and day.named[0] is None and before - found > _HALF_YEAR:
            return self.day(day, stamp.text, year=before.year + 1)
        return found

    def day(self, day: Day, text: str, *, year: int | None = None) -> date:
        """Return the date that ``day`` means; ``year`` stands in for one that names none."""
        try:
            return date(*self._parts(day, text, year))
        except ValueError as error:
            raise FormatError(f"{text!r} is not a date: {error}; kept without a date.") from error

    def _parts(self, day: Day, text: str, year: int | None) -> tuple[int, int, int]:
        if day.numbers is None:
            named, month, number = day.named or (None, 0, 0)
            if named is None and year is None:
                raise FormatError(f"{text!r} names no year; kept without a date.", hint="Give the year with --at.")
            return named or year or 0, month, number
        found = _year_first(day.numbers)
        if found is None:
            order = self.orders.get(day.mark)
            if order is None:
                order = _alone(*day.numbers[:2])
                if order is None:
                    raise FormatError(AMBIGUOUS.format(text=text), hint=_HINT)
            found = in_order(*day.numbers, order)
        if max(day.numbers) < _CENTURY and found[0] > datetime.now(UTC).year + _AHEAD:
            raise FormatError(f"{text!r} counts its years by another calendar; kept without a date.")
        return _common_era(found, text)


def _year_first(numbers: tuple[int, int, int]) -> tuple[int, int, int] | None:
    return numbers if numbers[0] >= _CENTURY else None


def _alone(first: int, second: int) -> DateOrder | None:
    """Return the order that two numbers show by themselves."""
    if first == second or (first > _MONTHS >= second):
        return "dmy"
    return "mdy" if second > _MONTHS >= first else None


def _common_era(found: tuple[int, int, int], text: str) -> tuple[int, int, int]:
    year, month, day = found
    if year > _BUDDHIST:
        return year - _BUDDHIST_AHEAD, month, day
    if _MILLENNIUM < year < _HIJRI:
        raise FormatError(f"{text!r} counts its years by another calendar; kept without a date.")
    return found


def settle(stamps: Iterable[Stamp], given: DateOrder | None) -> Calendar:
    """Find the order of each kind of date in a log: what the user says, else what the numbers, then the times show."""
    kinds: dict[str, list[Stamp]] = {}
    for stamp in stamps:
        if stamp.day and stamp.day.numbers and _year_first(stamp.day.numbers) is None:
            kinds.setdefault(stamp.day.mark, []).append(stamp)
    return Calendar({mark: given or _order(mark, kind) for mark, kind in kinds.items()})


def _order(mark: str, stamps: Sequence[Stamp]) -> DateOrder | None:
    dates = [stamp.day.numbers for stamp in stamps if stamp.day and stamp.day.numbers]
    if any(stamp.korean for stamp in stamps) or (mark != "." and _years_stand_first(dates)):
        return "ymd"
    shown = {order for first, second, _ in dates if first != second and (order := _alone(first, second))}
    if shown:
        return shown.pop() if len(shown) == 1 else None
    if forward := _runs_forward(stamps):
        return forward
    return "dmy" if mark == "." else None  # no locale puts the month first between dots


def _years_stand_first(dates: Sequence[tuple[int, int, int]]) -> bool:
    """Whether years of two digits lead: the first numbers hardly change while the last ones run through the month."""
    firsts, lasts = {first for first, _, _ in dates}, {third for _, _, third in dates}
    return 2 * len(firsts) < len(lasts) and len(lasts) >= _MANY and min(firsts) > _MONTHS and _valid(dates, "ymd")


def _valid(dates: Iterable[tuple[int, int, int]], order: DateOrder) -> bool:
    try:
        for numbers in dates:
            date(*in_order(*numbers, order))
    except ValueError:
        return False
    return True


def _runs_forward(stamps: Sequence[Stamp]) -> DateOrder | None:
    """Return the one order in which the log never goes back in time, where the other one does."""
    if _newest_first(stamps):
        stamps = stamps[::-1]
    orders: tuple[DateOrder, DateOrder] = ("dmy", "mdy")
    forward = [order for order in orders if _is_forward(stamps, order)]
    return forward[0] if len(forward) == 1 else None


def _is_forward(stamps: Sequence[Stamp], order: DateOrder) -> bool:
    days = [_moment(stamp, order) for stamp in stamps]
    read = [day for day in days if day]
    return len(read) == len(days) and all(later >= earlier - _SLACK for earlier, later in pairwise(read))


def _moment(stamp: Stamp, order: DateOrder) -> datetime | None:
    if stamp.day is None or stamp.day.numbers is None:
        return None
    try:
        return datetime.combine(date(*in_order(*stamp.day.numbers, order)), stamp.clock or time(), tzinfo=UTC)
    except ValueError:
        return None


def _newest_first(stamps: Sequence[Stamp]) -> bool:
    """Whether times fall within the days, as in logs that begin with what was said last."""
    falls = rises = 0
    for one, two in pairwise(stamps):
        if one.day == two.day and one.clock and two.clock:
            falls += two.clock < one.clock
            rises += two.clock > one.clock
    return falls > rises

"""Every line of a log with what it is, once all of them have been seen."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from memos_graph.formats.dates import DateOrder
from memos_graph.formats.logs.days import Calendar, settle
from memos_graph.formats.logs.fields import is_field
from memos_graph.formats.logs.headers import Header, read_header
from memos_graph.formats.logs.lines import Dated, Frame, SpokenLine, named, read_dated
from memos_graph.formats.logs.notes import is_notice
from memos_graph.formats.logs.signs import plain_name, without_codes

_SPOKEN_NAME = re.compile(
    r"(?:[~@+]\s?(?=\w)|[\u2600-\u27bf\U0001f000-\U0001faff]\ufe0f?\s?|(?=[^\W\d_]))[^\s:\[\]]{1,31}(?: [^\s:\[\]]{1,30}){0,3}"
)
_FEWEST = 5  # a kind of stamp belongs to the log's own where it has at least one in this many
_LOOSE = 4  # a log leaves out stamps where it does so at least once in this many turns
_FEWEST_HEADED, _FEWEST_NAMED = 2, 2
_MOST_NAME = 60  # characters
_LONGEST_PARTICLE, _FEWEST_WORDS = 3, 3  # of a name such as "Ana von der Heide"; of a notice
_CENTURY = 100

Kind = tuple[Frame, bool]


@dataclass(frozen=True, slots=True)
class Row:
    """A line: ``number`` from 1, its words, and either the stamp it begins with, the header it is, or who it may name."""

    number: int
    raw: str
    dated: Dated | None = None
    header: Header | None = None
    spoken: SpokenLine | None = None


@dataclass(frozen=True)
class Layout:
    """A log's lines, and what its dates mean. In a ``loose`` one, people left out the stamps of some turns."""

    rows: Sequence[Row]
    calendar: Calendar
    loose: bool

    @property
    def has_stamps(self) -> bool:
        """Whether any turn has a stamp."""
        return any(row.dated for row in self.rows)

    @property
    def speakers(self) -> set[str]:
        """Who speaks in a line with a stamp."""
        return {row.dated.said.name for row in self.rows if row.dated and row.dated.said}


def lay_out(lines: Iterable[str], order: DateOrder | None = None) -> Layout:
    """Read all lines, then drop the stamps that are not the log's own but stand in what somebody wrote."""
    rows = [_row(number, without_codes(line.rstrip("\r")), order) for number, line in enumerate(lines, start=1)]
    rows = _headed(_own(rows))
    stamps = [row.dated.stamp for row in rows if row.dated]
    # Where each turn has its date, a date alone on a line is something that somebody wrote.
    if 2 * sum(stamp.day is not None for stamp in stamps) > len(stamps):
        rows = [row if row.header is None or row.header.marked else replace(row, header=None) for row in rows]
    strict = _is_export(rows)
    if strict:
        rows = [replace(row, spoken=None) if row.spoken else row for row in rows]
    rows = rows if stamps else list(_talk(rows))
    stamps += [row.header.stamp for row in rows if row.header and row.header.stamp]
    layout = Layout(rows, settle(stamps, order), loose=False)
    return replace(layout, loose=not strict and _leaves_out_stamps(layout))


def _row(number: int, line: str, order: DateOrder | None) -> Row:
    if dated := read_dated(line):
        if dated.said and is_notice(dated.said.name):
            dated = replace(dated, said=None)
        return Row(number, line, dated)
    if header := read_header(line, order):
        return Row(number, line, header=header)
    said = named(line.strip())
    return Row(number, line, spoken=said if said and _SPOKEN_NAME.fullmatch(said.name) else None)


def _talk(rows: Sequence[Row]) -> Sequence[Row]:
    """Take "Note: ..." for text in a log without stamps, as long as people speak in it."""
    people = {row.spoken.name for row in rows if row.spoken and not is_field(row.spoken.name)}
    if len(people) < _FEWEST_NAMED:
        return rows
    return [replace(row, spoken=None) if row.spoken and row.spoken.name not in people else row for row in rows]


def _kind(dated: Dated) -> Kind:
    return dated.frame, dated.stamp.day is not None


def _own(rows: Sequence[Row]) -> list[Row]:
    kinds = Counter(_kind(row.dated) for row in rows if row.dated)
    if not kinds:
        return list(rows)
    talk: dict[Kind, list[str]] = {kind: [] for kind in kinds}
    for row in rows:
        if row.dated and row.dated.said:
            talk[_kind(row.dated)].append(row.dated.said.name)
    rows = [_without_notice(row, talk) for row in rows]
    main = max(kinds, key=lambda kind: (len(talk[kind]), kinds[kind]))
    speakers = set(talk[main])
    own = {kind for kind, count in kinds.items() if _FEWEST * count >= kinds.total() and _talks(talk[kind], speakers)}
    own.add(main)
    return [row if _is_own(row, own, speakers) else replace(row, dated=None) for row in rows]


def _without_notice(row: Row, talk: Mapping[Kind, Sequence[str]]) -> Row:
    """Take "Marta changes the plan: to nine" for a notice where "Marta" speaks and nobody of that long a name does."""
    if row.dated is None or row.dated.said is None:
        return row
    name, names = row.dated.said.name, talk[_kind(row.dated)]
    first, _, rest = name.partition(" ")
    is_verb = rest[:1].islower() and len(rest.split()[0]) > _LONGEST_PARTICLE
    if not is_verb or len(rest.split()) < _FEWEST_WORDS or first not in names or names.count(name) > 1:
        return row
    return replace(row, dated=replace(row.dated, said=None))


def _talks(names: Sequence[str], speakers: set[str]) -> bool:
    """Whether stamps of a second kind stand before turns, too, as where two logs were put together."""
    return len(names) >= _FEWEST_NAMED or not speakers.isdisjoint(names)


def _is_own(row: Row, own: set[Kind], speakers: set[str]) -> bool:
    if row.dated is None or _kind(row.dated) in own:
        return True
    has_day = row.dated.stamp.day is not None
    return bool(has_day and row.dated.said and row.dated.said.name in speakers)


def _headed(rows: list[Row]) -> list[Row]:
    """Read ``[stamp] name`` above the words, where a log writes every turn so."""
    marked = [row for row in rows if row.dated and row.dated.frame is Frame.BRACKETS]
    if len(marked) < _FEWEST_HEADED or any(row.dated.said for row in rows if row.dated):
        return rows
    above = sum(bool(one.dated and not two.dated and two.raw.strip()) for one, two in pairwise(rows))
    if 2 * above < len(marked) or len({row.dated.rest for row in marked if row.dated}) == len(marked):
        return rows
    return [_with_name(row) for row in rows]


def _with_name(row: Row) -> Row:
    if row.dated is None or not 0 < len(row.dated.rest) <= _MOST_NAME:
        return row
    return replace(
        row, dated=replace(row.dated, said=SpokenLine(plain_name(row.dated.rest.removesuffix("(pinned)")), ""))
    )


def _is_export(rows: Sequence[Row]) -> bool:
    """Whether a program wrote the log, so that each turn has its stamp and every other line is somebody's text."""
    dated = [row.dated for row in rows if row.dated]
    return 2 * sum(map(by_program, dated)) > len(dated)


def by_program(dated: Dated) -> bool:
    """Whether a stamp is such as people do not write by hand."""
    day = dated.stamp.day
    if day is None or dated.stamp.clock is None:
        return False
    in_export = dated.stamp.precise or dated.frame in {Frame.DASH, Frame.COLON, Frame.COLUMNS, Frame.BEHIND}
    return in_export or (day.numbers is not None and day.numbers[0] < _CENTURY)


def _leaves_out_stamps(layout: Layout) -> bool:
    speakers = layout.speakers
    without = sum(bool(row.spoken and row.spoken.name in speakers) for row in layout.rows)
    return _LOOSE * without >= sum(bool(row.dated and row.dated.said) for row in layout.rows)

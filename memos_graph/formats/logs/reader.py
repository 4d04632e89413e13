"""A log into messages: its lines put into turns, each with its time, its speaker and the words of a person."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import PurePath

from memos_graph.errors import FormatError
from memos_graph.formats.dates import DateOrder
from memos_graph.formats.gather import Gathered
from memos_graph.formats.logs.headers import Header
from memos_graph.formats.logs.layout import Layout, Row, lay_out
from memos_graph.formats.logs.lines import Dated, SpokenLine
from memos_graph.formats.logs.notes import NOTICE, words_of
from memos_graph.formats.logs.signal import is_sigtop, read_sigtop
from memos_graph.formats.logs.stamps import Stamp
from memos_graph.formats.types import Parsed

_NOBODY = "Nobody has spoken before this line, so it belongs to no message."
_BELOW_NOTICE = "It stands below a notice by the chat program, and nobody said it."
_DAY_IN_NAME = re.compile(r"(?<!\d)(\d{4})[-_.]?(\d\d)[-_.]?(\d\d)(?!\d)")
_QUOTED = re.compile(r"(['\"]).*?\1")
_MOST_NOTICES = 20  # told one by one
_EVENING, _MORNING = 18, 6  # hours


@dataclass
class _Turn:
    """A message that may still grow by the lines below it."""

    row: Row
    said: SpokenLine
    at: datetime | None
    session: str | None
    lines: list[str]
    listing: bool = False

    def grow(self, row: Row) -> None:
        """Take a line that belongs to the message; one that seems to name a speaker is then an item of a list."""
        self.listing = row.spoken is not None
        self.lines.append(row.raw)

    @property
    def may_list(self) -> bool:
        """Whether "Jonas: salad" below is an item of what is being said."""
        return self.listing or self.lines[-1].rstrip().endswith(":")


@dataclass
class _Undated:
    """Messages kept without a date for one reason: the first of them, and how many there are."""

    row: Row
    reason: str
    count: int = 0


@dataclass
class _Reader:
    gathered: Gathered
    layout: Layout
    day: datetime | None
    stamped: bool
    last: datetime | None = None
    session: str | None = None
    turn: _Turn | None = None
    noticed: bool = False
    headed: bool = False
    speakers: set[str] = field(default_factory=set)
    undated: dict[str, _Undated] = field(default_factory=dict)
    left_out: dict[str, list[int]] = field(default_factory=dict)

    def read(self, row: Row) -> None:
        line = row.raw.strip()
        if row.dated:
            self._begin_dated(row, row.dated)
        elif row.header:
            self._take_header(row, row.header)
        elif row.spoken and self._may_begin(row.spoken):
            self._begin(row, row.spoken, self.day)
        elif self.turn:
            self.turn.grow(row)
        elif line:
            self.gathered.refuse(_BELOW_NOTICE if self.noticed else _NOBODY, line, line=row.number)

    def _may_begin(self, said: SpokenLine) -> bool:
        if not self.stamped or (self.turn is None and self.headed):
            return True
        return said.name in self.speakers and (self.turn is None or (self.layout.loose and not self.turn.may_list))

    def _begin_dated(self, row: Row, dated: Dated) -> None:
        if dated.said:
            self._begin(row, dated.said, self._moment(row, dated))
            return
        self.finish()
        self.noticed = True
        self._leave_out(NOTICE, dated.rest or row.raw, row)

    def _begin(self, row: Row, said: SpokenLine, at: datetime | None) -> None:
        self.finish()
        self.speakers.add(said.name)
        self.turn = _Turn(row, said, at, self.session, [said.text])

    def _moment(self, row: Row, dated: Dated) -> datetime | None:
        stamp = dated.stamp
        if self._is_past_midnight(stamp) and self.day and self.day.date() < date.max:
            self.day += timedelta(days=1)
        try:
            moment = self.layout.calendar.moment(stamp, self.day.date() if self.day else None)
        except FormatError as problem:
            self._note_undated(row, str(problem))
            return None
        if stamp.day is None and self.day and stamp.zone is None:
            moment = moment.replace(tzinfo=self.day.tzinfo or UTC)
            self.last = moment
        elif stamp.day and stamp.day.named and stamp.day.named[0] is None:
            self.day = moment  # the next stamp names no year either
        return moment

    def _is_past_midnight(self, stamp: Stamp) -> bool:
        """Whether a time without a date is of the day after that of the line above."""
        if stamp.day or stamp.clock is None or self.last is None:
            return False
        return self.last.hour >= _EVENING and stamp.clock.hour < _MORNING

    def _note_undated(self, row: Row, reason: str) -> None:
        kept = self.undated.setdefault(_QUOTED.sub("", reason), _Undated(row, reason))
        kept.count += 1

    def _take_header(self, row: Row, header: Header) -> None:
        self.finish()
        self.noticed, self.headed = False, True
        self.session = header.session or self.session
        problem = header.problem
        if header.stamp:
            try:
                self.day = self.layout.calendar.moment(header.stamp, None)
                self.last = None
            except FormatError as unclear:
                problem = unclear
        if problem:
            self.gathered.refuse(problem, row.raw, line=row.number)

    def finish(self) -> None:
        """Take the turn that was open, as far as a person said it."""
        turn, self.turn = self.turn, None
        if turn is None:
            return
        words = words_of("\n".join(turn.lines))
        content = "\n".join([turn.row.raw.strip(), *turn.lines[1:]])
        if words.left_out:
            self._leave_out(words.left_out, content, turn.row)
            return
        text = f"{turn.said.name} {words.text}" if turn.said.action else words.text
        session: Mapping[str, str] = {"session": turn.session} if turn.session else {}
        try:
            self.gathered.take(text, speaker=turn.said.name, at=turn.at, attributes={**session, **words.attributes})
        except FormatError as problem:
            self.gathered.refuse(problem, content, line=turn.row.number)

    def _leave_out(self, reason: str, content: str, row: Row) -> None:
        """Report what nobody said: notices by their words, as far as somebody may read them; of the rest the first."""
        told = self.left_out.setdefault(reason, [])
        if len(told) < (_MOST_NOTICES if reason == NOTICE else 1):
            told.append(len(self.gathered.rejected))
            self.gathered.refuse(reason, content, line=row.number)
            return
        last = self.gathered.rejected[told[-1]]
        self.gathered.rejected[told[-1]] = last.model_copy(update={"count": last.count + 1})

    def tell_undated(self) -> None:
        """Report each reason for which messages have no date once, with how many they are."""
        for undated in self.undated.values():
            others = undated.count - 1
            also = f" {others} other message{'s' if others > 1 else ''} likewise." if others else ""
            self.gathered.remark(undated.reason + also, undated.row.raw, line=undated.row.number)


def read_log(
    text: str, *, source: str, at: datetime | None, max_chars: int, date_order: DateOrder | None = None
) -> Parsed:
    """Read a log. Lines that begin no turn belong to the one above; what the program wrote itself is left out and told.

    ``date_order`` says what 05/08/25 means; without it, the log's own dates show it, or its messages go undated.
    """
    lines = text.split("\n")
    if is_sigtop(text):
        gathered = Gathered(max_chars)
        read_sigtop(gathered, lines)
        return gathered.conversation(source=source, at=at)
    layout = lay_out(lines, date_order)
    day = at or _day_in(source, layout)
    reader = _Reader(Gathered(max_chars), layout, day, layout.has_stamps, speakers=layout.speakers)
    for row in layout.rows:
        reader.read(row)
    reader.finish()
    reader.tell_undated()
    return reader.gathered.conversation(source=source, at=at)


def _day_in(source: str, layout: Layout) -> datetime | None:
    """Return the day in a log's name, as IRC bouncers give it, where no line holds one."""
    found = _DAY_IN_NAME.search(PurePath(source).name)
    if found is None or any(row.header or (row.dated and row.dated.stamp.day) for row in layout.rows):
        return None
    try:
        return datetime(int(found[1]), int(found[2]), int(found[3]), tzinfo=UTC)
    except ValueError:
        return None

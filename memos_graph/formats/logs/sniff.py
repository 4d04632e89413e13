"""Whether a text is a log. A log has dates, or a name that comes back; a list of ``Key: value`` lines has neither."""

from collections import Counter
from collections.abc import Sequence

from memos_graph.formats.logs.fields import is_field
from memos_graph.formats.logs.layout import Row, by_program, lay_out
from memos_graph.formats.logs.lines import Frame, named
from memos_graph.formats.logs.signal import is_sigtop

_FEWEST_TURNS = 2
_FEWEST_NAMES = 3
_FIELD_SHARE = 4  # to so many turns there may be one line of a field: a note of somebody who talks
_MOST_PREAMBLE = 6  # lines
_DATED_SHARE = 5  # one line in so many
_FRAMED = {Frame.BRACKETS, Frame.DASH, Frame.COLUMNS, Frame.BEHIND}


def looks_like_log(lines: Sequence[str], *, undated: bool = True) -> bool:
    """Whether these first lines of a text are those of a log; with ``undated=False``, of one with stamps."""
    if is_sigtop("\n".join(lines[:_MOST_PREAMBLE])):
        return True
    layout = lay_out(lines)
    filled = [row for row in layout.rows if row.raw.strip()]
    return _has_stamps(filled) or (undated and _is_spoken(filled))


def _has_stamps(filled: Sequence[Row]) -> bool:
    dated = [row.dated for row in filled if row.dated]
    names = [line.said.name for line in dated if line.said]
    if not names or 2 * sum(map(is_field, set(names))) > len(set(names)):
        return False
    if not _are_most(filled) and not _begins_as_log(filled):
        return False
    if any(line.stamp.day or (line.stamp.problem and line.frame is Frame.BRACKETS) for line in dated):
        return True
    nicks = any(line.rest.lstrip().startswith("<") or line.frame is Frame.COLUMNS for line in dated)
    return nicks or _repeated(names)


def _are_most(filled: Sequence[Row]) -> bool:
    return 2 * sum(bool(row.dated or row.header) for row in filled) >= len(filled)


def _begins_as_log(filled: Sequence[Row]) -> bool:
    """Whether long messages make stamps rare in a log, which is not a document around a few lines of talk."""
    places = [place for place, row in enumerate(filled) if row.dated and row.dated.stamp.day]
    if not places or places[0] > _MOST_PREAMBLE:
        return False
    first = filled[places[0]].dated
    if places[0] == 0 and first and (first.frame in _FRAMED or by_program(first)):
        return len(places) >= _FEWEST_TURNS or by_program(first)
    return len(places) >= _FEWEST_TURNS and _DATED_SHARE * len(places) >= len(filled)


def _repeated(names: Sequence[str]) -> bool:
    """Whether most turns are by people who speak more than once."""
    counts = Counter(names)
    return 2 * sum(count for count in counts.values() if count > 1) > len(names)


def _is_spoken(filled: Sequence[Row]) -> bool:
    fields = sum(map(_is_field_line, filled))
    names = [row.spoken.name for row in filled if row.spoken and not is_field(row.spoken.name)]
    if len(names) < _FEWEST_TURNS or 2 * len(names) < len(filled) or _FIELD_SHARE * fields > len(names):
        return False
    return not _are_records(names) and _come_back(names)


def _is_field_line(row: Row) -> bool:
    found = named(row.raw.strip())
    return bool(found and is_field(found.name))


def _come_back(names: Sequence[str]) -> bool:
    """Whether somebody speaks again after somebody else did, and most turns are by such people."""
    counts = Counter(names)
    again = {
        name for place, name in enumerate(names) if place and names[place - 1] != name and name in names[: place - 1]
    }
    return 2 * sum(counts[name] for name in again) > len(names)


def _are_records(names: Sequence[str]) -> bool:
    """Whether the same three or more names come in the same order again and again, as fields of cards do."""
    period = next((place for place, name in enumerate(names) if place and name == names[0]), 0)
    return period >= _FEWEST_NAMES and all(name == names[place % period] for place, name in enumerate(names))

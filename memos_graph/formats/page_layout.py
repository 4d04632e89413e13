"""In which order the text on a page is read: columns of prose one after the other, rows of a table as rows.

Runs of text come with their boxes, in points from the lower left corner of the page.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import NamedTuple

_CELL_GAP = 1.0  # line heights between two cells of a row; words stand closer
_FEWEST_LINES = 3  # of a column
_FEWEST_WORDS = 2.5  # in the middle line of a column of prose; cells hold fewer
_FILLED = 0.7  # of its column's width, by a line of prose on average
_NEAR = 2.5  # line heights to a line that still belongs to a column
_MOST_RUNS = 20_000  # of a page that is looked through for columns
_MOST_GUTTERS = 40
_DEEPEST = 8


class TextRun(NamedTuple):
    """A stretch of text on one line."""

    left: float
    bottom: float
    right: float
    top: float
    text: str


@dataclass(frozen=True)
class PageLine:
    """A line of a column, or a row of a table: its text and its place."""

    text: str
    bottom: float
    height: float
    width: float
    column_width: float
    is_row: bool = False


Row = list[TextRun]
"""The cells of one line, from left to right."""


def reading_order(runs: Sequence[TextRun]) -> list[PageLine]:
    """Return the lines of a page in the order they are read."""
    return list(_region(_rows(runs), 0 if len(runs) <= _MOST_RUNS else _DEEPEST))


def _rows(runs: Sequence[TextRun]) -> list[Row]:
    """Put runs side by side on one line; those closer than cells of a table are one."""
    rows: list[Row] = []
    for run in sorted((each for each in runs if each.text), key=lambda each: -(each.top + each.bottom)):
        if rows and abs((rows[-1][0].top + rows[-1][0].bottom) - (run.top + run.bottom)) < (run.top - run.bottom):
            rows[-1].append(run)
        else:
            rows.append([run])
    return [_merged(sorted(row)) for row in rows]


def _merged(row: Row) -> Row:
    cells = [row[0]]
    for run in row[1:]:
        last = cells[-1]
        height = max(last.top - last.bottom, 1.0)
        if run.left - last.right < _CELL_GAP * height:
            blank = " " if run.left - last.right > height / 10 else ""
            bottom, top = min(last.bottom, run.bottom), max(last.top, run.top)
            cells[-1] = TextRun(last.left, bottom, max(last.right, run.right), top, f"{last.text}{blank}{run.text}")
        else:
            cells.append(run)
    return cells


def _region(rows: list[Row], depth: int) -> Iterator[PageLine]:
    found = _columns(rows) if depth < _DEEPEST else None
    if found is None:
        yield from _lines(rows)
        return
    first, last, gutter = found
    yield from _region(rows[:first], depth + 1)
    band = rows[first:last]
    for side in (
        [[c for c in row if c.right <= gutter] for row in band],
        [[c for c in row if c.left >= gutter] for row in band],
    ):
        yield from _region([row for row in side if row], depth + 1)
    yield from _region(rows[last:], depth + 1)


def _lines(rows: Sequence[Row]) -> Iterator[PageLine]:
    width = max((row[-1].right - row[0].left for row in rows), default=0.0)
    for row in rows:
        height = max(1.0, *(cell.top - cell.bottom for cell in row))
        text = " | ".join(cell.text for cell in row)
        yield PageLine(text, row[0].bottom, height, row[-1].right - row[0].left, width, is_row=len(row) > 1)


def _columns(rows: Sequence[Row]) -> tuple[int, int, float] | None:
    """Find the longest stretch of rows that a gutter parts into two columns of prose: its first row, its end, the gutter."""
    gaps = {round((a.right + b.left) / 2 / 4) * 4.0 for row in rows for a, b in pairwise(row)}
    best: tuple[int, int, float] | None = None
    for gutter in sorted(gaps)[:: max(len(gaps) // _MOST_GUTTERS, 1)]:
        for first, last in _bands(rows, gutter):
            if (best is None or last - first > best[1] - best[0]) and _is_prose(rows[first:last], gutter):
                best = (first, last, gutter)
    return best


def _bands(rows: Sequence[Row], gutter: float) -> Iterator[tuple[int, int]]:
    """Stretches of rows that nothing crosses the gutter in, from the first to the last near one with text on both sides."""
    start = 0
    for place in range(len(rows) + 1):
        if place < len(rows) and not any(cell.left < gutter < cell.right for cell in rows[place]):
            continue
        both = [n for n in range(start, place) if rows[n][0].right <= gutter <= rows[n][-1].left]
        if len(both) >= _FEWEST_LINES:
            first, last = both[0], both[-1] + 1
            while first > start and _is_near(rows[first - 1], rows[first]):
                first -= 1
            while last < place and _is_near(rows[last - 1], rows[last]):
                last += 1
            yield first, last
        start = place + 1


def _is_near(above: Row, below: Row) -> bool:
    return above[0].bottom - below[0].bottom < _NEAR * max(below[0].top - below[0].bottom, 1.0)


def _is_prose(rows: Sequence[Row], gutter: float) -> bool:
    """Whether the lines on both sides hold several words and fill their column, as those of a table do not."""
    for side in (
        [[cell for cell in row if cell.right <= gutter] for row in rows],
        [[cell for cell in row if cell.left >= gutter] for row in rows],
    ):
        lines = [row for row in side if row]
        if len(lines) < _FEWEST_LINES:
            return False
        widths = [row[-1].right - row[0].left for row in lines]
        words = median(sum(len(cell.text.split()) for cell in row) for row in lines)
        if words < _FEWEST_WORDS or sum(widths) / len(widths) < _FILLED * max(widths):
            return False
    return True

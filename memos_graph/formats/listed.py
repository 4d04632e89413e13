"""Lists of memories as assistants write them out to be pasted elsewhere: a line ``[date] - text`` for each, under headings."""

import re
from collections.abc import Sequence
from datetime import datetime

from memos_graph.errors import FormatError
from memos_graph.formats.dates import parse_date
from memos_graph.formats.gather import Gathered
from memos_graph.formats.types import Parsed
from memos_graph.kit.digests import sha256

_ENTRY = re.compile(r"\s*(?:[-*•]\s+)?\[(?P<date>[^\[\]\n]{4,40})\]\s*[-\u2013\u2014:]\s+(?P<text>\S.*)")
_HEADING = re.compile(
    r"\s*(?:#{1,6}\s+(?P<marked>.+?)\s*#*|\*\*(?P<bold>[^*]+?):?\*\*:?|(?P<plain>[^\W\d][^\n\[\]]{0,60}):)\s*\Z"
)
_UNDATED = re.compile(r"(?i)unknown(?: date)?|undated|no date|n/?a|date unknown|not known")
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
_FENCE = "```"
_LONGEST_HEADING = 200
_FEWEST = 2
_MOST_OTHERS = 0.2
"""Of the lines, those that are neither entries nor headings: an entry's further lines, and words around the list."""


def looks_listed(lines: Sequence[str]) -> bool:
    """Whether lines are such a list: two entries at least, with a year or none known, and hardly a line besides."""
    said = [line for line in lines if line.strip() and not line.lstrip().startswith(_FENCE)]
    entries = [found for line in said if (found := _ENTRY.fullmatch(line.rstrip()))]
    dated = all(_YEAR.search(found["date"]) or _UNDATED.fullmatch(found["date"].strip()) for found in entries)
    others = sum(not _ENTRY.fullmatch(line.rstrip()) and not _heading(line) for line in said)
    return len(entries) >= _FEWEST and dated and others <= _MOST_OTHERS * len(said)


def read_listed(text: str, *, source: str, at: datetime | None, max_chars: int) -> Parsed:
    """Read the list; an entry goes on to the next one, heading or blank line, and keeps the heading it stands under.

    An entry's id is made of its words: a list that is pasted again, longer, adds what is new in it.
    """
    gathered = Gathered(max_chars)
    heading, entry = "", None
    for number, line in enumerate(text.split("\n"), start=1):
        if found := _ENTRY.fullmatch(line.rstrip()):
            _take(gathered, entry, heading, at)
            entry = (found["date"].strip(), [found["text"]], number)
        elif (named := _heading(line)) and not line.startswith(("  ", "\t")):
            _take(gathered, entry, heading, at)
            heading, entry = next(filter(None, named.groups())).strip(), None
        elif not line.strip() or line.lstrip().startswith(_FENCE):
            _take(gathered, entry, heading, at)
            entry = None
        elif entry is not None:
            entry[1].append(line.strip())
        else:
            gathered.refuse("It is no entry of the list.", line, line=number)
    _take(gathered, entry, heading, at)
    return gathered.conversation(source=source, at=at)


def _heading(line: str) -> re.Match[str] | None:
    return _HEADING.fullmatch(line) if len(line) <= _LONGEST_HEADING else None


def _take(
    gathered: Gathered, entry: tuple[str, list[str], int] | None, heading: str, otherwise: datetime | None
) -> None:
    if entry is None:
        return
    date, lines, number = entry
    text = " ".join(lines)
    at = otherwise
    if not _UNDATED.fullmatch(date):
        try:
            at = parse_date(date)
        except FormatError as problem:
            gathered.remark(f"Its date can't be read: {problem}", text, line=number)
    try:
        gathered.take(text, id=sha256(text)[:16], at=at, attributes={"heading": heading} if heading else None)
    except FormatError as problem:
        gathered.refuse(problem, text, line=number)

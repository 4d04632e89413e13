"""The date a document gives itself: in front matter, in a page's head. One that can't be read costs the date, not the document."""

from collections.abc import Iterable
from datetime import datetime

from memos_graph.errors import FormatError
from memos_graph.formats.clean import excerpt
from memos_graph.formats.dates import parse_date
from memos_graph.formats.types import Remark


def own_date(fields: Iterable[tuple[str, str]]) -> tuple[datetime | None, tuple[Remark, ...]]:
    """Return the first date that can be read among ``(field, value)`` pairs, and a remark for each before it that can't."""
    remarks: list[Remark] = []
    for name, value in fields:
        if not value.strip():
            continue
        try:
            return parse_date(value), tuple(remarks)
        except FormatError as problem:
            remarks.append(Remark(reason=f"The {name} can't be read: {problem}", excerpt=excerpt(value)))
    return None, tuple(remarks)

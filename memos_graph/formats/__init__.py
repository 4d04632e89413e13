"""Sources of many formats into entries to remember. Knows nothing of the database.

::

    parsed = parse_file("talk.jsonl")
    parsed.entries      # Message or Passage, in order
    parsed.rejected     # what was left out, and why
"""

from memos_graph.formats.clean import clean_text
from memos_graph.formats.dates import DateOrder, parse_date
from memos_graph.formats.limits import Limits, Stopped
from memos_graph.formats.objects import from_objects
from memos_graph.formats.parse import parse, parse_file
from memos_graph.formats.types import Message, Parsed, Passage, Rejected, Remark, is_dated, local_time

__all__ = [
    "DateOrder",
    "Limits",
    "Message",
    "Parsed",
    "Passage",
    "Rejected",
    "Remark",
    "Stopped",
    "clean_text",
    "from_objects",
    "is_dated",
    "local_time",
    "parse",
    "parse_date",
    "parse_file",
]

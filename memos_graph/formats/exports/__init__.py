"""Conversations as programs export them: where they lie in the JSON, and what each of their fields means.

``fields`` is the one table of field names, ``content`` reads what a message says, ``find`` finds the conversations of a
document, and the other modules hold what a table can't say of one export.
"""

from memos_graph.formats.exports.find import conversations
from memos_graph.formats.exports.shapes import Conversation
from memos_graph.formats.exports.unread import what_it_is

__all__ = ["Conversation", "conversations", "what_it_is"]

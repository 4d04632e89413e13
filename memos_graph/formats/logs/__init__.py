"""Chat logs as text: WhatsApp, Signal, Telegram, IRC, and those that people write by hand.

A log is read twice. ``lines`` finds in each line the stamp it begins with and who speaks; ``days`` then settles from all
stamps together in which order day and month stand; ``reader`` puts lines into turns. ``sniff`` tells a log from a document.
"""

from memos_graph.formats.logs.reader import read_log
from memos_graph.formats.logs.sniff import looks_like_log

__all__ = ["looks_like_log", "read_log"]

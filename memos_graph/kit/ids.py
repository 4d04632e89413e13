"""Ids that sort by when they were made: UUIDs of version 7 (RFC 9562), with the time of ``kit.clock``."""

import os
import secrets
import threading
from datetime import UTC, datetime, timedelta
from uuid import UUID

from memos_graph.kit.clock import now

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_PER_MS = 1 << 12
# An id made before the database was asked for its time must not hold back those made after.
_MOST_AHEAD = 1_000 * _PER_MS

_lock = threading.Lock()
_last = 0


def new_id() -> str:
    """Return a UUIDv7 that sorts after those this process made before; its fraction of a millisecond has 12 bits."""
    global _last  # noqa: PLW0603 - one counter a process is the point
    micros = (now() - _EPOCH) // _MICROSECOND
    ticks = (micros // 1000) * _PER_MS + (micros % 1000) * _PER_MS // 1000
    with _lock:
        _last = ticks if _last - ticks > _MOST_AHEAD else max(ticks, _last + 1)
        ticks = _last
    value = (ticks // _PER_MS) << 80 | 0x7 << 76 | (ticks % _PER_MS) << 64 | 0b10 << 62 | secrets.randbits(62)
    return str(UUID(int=value))


def _unlock() -> None:
    global _lock  # noqa: PLW0603 - the parent's may have been held by a thread that was not forked
    _lock = threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_unlock)

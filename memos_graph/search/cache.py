"""The intermediate cache of searches (paper, 4.3: "frequently accessed entries are cached at an intermediate layer").

An entry is served only after one round trip has seen that the principal may still read every space of it and that none
has had a write since: a space counts a ``revision`` inside each write's transaction. An entry dies with the first of its
hits that expires, and after a minute in any case, so that decay by age shows.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from memos_graph.graph.rows import Row
from memos_graph.graph.runner import Runner
from memos_graph.kit.clock import now
from memos_graph.memcube.rows import moment
from memos_graph.search.calls import Filters, MemoryCall
from memos_graph.search.routing import Weights

_SECONDS = 60.0

Key = tuple[str, tuple[str, ...], MemoryCall, int, Filters, Weights]


# What a search in a space rests on: its revision, up to which level the principal sees, and what it may not read.
_Standing = tuple[int, int, tuple[str, ...]]


class _Entry(NamedTuple):
    rows: list[Row]
    standing: dict[str, _Standing]
    expires_at: datetime
    stored: float


class SearchCache:
    """Keeps at most ``size`` searches, least recently used ones leave first; ``size`` 0 keeps none."""

    def __init__(self, runner: Runner, size: int) -> None:
        self._runner = runner
        self._size = size
        self._entries: OrderedDict[Key, _Entry] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Key) -> list[Row] | None:
        """Return the rows of an earlier search if they still stand, and ``None`` otherwise."""
        with self._lock:
            entry = self._entries.get(key)
            if entry is None:
                return None
            self._entries.move_to_end(key)
        if self._stands(key, entry):
            return entry.rows
        with self._lock:
            self._entries.pop(key, None)
        return None

    def _stands(self, key: Key, entry: _Entry) -> bool:
        if time.monotonic() - entry.stored > _SECONDS or now() >= entry.expires_at:
            return False
        principal, spaces = key[0], key[1]
        seen = self._runner.read("search/speakers", principal=principal, spaces=list(spaces), now=now())
        return {row["space"]: _standing(row) for row in seen} == entry.standing

    def put(self, key: Key, rows: Sequence[Row]) -> None:
        """Keep ``rows`` when the revision of every space asked is known from them.

        Never inside a unit: it may be rolled back, and its revision be counted again by another write.
        """
        standing = {row["cube"]["space"]: _standing(row) for row in rows}
        if not rows or not self._size or self._runner.joined or set(standing) != set(key[1]):
            return
        expires_at = min(moment(each["expires_at"]) for row in rows for each in (row["cube"], row["fact"]) if each)
        with self._lock:
            self._entries[key] = _Entry(list(rows), standing, expires_at, time.monotonic())
            while len(self._entries) > self._size:
                self._entries.popitem(last=False)

    def clear(self) -> None:
        """Forget every search."""
        with self._lock:
            self._entries.clear()


def _standing(row: Row) -> _Standing:
    return row["revision"], row["sees"], tuple(sorted(row["forbidden"]))

"""The bill: what acts took, summed by space, day, principal, act, form and payload, and written with the log's group commit.

A sum is one ``:CostEntry`` a day, never one an act. What was not written yet when a process is killed is lost: at most what came since
the last group commit, the last round of the upkeep, or the last look at the bill. Likewise where the database is gone as a program ends.
"""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC
from typing import Any

from memos_graph.audit.events import node_of
from memos_graph.graph.rows import Row
from memos_graph.graph.runner import Transaction
from memos_graph.kit.clock import now
from memos_graph.kit.meter import AMOUNTS, Metered, Spent

_Key = tuple[str, str, str, str, str, str]
_MOST = 20_000
"""So many sums wait at most: past them what comes is not counted, which needs a database that has not answered for long."""


class Bill:
    """Sums of what acts took, until they are written."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._sums: dict[_Key, tuple[Spent, int]] = {}

    def book(self, act: Metered) -> None:
        """Add an act to the sums of the spaces that the log names it for, in equal parts; for whichever purpose it was done."""
        day = now().astimezone(UTC).date().isoformat()
        for space, principal in act.on:
            self._add((space, day, node_of(principal), act.name, act.form, act.cube), act.spent, 1, 1 / len(act.on))

    @contextmanager
    def metering(self, name: str, space: str, principal: str) -> Iterator[None]:
        """Count what is done inside as one act, for whom it is done."""
        act = Metered(name)
        try:
            with act.going():
                yield
        finally:
            act.on = {(space, principal): None}
            self.book(act)

    def drain(self) -> dict[_Key, tuple[Spent, int]]:
        """Return the sums, which begin anew."""
        with self._guard:
            sums, self._sums = self._sums, {}
        return sums

    @contextmanager
    def drained(self) -> Iterator[Mapping[_Key, tuple[Spent, int]]]:
        """Give the sums to be written; they are put back where that fails."""
        sums = self.drain()
        try:
            yield sums
        except BaseException:
            self.put_back(sums)
            raise

    def put_back(self, sums: Mapping[_Key, tuple[Spent, int]]) -> None:
        """Add sums that could not be written."""
        for key, (spent, acts) in sums.items():
            self._add(key, spent, acts, 1.0)

    def write(self, tx: Transaction, sums: Mapping[_Key, tuple[Spent, int]]) -> None:
        """Write sums; in the order of their keys, so that two processes lock them in the same order."""
        if sums:
            tx.run("audit/book", entries=[_row(key, *sums[key]) for key in sorted(sums)])

    def _add(self, key: _Key, spent: Spent, acts: int, share: float) -> None:
        with self._guard:
            if key not in self._sums and len(self._sums) >= _MOST:
                return
            total, count = self._sums.setdefault(key, (Spent(), 0))
            total.add(spent, share)
            self._sums[key] = (total, count + acts)


def _row(key: _Key, spent: Spent, acts: int) -> Row:
    space, day, principal, act, form, cube = key
    amounts: dict[str, Any] = {name: getattr(spent, name) for name in AMOUNTS}
    return {
        "key": {"space": space, "day": day, "principal": principal, "act": act, "form": form, "cube": cube},
        "acts": acts,
        **amounts,
    }

"""Upkeep that other packages bring: what has to be done now and then, by whoever installed it."""

import logging
import time
from collections.abc import Sequence
from typing import Protocol

_log = logging.getLogger(__name__)

GROUP = "memos_graph.upkeep"
"""The entry points of such tasks: each takes the ``MemOS`` that is kept and returns an ``UpkeepTask``."""


class UpkeepTask(Protocol):
    """Something to be done every so often while ``memos up`` runs: at once, and then ``every_minutes`` after it ended."""

    name: str
    every_minutes: float

    def run(self) -> None:
        """Do it, as the principals it acts for by ``MemOS.acting``. What it raises is logged, and it is tried again in its time."""


class Timetable:
    """When each task is due. One that fails is in this service's log, and does not keep the others from running."""

    def __init__(self, tasks: Sequence[UpkeepTask]) -> None:
        self._due = [(task, 0.0) for task in tasks]

    @property
    def wait_s(self) -> float:
        """Seconds until the next is due; infinite where there is none."""
        return min((due - time.monotonic() for _, due in self._due), default=float("inf"))

    def run(self) -> None:
        """Run those that are due, one after the other."""
        for at, (task, due) in enumerate(self._due):
            if time.monotonic() < due:
                continue
            try:
                task.run()
            except Exception:  # noqa: BLE001 - whatever it raises, the rest of the upkeep goes on
                _log.exception(
                    "the upkeep task '%s' failed, and is tried again in %g minutes", task.name, task.every_minutes
                )
            self._due[at] = (task, time.monotonic() + task.every_minutes * 60)

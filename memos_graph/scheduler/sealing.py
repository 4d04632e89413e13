"""Seals logs that have something new, often enough, and hands the seals to somebody else."""

import logging
import time

from uuid_utils import uuid7

from memos_graph.audit import request
from memos_graph.audit.hooks import SealHooks
from memos_graph.audit.sealing import seal
from memos_graph.errors import MemosError
from memos_graph.graph.rows import Row
from memos_graph.services import Services

_log = logging.getLogger(__name__)
_HOUR_S, _MINUTE_S = 3600, 60


class Sealer:
    """Decides when a log is sealed: after so many events, and after so long where it has something new."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._settings = services.settings
        folder = services.seals.folder
        self.hooks = SealHooks(services.settings, services.keyring, folder / "handed.json")
        every = [
            *([self._settings.seal_hours * _HOUR_S] if self._settings.seal_hours else ()),
            *([self._settings.seal_minutes * _MINUTE_S] if self._settings.seal_minutes else ()),
        ]
        self._every_s = min(every, default=None)
        self._due = 0.0

    @property
    def hastens(self) -> bool:
        """Whether it is to be asked every minute: something is sealed or handed over sooner than by the upkeep."""
        settings = self._settings
        return bool(settings.seal_events or settings.seal_minutes or self.hooks.places)

    def timed(self) -> bool:
        """Whether every log with something new is to be sealed now."""
        return self._every_s is not None and time.monotonic() >= self._due

    def sealed(self) -> None:
        """Note that a whole round is done."""
        if self._every_s is not None:
            self._due = time.monotonic() + self._every_s

    def keep(self, space: Row, *, timed: bool) -> None:
        """Seal one space's log if it is time, and hand over what is not handed over yet."""
        services, name, events = self._services, space["space"], space["events"]
        newest = services.seals.newest(name)
        last = newest.size if newest else 0
        # The act of sealing is an event, too: a log that grew by it alone has nothing new in it.
        new = events - (last + 1 if last else 0)
        enough = bool(self._settings.seal_events) and new >= self._settings.seal_events
        if new > 0 and (timed or enough):
            newest = seal(services.runner, services.audit, services.seals, name, by=space["owner"])
        if newest is not None:
            self.hooks.hand_out(newest)

    def keep_safely(self, space: Row, *, timed: bool) -> None:
        """``keep``; what fails is told of in this service's log, and tried again next time."""
        try:
            with request(f"upkeep-{uuid7()}"):
                self.keep(space, timed=timed)
        except MemosError as error:
            _log.warning("the log of %s is not sealed, which is tried again: %s", space["space"], error)

"""MemScheduler's upkeep: what has to be done now and then, though nobody asks for it (paper, 4.3: lifecycle scheduling).

While ``memos up`` runs, spaces are swept, payloads that wait are erased, and logs are sealed. Each act is its space's owner's,
and is in the log under a request id that begins with ``upkeep-``.
"""

import logging
import threading
import time
from collections.abc import Collection, Iterator

from memos_graph.errors import MemosError
from memos_graph.graph.runner import Row
from memos_graph.infrastructure.audit import request
from memos_graph.interface.audits import Audit
from memos_graph.kit.ids import new_id
from memos_graph.operation.services import Services

_log = logging.getLogger(__name__)
_PAGE = 200


class MemScheduler:
    """Keeps the spaces of one database, or ``only`` some, from a thread of its own between ``start`` and ``stop``."""

    def __init__(self, services: Services, *, only: Collection[str] | None = None) -> None:
        self._services = services
        self._only = only
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None
        self._seal_due = 0.0

    def start(self) -> None:
        """Begin; the first round is at once. Nothing where ``upkeep_minutes`` is 0."""
        if self._services.settings.upkeep_minutes:
            self._thread = threading.Thread(target=self._work, name="memos-upkeep", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """End, when the act at hand is done."""
        self._ended.set()
        if self._thread is not None:
            self._thread.join()

    def round(self, *, seal: bool) -> None:
        """Go through every space once. One that fails is told of in this service's log, and does not keep the others from it."""
        for space in self._spaces():
            if self._ended.is_set():
                return
            try:
                with request(f"upkeep-{new_id()}"):
                    self._keep(space["space"], space["owner"], events=space["events"], seal=seal)
            except MemosError as error:
                _log.warning("upkeep of %s failed, and is tried again next time: %s", space["space"], error)
        self._services.payloads.erase()
        self._services.erasure.settle()

    def _keep(self, space: str, owner: str, *, events: int, seal: bool) -> None:
        services = self._services
        swept = services.sweeper.sweep(space, owner)
        if swept.transactions:
            services.operator.forget()
        last = max((each.size for each in services.seals.of(space)), default=0)
        # The act of sealing is an event, too: a log that grew by it alone has nothing new in it.
        if seal and events > (last + 1 if last else 0):
            Audit(
                services.runner, services.governance, services.audit, services.seals, principal=owner, space=space
            ).seal()

    def _spaces(self) -> Iterator[Row]:
        after = ""
        while page := self._services.runner.read("upkeep/spaces", after=after, limit=_PAGE):
            yield from (row for row in page if self._only is None or row["space"] in self._only)
            after = page[-1]["space"]

    def _work(self) -> None:
        settings = self._services.settings
        while not self._ended.is_set():
            seal = bool(settings.seal_hours) and time.monotonic() >= self._seal_due
            try:
                self.round(seal=seal)
            except MemosError as error:
                _log.warning("upkeep failed, and is tried again: %s", error)
            else:
                if seal:
                    self._seal_due = time.monotonic() + settings.seal_hours * 3600
            self._ended.wait(settings.upkeep_minutes * 60)

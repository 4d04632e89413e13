"""MemScheduler's upkeep: what has to be done now and then, though nobody asks for it (paper, 4.3: lifecycle scheduling).

While ``memos up`` runs, spaces are swept, payloads that wait are erased, rights are compared with what vouches for them, and logs are sealed, which is looked at every minute. Each act is its space's owner's,
and is in the log under a request id that begins with ``upkeep-``.
"""

import logging
import threading
import time
from collections.abc import Collection, Iterator, Sequence

from memos_graph.audit import request
from memos_graph.audit.archiving import archive
from memos_graph.errors import MemosError
from memos_graph.governance.rules_in_force import policy_now
from memos_graph.graph.rows import Row
from memos_graph.kit.ids import new_id
from memos_graph.policies.document import Scheduling
from memos_graph.scheduler.acting import carry_out, plan
from memos_graph.scheduler.sealing import Sealer
from memos_graph.scheduler.tasks import Timetable, UpkeepTask
from memos_graph.scheduler.terms import terms_of
from memos_graph.services import Services

_log = logging.getLogger(__name__)
_PAGE = 200
_MINUTE_S = 60.0


class MemScheduler:
    """Keeps the spaces of one database, or ``only`` some, from a thread of its own between ``start`` and ``stop``."""

    def __init__(self, services: Services, *, only: Collection[str] | None = None) -> None:
        self._services = services
        self._only = only
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None
        self._sealer = Sealer(services)

    def start(self, tasks: Sequence[UpkeepTask] = ()) -> None:
        """Begin; the first round is at once. Does nothing where ``upkeep_minutes`` is 0. ``tasks`` of others are done, too."""
        if self._services.settings.upkeep_minutes:
            self._thread = threading.Thread(
                target=self._work, args=(Timetable(tasks),), name="memos-upkeep", daemon=True
            )
            self._thread.start()

    def stop(self) -> None:
        """End, when the act at hand is done."""
        self._ended.set()
        if self._thread is not None:
            self._thread.join()

    def round(self, *, seal: bool) -> None:
        """Look whether the database was put back, then go through every space once. One that fails is told of in this service's log, and does not keep the others from it."""
        self._services.rollbacks.check()
        for space in self._spaces():
            if self._ended.is_set():
                return
            try:
                metered = self._services.audit.bill.metering("upkeep", space["space"], space["owner"])
                with request(f"upkeep-{new_id()}"), metered:
                    self._keep(space, seal=seal)
            except MemosError as error:
                _log.warning("upkeep of %s failed, and is tried again next time: %s", space["space"], error)
        self._services.payloads.erase()
        self._services.erasure.settle()
        self._services.jobs.prune()
        self._services.audit.settle_bill()

    def seal(self) -> None:
        """Seal the logs that have enough new in them, or whose time has come, and hand over what is not handed over yet."""
        timed = self._sealer.timed()
        for space in self._spaces():
            if self._ended.is_set():
                return
            self._sealer.keep_safely(space, timed=timed)
        if timed:
            self._sealer.sealed()

    def _keep(self, space: Row, *, seal: bool) -> None:
        services = self._services
        services.sweeper.sweep(space["space"], space["owner"])
        services.rights.look(space["space"], space["owner"])
        if terms_of(services.runner, services.settings, space["space"]).mode is Scheduling.ACT:
            carry_out(services, plan(services, space["space"], space["owner"]), space["owner"])
        self._sealer.keep(space, timed=seal)
        self._archive(space)

    def _archive(self, space: Row) -> None:
        """Archive what the policy of a space says, once it is sealed."""
        services = self._services
        policy = policy_now(services.runner, space["space"])
        if policy is not None and policy.log.archive_after is not None:
            older_than = policy.log.archive_after
            archive(services.runner, services.audit, space["space"], by=space["owner"], older_than=older_than)

    def _spaces(self) -> Iterator[Row]:
        after = ""
        while page := self._services.runner.read("upkeep/spaces", after=after, limit=_PAGE):
            yield from (row for row in page if self._only is None or row["space"] in self._only)
            after = page[-1]["space"]

    def _work(self, brought: Timetable) -> None:
        upkeep_s, upkeep_due = self._services.settings.upkeep_minutes * 60, 0.0
        while not self._ended.is_set():
            try:
                if time.monotonic() >= upkeep_due:
                    timed = self._sealer.timed()
                    self.round(seal=timed)
                    upkeep_due = time.monotonic() + upkeep_s
                    if timed:
                        self._sealer.sealed()
                else:
                    self.seal()
            except MemosError as error:
                _log.warning("upkeep failed, and is tried again: %s", error)
                upkeep_due = time.monotonic() + upkeep_s
            brought.run()
            wait_s = min(upkeep_due - time.monotonic(), brought.wait_s)
            self._ended.wait(max(0.0, min(wait_s, _MINUTE_S) if self._sealer.hastens else wait_s))

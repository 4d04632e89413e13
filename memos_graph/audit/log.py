"""The audit log: every governed act becomes an ``:AuditEvent`` in its space's chain (paper, 4.2: access logging).

A write's event is appended in the write's own transaction. A read's event waits, at most ``audit_delay_ms``, for a group
commit by one background thread, and is written when the program ends before that (``endings``); with ``audit_reads=sync``, or
where the policy of the space says so, it is committed before the answer is returned. Events hold ids, counts and names of acts, never content, so erasing a memory leaves no copy here.
"""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from memos_graph.audit.bill import Bill
from memos_graph.audit.chain import Chain
from memos_graph.audit.endings import Ending, terminating
from memos_graph.audit.events import Event
from memos_graph.audit.folding import Folds
from memos_graph.config import Settings
from memos_graph.errors import AuditError, DatabaseError, MemosError
from memos_graph.graph.runner import Runner, Transaction
from memos_graph.kit import meter
from memos_graph.kit.clock import now

_log = logging.getLogger(__name__)


class Unwritten(NamedTuple):
    """How many events wait to be written, and seconds since the oldest was."""

    events: int
    waits_s: float


class AuditLog:
    """Records writes in their own transactions, and reads by group commit. Close it: what waits is written then.

    In a process forked from the one that made it, it records nothing: what waits is written there.
    """

    def __init__(self, runner: Runner, settings: Settings, chain: Chain) -> None:
        self.chain = chain
        self.bill = Bill()
        """What acts took, which is written with what they did."""
        self._runner = runner
        self._delay = settings.audit_delay_ms / 1000
        self._synchronous = settings.audit_reads == "sync"
        self._limit = settings.audit_queue
        self._half_life_s = settings.heat_half_life_s
        self._waiting: list[Event] = []
        self._writing: list[Event] = []
        self._later: list[Callable[[], Sequence[Event]]] = []
        self._folds = Folds()
        self._unwritable: dict[str, str] = {}
        self._condition = threading.Condition()
        self._flushing = threading.Lock()
        self._failure: DatabaseError | None = None
        self._closed = False
        self._thread: threading.Thread | None = None
        self._ending = Ending(self._write_last)

    def append(self, tx: Transaction, events: Sequence[Event]) -> None:
        """Record a write's events inside its own transaction, as the last thing it does; raises ``AuditError`` in a held space."""
        for event in events:
            self._refuse_held(event.space)
            meter.named(event.space, event.principal)
        self.chain.append(tx, events)

    def read(self, event: Event) -> None:
        """Record one read. Raises ``AuditError`` when reads can't be recorded: an act that leaves no trace is refused.

        Inside a unit it becomes part of that: the unit may hold the lock of the space's log, so that a group commit would
        wait for the unit and the unit for it; and a unit that is rolled back must leave no events of acts that never were.
        """
        self._runner.check_process()  # before any lock: a thread that was not forked may hold it
        self._refuse_held(event.space)
        meter.named(event.space, event.principal)
        if self._runner.joined:
            self._runner.before_commit(lambda: self._commit([event]))
            return
        if self._synchronous or terminating() or self._reads_first(event.space):
            self._record_now(event)
            return
        with self._condition:
            self._refuse_unless_recording()
            self._condition.wait_for(lambda: len(self._waiting) < self._limit or self._closed or self._failure)
            self._refuse_unless_recording()
            self._waiting.append(event)
            self._begin_work()

    def refused(self, refusal: Event | Callable[[], Sequence[Event]]) -> None:
        """Record refusals after the answer, whatever else says that reads are recorded first; the same again and again is counted (``folding``).

        What returns events is asked by the thread that writes, so that the time of the answer does not tell whether there is something to
        record.
        """
        self._runner.check_process()
        with self._condition:
            self._refuse_unless_recording()
            self._condition.wait_for(lambda: len(self._later) < self._limit or self._closed or self._failure)
            self._refuse_unless_recording()
            self._later.append((lambda: [refusal]) if isinstance(refusal, Event) else refusal)
            self._begin_work()
        if terminating():
            self.flush()

    @property
    def unwritten(self) -> Unwritten:
        """What waits to be written, for how long; refusals that are not looked up yet have no time."""
        with self._condition:
            events, later = [*self._writing, *self._waiting], len(self._later)
        waits = (now() - min(event.at for event in events)).total_seconds() if events else 0.0
        return Unwritten(len(events) + later, max(0.0, waits))

    def _begin_work(self) -> None:
        self._ending.watch()
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="memos-audit", daemon=True)
            self._thread.start()
        self._condition.notify_all()

    def later(self, event: Event) -> None:
        """Record what was noticed on the way, from whatever transaction: by group commit, outside of it and after it."""
        with self._condition:
            if self._closed:
                return
            self._waiting.append(event)
            self._begin_work()

    def _reads_first(self, space: str) -> bool:
        """Whether the policy of a space has reads recorded first; another process knows from its next event there on."""
        known = self.chain.reads_first.get(space)
        if known is None:
            row = self._runner.read("audit/reads_first", space=space)
            known = self.chain.reads_first[space] = bool(row and row[0]["reads_first"])
        return known

    def _record_now(self, event: Event) -> None:
        try:
            self._commit([event])
        except DatabaseError as error:
            raise AuditError(
                f"This read could not be recorded, so it is refused: {error.message}", hint=error.hint
            ) from error

    def _refuse_held(self, space: str) -> None:
        """Refuse an act in a space in which nothing is done until an operator has seen to it."""
        if (why := self.chain.held.get(space) or self._unwritable.get(space)) is not None:
            raise AuditError(
                f"Nothing is done in '{space}' at present: {why}",
                hint="An operator finds what was changed by `memos doctor` and the log's own check, and once it is mended, "
                "it is tried again by the upkeep and when the store is opened.",
            )

    def _refuse_unless_recording(self) -> None:
        if self._closed:
            raise AuditError("The audit log is closed.", hint="Open MemOS again.")
        if self._failure is not None:
            raise AuditError(
                f"Earlier reads are not recorded yet, so this one is refused: {self._failure.message}",
                hint="See `memos doctor`; recording is retried by itself.",
            )

    def try_again(self) -> None:
        """Let acts be tried again in spaces whose log could not be written on."""
        self._unwritable.clear()

    def flush(self, space: str | None = None) -> None:
        """Write everything that waits, now; raises ``DatabaseError`` when that fails (it then waits on).

        * ``space`` whose refusals are written as they are counted so far; default: every one's.
        * Inside a unit nothing: that may hold the lock that writing waits for.
        """
        self._runner.check_process()
        if self._runner.joined:
            return
        # One at a time: a flush that finds nothing must not return before the one that took it has ended.
        with self._flushing:
            self._fold()
            with self._condition:
                self._waiting += self._folds.drain(space)
            self._write()

    def _fold(self) -> None:
        """Look up what was refused meanwhile, and count it."""
        with self._condition:
            later, self._later = self._later, []
        try:
            events = [event for refused in later for event in refused()]
        except BaseException as error:
            self._failed(error, [], later)
            raise
        with self._condition:
            found = (self._folds.first(event, time.monotonic()) for event in events)
            self._waiting += [event for event in found if event is not None]

    def _write(self) -> None:
        with self._condition:
            batch, self._waiting = self._waiting, []
            self._writing = batch  # what is committed is taken from it
        try:
            self._commit_each(batch)
        except BaseException as error:
            self._failed(error, batch, [])
            raise
        with self._condition:
            self._failure = None
            self._condition.notify_all()

    def _failed(self, error: BaseException, batch: list[Event], later: list[Callable[[], Sequence[Event]]]) -> None:
        """Keep what was not written waiting, and the reason for what asks next."""
        with self._condition:
            self._waiting, self._later = batch + self._waiting, later + self._later
            self._writing = []
            if isinstance(error, DatabaseError):
                self._failure = error
            self._condition.notify_all()

    def settle_bill(self) -> None:
        """Write what acts took so far; inside a unit nothing, as ``flush``."""
        if self._runner.joined:
            return
        with self.bill.drained() as booked:
            if booked:
                self._runner.transact(lambda tx: self.bill.write(tx, booked))

    def close(self) -> None:
        """Stop the background thread and write what waits; raises ``DatabaseError`` when reads could not be recorded.

        What acts took is told to be missing in the bill instead, since nobody is held to account by it.
        """
        with self._condition:
            self._closed = True
            self._condition.notify_all()
        if self._thread is not None:
            self._thread.join()
        try:
            self.flush()
            self._settle_last()
        finally:
            self._ending.withdraw()  # what could not be written was told just now
        self.chain.close()

    def _settle_last(self) -> None:
        """Write what acts took so far; it is told and let go of where the database does not answer any more."""
        try:
            self.settle_bill()
        except DatabaseError as error:
            lost = sum(acts for _, acts in self.bill.drain().values())
            _log.warning("What %d acts of this program took is not in the bill: %s", lost, error)

    def _write_last(self) -> None:
        """Write what waits as the program ends; what can't be written is told, since nobody asks any more."""
        if self._runner.inherited:
            return
        try:
            self.flush()
        except MemosError as error:
            _log.error("%d reads of this program are not recorded: %s", len(self._waiting), error)

    def _work(self) -> None:
        while True:
            with self._condition:
                self._condition.wait_for(
                    lambda: self._waiting or self._later or self._closed, self._folds.wait(time.monotonic())
                )
                if not self._closed and (self._waiting or self._later):
                    self._condition.wait_for(lambda: self._closed, timeout=self._delay)
                if self._closed:
                    return
            try:
                with self._flushing:
                    self._fold()
                    with self._condition:
                        self._waiting += self._folds.due(time.monotonic())
                    self._write()
            except DatabaseError:
                # Kept in self._failure: the next read is refused with it, and this loop tries again.
                continue

    def _commit_each(self, batch: list[Event]) -> None:
        """Commit the events of many spaces together, and take from ``batch`` what is committed.

        A space whose log takes none is held, and keeps back nobody else's. Its events are told to the operator, and wait no
        longer: there is nowhere to put them.
        """
        spaces = list(dict.fromkeys(event.space for event in batch))
        for tried in (spaces, *([each] for each in spaces)):
            if events := [event for event in batch if event.space in tried]:
                self._try(tried, events, batch)

    def _try(self, spaces: Sequence[str], events: Sequence[Event], batch: list[Event]) -> None:
        def done() -> None:
            batch[:] = [event for event in batch if event.space not in spaces]

        try:
            self._commit(events, done)
        except DatabaseError:
            raise
        except MemosError as error:
            if events[0] not in batch:  # it failed after the commit
                _log.error("%s", error)
            elif len(spaces) == 1:
                done()
                self._unwritable[spaces[0]] = error.message
                _log.error(
                    "%d events of '%s' can't be recorded, and nothing is done there any more: %s",
                    len(events),
                    spaces[0],
                    error,
                )

    def _commit(self, events: Sequence[Event], done: Callable[[], None] | None = None) -> None:
        if not events:
            return
        reads = _accesses(events)

        def record(tx: Transaction) -> None:
            if done is not None:
                tx.after_commit(done)
            self.chain.append(tx, events)
            if reads:
                tx.run("audit/count_access", reads=reads, half_life_s=self._half_life_s)
            self.bill.write(tx, booked)

        with self.bill.drained() as booked:
            self._runner.transact(record)


def _accesses(events: Sequence[Event]) -> list[dict[str, Any]]:
    """Sum the reads of each cube; sorted by id, so that two processes lock cubes in the same order."""
    counts: dict[str, dict[str, Any]] = {}
    for event in events:
        for cube, relevance in zip(event.cubes, event.relevance, strict=False):
            row = counts.setdefault(
                cube, {"cube": cube, "count": 0, "weight": 0.0, "at": event.at, "relevance": relevance}
            )
            row["count"] += 1
            row["weight"] += (
                1.0 if relevance is None else relevance
            )  # a hit is used as far as it fits, what is read whole
            row["at"] = event.at
            row["relevance"] = row["relevance"] if relevance is None else relevance
    return [counts[cube] for cube in sorted(counts)]

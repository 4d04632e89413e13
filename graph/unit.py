"""One open transaction that several acts join: what ``Runner.unit`` opens, found by the calls below it on the same thread."""

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from neo4j import ManagedTransaction
from neo4j.exceptions import DriverError, Neo4jError

from memos_graph.errors import TransactionTimeoutError
from memos_graph.graph.failures import TIMED_OUT
from memos_graph.graph.vouching import TouchedIds

SERVER_FAILED = ("Neo.DatabaseError.", "Neo.ClientError.Statement.EntityNotFound")
# What a transaction is told that waited for a lock, or ran a statement, when its time was over; or when somebody stopped it.
_STOPPED = (
    "Neo.ClientError.Transaction.LockClientStopped",
    "Neo.ClientError.Transaction.TransactionTerminated",
    "Neo.TransientError.Transaction.LockClientStopped",
    "Neo.TransientError.Transaction.Terminated",
)


class Unit:
    """An attempt at a unit: its transaction, what dooms it, and what is to be done before and after it commits, or if it fails.

    ``until`` is the monotonic time at which no further statement is begun; ``None``: no limit.
    """

    def __init__(self, owner: object, inner: ManagedTransaction, until: float | None) -> None:
        self.owner = owner
        self.inner = inner
        self.until = until
        self.before_commit: list[Callable[[], None]] = []
        self.after_commit: list[Callable[[], None]] = []
        self.touched = TouchedIds()
        self.if_failed: list[Callable[[], None]] = []
        self.repeatable = False
        self._thread = threading.get_ident()
        self._doom: BaseException | None = None

    def joins(self, owner: object) -> bool:
        """Whether a call of ``owner`` on this thread belongs to it: a transaction is used by one thread only."""
        return self.owner is owner and self._thread == threading.get_ident()

    @contextmanager
    def joined(self, *, reads: bool = False) -> Iterator[None]:
        """Wrap a joined call: refused when the unit is out of time or failed before; what fails in it fails the unit."""
        self.check()
        try:
            yield
        except BaseException as error:
            if self._doom is None:
                self._doom = error
                code = getattr(error, "code", None) or ""
                self.repeatable = reads and isinstance(error, Neo4jError) and code.startswith(SERVER_FAILED)
            raise

    def check(self) -> None:
        """Raise what the unit failed with, if somebody let that pass; ``TransactionTimeoutError`` when it is out of time."""
        if self._doom is not None:
            raise self._doom
        if self.until is not None and time.monotonic() > self.until:
            raise timed_out()

    def cause(self, error: BaseException) -> BaseException:
        """Return what the driver is to see of ``error``: its own exception, if one is behind it, so that it can retry."""
        behind = self._doom or error
        return behind if isinstance(behind, (Neo4jError, DriverError)) else error


current: ContextVar[Unit | None] = ContextVar("unit", default=None)


def timed_out() -> TransactionTimeoutError:
    """Return the error of a unit that took too long."""
    return TransactionTimeoutError(
        "The transaction took longer than it may, and was rolled back.", hint="Raise its timeout, or do less in it."
    )


def is_timeout(error: Neo4jError, until: float | None) -> bool:
    """Whether the server ended a transaction because its time, up to the monotonic ``until``, was over."""
    code = error.code or ""
    return code.startswith(TIMED_OUT) or (until is not None and time.monotonic() > until and code in _STOPPED)


def all_of(acts: Iterable[Callable[[], None]]) -> None:
    """Do every one of ``acts``, then raise the first failure, if there was one."""
    failures: list[Exception] = []
    for act in acts:
        try:
            act()
        except Exception as error:  # noqa: BLE001 - raised below, when the others are done
            failures.append(error)
    if failures:
        raise failures[0]

"""How long a call waits for the database: a server that hangs is an error in a declared time, whatever it was asked.

A managed server says every few seconds that it is still at work (``server_config``), so silence means that it hangs, however
long a statement takes; the driver hears that by itself. What the driver does not bound is bounded here: a call as a whole, with its
repetitions, on any server; a connection that is made anew; and sending to a server that does not take it.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import neo4j
from neo4j._deadline import Deadline
from neo4j.exceptions import ConnectionAcquisitionTimeoutError

_UNWINDING = 0.8  # of the declared time: the rest is for what comes before a failure, and what it does on its way out
_SLOW = 6.0
_CONNECTING = 0.5
_AGAIN = 0.4


_LONG = frozenset(
    {"audit", "erasure", "export", "lifecycle", "pipelines", "policies", "schema", "timemachine", "upkeep"}
)


def takes_long(statement: str) -> bool:
    """Whether a statement goes through a whole space or log by its nature: part of a long act also where it only reads."""
    return statement.partition("/")[0] in _LONG


@dataclass(frozen=True)
class Patience:
    """What is declared, in seconds: ``usual`` for a server that hangs, ``long`` for one transaction of an act that takes long by its nature.

    ``told``: the server says that it is at work, as a managed one does; then one that is slow is no server that hangs.
    """

    usual: float = 10.0
    long: float = 600.0
    told: bool = False

    @property
    def call(self) -> float:
        """Seconds one call may take that is no long act."""
        return self.usual * (_SLOW if self.told else _UNWINDING)


class Call:
    """A call under way: until when it may last, and what became of the connection it had last."""

    def __init__(self, seconds: float, patience: Patience) -> None:
        self.began = time.monotonic()
        self.until = self.began + seconds
        self.patience = patience
        self.attempts = 0
        self.connection: Any = None

    @property
    def left(self) -> float:
        """Seconds it may still take."""
        return self.until - time.monotonic()

    @property
    def is_lost(self) -> bool:
        """Whether its time is over, or there is none left to connect again after a connection failed."""
        failed = self.attempts > 0 and (self.connection is None or self.connection.defunct())
        return self.left <= 0 or (failed and time.monotonic() - self.began > _AGAIN * self.patience.usual)


_call: ContextVar[Call | None] = ContextVar("call", default=None)
_long: ContextVar[bool] = ContextVar("long", default=False)


@contextmanager
def long_act() -> Iterator[None]:
    """Let each call inside the block take as long as is declared for long acts."""
    token = _long.set(True)
    try:
        yield
    finally:
        _long.reset(token)


@contextmanager
def calling(patience: Patience, *, long: bool = False, seconds: float | None = None) -> Iterator[float]:
    """Bound all that is asked of the database inside the block, as one call; gives the seconds it may take.

    ``seconds`` where neither what is usual nor what is ``long`` counts. A call inside a call is part of it.
    """
    if (outer := _call.get()) is not None:
        yield max(outer.left, 0.001)
        return
    if seconds is None:
        seconds = patience.long if long or _long.get() else patience.call
    token = _call.set(Call(seconds, patience))
    try:
        yield seconds
    finally:
        _call.reset(token)


def bounded(driver: neo4j.Driver) -> neo4j.Driver:
    """Have a driver keep to the call under way; returns it."""
    # The driver offers no place to say how long a reply may take: it is said to each connection as it is handed out.
    pool = driver._pool  # noqa: SLF001
    acquire = pool.acquire

    def acquired(access_mode: Any, timeout: Any, *rest: Any, **options: Any) -> Any:
        call = _call.get()
        if call is None:
            connection = acquire(access_mode, timeout, *rest, **options)
            _bound(connection, None)
            return connection
        if call.is_lost:
            raise ConnectionAcquisitionTimeoutError(f"no answer within {time.monotonic() - call.began:.1f} s (timeout)")
        call.attempts, call.connection = call.attempts + 1, None
        within = _deadline(min(call.left, _CONNECTING * call.patience.usual))
        connection = call.connection = acquire(access_mode, within, *rest, **options)
        _bound(connection, _deadline(call.left))
        return connection

    pool.acquire = acquired
    return driver


def _deadline(seconds: float) -> Deadline:
    return Deadline(seconds)  # type: ignore[no-untyped-call]


def _bound(connection: Any, until: Deadline | None) -> None:
    socket = connection.socket
    socket.set_read_deadline(until)
    socket.set_write_deadline(until)
    socket.set_write_timeout(socket.get_read_timeout())  # what hangs takes nothing, as it says nothing

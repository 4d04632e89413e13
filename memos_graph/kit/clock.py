"""What time it is: the database's time, where one is open; and the end of all times.

Several machines write to one store, and the clock of each is set by somebody else. So the moment at which something became
known, or ends, is told by the one clock they share: the database's. It is asked rarely; in between, this machine's monotonic
clock, which nobody sets, counts on from its answer (docs/decisions/0015-the-time-is-the-databases.md).
"""

import logging
import math
import os
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

_log = logging.getLogger(__name__)
_TRIES = 3
_ASKED_EVERY_S = 300.0
_ASKED_AGAIN_S = 5.0
_WAITED_S = 2.0
# Where the machine's clock runs apart from its monotonic one, somebody set it, or the machine slept, which the latter does not count.
_JUMP_S = 1.0
_TOLERANCE_S = 2.0
_GRAIN_S = 0.001


class _Here(NamedTuple):
    """What the two clocks of this machine say, seconds."""

    monotonic: float
    wall: float


def _here() -> _Here:
    return _Here(time.monotonic(), time.time())


def _from(wall: float) -> datetime:
    return datetime.fromtimestamp(wall, UTC)


class _Reading(NamedTuple):
    """What time it was, and what the two clocks of this machine said then, both in seconds; ``error`` how sure that is, seconds."""

    moment: datetime
    monotonic: float
    wall: float
    error: float


class Clock:
    """Another clock, as this process knows it. ``ask`` reads it, or returns ``None`` when it does not answer now."""

    def __init__(self, ask: Callable[[], datetime | None]) -> None:
        self._ask = ask
        self._reading: _Reading | None = None
        self._due = self._not_before = 0.0
        self._doubted = False
        self._asking = threading.Lock()
        self._thread: threading.Thread | None = None

    def measure(self) -> bool:
        """Ask it what time it is, and believe the quickest of a few answers; returns whether it answered."""
        best: _Reading | None = None
        for _ in range(_TRIES):
            asked = _here()
            moment = self._ask()
            answered = _here()
            if moment is None:
                break
            half = (answered.monotonic - asked.monotonic) / 2
            if best is None or half < best.error:
                # An answer between the two moments contradicts this machine's clock in nothing: then that is as good, and finer.
                agrees = asked.wall - _GRAIN_S <= moment.timestamp() <= answered.wall + _GRAIN_S
                now_there = _from(answered.wall) if agrees else moment + timedelta(seconds=half)
                best = _Reading(now_there, *answered, half)
        if best is None:
            self._not_before = time.monotonic() + _ASKED_AGAIN_S
            return False
        self._reading, self._doubted, self._due = best, False, time.monotonic() + _ASKED_EVERY_S
        return True

    def doubt(self) -> None:
        """Have it asked anew before it is believed further, e.g. since the connection to it broke."""
        self._doubted = True

    def now(self) -> datetime:
        """Return the present moment in UTC."""
        reading = self._reading
        if reading is None:
            return datetime.now(UTC)
        monotonic = time.monotonic()
        if monotonic > self._not_before:
            if self._doubtful(reading):
                self._ask_beside(wait_s=_WAITED_S)
            elif monotonic > self._due:
                self._ask_beside(wait_s=0)  # nothing says that it is wrong, so nobody waits
        reading = self._reading or reading
        return reading.moment + timedelta(seconds=time.monotonic() - reading.monotonic)

    def _doubtful(self, reading: _Reading) -> bool:
        jumped = abs((time.time() - reading.wall) - (time.monotonic() - reading.monotonic)) > _JUMP_S
        return jumped or self._doubted

    def _ask_beside(self, *, wait_s: float) -> None:
        """Ask in a thread of its own, since a database that hangs may answer in minutes; once at a time."""
        with self._asking:
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._ask_again, name="memos-clock", daemon=True)
                try:
                    self._thread.start()
                except RuntimeError:  # the program is ending: what is known will do
                    self._not_before = math.inf
                    return
            thread = self._thread
        thread.join(wait_s)
        if wait_s and thread.is_alive():
            self._not_before = time.monotonic() + _ASKED_AGAIN_S

    def _ask_again(self) -> None:
        if self.measure() and (told := self.told()):
            _log.warning(told)

    @property
    def error_s(self) -> float:
        """By how many seconds the present moment may be wrong; half the time its quickest answer took."""
        return 0.0 if self._reading is None else self._reading.error

    def off(self) -> timedelta:
        """Return how far this machine's clock is ahead of it (behind: negative), beyond what is tolerated and can be an error; else zero."""
        reading = self._reading
        if reading is None:
            return timedelta(0)
        apart = reading.wall - reading.moment.timestamp()
        return timedelta(seconds=apart) if abs(apart) > _TOLERANCE_S + reading.error else timedelta(0)

    def told(self) -> str | None:
        """Return in a sentence how far this machine's clock is off; ``None`` where it is right."""
        off = self.off().total_seconds()
        if not off:
            return None
        way = "ahead of" if off > 0 else "behind"
        return f"This machine's clock is {abs(off):.0f} s {way} the database's, whose time counts."

    def agrees(self, other: "Clock") -> bool:
        """Whether two clocks tell the same time, as far as is tolerated and can be known."""
        return abs((self.now() - other.now()).total_seconds()) <= _TOLERANCE_S + self.error_s + other.error_s


_used: list[Clock] = []
"""Those of the databases this process has open. They agree, so the first tells the time of all."""


def use(clock: Clock) -> bool:
    """Let ``now`` tell the time of ``clock``; returns false, and changes nothing, where one in use tells another time."""
    if _used and not clock.agrees(_used[0]):
        return False
    _used.append(clock)
    return True


def leave(clock: Clock) -> None:
    """Stop using ``clock``, if it is used."""
    if clock in _used:
        _used.remove(clock)


def now() -> datetime:
    """Return the present moment in UTC, to the microsecond: the database's where one is open, else this machine's."""
    used = next(iter(_used), None)
    return datetime.now(UTC) if used is None else used.now()


if hasattr(os, "register_at_fork"):
    # A forked process can't use its parent's connections to ask; what it opens itself, it asks.
    os.register_at_fork(after_in_child=_used.clear)

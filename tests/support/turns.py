"""One store for all test processes of a run: most tests use it side by side, some must have it to themselves.

A test that uses the store holds the lock of its process meanwhile. One marked ``alone`` holds those of all processes.
Everybody passes through one gate to get there, so that the lonely are not kept waiting by those who come after them.
"""

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from filelock import FileLock

_LOOKED_EVERY_S = 0.01


def worker() -> str | None:
    """Return the name of this test process, ``gw0``, ``gw1`` …; ``None`` where there is one only."""
    return os.environ.get("PYTEST_XDIST_WORKER")


class Turns:
    """The locks of a run; with one process there is nothing to wait for."""

    def __init__(self, folder: Path) -> None:
        count = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
        self._gate = folder / "gate.lock"
        self._others = [folder / f"gw{number}.lock" for number in range(count)] if worker() else []
        self._own = folder / f"{worker()}.lock"
        self._inside = False
        self._held = ExitStack()

    @contextmanager
    def taken(self, *, alone: bool) -> Iterator[None]:
        """Hold this process's lock, or everybody's."""
        if self._inside or not self._others:
            yield
            return
        with self._take(alone=alone) as self._held:
            self._inside = True
            try:
                yield
            finally:
                self._inside = False

    @contextmanager
    def stepping_aside(self) -> Iterator[None]:
        """Give up what is held inside ``taken``, and hold everybody's meanwhile: nothing of others is half set up then."""
        if not self._others:
            yield
            return
        self._held.close()
        with self._take(alone=True):
            yield
        self._held.enter_context(self._take(alone=False))

    def _take(self, *, alone: bool) -> ExitStack:
        held = ExitStack()
        with self._passing():
            for path in self._others if alone else [self._own]:
                held.enter_context(FileLock(path).acquire(poll_interval=_LOOKED_EVERY_S))
        return held

    def _passing(self) -> FileLock:
        return FileLock(self._gate)

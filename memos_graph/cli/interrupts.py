"""Ctrl-C during long work: the first ends it at the next safe place, the second at once.

Python raises ``KeyboardInterrupt`` wherever it is, also in the middle of a library's own bookkeeping, where it is swallowed, or
comes out as some other error; whoever interrupted is then told nothing, or something wrong.
"""

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

INTERRUPTED = 130
"""The exit status: 128 and the number of SIGINT, as shells have it."""

_STDERR = 2


@contextmanager
def held_back() -> Iterator[Callable[[], None]]:
    """Hold the first Ctrl-C back; gives what raises ``KeyboardInterrupt`` for it, to be called at safe places.

    Where interrupts are ignored, as in a shell's background, or taken care of by others, nothing is changed.
    """
    asked = False

    def note(_signal: int, _frame: FrameType | None) -> None:
        nonlocal asked
        if asked:
            raise KeyboardInterrupt
        asked = True
        # Not by print: it may be this very stream's buffer that was interrupted.
        os.write(_STDERR, b"\nStopping at the next safe place; Ctrl-C again stops at once.\n")

    def stop_if_asked() -> None:
        if asked:
            raise KeyboardInterrupt

    own = threading.current_thread() is threading.main_thread()
    if not own or signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield stop_if_asked
        return
    signal.signal(signal.SIGINT, note)
    try:
        yield stop_if_asked
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)

"""What waits to be recorded is written when the program ends, however it does.

At the end of its file, on ``sys.exit`` and on an exception Python calls what is registered with ``atexit``; in a process of
``multiprocessing``, which leaves that out, its own finalizers. SIGTERM and SIGHUP end a program without calling anything:
where their action is the default one, they are answered here by writing first and ending then, with the same exit status.
A program that handles them itself is left to do so.
"""

import atexit
import os
import signal
import threading
from collections.abc import Callable
from multiprocessing.util import Finalize
from types import FrameType

_SIGNALS = tuple(getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name))
_MOST_S = 10.0
"""How long a signal waits for the writing: a database that does not answer must not keep a program from ending."""
_FIRST = 100

_waiting: "set[Ending]" = set()
_terminating = threading.Event()


class Ending:
    """Has ``write`` called when this process ends, from ``watch`` to ``withdraw``. ``write`` must not raise."""

    def __init__(self, write: Callable[[], None]) -> None:
        self.write = write
        self._finalizer: Finalize | None = None
        _answer_signals()

    def watch(self) -> None:
        """Begin; again changes nothing."""
        if self not in _waiting:
            _waiting.add(self)
            atexit.register(self.write)
            self._finalizer = Finalize(None, self.write, exitpriority=_FIRST)

    def withdraw(self) -> None:
        """End: there is nothing to write any more."""
        _waiting.discard(self)
        atexit.unregister(self.write)
        if self._finalizer is not None:
            self._finalizer.cancel()
            self._finalizer = None


def terminating() -> bool:
    """Whether a signal is ending this process: what is done now must be recorded now."""
    return _terminating.is_set()


def _answer_signals() -> None:
    if threading.current_thread() is not threading.main_thread():
        return  # only the main thread may
    for each in _SIGNALS:
        if signal.getsignal(each) is signal.SIG_DFL:
            signal.signal(each, _terminate)


def _terminate(signum: int, frame: FrameType | None) -> None:  # noqa: ARG001 - how handlers are called
    """Write in another thread: this one may hold the very locks that are needed, and goes on until it is done.

    The same signal again ends the process at once.
    """
    signal.signal(signum, signal.SIG_DFL)
    _terminating.set()
    threading.Thread(target=_write_and_end, args=(signum,), name="memos-audit-end").start()


def _write_and_end(signum: int) -> None:
    writers = [threading.Thread(target=each.write, daemon=True) for each in list(_waiting)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(_MOST_S)
    os.kill(os.getpid(), signum)


def _forget() -> None:
    """In a forked process: what waits is its parent's to write."""
    _waiting.clear()
    _terminating.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)

"""A process that waits to be the next distillation's: forked from the model host when that has imported all and begun nothing.

Importing PyTorch and transformers takes a core some four seconds. A forked process has them from the start, in memory it
shares with the host.
"""

import multiprocessing
import os
import subprocess
import sys
from collections.abc import Callable
from typing import IO, Protocol, TextIO

import torch

_ENCODING = "utf-8"
_Wait = Callable[[TextIO, TextIO], None]


class DistillingChild(Protocol):
    """What a process that distils is to whoever started it: the part of ``subprocess.Popen`` that is used."""

    @property
    def stdin(self) -> IO[bytes] | None:
        """Where it reads its order."""

    @property
    def stdout(self) -> IO[bytes] | None:
        """Where it says how far it is."""

    def poll(self) -> int | None:
        """Return its exit status, negative for a signal; ``None`` while it runs."""

    def wait(self, timeout: float | None = None) -> int:
        """Return its exit status when it ends; raises ``subprocess.TimeoutExpired``."""

    def kill(self) -> None:
        """End it at once."""


class Standby:
    """A ``DistillingChild``, forked now, that does ``wait`` with its standard input and output and ends with this process at the latest.

    Fork it before anything is computed or kept secret: the threads of this process are not forked, its memory is.
    """

    def __init__(self, wait: _Wait) -> None:
        given, stdin = os.pipe()
        stdout, said = os.pipe()
        self._process = multiprocessing.get_context("fork").Process(
            target=_begin, args=(wait, given, said, (stdin, stdout)), name="memos-standby", daemon=True
        )
        self._process.start()
        os.close(given)
        os.close(said)
        self.stdin: IO[bytes] = os.fdopen(stdin, "wb")
        self.stdout: IO[bytes] = os.fdopen(stdout, "rb")

    @classmethod
    def where_safe(cls, wait: _Wait) -> "Standby | None":
        """Fork one, or none: CUDA can't be used in a forked process, and only Linux's own libraries bear to be forked."""
        return cls(wait) if sys.platform == "linux" and not torch.cuda.is_available() else None

    def poll(self) -> int | None:
        """Return its exit status, negative for a signal; ``None`` while it runs."""
        return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        """Return its exit status when it ends; raises ``subprocess.TimeoutExpired``."""
        self._process.join(timeout)
        if self._process.exitcode is None:
            raise subprocess.TimeoutExpired(self._process.name, timeout or 0.0)
        return self._process.exitcode

    def kill(self) -> None:
        """End it at once."""
        self._process.kill()


def _begin(wait: _Wait, given: int, said: int, others: tuple[int, int]) -> None:
    for each in others:  # of its parent: while this process held them too, neither would see the other end
        os.close(each)
    with os.fdopen(given, encoding=_ENCODING) as orders, os.fdopen(said, "w", encoding=_ENCODING) as events:
        wait(orders, events)

"""Other processes, as tests treat them."""

import os
import re
import signal
import subprocess
import time
from collections.abc import Callable

import psutil

_ADDRESS = re.compile(r"REST API +(http://\S+)/v1")


def address_of(up: "subprocess.Popen[str]") -> str:
    """Read what `memos up` prints until it says where its REST API is."""
    assert up.stdout is not None
    return next(match[1] for line in up.stdout if (match := _ADDRESS.search(line)))


def freeze(pid: int) -> None:
    """Stop a process and wait until it stands still: a busy machine lets it answer for a moment after the signal."""
    os.kill(pid, signal.SIGSTOP)
    deadline = time.monotonic() + 10
    while psutil.Process(pid).status() != psutil.STATUS_STOPPED:
        assert time.monotonic() < deadline, f"process {pid} does not stop"
        time.sleep(0.01)
    time.sleep(0.1)  # its other threads are told by the one that is looked at


def wait_until(done: Callable[[], bool], seconds: float = 30.0) -> None:
    until = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < until, "it did not happen"
        time.sleep(0.05)

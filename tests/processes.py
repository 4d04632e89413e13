"""Other processes, as tests treat them."""

import os
import signal
import time

import psutil


def freeze(pid: int) -> None:
    """Stop a process and wait until it stands still: a busy machine lets it answer for a moment after the signal."""
    os.kill(pid, signal.SIGSTOP)
    deadline = time.monotonic() + 10
    while psutil.Process(pid).status() != psutil.STATUS_STOPPED:
        assert time.monotonic() < deadline, f"process {pid} does not stop"
        time.sleep(0.01)
    time.sleep(0.1)  # its other threads are told by the one that is looked at

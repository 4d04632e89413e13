"""Which process has a run in its hands: so that no two go on with one, and none is taken from the hands of a living one."""

import os
import secrets
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

import psutil

from memos_graph.kit.clock import now
from memos_graph.kit.processes import Process

_held: set[str] = set()


@contextmanager
def holder() -> Iterator[str]:
    """Give a name for this process's hold on one run, valid as long as the block runs."""
    started = psutil.Process().create_time()
    name = f"{socket.gethostname()}/{os.getpid()}/{started:.2f}/{secrets.token_hex(8)}"
    _held.add(name)
    try:
        yield name
    finally:
        _held.discard(name)


def is_held(name: str | None, until: datetime | None) -> bool:
    """Whether the holder ``name`` still has its run.

    On this machine its process says so; of another machine's only ``until`` is known, by which its unit must have ended.
    """
    if name is None:
        return False
    try:
        host, pid, started, _ = name.split("/")
        process = Process(int(pid), float(started))
    except ValueError:  # somebody has written into the graph what no process of ours did
        return False
    if host != socket.gethostname():
        return until is not None and now() < until
    if process.pid == os.getpid():
        return name in _held
    return process.find() is not None

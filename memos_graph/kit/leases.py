"""Which process has a run in its hands: so that no two go on with one, and none is taken from the hands of a living one."""

import os
import secrets
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import psutil

from memos_graph.kit.clock import now
from memos_graph.kit.digests import sha256
from memos_graph.kit.processes import Process, Registration, registrations


@dataclass(frozen=True)
class _Lease:
    lease: str


class Leases:
    """The runs in the hands of the processes of one home; a process says which it has by a file that it holds locked.

    That a process lives is not enough: one that could not say in the database that its run broke off, as the database was gone,
    may live on for weeks, as a server does.
    """

    def __init__(self, home: Path) -> None:
        self._folder = home / "runs"
        self._home = sha256(str(home.resolve()))[:8]

    @contextmanager
    def take(self) -> Iterator[str]:
        """Give a name for this process's hold on one run, valid as long as the block runs."""
        started, token = psutil.Process().create_time(), f"{self._home}-{secrets.token_hex(8)}"
        held = Registration(self._folder, lease=token)
        try:
            yield f"{socket.gethostname()}/{os.getpid()}/{started:.2f}/{token}"
        finally:
            held.withdraw()

    def stands(self, name: str | None, until: datetime | None) -> bool:
        """Whether the holder ``name`` still has its run.

        What uses this home says so; of another home's process, or another machine's, only ``until`` is known, by which its unit
        must have ended, and on this machine whether it lives.
        """
        if name is None:
            return False
        try:
            host, pid, started, token = name.split("/")
            process = Process(int(pid), float(started))
        except ValueError:  # somebody has written into the graph what no process of ours did
            return False
        if host == socket.gethostname():
            if process.find() is None:
                return False
            if token.startswith(f"{self._home}-"):
                return any(lease.lease == token for lease, _ in registrations(self._folder, _Lease))
        return until is not None and now() < until

"""Payloads outside the graph: KV-caches and adapters that lie with the model host, and the erasing of them.

A change to a memory takes what was made from it out of service in its own transaction, which also queues the erasing
(``withdraw``). ``erase`` then does the queued work. What can't be erased at once stays queued, with the reason, and is
tried again by the next change and when MemOS opens.
"""

import logging
import shutil
from collections.abc import Sequence
from pathlib import Path

from memos_graph.errors import MemosError
from memos_graph.graph.runner import Row, Runner, Transaction
from memos_graph.host.client import HostClient
from memos_graph.host.protocol import DropCaches
from memos_graph.host.record import HostHome
from memos_graph.host.remote import RemoteModel
from memos_graph.infrastructure.governance import now
from memos_graph.types import MemoryType

_log = logging.getLogger(__name__)


def withdraw(tx: Transaction, cubes: Sequence[str]) -> list[str]:
    """Take KV-caches and adapters made from ``cubes`` out of service inside ``tx``; returns their ids."""
    return [row["withdrawn"] for row in tx.run("payloads/withdraw", cubes=list(cubes), now=now())]


class Payloads:
    """Erases what was withdrawn: in the memory of the host while it runs, in a remote engine, and the files in any case."""

    def __init__(self, runner: Runner, host: HostClient, home: HostHome, remote: RemoteModel | None = None) -> None:
        self._runner = runner
        self._host = host
        self._home = home
        self._remote = remote

    def erase(self, space: str | None = None) -> int:
        """Do the erasing that waits (of ``space``); returns how many payloads are gone. What fails stays queued.

        Inside a unit nothing is erased until that is committed.
        """
        if self._runner.joined:
            self._runner.after_commit(lambda: self._discard(space))
            return 0
        done = 0
        for job in self._runner.read("payloads/waiting", kind="erase", space=space):
            try:
                self._erase(job)
                problem = None
                done += 1
            except (MemosError, OSError) as error:
                problem = str(error)
                _log.warning("payload of cube %s is not erased yet: %s", job["cube"], error)
            self._runner.write("payloads/finish", job=job["id"], problem=problem, now=now())
        return done

    def _discard(self, space: str | None) -> None:
        self.erase(space)

    def waiting(self, space: str | None = None) -> list[Row]:
        """Return the erasing that still waits, with the problem it met."""
        return self._runner.read("payloads/waiting", kind="erase", space=space)

    def unload(self, adapter: str) -> None:
        """Take an adapter out of every engine's memory."""
        if self._host.process.running() is not None:
            self._host.unload(adapter)
        if self._remote is not None and self._remote.takes_adapters:
            self._remote.unload(adapter)

    def _erase(self, job: Row) -> None:
        if not job["payload"]:
            return
        if job["memory_type"] == MemoryType.PARAMETRIC:
            self.unload(job["payload"])
            folder = inside(self._home.adapters, job["payload"])
            if folder.exists():
                shutil.rmtree(folder)
            return
        if self._host.process.running() is not None:
            self._host.drop_caches(DropCaches(keys=(job["payload"],)))
        files = list(job["files"] or ())
        shared = {row["file"] for row in self._runner.read("payloads/shared", space=job["space"], files=files)}
        for name in files:
            if name not in shared:
                inside(self._home.caches, name).unlink(missing_ok=True)


def inside(folder: Path, name: str) -> Path:
    """Return ``folder/name``; raises ``OSError`` for a name that leads out of the folder."""
    path = (folder / name).resolve()
    if not path.is_relative_to(folder.resolve()) or path == folder.resolve():
        raise OSError(f"'{name}' does not lie in {folder}.")
    return path

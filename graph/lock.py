"""Who runs and who uses the managed server: process identities, the server's record, registered clients."""

import json
import os
import secrets
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Self

import psutil
from filelock import FileLock, Timeout

from memos_graph.errors import EngineStartError
from memos_graph.files import write_private
from memos_graph.graph.home import ServerHome
from memos_graph.graph.server_config import remembered_ports

# Start times come from the kernel's clock, which other processes may read a little differently after a clock change.
_START_TOLERANCE_S = 2.0


@dataclass(frozen=True)
class Process:
    """A process that can't be mistaken for a later one with the same pid; ``created`` in seconds since 1970."""

    pid: int
    created: float

    @classmethod
    def of(cls, pid: int) -> Self:
        """Identify a running process; raises ``psutil.NoSuchProcess``."""
        return cls(pid, psutil.Process(pid).create_time())

    def find(self) -> psutil.Process | None:
        """Return the process, while it runs."""
        try:
            process = psutil.Process(self.pid)
            same = abs(process.create_time() - self.created) <= _START_TOLERANCE_S
            return process if same and process.status() != psutil.STATUS_ZOMBIE else None
        except psutil.NoSuchProcess:
            return None


@dataclass(frozen=True)
class ServerRecord:
    """The server of one home, as ``server.json`` has it; ``version`` is empty until it has answered.

    ``keep`` says that it outlives its last client; ``archive`` names the class archive it writes when it ends, if any.
    """

    pid: int
    created: float
    bolt_port: int
    http_port: int
    version: str = ""
    keep: bool = False
    archive: str = ""

    @property
    def process(self) -> Process:
        """The server's process."""
        return Process(self.pid, self.created)

    def save(self, home: ServerHome) -> None:
        """Write ``server.json``."""
        write_private(home.record, json.dumps(asdict(self)))

    def changed(self, home: ServerHome, **fields: object) -> "ServerRecord":
        """Save and return a copy with other ``fields``; writes nothing when they are the same."""
        other = replace(self, **fields)  # type: ignore[arg-type]
        if other != self:
            other.save(home)
        return other


def read_record(path: Path) -> ServerRecord | None:
    """Read ``server.json``, whether or not that server still runs; ``None`` where it is absent or unreadable."""
    try:
        return ServerRecord(**json.loads(path.read_text(encoding="utf-8")))
    except (FileNotFoundError, NotADirectoryError, ValueError, TypeError):
        return None


def running(home: ServerHome) -> ServerRecord | None:
    """Find the server of ``home`` that runs now: by its record, or by its command line when a crash lost the record."""
    record = read_record(home.record)
    if record and record.process.find():
        return record
    ports = remembered_ports(home)
    if ports and (stray := stray_process(home)):
        return ServerRecord(stray.pid, stray.created, ports.bolt, ports.http)
    return None


def stray_process(home: ServerHome) -> Process | None:
    """Find a server process of ``home`` by its command line."""
    for process in psutil.process_iter(["cmdline", "create_time", "status"]):
        known = process.info
        if home.process_mark in (known["cmdline"] or ()) and known["status"] != psutil.STATUS_ZOMBIE:
            return Process(process.pid, known["create_time"])
    return None


class Registration:
    """This process's place in a folder of a home: a small file that names it, gone when it is withdrawn."""

    def __init__(self, folder: Path) -> None:
        self._process = Process.of(os.getpid())
        self._path = folder / f"{self._process.pid}-{secrets.token_hex(4)}.json"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_private(self._path, json.dumps(asdict(self._process)))

    @property
    def inherited(self) -> bool:
        """Whether it is that of the process this one was forked from."""
        return self._process.pid != os.getpid()

    def withdraw(self) -> None:
        """Remove it; a forked child that inherited the engine does not remove its parent's."""
        if not self.inherited:
            self._path.unlink(missing_ok=True)


def registered(folder: Path) -> list[Process]:
    """List the processes that are registered there and alive, one entry for each time; files of dead ones are removed."""
    alive: list[Process] = []
    for path in sorted(folder.glob("*.json")):
        try:
            process = Process(**json.loads(path.read_text(encoding="utf-8")))
        except (FileNotFoundError, ValueError, TypeError):
            process = None
        if process and process.find():
            alive.append(process)
        else:
            path.unlink(missing_ok=True)
    return alive


class StartLock:
    """Context manager: one process at a time starts or stops the server of a home.

    The operating system frees the lock when its holder dies, so there is no stale one to clean up. Raises
    ``EngineStartError`` after ``timeout`` seconds.
    """

    def __init__(self, home: ServerHome, timeout: float) -> None:
        self._path = home.lock
        self._lock = FileLock(home.lock, timeout=timeout, mode=0o600)

    def __enter__(self) -> None:
        try:
            self._lock.acquire()
        except Timeout as error:
            raise EngineStartError(
                f"Another process has held {self._path} for {self._lock.timeout:.0f} s, starting or stopping the server.",
                hint="See `memos status`; end that process if it hangs.",
            ) from error

    def __exit__(self, *_: object) -> None:
        self._lock.release()

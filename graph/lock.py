"""Who runs and who uses the managed server: the server's record, registered clients, the lock of its start."""

import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import psutil
from filelock import FileLock, Timeout

from memos_graph.errors import EngineStartError
from memos_graph.graph.home import ServerHome
from memos_graph.graph.server_config import remembered_ports
from memos_graph.kit import processes
from memos_graph.kit.files import write_private
from memos_graph.kit.processes import Moment, Pid, Port, Process, Registration, registered

__all__ = [
    "Process",
    "Registration",
    "ServerRecord",
    "StartLock",
    "read_record",
    "registered",
    "running",
    "stray_process",
]


@dataclass(frozen=True)
class ServerRecord:
    """The server of one home, as ``server.json`` has it; ``version`` is empty until it has answered.

    ``keep`` says that it outlives its last client; ``archive`` names the class archive it writes when it ends, if any;
    ``mark`` is what its process carries in its environment; ``proven``: it has a certificate, as releases before this one's had not.
    """

    pid: Pid
    created: Moment
    bolt_port: Port
    http_port: Port
    version: str = ""
    keep: bool = False
    archive: str = ""
    mark: str = ""
    proven: bool = False

    @property
    def process(self) -> Process:
        """The server's process."""
        return Process(self.pid, self.created, self.mark)

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
    """Read ``server.json``, whether or not that server still runs; ``None`` where it is absent or no record."""
    return processes.read_record(path, ServerRecord)


def running(home: ServerHome) -> ServerRecord | None:
    """Find the server of ``home`` that runs now: by its record, or by its command line when a crash lost the record."""
    record = read_record(home.record)
    if record and server_process(home, record):
        return record
    ports = remembered_ports(home)
    if ports and (stray := stray_process(home)):
        return ServerRecord(
            stray.pid, stray.created, ports.bolt, ports.http, mark=stray.mark, proven=home.certificate.is_file()
        )
    return None


def server_process(home: ServerHome, record: ServerRecord) -> psutil.Process | None:
    """Return the process that ``record`` names, while it runs and is a server of ``home``."""
    return record.process.named(home.process_mark)


def stray_process(home: ServerHome) -> Process | None:
    """Find a server process of ``home`` by its command line."""
    return processes.called(home.process_mark)


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

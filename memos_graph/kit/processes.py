"""Which process is ours, and files that name processes: nothing that merely looks like one is believed, or ended.

A pid says little: it is used again. So a process is told by its pid, by when it began, and by one thing that no other process has:

* one that we start carries a random mark in its environment (``marked``, ``Process.find``). Where a system does not show the
  environment even to the same user, as macOS does of some programs, its user has to do in place of the mark.
* one that names itself in a folder holds a lock on its file there as long as it lives (``Registration``); the system lets go of
  the lock, and of nothing sooner.
"""

import json
import logging
import os
import secrets
from collections.abc import Collection
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any, Self, TypeVar

import psutil
from pydantic import Field, TypeAdapter, ValidationError

try:
    import fcntl
except ImportError:  # Windows has no such locks: there pid and start time have to do
    fcntl = None  # type: ignore[assignment]

MARK = "_MEMOS_PROCESS"
"""The environment variable that holds the mark of a process that we started."""

Pid = Annotated[int, Field(ge=1, lt=1 << 31)]
Moment = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Port = Annotated[int, Field(ge=1, lt=1 << 16)]

# Start times come from the kernel's clock, which other processes may read a little differently after a clock change.
_START_TOLERANCE_S = 2.0
_MOST_BYTES = 1 << 20
_log = logging.getLogger(__name__)
_told: set[tuple[Path, str]] = set()
T = TypeVar("T")


def marked() -> dict[str, str]:
    """Return what to add to the environment of a process about to be started; its only value is the mark."""
    return {MARK: secrets.token_hex(16)}


@dataclass(frozen=True)
class Process:
    """A process that can't be mistaken for a later one with the same pid.

    * ``created`` in seconds since 1970.
    * ``mark`` what it carries in its environment; empty for one that we did not start.
    """

    pid: Pid
    created: Moment
    mark: str = ""

    @classmethod
    def of(cls, pid: int, mark: str = "") -> Self:
        """Identify a running process; raises ``psutil.NoSuchProcess``."""
        return cls(pid, psutil.Process(pid).create_time(), mark)

    def find(self) -> psutil.Process | None:
        """Return the process, while it runs and, where we marked it, carries its mark."""
        try:
            process = psutil.Process(self.pid)
            same = abs(process.create_time() - self.created) <= _START_TOLERANCE_S and not _ended(process)
            return process if same and (not self.mark or _carries(process, self.mark)) else None
        except (psutil.Error, ValueError, OverflowError):
            return None

    def named(self, *words: str) -> psutil.Process | None:
        """Return the process, while it runs: by its mark, or where it has none by ``words`` of its command line and its user.

        A release that did not mark its processes may have started it.
        """
        process = self.find()
        if process is None or self.mark:
            return process
        return process if _is_called(process, words) else None


def called(*words: str) -> Process | None:
    """Find a process of this user by words of its command line, with its mark."""
    for process in psutil.process_iter():
        try:
            if _is_called(process, words) and not _ended(process):
                return Process(process.pid, process.create_time(), _mark_of(process) or "")
        except psutil.NoSuchProcess:
            continue
    return None


def listens(pid: int, port: int) -> bool:
    """Whether this very process listens at a TCP port; true, too, where the system does not tell."""
    try:
        sockets = psutil.Process(pid).net_connections("tcp")
    except psutil.NoSuchProcess:
        return False
    except psutil.AccessDenied:
        return True
    return any(each.status == psutil.CONN_LISTEN and each.laddr.port == port for each in sockets)


def _is_called(process: psutil.Process, words: Collection[str]) -> bool:
    try:
        line = process.cmdline()
        return all(word in line for word in words) and _is_mine(process)
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return False


def _ended(process: psutil.Process) -> bool:
    return bool(process.status() == psutil.STATUS_ZOMBIE)


def _is_mine(process: psutil.Process) -> bool:
    """Whether it is of the user this process acts as: anybody can start a process with any command line."""
    return not hasattr(os, "geteuid") or bool(process.uids().effective == os.geteuid())


def _mark_of(process: psutil.Process) -> str | None:
    """Return its mark, empty for none; ``None`` where the system does not tell."""
    try:
        return process.environ().get(MARK, "")
    except (psutil.AccessDenied, NotImplementedError, OSError):
        return None


def _carries(process: psutil.Process, mark: str) -> bool:
    found = _mark_of(process)
    return _is_mine(process) if found is None else secrets.compare_digest(found.encode(), mark.encode())


_readers: dict[type[Any], TypeAdapter[Any]] = {}


def read_record(path: Path, kind: type[T]) -> T | None:
    """Read a file that holds a dataclass as JSON; ``None`` where there is none, and, with a word, where it holds something else."""
    try:
        with path.open("rb") as file:
            content = file.read(_MOST_BYTES)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        _tell(path, error.strerror or type(error).__name__)
        return None
    if kind not in _readers:  # making one takes longer than reading
        _readers[kind] = TypeAdapter(kind)
    try:
        found: T = _readers[kind].validate_json(content, strict=True)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        _tell(path, f"{where}: {first['msg']}" if where else first["msg"])
        return None
    return found


def _tell(path: Path, why: str) -> None:
    if (path, why) not in _told:  # whoever looks every second says so once
        _told.add((path, why))
        _log.warning("%s is not a record of a process and is ignored: %s", path, why)


class Registration:
    """This process's place in a folder: a small file that names it and that it holds locked, gone when it is withdrawn."""

    def __init__(self, folder: Path, **told: object) -> None:
        self._process = Process.of(os.getpid())
        self._path = folder / f"{self._process.pid}-{secrets.token_hex(4)}.json"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        scratch = self._path.with_suffix(".new")
        self._held = os.open(scratch, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        if fcntl is not None:
            fcntl.flock(self._held, fcntl.LOCK_EX)
        os.write(self._held, json.dumps(asdict(self._process) | told).encode())
        scratch.replace(self._path)

    @property
    def inherited(self) -> bool:
        """Whether it is that of the process this one was forked from."""
        return self._process.pid != os.getpid()

    def withdraw(self) -> None:
        """Remove it; a forked child that inherited it does not remove its parent's."""
        if not self.inherited:
            self._path.unlink(missing_ok=True)
            os.close(self._held)


def registered(folder: Path) -> list[Process]:
    """List the processes that are registered there and alive, one entry for each time; files of dead ones are removed."""
    return [process for _, process in registrations(folder, Process)]


def registrations(folder: Path, kind: type[T]) -> "list[tuple[T, Process]]":
    """List what living processes told of themselves in a folder, each with the process."""
    alive: list[tuple[T, Process]] = []
    for path in sorted(folder.glob("*.json")):
        process = read_record(path, Process)
        told: Any = process if kind is Process else read_record(path, kind)
        if process and told is not None and process.find() and _is_held(path):
            alive.append((told, process))
        elif path.is_file():
            path.unlink(missing_ok=True)
    return alive


def _is_held(path: Path) -> bool:
    """Whether some process holds the lock of a registration: it is let go of when its holder ends."""
    if fcntl is None:
        return True
    try:
        with path.open("rb") as file:
            fcntl.flock(
                file, fcntl.LOCK_SH | fcntl.LOCK_NB
            )  # shared: two that look do not take each other for the holder
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False

"""Has files read in processes of their own, within limits: ``read_apart``. Each process is kept for the next file.

The libraries that read PDF, HTML, Markdown or mail can't be told to stop, and some can't be told how much memory to take.
"""

import atexit
import json
import logging
import os
import signal as _signals
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import IO, Any

import psutil

from memos_graph.errors import FormatError
from memos_graph.formats import frames
from memos_graph.formats.dates import DateOrder
from memos_graph.formats.limits import Limits, Stopped, too_large, too_slow, unreadable
from memos_graph.formats.types import Message, Parsed, Passage
from memos_graph.formats.worker import adapter

_LOOK_S = 0.05
_PATIENCE = 3  # times the processor time allowed, where others keep the processor busy
_KEEP_S = 60.0  # a process that waits for a file
_MOST_FILES = 500  # of one process, in case a library leaks
_log = logging.getLogger(__name__)


def read_apart(
    data: bytes | str,
    *,
    name: str,
    media_type: str | None,
    at: datetime | None,
    date_order: DateOrder | None,
    max_chars: int,
    limits: Limits,
    stopped: Stopped | None,
) -> Parsed:
    """Read a source as ``parse`` does, in another process, which is ended when it goes beyond ``limits`` or ``stopped`` says so.

    Raises ``FormatError`` also for what went beyond a limit, or broke its reader.
    """
    order = {
        "name": name,
        "media_type": media_type,
        "at": at.isoformat() if at else None,
        "date_order": date_order,
        "max_chars": max_chars,
        "text": isinstance(data, str),
        "limits": limits.as_dict(),
    }
    whole = data.encode("utf-8", "surrogatepass") if isinstance(data, str) else data
    with _readers.lent(name, stopped) as reader:
        parsed = reader.read(order, whole, limits, stopped)
    return _in_zone(parsed, at)


class _Reader:
    """One process that reads files."""

    def __init__(self) -> None:
        self.files = 0
        self.since = 0.0
        self._process = subprocess.Popen(
            [sys.executable, "-m", "memos_graph.formats.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        self._seen = psutil.Process(self._process.pid)
        self.usable = True

    def read(self, order: dict[str, Any], data: bytes, limits: Limits, stopped: Stopped | None) -> Parsed:
        """Have one file read; afterwards the process is ``usable`` or gone."""
        self.files += 1
        name, found = str(order["name"]), _Answer()
        self.usable = False
        asking = threading.Thread(target=self._ask, args=(order, data, found), name="memos-reading", daemon=True)
        spent, began = self._spent(), time.monotonic()
        asking.start()
        broken = self._watch(asking, name, spent, began, limits, stopped)
        if broken is not None:
            self.end()
            asking.join()
            raise broken
        if found.parsed is None and found.failed is None:
            self.end()
            over = self._ended_over()
            raise over(name, limits) if over else unreadable(name, f"it ended its process, {self._process.returncode}")
        self.usable = not found.ends and self.files < _MOST_FILES
        if found.failed is not None:
            if found.trace:
                _log.error("the reader failed on a file:\n%s", found.trace)
            raise FormatError(**found.failed)
        return found.whole()

    def _watch(
        self,
        asking: threading.Thread,
        name: str,
        spent: float,
        began: float,
        limits: Limits,
        stopped: Stopped | None,
    ) -> FormatError | None:
        """Wait for the answer; return what is wrong, where something is."""
        wait = 0.002
        while True:
            asking.join(wait)
            if not asking.is_alive():
                return None
            wait = min(wait * 2, _LOOK_S)
            if self._spent() - spent > limits.seconds or time.monotonic() - began > _PATIENCE * limits.seconds:
                return too_slow(name, limits)
            if self._resident() > limits.memory_mb << 20:
                return too_large(name, limits)
            if stopped is not None and stopped():
                return FormatError(f"{name}: given up, since nobody waits for it any more.")

    def _spent(self) -> float:
        with suppress(psutil.Error):
            times = self._seen.cpu_times()
            return float(times.user + times.system)
        return 0.0

    def _resident(self) -> int:
        with suppress(psutil.Error):
            return int(self._seen.memory_info().rss)
        return 0

    def _ended_over(self) -> Callable[[str, Limits], FormatError] | None:
        """Return which limit it was that the system ended the process for, as far as its status says."""
        status = self._process.returncode
        if status is not None and status < 0 and -status == getattr(_signals, "SIGXCPU", None):
            return too_slow
        return too_large if status is not None and status < 0 else None

    def _ask(self, order: dict[str, Any], data: bytes, found: "_Answer") -> None:
        with suppress(OSError, ValueError):  # it ended: there is no answer then
            frames.write(_pipe(self._process.stdin), json.dumps(order).encode(), data)
            self._take(_pipe(self._process.stdout), found)

    @staticmethod
    def _take(channel: IO[bytes], found: "_Answer") -> None:
        head = frames.read(channel)
        if head is None:
            return
        said = json.loads(head)
        found.trace, found.ends = said.get("trace"), bool(said.get("ends"))
        if "failed" in said:
            found.failed = said["failed"]
            return
        parsed = Parsed.model_validate(said["parsed"])
        entries: list[Message | Passage] = []
        while frame := frames.read(channel):
            entries += adapter(parsed.kind).validate_json(frame)
        if frame is not None:  # the empty one that ends it
            found.parsed = parsed.model_copy(update={"entries": tuple(entries)})

    def end(self) -> None:
        """End the process, whatever it does."""
        self.usable = False
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()

    def leave(self) -> None:
        """In a forked process: forget it, for it is the parent's."""
        self._process.returncode = 0


class _Answer:
    """What a process said of a file."""

    def __init__(self) -> None:
        self.parsed: Parsed | None = None
        self.failed: dict[str, Any] | None = None
        self.trace: str | None = None
        self.ends = False

    def whole(self) -> Parsed:
        if self.parsed is None:
            raise ValueError("nothing was read")
        return self.parsed


class _Readers:
    """As many processes as there are cores; who comes when all of them read waits."""

    def __init__(self) -> None:
        self._most = max(2, min(8, os.cpu_count() or 2))
        self._free = threading.Condition()
        self._idle: list[_Reader] = []
        self._lent = 0
        self._tidying: threading.Thread | None = None

    @contextmanager
    def lent(self, name: str, stopped: Stopped | None) -> Iterator[_Reader]:
        """Lend one; raises ``FormatError`` where ``stopped`` says so before one is free."""
        with self._free:
            while self._lent >= self._most:
                self._free.wait(_LOOK_S)
                if stopped is not None and stopped():
                    raise FormatError(f"{name}: given up, since nobody waits for it any more.")
            self._lent += 1
            reader = self._idle.pop() if self._idle else None
        try:
            reader = reader or _Reader()
            yield reader
        finally:
            with self._free:
                self._lent -= 1
                self._free.notify()
                if reader is not None and reader.usable:
                    reader.since = time.monotonic()
                    self._idle.append(reader)
                    self._tidy()
                elif reader is not None:
                    reader.end()

    def _tidy(self) -> None:
        if self._tidying is None or not self._tidying.is_alive():
            self._tidying = threading.Thread(target=self._end_idle, name="memos-readers", daemon=True)
            self._tidying.start()

    def _end_idle(self) -> None:
        while True:
            time.sleep(_KEEP_S / 4)
            with self._free:
                late = time.monotonic() - _KEEP_S
                gone, self._idle = [r for r in self._idle if r.since < late], [r for r in self._idle if r.since >= late]
                last = not self._idle
                if last:
                    self._tidying = None
            for reader in gone:
                reader.end()
            if last:
                return

    def close(self) -> None:
        """End those that wait."""
        with self._free:
            gone, self._idle = self._idle, []
        for reader in gone:
            reader.end()


_readers = _Readers()


@atexit.register
def _close() -> None:
    _readers.close()


def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
    if pipe is None:
        raise OSError("no pipe")
    return pipe


def _in_zone(parsed: Parsed, at: datetime | None) -> Parsed:
    """Give back the date that was given with its zone, of which JSON keeps the offset only."""
    if at is None or at.tzinfo is None or parsed.at is None or parsed.at.timestamp() != at.timestamp():
        return parsed
    return parsed.model_copy(update={"at": at})


def _leave() -> None:
    """In a forked process: begin anew, without the parent's processes and locks."""
    global _readers  # noqa: PLW0603
    for reader in _readers._idle:  # noqa: SLF001
        reader.leave()
    _readers = _Readers()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_leave)

"""Starts processes that outlive this one, and ends processes with those they started."""

import os
import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import psutil

from memos_graph.kit.processes import Process, marked


@dataclass(frozen=True)
class Child:
    """A process just started: what it is known by, its standard input where it has one, and who waits for its end."""

    process: Process
    running: "subprocess.Popen[bytes]"
    reaper: threading.Thread

    @property
    def stdin(self) -> IO[bytes] | None:
        """Where it reads, if a pipe was asked for."""
        return self.running.stdin

    @property
    def ended(self) -> int | None:
        """Its exit status, negative for a signal; ``None`` while it runs."""
        return None if self.reaper.is_alive() else self.running.returncode

    def kill(self) -> None:
        """End it at once, and wait for that."""
        self.running.kill()
        self.reaper.join()


def start_detached(
    command: Sequence[str],
    *,
    log: Path,
    env: Mapping[str, str],
    cwd: Path | None = None,
    piped: bool = False,
    umask: int = -1,
) -> Child:
    """Start a process in a session of its own, marked as ours; what it prints goes to ``log``, mode 0600.

    * ``env`` its whole environment; the mark is added.
    * ``piped``: its standard input is a pipe; ``umask`` of the files it makes, -1: as this process's. Raises ``OSError``.
    """
    mark = marked()
    output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        running = subprocess.Popen(  # noqa: S603 - argument lists built by the callers, no shell
            command,
            stdin=subprocess.PIPE if piped else subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=cwd,
            env=dict(env) | mark,
            start_new_session=True,
            umask=umask,
        )
    finally:
        os.close(output)
    process = Process.of(running.pid, *mark.values())  # also of one that has ended meanwhile, as it is not reaped yet
    # Reaps the child when it ends, or a dead one would look alive for as long as this process lives.
    reaper = threading.Thread(target=running.wait, name=f"memos-reaper-{running.pid}", daemon=True)
    reaper.start()
    return Child(process, running, reaper)


def end(process: psutil.Process, *, within_s: float) -> bool:
    """End a process and those it started, by force where they have not ended ``within_s`` seconds after they were asked.

    Returns whether the process ended by itself.
    """
    try:
        family = [process, *process.children(recursive=True)]
    except psutil.NoSuchProcess:
        return True
    for each in family:
        _signal(each.terminate)
    _, alive = psutil.wait_procs(family, timeout=within_s)
    for each in alive:
        _signal(each.kill)
    psutil.wait_procs(alive, timeout=within_s)
    return process not in alive


def _signal(send: Callable[[], None]) -> None:
    try:
        send()
    except psutil.NoSuchProcess:  # it has just ended by itself
        return

"""A small SQLite file of mode 0600 outside the database, shared by the threads and processes of one home."""

import errno
import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Literal

_WAIT_S = 30
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})


def disk_full(error: OSError | sqlite3.Error) -> bool:
    """Whether it failed for want of room."""
    if isinstance(error, OSError):
        return error.errno in _FULL
    return getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL


class Ledger:
    """Opens the file when it is first asked for something, and again after ``close``.

    * ``schema`` the statements that make its tables where they are missing.
    * ``synchronous`` FULL: what was written outlives a power cut; OFF: it outlives the process, and no more.
    """

    def __init__(self, path: Path, schema: str, *, synchronous: Literal["FULL", "OFF"]) -> None:
        self.path = path
        self._schema = schema
        self._synchronous = synchronous
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Yield a connection; what is done with it is committed when the block ends well. Raises ``OSError``, ``sqlite3.Error``."""
        with self._lock, self._open() as connection:
            yield connection

    def _open(self) -> sqlite3.Connection:
        if self._connection is None:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            # Only where it is new: to close a file that this process has open elsewhere would drop SQLite's locks on it,
            # and another process then takes the log of changes away from under it.
            with suppress(FileExistsError):
                os.close(os.open(self.path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
            connection = sqlite3.connect(self.path, timeout=_WAIT_S, check_same_thread=False)
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute(f"PRAGMA synchronous = {self._synchronous}")
            connection.executescript(self._schema)
            self._connection = connection
        return self._connection

    def close(self) -> None:
        """Close the file; it opens again by itself."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

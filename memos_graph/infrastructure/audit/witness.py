"""Remembers, outside the database, how far each space's log had got: what is cut off its end, or put back to an older state, shows.

A small SQLite file of mode 0600 in ``MEMOS_HOME``, written after each commit. It needs no fsync: it guards against a
database that forgets, and a power cut that loses its last lines only makes it vouch for less.
"""

import os
import sqlite3
import threading
from contextlib import suppress
from pathlib import Path

from memos_graph.errors import AuditError

_SCHEMA = "CREATE TABLE IF NOT EXISTS heads (space TEXT PRIMARY KEY, seq INTEGER NOT NULL, hash TEXT NOT NULL)"
_NOTE = """
INSERT INTO heads VALUES (?, ?, ?)
ON CONFLICT (space) DO UPDATE SET seq = excluded.seq, hash = excluded.hash WHERE excluded.seq > heads.seq
"""


class Witness:
    """The furthest end of each log this machine has seen; shared by its processes and threads."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "heads.sqlite"
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None

    def note(self, space: str, seq: int, hash_: str) -> None:
        """Note that ``space``'s log had event ``seq`` with this hash; an earlier one changes nothing."""
        try:
            with self._lock, self._open() as connection:
                connection.execute(_NOTE, (space, seq, hash_))
        except (OSError, sqlite3.Error) as error:
            raise AuditError(
                f"The act is done and in the log, but {self.path} can't be written: {error}.",
                hint="Make room, set its rights, or move it away if it is damaged (another is begun); until then nobody "
                "notices events cut off the end of a log.",
            ) from error

    def heads(self) -> dict[str, tuple[int, str]]:
        """Return the furthest ``(seq, hash)`` seen of every space."""
        try:
            with self._lock:
                return {row[0]: (row[1], row[2]) for row in self._open().execute("SELECT space, seq, hash FROM heads")}
        except (OSError, sqlite3.Error) as error:
            raise AuditError(f"The audit witness {self.path} can't be read: {error}.") from error

    def _open(self) -> sqlite3.Connection:
        if self._connection is None:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            # Only where it is new: to close a file that this process has open elsewhere would drop SQLite's locks on it,
            # and another process then takes the log of changes away from under it.
            with suppress(FileExistsError):
                os.close(os.open(self.path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
            self._connection = sqlite3.connect(self.path, timeout=30, check_same_thread=False)
            self._connection.execute("PRAGMA journal_mode = WAL")
            self._connection.execute("PRAGMA synchronous = OFF")
            self._connection.execute(_SCHEMA)
        return self._connection

    def close(self) -> None:
        """Close the file; it opens again by itself."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

"""Remembers, outside the database, how each space's log stood: what is cut off its end, or put back to an older state, shows.

A small SQLite file of mode 0600 in ``MEMOS_HOME``, written after each commit. It needs no fsync: it guards against a
database that forgets, and a power cut that loses its last lines only makes it vouch for less. What once spoke against the
database stays in it for good, however far the log grows afterwards.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from math import log
from pathlib import Path

from memos_graph.audit.ledger import Ledger
from memos_graph.errors import AuditError
from memos_graph.kit.clock import now

_SCHEMA = """
CREATE TABLE IF NOT EXISTS heads (space TEXT PRIMARY KEY, seq INTEGER NOT NULL, hash TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS checkpoints (
  space TEXT NOT NULL, seq INTEGER NOT NULL, hash TEXT NOT NULL, PRIMARY KEY (space, seq)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS contradictions (
  id INTEGER PRIMARY KEY, space TEXT NOT NULL, seq INTEGER NOT NULL, seen TEXT NOT NULL, found_seq INTEGER, found TEXT,
  at TEXT NOT NULL, told INTEGER NOT NULL DEFAULT 0, settled INTEGER NOT NULL DEFAULT 0
);
"""
_NOTE = """
INSERT INTO heads VALUES (?, ?, ?)
ON CONFLICT (space) DO UPDATE SET seq = excluded.seq, hash = excluded.hash WHERE excluded.seq > heads.seq
"""
_FOUND = "SELECT id, space, seq, seen, found_seq, found, at, told, settled FROM contradictions"
_NEAR = 64
"""So many of the last ends are all kept; before them ever fewer, each a twelfth further back than the next."""
_THIN_EVERY = 64
_SPAN = log(13 / 12)


@dataclass(frozen=True, slots=True)
class Contradiction:
    """A log that was found otherwise than it had been seen.

    * ``seq``, ``seen`` an event that was there, and its hash.
    * ``found_seq``, ``found`` where the log ended when that event was found missing, or another; none: the space was gone.
    * ``told`` whether the log itself says so; ``settled`` whether what was taken away since is taken away again.
    """

    id: int
    space: str
    seq: int
    seen: str
    found_seq: int | None
    found: str | None
    at: datetime
    told: bool
    settled: bool

    def __str__(self) -> str:
        when = f"{self.at:%Y-%m-%d %H:%M} UTC"
        if self.found_seq is None:
            return f"On {when} the space was gone: this machine had seen its log reach event {self.seq}."
        if self.found_seq < self.seq:
            return (
                f"On {when} the log was cut off, or an older one put back: it ended at event {self.found_seq}, "
                f"and this machine had seen it reach {self.seq}."
            )
        return f"On {when} the log was rewritten: event {self.seq} was another than this machine had seen."


class Witness:
    """How far each log has got as this machine has seen it, and what was found otherwise; shared by processes and threads."""

    def __init__(self, folder: Path) -> None:
        self._ledger = Ledger(folder / "heads.sqlite", _SCHEMA, synchronous="OFF")
        self.path = self._ledger.path

    def note(self, space: str, seq: int, hash_: str) -> None:
        """Note that ``space``'s log had event ``seq`` with this hash; an earlier one does not change the furthest."""
        with self._writing("The act is done and in the log, but") as connection:
            before = connection.execute("SELECT seq FROM heads WHERE space = ?", (space,)).fetchone()
            connection.execute(_NOTE, (space, seq, hash_))
            connection.execute("INSERT OR IGNORE INTO checkpoints VALUES (?, ?, ?)", (space, seq, hash_))
            if before is not None and before[0] // _THIN_EVERY < seq // _THIN_EVERY:
                _thin(connection, space)

    def heads(self) -> dict[str, tuple[int, str]]:
        """Return the furthest ``(seq, hash)`` seen of every space."""
        with self._reading() as connection:
            return {row[0]: (row[1], row[2]) for row in connection.execute("SELECT space, seq, hash FROM heads")}

    def last(self, space: str) -> tuple[tuple[int, str] | None, list[Contradiction]]:
        """Return the furthest end of one log, and what its log does not tell yet of what was found."""
        with self._reading() as connection:
            head = connection.execute("SELECT seq, hash FROM heads WHERE space = ?", (space,)).fetchone()
            untold = connection.execute(f"{_FOUND} WHERE space = ? AND told = 0 ORDER BY id", (space,)).fetchall()
        return head, [_contradiction(row) for row in untold]

    def checkpoints(self, space: str) -> dict[int, str]:
        """Return the hash of each event of one log that is kept: its last ends, and ever fewer before."""
        with self._reading() as connection:
            rows = connection.execute("SELECT seq, hash FROM checkpoints WHERE space = ? ORDER BY seq", (space,))
            return {row[0]: row[1] for row in rows}

    def contradict(self, space: str, seen: tuple[int, str], found: tuple[int, str] | None) -> None:
        """Keep for good that ``seen`` is not what is ``found``, the end of the log now (none: the space is gone), and go on from there.

        Found by two processes at once, it is kept once.
        """
        with self._writing() as connection:
            head = connection.execute("SELECT seq, hash FROM heads WHERE space = ?", (space,)).fetchone()
            if head != seen:
                return
            seq, hash_ = found or (None, None)
            connection.execute(
                "INSERT INTO contradictions (space, seq, seen, found_seq, found, at) VALUES (?, ?, ?, ?, ?, ?)",
                (space, *seen, seq, hash_, now().isoformat()),
            )
            if found is None:
                connection.execute("DELETE FROM heads WHERE space = ?", (space,))
            else:
                connection.execute("UPDATE heads SET seq = ?, hash = ? WHERE space = ?", (seq, hash_, space))
            # What was past the end belongs to a line that is gone; what the contradiction says stands for it.
            connection.execute("DELETE FROM checkpoints WHERE space = ? AND seq > ?", (space, seq or 0))

    def contradictions(self, space: str | None = None, *, unsettled: bool = False) -> list[Contradiction]:
        """Return what was ever found otherwise than seen, of one space or of all, the first first."""
        with self._reading() as connection:
            rows = connection.execute(
                f"{_FOUND} WHERE (? IS NULL OR space = ?) AND (NOT ? OR settled = 0) ORDER BY id",
                (space, space, unsettled),
            ).fetchall()
        return [_contradiction(row) for row in rows]

    def told(self, ids: list[int]) -> None:
        """Note that the log itself tells of these."""
        with self._writing() as connection:
            connection.executemany("UPDATE contradictions SET told = 1 WHERE id = ?", [(each,) for each in ids])

    def settled(self, ids: list[int]) -> None:
        """Note that what had been taken away is taken away again after these."""
        with self._writing() as connection:
            connection.executemany("UPDATE contradictions SET settled = 1 WHERE id = ?", [(each,) for each in ids])

    def close(self) -> None:
        """Close the file; it opens again by itself."""
        self._ledger.close()

    @contextmanager
    def _writing(self, what: str = "The log is not as it was seen, but") -> Iterator[sqlite3.Connection]:
        try:
            with self._ledger.transaction() as connection:
                yield connection
        except (OSError, sqlite3.Error) as error:
            raise AuditError(
                f"{what} {self.path} can't be written: {error}.",
                hint="Make room, set its rights, or move it away if it is damaged (another is begun); until then nobody "
                "notices events cut off the end of a log.",
            ) from error

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        try:
            with self._ledger.transaction() as connection:
                yield connection
        except (OSError, sqlite3.Error) as error:
            raise AuditError(f"The audit witness {self.path} can't be read: {error}.") from error


def _contradiction(row: tuple[int, str, int, str, int | None, str | None, str, int, int]) -> Contradiction:
    id_, space, seq, seen, found_seq, found, at, told, settled = row
    return Contradiction(id_, space, seq, seen, found_seq, found, datetime.fromisoformat(at), bool(told), bool(settled))


def _thin(connection: sqlite3.Connection, space: str) -> None:
    """Keep the last ends, and of the others as many as make their number grow with the logarithm of the log's length."""
    rows = connection.execute("SELECT seq FROM checkpoints WHERE space = ? ORDER BY seq DESC", (space,))
    seqs = [row[0] for row in rows]
    oldest: dict[int, int] = {}  # of each span of distances, a twelfth wide
    for seq in seqs[_NEAR:]:
        oldest[int(log(seqs[0] - seq) / _SPAN)] = seq
    kept = {*seqs[:_NEAR], *oldest.values()}
    gone = [(space, seq) for seq in seqs if seq not in kept]
    connection.executemany("DELETE FROM checkpoints WHERE space = ? AND seq = ?", gone)

"""What was taken away, kept outside the database, so that it can be taken away again where an older copy of that is put back.

Beside the witness, SQLite of mode 0600, on the disk before the act is committed. An entry is *intended* until the commit is
known to have come through: one of a process that was killed between is in doubt, and is looked for in the log. Entries hold
ids, names of principals and keyed hashes, and never what a memory said.

* ``takings`` acts that a space's log has: memories erased, grants revoked or narrowed, denials made. Of one right the last counts.
* ``standing`` what has no log of a space: API keys revoked, who has a role and until when, mandates, tenants; the last of each.
* ``receipts`` erasure receipts, whole; ``held`` what was taken away again, until somebody has looked at it.
"""

import json
import logging
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from memos_graph.audit.ledger import Ledger, disk_full
from memos_graph.errors import AuditError, DiskFullError
from memos_graph.kit.clock import now

_log = logging.getLogger(__name__)
_SCHEMA = """
CREATE TABLE IF NOT EXISTS takings (
  id TEXT PRIMARY KEY, at TEXT NOT NULL, space TEXT NOT NULL, seq INTEGER NOT NULL, hash TEXT NOT NULL,
  action TEXT NOT NULL, right TEXT, body TEXT NOT NULL, done INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS takings_space ON takings (space, right);
CREATE TABLE IF NOT EXISTS standing (
  what TEXT NOT NULL, name TEXT NOT NULL, at TEXT NOT NULL, body TEXT NOT NULL, done INTEGER NOT NULL,
  PRIMARY KEY (what, name, done)
);
CREATE TABLE IF NOT EXISTS receipts (id TEXT PRIMARY KEY, space TEXT NOT NULL, at TEXT NOT NULL, receipt TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS held (
  id TEXT PRIMARY KEY, at TEXT NOT NULL, space TEXT, what TEXT NOT NULL, confirmed TEXT
);
"""
_TAKING = "SELECT id, at, space, seq, hash, action, right, body, done FROM takings"
_PUT_TAKINGS = "INSERT OR REPLACE INTO takings VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
_PUT_STANDING = "INSERT OR REPLACE INTO standing VALUES (?, ?, ?, ?, ?)"
_PUT_RECEIPTS = "INSERT OR REPLACE INTO receipts VALUES (?, ?, ?, ?)"
_FORGOTTEN_AFTER = timedelta(hours=1)
"""An entry in doubt that the log does not have after that long was never committed."""


@dataclass(frozen=True, slots=True)
class Taking:
    """An act that took something away: where the log of its space has it, and what it took.

    ``right`` tells which right it was about; none: it erased memories.
    """

    id: str
    at: datetime
    space: str
    seq: int
    hash: str
    action: str
    right: str | None
    body: Mapping[str, Any]
    done: bool = False

    def row(self, *, done: bool) -> tuple[object, ...]:
        """Return it as the file has it."""
        return (
            *(self.id, self.at.isoformat(), self.space, self.seq, self.hash, self.action, self.right),
            *(json.dumps(self.body), int(done)),
        )


@dataclass(frozen=True, slots=True)
class TakingStanding:
    """What holds of somebody outside the logs since ``at``: a key revoked, a role taken, a mandate ended, a tenant."""

    what: str
    name: str
    at: datetime
    body: Mapping[str, Any]
    done: bool


@dataclass(frozen=True, slots=True)
class Held:
    """One thing that an older copy brought back, and that was taken away again."""

    id: str
    at: datetime
    space: str | None
    what: str
    confirmed: str | None


class Journal:
    """The journal of one home; shared by its processes and threads."""

    def __init__(self, folder: Path) -> None:
        self._ledger = Ledger(folder / "journal.sqlite", _SCHEMA, synchronous="FULL")
        self.path = self._ledger.path

    def intend(self, takings: Sequence[Taking]) -> None:
        """Write down what is about to be taken away; raises ``AuditError``, and the act is then not done."""
        with self._opened("What this takes away can't be written down, so it is not done:") as connection:
            connection.executemany(_PUT_TAKINGS, [each.row(done=False) for each in takings])

    def done(self, takings: Sequence[Taking]) -> None:
        """Write down that these are committed; of each right only the last is kept."""
        with self._opened("The act is done and in the log, but") as connection:
            for each in takings:
                connection.execute(_PUT_TAKINGS, each.row(done=True))
                if each.right is not None:
                    connection.execute(
                        "DELETE FROM takings WHERE space = ? AND right = ? AND id <> ? AND done = 1",
                        (each.space, each.right, each.id),
                    )
                if each.action == "allow":
                    _lift(connection, each)

    def drop(self, takings: Sequence[Taking]) -> None:
        """Write down that these were not done; what can't be written stays in doubt."""
        try:
            with self._opened("") as connection:
                connection.executemany(
                    "DELETE FROM takings WHERE id = ? AND done = 0", [(each.id,) for each in takings]
                )
        except (AuditError, DiskFullError) as error:
            _log.warning("an act that failed stays in doubt: %s", error)

    def takings(self, space: str | None = None, *, doubtful: bool = False) -> list[Taking]:
        """Return what was taken away in one space or in all, in the order it was."""
        with self._opened("The journal can't be read:") as connection:
            rows = connection.execute(
                f"{_TAKING} WHERE (? IS NULL OR space = ?) AND (NOT ? OR done = 0) ORDER BY rowid",
                (space, space, doubtful),
            ).fetchall()
        return [
            Taking(id_, datetime.fromisoformat(at), where, seq, hash_, action, right, json.loads(body), bool(done))
            for id_, at, where, seq, hash_, action, right, body, done in rows
        ]

    def settle_doubts(self, committed: Sequence[Taking], missing: Sequence[Taking]) -> None:
        """Take what the log has as done, and drop what it does not have after a while."""
        self.done(committed)
        self.drop([each for each in missing if now() - each.at > _FORGOTTEN_AFTER])

    def replaced(self, takings: Sequence[Taking]) -> None:
        """Drop what was done again: the later act stands for it."""
        with self._opened("The journal can't be kept:") as connection:
            connection.executemany("DELETE FROM takings WHERE id = ?", [(each.id,) for each in takings])

    @contextmanager
    def standing(self, what: str, name: str, body: Mapping[str, Any]) -> Iterator[None]:
        """Wrap the act that makes ``body`` hold of ``name`` from now on; where it fails, what held before does."""
        row = (what, name, now().isoformat(), json.dumps(body))
        with self._opened("What this takes away can't be written down, so it is not done:") as connection:
            connection.execute(_PUT_STANDING, (*row, 0))
        try:
            yield
        except BaseException:
            self.stand(what, name, holds=False)
            raise
        with self._opened("The act is done, but") as connection:
            connection.execute("DELETE FROM standing WHERE what = ? AND name = ?", (what, name))
            connection.execute(_PUT_STANDING, (*row, 1))

    def stand(self, what: str, name: str, *, holds: bool) -> None:
        """Settle what is in doubt of ``name``."""
        with self._opened("The journal can't be kept:") as connection:
            if holds:
                connection.execute("DELETE FROM standing WHERE what = ? AND name = ? AND done = 1", (what, name))
                connection.execute("UPDATE standing SET done = 1 WHERE what = ? AND name = ?", (what, name))
            else:
                connection.execute("DELETE FROM standing WHERE what = ? AND name = ? AND done = 0", (what, name))

    def stood(self) -> list[TakingStanding]:
        """Return all that holds outside the logs of spaces."""
        with self._opened("The journal can't be read:") as connection:
            rows = connection.execute("SELECT what, name, at, body, done FROM standing ORDER BY rowid").fetchall()
        return [
            TakingStanding(what, name, datetime.fromisoformat(at), json.loads(body), bool(done))
            for what, name, at, body, done in rows
        ]

    def keep_receipt(self, id_: str, space: str, receipt: Mapping[str, Any]) -> None:
        """Keep an erasure receipt as it stands now."""
        with self._opened("The receipt can't be kept beside the witness:") as connection:
            connection.execute(_PUT_RECEIPTS, (id_, space, now().isoformat(), json.dumps(receipt)))

    def receipts(self, space: str) -> dict[str, Mapping[str, Any]]:
        """Return the receipts of a space by their ids."""
        with self._opened("The journal can't be read:") as connection:
            rows = connection.execute(
                "SELECT id, receipt FROM receipts WHERE space = ? ORDER BY id", (space,)
            ).fetchall()
        return {id_: json.loads(receipt) for id_, receipt in rows}

    def hold(self, held: Sequence[Held]) -> None:
        """Keep what was taken away again for somebody to look at; what is there already stays as it is."""
        with self._opened("The journal can't be kept:") as connection:
            connection.executemany(
                "INSERT OR IGNORE INTO held (id, at, space, what) VALUES (?, ?, ?, ?)",
                [(each.id, each.at.isoformat(), each.space, each.what) for each in held],
            )

    def held(self) -> list[Held]:
        """Return all that was ever taken away again, the first first."""
        with self._opened("The journal can't be read:") as connection:
            rows = connection.execute("SELECT id, at, space, what, confirmed FROM held ORDER BY rowid").fetchall()
        return [Held(id_, datetime.fromisoformat(at), *rest) for id_, at, *rest in rows]

    def confirm(self, ids: Sequence[str]) -> int:
        """Note that somebody has looked at these; returns how many of them waited for it."""
        with self._opened("The journal can't be kept:") as connection:
            return sum(
                connection.execute(
                    "UPDATE held SET confirmed = ? WHERE id = ? AND confirmed IS NULL", (now().isoformat(), id_)
                ).rowcount
                for id_ in ids
            )

    def close(self) -> None:
        """Close the file; it opens again by itself."""
        self._ledger.close()

    @contextmanager
    def _opened(self, what: str) -> Iterator[sqlite3.Connection]:
        try:
            with self._ledger.transaction() as connection:
                yield connection
        except (OSError, sqlite3.Error) as error:
            if disk_full(error):
                raise DiskFullError(f"{what} the disk of {self.path} is full.", hint="Make room on it.") from error
            raise AuditError(
                f"{what} {self.path}: {error}.", hint="Make room on its disk, or set its rights to this user's."
            ) from error


def _lift(connection: sqlite3.Connection, allowed: Taking) -> None:
    """Drop the denials that were taken back, whoever gave them."""
    rows = connection.execute("SELECT id, body FROM takings WHERE space = ? AND action = 'deny'", (allowed.space,))
    about = [allowed.body[name] for name in ("grantee", "cube")]
    lifted = [id_ for id_, body in rows if [json.loads(body)[name] for name in ("grantee", "cube")] == about]
    connection.executemany("DELETE FROM takings WHERE id = ?", [(id_,) for id_ in lifted])


@contextmanager
def holding(journal: Journal | None, what: str, name: str, body: Mapping[str, Any]) -> Iterator[None]:
    """Wrap as ``Journal.standing`` does, where there is a journal."""
    if journal is None:
        yield
        return
    with journal.standing(what, name, body):
        yield

"""How far each log was verified under a seal, kept outside the database: what comes after is all that a seal or an ordinary check reads.

A small SQLite file of mode 0600 beside the witness. Every line carries a keyed hash, so neither who may write to the database nor who
may write to the file can say that more was verified than was. What can't be read, or is not as it was written, counts as never
verified: then everything is read. Losing the file costs time and nothing else.
"""

import hmac
import logging
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from memos_graph.audit.ledger import Ledger
from memos_graph.audit.merkle import BLOCK
from memos_graph.errors import AuditError
from memos_graph.kit.crypto.keyring import Keyring

_log = logging.getLogger(__name__)
_SCHEMA = """
CREATE TABLE IF NOT EXISTS marks (
  space TEXT PRIMARY KEY, seq INTEGER NOT NULL, hash TEXT NOT NULL, blocks BLOB NOT NULL, sign TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS roots (
  space TEXT NOT NULL, size INTEGER NOT NULL, root TEXT NOT NULL, sign TEXT NOT NULL, PRIMARY KEY (space, size)
) WITHOUT ROWID;
"""
_NODE_BYTES = 32


@dataclass(frozen=True, slots=True)
class LogMark:
    """The first ``seq`` events of a log were as they were written, and under a seal.

    * ``hash`` of the last of them, which the next one's is over.
    * ``blocks`` the roots of their blocks (``merkle.BLOCK``): a mark is always at the end of one.
    """

    seq: int = 0
    hash: str = ""
    blocks: tuple[bytes, ...] = ()


class Marks:
    """The marks of one store's logs, and what the roots of their first so many events were; shared by processes and threads."""

    def __init__(self, folder: Path, keyring: Keyring) -> None:
        self._ledger = Ledger(folder / "marks.sqlite", _SCHEMA, synchronous="FULL")
        self._key = keyring.derived("audit marks")
        self.path = self._ledger.path

    def of(self, space: str) -> LogMark:
        """Return how far a log was verified; the mark of nothing where that is not known for sure."""
        try:
            with self._ledger.transaction() as connection:
                row = connection.execute(
                    "SELECT seq, hash, blocks, sign FROM marks WHERE space = ?", (space,)
                ).fetchone()
        except (OSError, sqlite3.Error) as error:
            _log.warning("%s can't be read, so all of the log of %s is: %s", self.path, space, error)
            return LogMark()
        if row is None:
            return LogMark()
        seq, hash_, blocks, sign = row
        nodes = tuple(blocks[at : at + _NODE_BYTES] for at in range(0, len(blocks), _NODE_BYTES))
        if len(nodes) * BLOCK != seq or not hmac.compare_digest(sign, self._sign(space, seq, hash_, blocks)):
            _log.error("%s says of %s what memos-graph did not write there; all of that log is read.", self.path, space)
            return LogMark()
        return LogMark(seq, hash_, nodes)

    def roots(self, space: str) -> dict[int, str]:
        """Return the root over each number of first events of a log that was once worked out, those past its mark left out."""
        mark = self.of(space)
        try:
            with self._ledger.transaction() as connection:
                rows = connection.execute(
                    "SELECT size, root, sign FROM roots WHERE space = ? AND size <= ?", (space, mark.seq)
                ).fetchall()
        except (OSError, sqlite3.Error):
            return {}
        return {
            size: root for size, root, sign in rows if hmac.compare_digest(sign, self._sign(space, size, root, b"root"))
        }

    def keep(self, space: str, mark: LogMark, roots: Mapping[int, str]) -> None:
        """Put a mark in place of the one there is, with roots that were worked out; where it can't be, the next check reads more."""
        blocks = b"".join(mark.blocks)
        lines = [
            (space, size, root, self._sign(space, size, root, b"root"))
            for size, root in roots.items()
            if size <= mark.seq
        ]
        try:
            with self._ledger.transaction() as connection:
                connection.execute(
                    "INSERT OR REPLACE INTO marks VALUES (?, ?, ?, ?, ?)",
                    (space, mark.seq, mark.hash, blocks, self._sign(space, mark.seq, mark.hash, blocks)),
                )
                connection.execute("DELETE FROM roots WHERE space = ? AND size > ?", (space, mark.seq))
                connection.executemany("INSERT OR REPLACE INTO roots VALUES (?, ?, ?, ?)", lines)
        except (OSError, sqlite3.Error) as error:
            _log.warning("How far the log of %s was verified can't be kept in %s: %s", space, self.path, error)

    def drop(self, space: str) -> None:
        """Forget that a log was verified, since something in it was found changed; raises ``AuditError`` where that can't be written."""
        try:
            with self._ledger.transaction() as connection:
                connection.execute("DELETE FROM marks WHERE space = ?", (space,))
                connection.execute("DELETE FROM roots WHERE space = ?", (space,))
        except (OSError, sqlite3.Error) as error:
            raise AuditError(
                f"Something in the log of {space} was changed, but {self.path}, which says that it was verified, can't be written: {error}.",
                hint="Make room on its disk, or delete the file: all of each log is read once then.",
            ) from error

    def close(self) -> None:
        """Close the file; it opens again by itself."""
        self._ledger.close()

    def _sign(self, space: str, seq: int, hash_: str, rest: bytes) -> str:
        return hmac.digest(self._key, f"{space}\n{seq}\n{hash_}\n".encode() + rest, "sha256").hex()

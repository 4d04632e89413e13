"""The tally of a space: one number for all its memories in the states they are in, bound to the end of the space's log.

A digest says that a memory is in a state it once was in; the tally, that it is in the last of them, and that none was taken or brought
back. It is a sum of keyed hashes, one a memory, modulo 2^256, so a write changes it without reading the others. Its mark binds it to the
last event of the log and to the rights of the space: an older tally fits no later end.
"""

import hmac
from collections.abc import Iterable, Mapping
from typing import Any

from memos_graph.kit.crypto.keyring import Keyring

_MODULUS = 2**256

# A memory's id with the digest that it carries.
Item = tuple[str, str | None]


def joined(digest: str | None, past_digest: str | None) -> str | None:
    """Return both digests of a memory as one; ``None`` where it has none."""
    return None if digest is None and past_digest is None else f"{digest}.{past_digest}"


class Tallies:
    """Adds tallies up and marks them, with keys that lie outside the database."""

    def __init__(self, keyring: Keyring) -> None:
        self._items = keyring.derived("memory tally")
        self._marks = keyring.derived("memory tally, marks")

    def moved(self, tally: str | None, gone: Iterable[Item], come: Iterable[Item]) -> str:
        """Return a tally without some items and with others."""
        total = int(tally or "0", 16) + sum(map(self._item, come)) - sum(map(self._item, gone))
        return f"{total % _MODULUS:064x}"

    def mark(self, space: str, seq: int, hash_: str | None, tally: str | None, digest: str | None) -> str:
        """Return what binds a tally to the end of the space's log, and to the digest of its rights."""
        content = f"{space}\n{seq}\n{hash_ or ''}\n{tally or ''}\n{digest or ''}".encode()
        return hmac.digest(self._marks, content, "sha256").hex()

    def holds(self, row: Mapping[str, Any]) -> bool:
        """Whether a space's tally is the one that was marked; a new space has neither yet.

        * ``row`` has ``id``, ``seq``, ``hash``, ``tally``, ``tally_mark`` and ``digest`` of the space.
        """
        if row["tally_mark"] is None:
            return row["seq"] == 0 and row["tally"] is None
        marked = self.mark(row["id"], row["seq"], row["hash"], row["tally"], row["digest"])
        return hmac.compare_digest(str(row["tally_mark"]), marked)

    def _item(self, item: Item) -> int:
        cube, digest = item
        if digest is None:
            return 0
        return int.from_bytes(hmac.digest(self._items, f"{cube}\n{digest}".encode(), "sha256"), "big")

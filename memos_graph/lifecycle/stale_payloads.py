"""Payloads after an older copy of the database was put back: what it has in service may be erased by now, and what was made since is nobody's."""

import logging
from collections.abc import Sequence
from itertools import groupby
from operator import itemgetter

from memos_graph.audit import AuditLog, Event
from memos_graph.graph.rows import Row
from memos_graph.graph.runner import Runner, Transaction
from memos_graph.vault.payloads import Payloads, withdraw

_log = logging.getLogger(__name__)
_REASON = "An older copy of the database had it in service again, though its payload is erased."


def reconcile(runner: Runner, audit: AuditLog, payloads: Payloads, spaces: Sequence[str]) -> None:
    """Take out of service what has lost its payload, and erase payloads that no memory accounts for; ``spaces`` were put back."""
    rows = runner.read("rollback/payloads", home=payloads.places.home)
    lost = [
        row for row in rows if not payloads.lies_here(row["space"], row["memory_type"], row["payload"], row["files"])
    ]
    for (space, owner), found in groupby(sorted(lost, key=itemgetter("space")), itemgetter("space", "owner")):
        _withdraw(runner, audit, space, owner, list(found))
    for space in spaces:
        payloads.erase(space)
        swept = [payloads.sweep(space), payloads.sweep_vault(space)]
        if not all(swept):
            _log.error("Payloads that were made in %s after the older copy of the database may be left here.", space)


def _withdraw(runner: Runner, audit: AuditLog, space: str, owner: str, lost: Sequence[Row]) -> None:
    ids = [row["cube"] for row in lost]

    def work(tx: Transaction) -> None:
        tx.run("audit/head", space=space, cubes=[])
        withdraw(tx, ids)
        audit.append(tx, [Event(space, "drop", owner, cubes=ids, reason=_REASON)])

    runner.transact(work)

"""Links of a bundle, between memories that this principal loaded: no other memory is tied to what a stranger sent."""

from collections.abc import Sequence

from memos_graph.audit import AuditLog, Event
from memos_graph.exchange.bundle.records import LinkRecord
from memos_graph.exchange.loading.sorting import LoadOrder
from memos_graph.governance import Action, MemGovernance
from memos_graph.graph.runner import Runner, Transaction
from memos_graph.types import State


def write_links(
    runner: Runner, governance: MemGovernance, audit: AuditLog, order: LoadOrder, links: Sequence[LinkRecord]
) -> int:
    """Write those links whose ends came in bundles, the first loaded by who loads now; returns how many are new."""
    ids = sorted({each for link in links for each in (link.id, link.to)})

    def work(tx: Transaction) -> int:
        governance.lock(tx, order.space, order.principal, Action.WRITE)
        rows = tx.run("load/known", space=order.space, ids=ids)
        known = {row["wanted"]: row for row in rows if row["carried"] and row["state"] != State.DELETED}
        ties = [
            {"type": link.type, "id": known[link.id]["id"], "to": known[link.to]["id"], "transform": link.transform}
            for link in links
            if link.to in known and link.id in known and known[link.id]["by"] == order.principal
        ]
        ties = [each for each in ties if each["id"] != each["to"]]
        if not ties:
            return 0
        linked = int(tx.run("load/link", links=ties, by=order.principal, now=tx.now())[0]["linked"])
        if linked:
            cubes = sorted({each["id"] for each in ties})
            audit.append(tx, [Event(order.space, "load", order.principal, cubes=cubes, detail=f"{linked} links")])
        return linked

    return runner.transact(work)

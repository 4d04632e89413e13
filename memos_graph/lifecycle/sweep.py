"""The sweep: what has come to its end is put out of the indexes, or erased, as the space's policy says.

Searches leave out what has ended at that very moment, sweep or not. The sweep then takes it out of every index and takes
its words out of its neighbours; under a policy that says ``erase``, it goes as a delete goes.
"""

from collections.abc import Sequence

from pydantic import Field

from memos_graph.audit import Event
from memos_graph.governance import Action, MemGovernance
from memos_graph.governance.rules_in_force import in_force
from memos_graph.graph.rows import Row
from memos_graph.graph.runner import Runner, Transaction
from memos_graph.kit.clock import now
from memos_graph.lifecycle.lifecycle import MemLifecycle
from memos_graph.policies import Afterwards
from memos_graph.types import Model
from memos_graph.vault.payloads import withdraw

_BATCH = 500


class Swept(Model):
    """What a sweep found at its end."""

    expired: int = Field(
        default=0, description="Memories out of every index now; an administrator can still read their history."
    )
    erased: int = Field(default=0, description="Memories whose content is gone, with what was derived from them alone.")
    payloads: int = Field(default=0, description="KV-caches and adapters taken out of service.")
    transactions: int = Field(default=0, description="How many it took.")


class Sweeper:
    """Sweeps spaces, one transaction a batch."""

    def __init__(self, runner: Runner, governance: MemGovernance, lifecycle: MemLifecycle) -> None:
        self._runner = runner
        self._governance = governance
        self._lifecycle = lifecycle

    def sweep(self, space: str, principal: str, *, batch: int = _BATCH) -> Swept:
        """Sweep ``space``; needs the right to administer. What was done before a failure stays done."""
        done = Swept()
        while True:
            swept = self._runner.transact(lambda tx: self._batch(tx, space, principal, batch))
            if swept is None:
                return done
            done = Swept(**{name: getattr(done, name) + getattr(swept, name) for name in Swept.model_fields})

    def _batch(self, tx: Transaction, space: str, principal: str, size: int) -> Swept | None:
        self._governance.lock(tx, space, principal, Action.ADMINISTER)
        governing = in_force(tx, space)
        erase = governing is not None and governing.policy.keep.afterwards is Afterwards.ERASE
        ended = tx.run("policies/ended", space=space, now=now(), erase=erase, limit=size)
        if not ended:
            return None
        payloads = withdraw(tx, [row["id"] for row in ended])
        cubes = [row for row in ended if not row["payload"]]
        if erase:
            gone = self._lifecycle.take_away(tx, space, principal, [row["id"] for row in cubes], "It came to its end.")
            self._record(tx, space, principal, [*gone, *payloads], "erased", erased=gone)
            return Swept(erased=len(gone), payloads=len(payloads), transactions=1)
        self._expire(tx, space, cubes)
        self._record(tx, space, principal, [*(row["id"] for row in cubes), *payloads], "expired")
        return Swept(expired=len(cubes), payloads=len(payloads), transactions=1)

    def _expire(self, tx: Transaction, space: str, cubes: list[Row]) -> None:
        ids = [row["id"] for row in cubes]
        tx.run("policies/expire", cubes=ids)
        wholes = sum(row["level"] == "whole" for row in cubes)
        tx.run("ingest/describe_space", space=space, added=-wholes, speakers=[])
        self._lifecycle.refresh(tx, [row["id"] for row in tx.run("versions/followers", cubes=ids)])

    def _record(
        self, tx: Transaction, space: str, principal: str, cubes: list[str], what: str, erased: Sequence[str] = ()
    ) -> None:
        self._lifecycle.audit.append(tx, [Event(space, "sweep", principal, cubes=cubes, erased=erased, detail=what)])

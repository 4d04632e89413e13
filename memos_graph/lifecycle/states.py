"""MemLifecycle's states: archive and restore, freeze and thaw; each one conditional statement under the space's lock.

What a memory says goes with it: facts that no other memory in service says are archived with it, and come back with it.
A frozen one is immutable to everybody, also where a change would reach it from its source.
"""

from collections.abc import Sequence
from datetime import datetime

from memos_graph.errors import InputError
from memos_graph.graph.rows import Row
from memos_graph.graph.runner import Runner, Transaction
from memos_graph.lifecycle.lifecycle import Changed, MemLifecycle, lock
from memos_graph.lifecycle.transitions import LIVE, TRANSITIONS, Act, refusal
from memos_graph.types import State
from memos_graph.vault.payloads import withdraw


class States:
    """Moves memories between states, one transaction an act."""

    def __init__(self, runner: Runner, lifecycle: MemLifecycle) -> None:
        self._runner = runner
        self._lifecycle = lifecycle

    def archive(self, cube: str, principal: str, *, reason: str | None = None) -> Changed:
        """Take a memory out of service: no search or selection finds it; by its id it is read as before.

        Raises ``FrozenError`` also where a fact that would go with it is frozen.
        """

        def work(tx: Transaction) -> Changed:
            row = lock(tx, cube, principal, Act.ARCHIVE)
            at = tx.now()
            facts = leave(tx, [cube], Act.ARCHIVE, at)
            count_roots(tx, row["space"], -(row["level"] == "whole" and row["state"] in LIVE))
            return self._lifecycle.record(tx, row["space"], Act.ARCHIVE, principal, [cube, *facts], at, reason)

        return self._runner.transact(work)

    def restore(self, cube: str, principal: str, *, reason: str | None = None) -> Changed:
        """Put an archived or merged memory into service again, with the facts that left with it."""

        def work(tx: Transaction) -> Changed:
            row = lock(tx, cube, principal, Act.RESTORE)
            at = tx.now()
            facts = enter(tx, [cube], at)
            tx.run("lifecycle/end_merge", cubes=[cube], now=at)
            count_roots(tx, row["space"], int(row["level"] == "whole"))
            self._lifecycle.refresh(tx, [cube])
            return self._lifecycle.record(tx, row["space"], Act.RESTORE, principal, [cube, *facts], at, reason)

        return self._runner.transact(work)

    def freeze(self, cube: str, principal: str, *, reason: str | None = None) -> Changed:
        """Make a memory immutable, to administrators too; searches find it as before. Needs ``administer``."""
        return self._runner.transact(lambda tx: self._switch(tx, cube, principal, Act.FREEZE, reason))

    def thaw(self, cube: str, principal: str, *, reason: str) -> Changed:
        """Let a frozen memory change again; needs ``administer`` and a reason, which is kept in the log."""
        if not reason.strip():
            raise InputError(f"Cube {cube} is not thawed without a reason.", hint="Say why; it is kept in the log.")
        return self._runner.transact(lambda tx: self._switch(tx, cube, principal, Act.THAW, reason))

    def _switch(self, tx: Transaction, cube: str, principal: str, act: Act, reason: str | None) -> Changed:
        row = lock(tx, cube, principal, act)
        at = tx.now()
        move(tx, [cube], act, at)
        return self._lifecycle.record(tx, row["space"], act, principal, [cube], at, reason)


def move(tx: Transaction, cubes: Sequence[str], act: Act, at: datetime, *, with_source: bool = False) -> list[Row]:
    """Do ``act``'s transition to every one of ``cubes``; raises ``StateError`` when one stands in another state."""
    after = TRANSITIONS[act].after
    if after is None:
        raise ValueError(f"{act} changes no state")
    moved = tx.run(
        "lifecycle/transition",
        cubes=list(cubes),
        before=sorted(TRANSITIONS[act].before),
        after=after,
        live=after in LIVE,
        with_source=with_source,
        now=at,
    )
    left = set(cubes) - {row["id"] for row in moved}
    if left:
        standing = tx.run("lifecycle/states", cubes=sorted(left))
        raise refusal(standing[0]["id"], State(standing[0]["state"]), act)
    return moved


def leave(tx: Transaction, cubes: Sequence[str], act: Act, at: datetime) -> list[str]:
    """Take memories out of service by ``act``, and archive the facts only they say; returns the ids of those facts.

    KV-caches and adapters made of any of them go out of service, too.
    """
    facts = [row["id"] for row in tx.run("lifecycle/leaving_facts", cubes=list(cubes))]
    move(tx, cubes, act, at)
    move(tx, facts, Act.ARCHIVE, at, with_source=True)
    withdraw(tx, [*cubes, *facts])
    return facts


def enter(tx: Transaction, cubes: Sequence[str], at: datetime) -> list[str]:
    """Put memories into service again, and the facts that left with them; returns the ids of those facts."""
    facts = [row["id"] for row in tx.run("lifecycle/returning_facts", cubes=list(cubes))]
    move(tx, cubes, Act.RESTORE, at)
    move(tx, facts, Act.RESTORE, at)
    return facts


def count_roots(tx: Transaction, space: str, added: int) -> None:
    """Keep the space's count of memories in service."""
    if added:
        tx.run("ingest/describe_space", space=space, added=added, speakers=[])

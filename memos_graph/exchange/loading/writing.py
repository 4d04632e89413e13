"""What a batch of a bundle writes, inside the transaction that holds the space's lock: memories, facts, their versions and states."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from memos_graph.audit import WrittenVersion
from memos_graph.embedding import packed
from memos_graph.errors import StateError
from memos_graph.exchange.bundle.records import MemoryRecord
from memos_graph.exchange.loading.drafting import Drafted, fact_of, fraction, moment
from memos_graph.exchange.loading.sorting import LoadOrder
from memos_graph.governance import Action
from memos_graph.governance.rules_in_force import govern, in_force
from memos_graph.graph.rows import Row
from memos_graph.graph.runner import Transaction
from memos_graph.kit.digests import sha256
from memos_graph.kit.moments import NEVER
from memos_graph.lifecycle.lifecycle import MemLifecycle
from memos_graph.lifecycle.states import count_roots, move
from memos_graph.lifecycle.transitions import Act
from memos_graph.types import State
from memos_graph.vault.batch import Batch, plan_fact, sensitive, written
from memos_graph.vault.topics import ConceptPlacer
from memos_graph.vault.vault import write_facts

_BY_ACT = {State.ARCHIVED: Act.ARCHIVE, State.MERGED: Act.MERGE, State.FROZEN: Act.FREEZE}


class BatchWriter:
    """Writes one batch of an order; ``locked`` is the row of the space's lock."""

    def __init__(
        self,
        tx: Transaction,
        lifecycle: MemLifecycle,
        order: LoadOrder,
        locked: Row,
    ) -> None:
        self._tx = tx
        self._lifecycle = lifecycle
        self._space = order.space
        self._principal = order.principal
        self._names = order.names
        self._locked = locked
        self.thawed = 0

    def facts(self, found: Sequence[tuple[Drafted, list[str]]]) -> tuple[list[str], list[WrittenVersion]]:
        """Write facts, each with the memories that say it; returns their ids, and their first versions."""
        at = self._tx.now()
        batch = Batch(self._space, self._locked["space_key"], self._principal, at, {}, {}, {}, known_facts={})
        for drafted, parents in found:
            batch.known_facts.clear()  # two that say the same were two where they came from, too
            plan_fact(batch, drafted.drafts[0], parents[0], fact_of(drafted))
            id_ = batch.facts[-1]["properties"]["id"]
            batch.repeats += [{"fact": id_, "derived_from": parent} for parent in parents[1:]]
        write_facts(self._tx, batch, [drafted.drafts[0] for drafted, _ in found], ConceptPlacer(self._space))
        self._tx.run("load/count_facts", cubes=sorted({parent for _, said_by in found for parent in said_by}))
        return [row["properties"]["id"] for row in batch.facts], written(batch)

    def carry(self, ids: Sequence[str], found: Sequence[Drafted]) -> list[WrittenVersion]:
        """Give memories that were just written their further versions, terms and states; returns those versions."""
        versions, updated = [], []
        for id_, drafted in zip(ids, found, strict=True):
            for number in range(1, len(drafted.drafts)):
                versions.append(self._append(id_, drafted, number))
                updated.append(id_)
        rows = [self._row(id_, drafted.record) for id_, drafted in zip(ids, found, strict=True)]
        self._tx.run("load/carry", rows=rows)
        wholes = [id_ for id_, each in zip(ids, found, strict=True) if not each.record.said_by]
        self._states(ids, [each.record for each in found], wholes)
        again = [id_ for id_ in dict.fromkeys(updated) if id_ in set(wholes)]
        if again:
            followers = [row["id"] for row in self._tx.run("versions/followers", cubes=again)]
            self._lifecycle.refresh(self._tx, list(dict.fromkeys([*again, *followers])))
        governing = in_force(self._tx, self._space)
        govern(self._tx, list(ids), governing.policy if governing else None)
        return versions

    def _append(self, cube: str, drafted: Drafted, number: int) -> WrittenVersion:
        draft, version, at = drafted.drafts[number], drafted.record.versions[number], self._tx.now()
        # A version can only bring back an earlier one.
        rollback_of = version.rollback_of if (version.rollback_of or number + 1) <= number else None
        text_sha256 = sha256(draft.text)
        row = self._tx.one(
            "versions/append_version",
            cube=cube,
            text=draft.text,
            sha256=text_sha256,
            embedding=packed(draft.embedding),
            fingerprint=draft.fingerprint,
            by=self._principal,
            reason=version.reason,
            rollback_of=rollback_of,
            valid_from=None,
            **sensitive(draft),
            subject=drafted.record.subject,
            relation=drafted.record.relation,
            now=at,
        )
        if row is None:
            raise StateError(f"Cube {cube} has no current version.", hint="See `memos doctor`.")
        return WrittenVersion(cube, row["version"], text_sha256, at, self._principal, version.reason, rollback_of)

    def _row(self, cube: str, record: MemoryRecord) -> dict[str, Any]:
        properties: dict[str, Any] = {
            "carried_id": record.id,
            "carried_at": moment(record.at),
            "origin": record.origin,
            "valid_from": moment(record.valid_from),
            "valid_to": moment(record.valid_to),
            "half_life_set": fraction(record.half_life_days),
            "priority": record.priority,
            "tags": list(record.tags),
            "expires_set": moment(record.expires_at),
            **({} if record.said_by else {"dated": record.dated}),
        }
        if record.expires_at is not None:
            properties["expires_at"] = moment(record.expires_at) or NEVER
        versions = [
            {"number": number, "at": moment(each.at), "by": self._names.get(each.by, each.by)}
            for number, each in enumerate(record.versions, start=1)
        ]
        return {"id": cube, "properties": properties, "versions": versions}

    def _states(self, ids: Sequence[str], records: Sequence[MemoryRecord], wholes: Sequence[str]) -> None:
        """Move memories into the states they had; what nobody but an administrator may freeze stays as it is otherwise."""
        at: datetime = self._tx.now()
        may_freeze = Action.ADMINISTER in self._locked["actions"]
        left = 0
        for state, act in _BY_ACT.items():
            for with_source in (False, True):
                there = [
                    id_
                    for id_, record in zip(ids, records, strict=True)
                    if record.state is state and bool(record.left_with_source) is with_source
                ]
                if state is State.FROZEN and not may_freeze:
                    self.thawed += len(there)
                elif there:
                    move(self._tx, there, act, at, with_source=with_source)
                    left += sum(id_ in set(wholes) for id_ in there) if state is not State.FROZEN else 0
        count_roots(self._tx, self._space, -left)

"""MemVault: where memories are kept (paper, 4.3), here as nodes of the graph; writes whole batches in one transaction."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
from pydantic import Field

from memos_graph.audit import AuditLog, Event, WrittenVersion
from memos_graph.formats import Rejected
from memos_graph.formats.types import EXCERPT_CHARS
from memos_graph.governance import Action, MemGovernance
from memos_graph.governance.rules_in_force import InForce, check_quotas, govern, in_force, refusal
from memos_graph.graph.rows import Row
from memos_graph.graph.runner import Runner, Transaction
from memos_graph.memcube.drafts import CubeDraft, concepts_of
from memos_graph.types import Model, State
from memos_graph.vault.batch import Batch, advanced, mention, plan_cube, plan_fact, written
from memos_graph.vault.known import known_cubes, known_facts
from memos_graph.vault.topics import ConceptPlacer

_TAKEN = "The id is taken. Send this under an id of its own."


class Conflict(Model):
    """A message whose id is taken by other content; it was not stored."""

    origin_id: str
    cube: str = Field(
        description="Id of the cube that has the id; empty where it is of the same call, or may not be read."
    )
    reason: str


@dataclass
class Stored:
    """What one batch changed: ids of new cubes in order, the concepts they mention, and counts of the rest."""

    cubes: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    facts: int = 0
    repeated_facts: int = 0
    concepts: set[str] = field(default_factory=set)
    conflicts: list[Conflict] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)

    def merge(self, other: "Stored") -> None:
        """Add another batch's changes to these."""
        self.cubes += other.cubes
        self.unchanged += other.unchanged
        self.facts += other.facts
        self.repeated_facts += other.repeated_facts
        self.concepts |= other.concepts
        self.conflicts += other.conflicts
        self.rejected += other.rejected


class MemVault:
    """Stores memories and gives them back. Who may is decided by ``MemGovernance`` inside the same transaction."""

    def __init__(self, runner: Runner, governance: MemGovernance, audit: AuditLog) -> None:
        self._runner = runner
        self._governance = governance
        self._audit = audit

    def store(self, space: str, principal: str, drafts: Sequence[CubeDraft], placer: ConceptPlacer) -> Stored:
        """Write a batch, all or nothing, with its audit event; messages already stored are left as they are.

        Raises ``NotFoundError`` or ``ForbiddenError`` when ``principal`` may not write in ``space``.
        """

        def work(tx: Transaction) -> Stored:
            locked = self._governance.lock(tx, space, principal, Action.WRITE)
            stored, fresh = _sort_out(tx, space, principal, drafts)
            governing = in_force(tx, space) if fresh else None
            if governing is not None:
                fresh = _allowed(tx, space, governing, fresh, stored)
            if fresh:
                batch = _open_batch(tx, space, principal, locked, fresh)
                _write(tx, batch, fresh, placer, stored)
                if governing is not None:
                    govern(tx, [*stored.cubes, *(row["properties"]["id"] for row in batch.facts)], governing.policy)
                speakers = sorted({draft.speaker for draft in fresh if draft.speaker})
                tx.run("ingest/describe_space", space=space, added=len(stored.cubes), speakers=speakers)
                self._audit.append(tx, [Event(space, "add", principal, cubes=stored.cubes, written=written(batch))])
            return stored

        stored = self._runner.transact(work)
        placer.confirm()
        return stored


def _sort_out(
    tx: Transaction, space: str, principal: str, drafts: Sequence[CubeDraft]
) -> tuple[Stored, list[CubeDraft]]:
    """Tell messages that are new from those that are stored, and from those whose id has other content."""
    stored, fresh = Stored(), []
    by_identity = {draft.identity(space): draft for draft in reversed(drafts)}
    known = known_cubes(tx.run, space, principal, list(by_identity))
    for draft in drafts:
        identity = draft.identity(space)
        row = known.get(identity)
        if row is None and by_identity[identity] is draft:
            fresh.append(draft)
        elif row is None:
            _repeat_or_conflict(stored, draft, by_identity[identity].sha256, "")
        elif not row["told"]:
            # Whether it says the same is not told: that would let a guess of what it says be tried.
            stored.conflicts.append(Conflict(origin_id=draft.origin_id, cube="", reason=_TAKEN))
        elif row["state"] == State.DELETED:
            reason = "It was deleted, and is not brought back by sending it again."
            stored.conflicts.append(Conflict(origin_id=draft.origin_id, cube=row["id"], reason=reason))
        elif row["ended"]:
            reason = "It came to its end, and is not brought back by sending it again."
            stored.conflicts.append(Conflict(origin_id=draft.origin_id, cube=row["id"], reason=reason))
        else:
            _repeat_or_conflict(stored, draft, row["sha256"], row["id"])
    return stored, fresh


def _allowed(
    tx: Transaction, space: str, governing: InForce, fresh: Sequence[CubeDraft], stored: Stored
) -> list[CubeDraft]:
    """Return what the policy lets in; what it refuses is reported. Raises ``QuotaError`` when it is too much."""
    allowed = []
    for draft in fresh:
        why = refusal(governing.policy, draft.findings)
        if why is None:
            allowed.append(draft)
        else:
            stored.rejected.append(Rejected(reason=why, excerpt=f"id {draft.origin_id}"[:EXCERPT_CHARS]))
    if allowed:
        check_quotas(tx, space, governing, len(allowed), sum(len(draft.text) for draft in allowed))
    return allowed


def _repeat_or_conflict(stored: Stored, draft: CubeDraft, sha256: str, cube: str) -> None:
    if draft.sha256 == sha256:
        stored.unchanged.append(cube)
        return
    reason = "The same id has other content. Update that cube, or send this under an id of its own."
    stored.conflicts.append(Conflict(origin_id=draft.origin_id, cube=cube, reason=reason))


def _open_batch(tx: Transaction, space: str, principal: str, locked: Row, fresh: Sequence[CubeDraft]) -> Batch:
    sources = {draft.source.id: draft.source for draft in fresh}
    rows = tx.run("ingest/sources", space=space, sources=[vars(source) for source in sources.values()])
    return Batch(
        space=space,
        space_key=locked["space_key"],
        principal=principal,
        at=tx.now(),
        positions={row["id"]: row["length"] for row in rows},
        recent={row["id"]: row["recent"] for row in rows},
        vectors={row["id"]: np.asarray(row["last_vector"], np.float32) for row in rows if row["last_vector"]},
        known_facts=known_facts(tx.run, space, principal, fresh),
    )


def restate(
    tx: Transaction,
    space: str,
    space_key: str,
    principal: str,
    cube: str,
    draft: CubeDraft,
    placer: ConceptPlacer,
    at: datetime,
) -> list[WrittenVersion]:
    """Give a memory whose text changed the facts and concepts of its new text; returns the new facts' first versions."""
    batch = Batch(
        space, space_key, principal, at, {}, {}, {}, known_facts=known_facts(tx.run, space, principal, [draft])
    )
    mention(batch, cube, draft)
    for fact in draft.facts:
        plan_fact(batch, draft, cube, fact)
    write_facts(tx, batch, [draft], placer)
    return written(batch)


def write_facts(tx: Transaction, batch: Batch, drafts: Sequence[CubeDraft], placer: ConceptPlacer) -> None:
    """Write a batch's facts, concepts and mentions."""
    if batch.facts:
        tx.run("ingest/facts", facts=batch.facts, space=batch.space, by=batch.principal, now=batch.at)
    if batch.repeats:
        tx.run("ingest/repeats", by=batch.principal, now=batch.at, repeats=batch.repeats)
    placer.place(tx, concepts_of(drafts))
    if batch.mentions:
        tx.run("ingest/mentions", space=batch.space, mentions=batch.mentions)


def _write(tx: Transaction, batch: Batch, fresh: Sequence[CubeDraft], placer: ConceptPlacer, stored: Stored) -> None:
    for draft in fresh:
        plan_cube(batch, draft)
    tx.run("ingest/cubes", cubes=batch.cubes, space=batch.space, by=batch.principal, now=batch.at)
    tx.run("ingest/advance_sources", space=batch.space, sources=advanced(batch))
    write_facts(tx, batch, fresh, placer)
    stored.concepts = {mention["concept"] for mention in batch.mentions}
    stored.cubes = [row["properties"]["id"] for row in batch.cubes]
    stored.facts, stored.repeated_facts = len(batch.facts), len(batch.repeats)

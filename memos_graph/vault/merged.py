"""What a merge puts in the place of several memories: written like any other, but beside the turns of its source."""

from collections.abc import Sequence
from datetime import datetime

from memos_graph.audit import WrittenVersion
from memos_graph.errors import StateError
from memos_graph.graph.rows import Row
from memos_graph.graph.runner import Transaction
from memos_graph.memcube.drafts import CubeDraft, FactDraft, digest
from memos_graph.vault.batch import Batch, plan_cube, plan_fact, written
from memos_graph.vault.known import known_facts
from memos_graph.vault.topics import ConceptPlacer
from memos_graph.vault.vault import write_facts


def store_whole(
    tx: Transaction, locked: Row, principal: str, draft: CubeDraft, position: int, placer: ConceptPlacer, at: datetime
) -> tuple[str, list[WrittenVersion]]:
    """Write ``draft`` as a memory at ``position`` of its source, which stays as long as it is; returns its id, and what was written."""
    source = draft.source.id
    batch = _batch(locked, principal, at, known_facts(tx.run, locked["space"], principal, [draft]))
    batch.positions, batch.recent = {source: position}, {source: []}
    plan_cube(batch, draft)
    cube = batch.cubes[0]["properties"]
    # The identity of a message sent again is its source's; a merge made again after it was taken back is another one.
    cube["identity"] = digest(locked["space"], "merged", cube["id"])
    tx.run("ingest/cubes", cubes=batch.cubes, space=locked["space"], by=principal, now=at)
    write_facts(tx, batch, [draft], placer)
    return str(cube["id"]), written(batch)


def store_fact(
    tx: Transaction,
    locked: Row,
    principal: str,
    draft: CubeDraft,
    fact: FactDraft,
    parents: Sequence[str],
    placer: ConceptPlacer,
    at: datetime,
) -> tuple[str, list[WrittenVersion]]:
    """Write ``fact`` as said by every memory that said one of ``parents``; returns its id, and what was written."""
    said_by = [row["id"] for row in tx.run("lifecycle/said_by", cubes=list(parents))]
    if not said_by:
        raise StateError("No memory says these facts any more, so they can't be merged.", hint="Archive them instead.")
    batch = _batch(locked, principal, at, {})
    plan_fact(batch, draft, said_by[0], fact)
    id_ = str(batch.facts[0]["properties"]["id"])
    batch.repeats = [{"fact": id_, "derived_from": whole} for whole in said_by[1:]]
    write_facts(tx, batch, [draft], placer)
    return id_, written(batch)


def _batch(locked: Row, principal: str, at: datetime, known: dict[str, str]) -> Batch:
    return Batch(locked["space"], locked["space_key"], principal, at, {}, {}, {}, known_facts=known)

"""MemLoader: a bundle into a space, batch by batch, each batch one transaction (paper, 4.3).

What came in is known by the ids it travelled with, so a load that was interrupted goes on where it was, and none is loaded twice.
Nothing of a bundle is used before all of it was checked (``BundleReader``); what it says of rights is told, never applied here.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from typing import TypeVar

from memos_graph.audit import AuditLog, Event
from memos_graph.errors import ForbiddenError, InputError, PolicyError, QuotaError, StateError
from memos_graph.exchange.bundle.layout import Told
from memos_graph.exchange.bundle.reading import BundleReader
from memos_graph.exchange.bundle.records import MemoryRecord, checked, links, memories
from memos_graph.exchange.loading.drafting import Drafted, Drafting, fact_of, rejection
from memos_graph.exchange.loading.forgotten import ErasedBefore
from memos_graph.exchange.loading.linking import write_links
from memos_graph.exchange.loading.merging import Joining, sort_to_merge
from memos_graph.exchange.loading.report import LoadConflict, Loaded, OnConflict
from memos_graph.exchange.loading.sorting import LoadOrder, SortedBatch, sort_facts, sort_memories
from memos_graph.exchange.loading.writing import BatchWriter
from memos_graph.formats import Rejected
from memos_graph.governance import Action, MemGovernance
from memos_graph.governance.rules_in_force import check_quotas, in_force, in_force_of, refusal
from memos_graph.graph.rows import Row
from memos_graph.graph.runner import Runner, Transaction
from memos_graph.kit.crypto.keyring import Keyring
from memos_graph.lifecycle.lifecycle import MemLifecycle
from memos_graph.lifecycle.terms import Terms, set_terms
from memos_graph.memcube.drafts import identity
from memos_graph.vault.known import known_facts
from memos_graph.vault.topics import ConceptPlacer
from memos_graph.vault.vault import MemVault

T = TypeVar("T")
_REASON = "loaded from a bundle"


class Loader:
    """Loads bundles into spaces of one database; ``batch`` is how many memories one transaction takes."""

    def __init__(
        self,
        runner: Runner,
        governance: MemGovernance,
        vault: MemVault,
        lifecycle: MemLifecycle,
        audit: AuditLog,
        drafting: Drafting,
        keyring: Keyring,
        *,
        batch: int,
    ) -> None:
        self._runner = runner
        self._governance = governance
        self._vault = vault
        self._lifecycle = lifecycle
        self._audit = audit
        self._drafting = drafting
        self._keyring = keyring
        self._merging = Joining(runner, lifecycle)
        self._batch = batch

    def load(self, bundle: BundleReader, order: LoadOrder, *, progress: Told | None = None) -> Loaded:
        """Load ``bundle``; returns what was done, or would be. ``progress`` is told how many memories and facts were seen.

        Raises ``NotFoundError`` or ``ForbiddenError`` when the principal may not write there, ``FormatError`` for what is no bundle,
        both before anything is written; ``QuotaError`` at the batch that is too much. The same call again goes on.
        """
        self._governance.require(order.space, order.principal, Action.WRITE)
        checked(bundle)
        done = Loaded(
            space=order.space,
            dry_run=order.dry_run,
            content=bundle.manifest.content,
            signer=bundle.signer,
            redacted=bundle.manifest.redacted,
            grants=bundle.count("grants"),
        )
        if order.dry_run:
            return self._foresee(bundle, order, done)
        origin = f"{bundle.manifest.content[:16]}, signed with {bundle.signer}"
        seen = 0
        if order.conflicts is OnConflict.MERGE:
            return self._merge(bundle, order, done, origin, progress)
        has_facts = "facts" in bundle.manifest.capabilities
        for kind in ("memories", "facts"):
            for batch in _batches(memories(bundle, kind), self._batch):
                wholes = kind == "memories"
                did = (
                    self._memories(batch, order, origin, not has_facts) if wholes else self._facts(batch, order, origin)
                )
                done = done.with_(did)
                seen += len(batch)
                if progress is not None:
                    progress(seen)
        for page in _batches(links(bundle), self._batch):
            linked = write_links(self._runner, self._governance, self._audit, order, page)
            done = done.with_(Loaded(space=order.space, links=linked))
        return done

    def _merge(
        self, bundle: BundleReader, order: LoadOrder, done: Loaded, origin: str, progress: Told | None
    ) -> Loaded:
        """Merge memories with those that are here, and store those that are not: each with the facts that this installation finds in it."""
        forgotten, seen = ErasedBefore(self._runner.read, order.space, self._keyring), 0
        told = (_told_here(each, order.principal) for each in memories(bundle, "memories"))
        for batch in _batches(told, self._batch):
            found = sort_to_merge(self._runner.read, order, batch, forgotten)
            done = done.with_(found.rest)
            for record, row in found.changes:
                done = done.with_(self._merging.merge(record, row, order))
            done = done.with_(self._fresh(found, order, origin, own_facts=True))
            seen += len(batch)
            if progress is not None:
                progress(seen)
        return done

    def _foresee(self, bundle: BundleReader, order: LoadOrder, done: Loaded) -> Loaded:
        """Return what loading would do: the same sorting, and nothing written."""
        characters = 0
        forgotten = ErasedBefore(self._runner.read, order.space, self._keyring)
        merges = order.conflicts is OnConflict.MERGE
        for batch in _batches(memories(bundle, "memories"), self._batch):
            found = (
                sort_to_merge(self._runner.read, order, batch, forgotten)
                if merges
                else sort_memories(self._runner.read, order, batch)
            )
            usable, rejected = self._allowed(found.fresh, order.space)
            would = Loaded(space="", memories=len(usable), changed=len(found.changes), rejected=tuple(rejected))
            done = done.with_(found.rest).with_(would)
            characters += sum(len(record.versions[0].text) for record in usable)
        for batch in _batches(() if merges else memories(bundle, "facts"), self._batch):
            # Whether what says them would be loaded is not looked up: all that are not here are counted.
            sorted_ = sort_facts(self._runner.read, order, batch)
            rest = sorted_.rest.model_copy(update={"alone": 0, "facts": len(sorted_.fresh) + sorted_.rest.alone})
            done = done.with_(rest)

        def measure(tx: Transaction) -> str | None:
            governing = in_force(tx, order.space)
            try:
                if governing is not None and done.memories:
                    check_quotas(tx, order.space, governing, done.memories, characters)
            except QuotaError as error:
                return error.message
            return None

        return done.model_copy(update={"refusal": self._runner.transact(measure)})

    def _memories(self, batch: Sequence[MemoryRecord], order: LoadOrder, origin: str, own_facts: bool) -> Loaded:
        found = sort_memories(self._runner.read, order, batch)
        done = found.rest
        for record, row in found.changes:
            done = done.with_(self._change(record, row, order))
        return done.with_(self._fresh(found, order, origin, own_facts=own_facts))

    def _fresh(self, found: SortedBatch, order: LoadOrder, origin: str, *, own_facts: bool) -> Loaded:
        usable, rejected = self._allowed(found.fresh, order.space)
        done = Loaded(space="", rejected=tuple(rejected))
        if not usable:
            return done
        drafted = self._drafting.draft(usable, facts=own_facts)

        def store() -> Loaded:
            if found.leave:
                self._runner.transact(lambda tx: tx.run("documents/release", cubes=found.leave))
            return self._store(drafted, order, origin)

        return done.with_(self._runner.unit(store))

    def _store(self, drafted: Sequence[Drafted], order: LoadOrder, origin: str) -> Loaded:
        """Write new memories: the first version as any that is added, then what it brings with it."""
        space, principal = order.space, order.principal
        by_identity = {identity(space, each.record.root, each.record.origin_id): each for each in drafted}
        stored = self._vault.store(space, principal, [each.drafts[0] for each in drafted], ConceptPlacer(space))
        rows = {row["identity"]: row["id"] for row in self._runner.read("load/standing", identities=list(by_identity))}
        new = set(stored.cubes)
        written = [(rows[key], each) for key, each in by_identity.items() if rows.get(key) in new]
        done = Loaded(
            space=space,
            memories=len(written),
            facts=stored.facts,
            unchanged=len(stored.unchanged),
            kept=len(stored.conflicts),
            conflicts=tuple(
                LoadConflict(id=each.origin_id, cube=each.cube, did=f"kept: {each.reason}") for each in stored.conflicts
            ),
            rejected=tuple(stored.rejected),
        )
        return done.with_(self._carry(order, origin, [id_ for id_, _ in written], [each for _, each in written]))

    def _carry(self, order: LoadOrder, origin: str, ids: Sequence[str], drafted: Sequence[Drafted]) -> Loaded:
        def work(tx: Transaction) -> Loaded:
            locked = self._governance.lock(tx, order.space, order.principal, Action.WRITE)
            writer = BatchWriter(tx, self._lifecycle, order, locked)
            versions = writer.carry(ids, drafted)
            event = Event(order.space, "load", order.principal, cubes=list(ids), written=versions, detail=origin)
            self._audit.append(tx, [event])
            return Loaded(space=order.space, thawed=writer.thawed)

        return self._runner.transact(work) if ids else Loaded(space=order.space)

    def _facts(self, batch: Sequence[MemoryRecord], order: LoadOrder, origin: str) -> Loaded:
        found = sort_facts(self._runner.read, order, batch)
        usable, rejected = self._allowed([record for record, _ in found.fresh], order.space)
        done = found.rest.with_(Loaded(space="", rejected=tuple(rejected)))
        drafts = {each.record.id: each for each in self._drafting.draft(usable, facts=False)}

        def work(tx: Transaction) -> Loaded:
            locked = self._governance.lock(tx, order.space, order.principal, Action.WRITE)
            # Looked up again: another load of the same bundle, or a deletion, may have come in between.
            again = sort_facts(tx.run, order, usable)
            drafted = [(drafts[record.id], said_by) for record, said_by in again.fresh]
            own = self._said_here(tx, order, drafted)
            fresh = [(each, said_by) for each, said_by in drafted if each.record.id not in own]
            repeats = [
                {"fact": own[each.record.id], "derived_from": parent}
                for each, said_by in drafted
                if each.record.id in own
                for parent in said_by
            ]
            if repeats:
                tx.run("ingest/repeats", by=order.principal, now=tx.now(), repeats=repeats)
            writer = BatchWriter(tx, self._lifecycle, order, locked)
            ids, first = writer.facts(fresh) if fresh else ([], [])
            versions = [*first, *writer.carry(ids, [each for each, _ in fresh])] if fresh else []
            if cubes := [*ids, *dict.fromkeys(own.values())]:
                event = Event(order.space, "load", order.principal, cubes=cubes, written=versions, detail=origin)
                self._audit.append(tx, [event])
            return again.rest.with_(Loaded(space="", facts=len(ids), unchanged=len(own), thawed=writer.thawed))

        return done.with_(self._runner.transact(work)) if usable else done

    def _said_here(
        self, tx: Transaction, order: LoadOrder, drafted: Sequence[tuple[Drafted, list[str]]]
    ) -> dict[str, str]:
        """Return which facts in service this space has from elsewhere already, by their ids in the bundle."""
        facts = {each.record.id: fact_of(each) for each, _ in drafted if len(each.drafts) == 1 and each.in_service}
        holders = [
            replace(each.drafts[0], facts=(facts[each.record.id],)) for each, _ in drafted if each.record.id in facts
        ]
        known = known_facts(tx.run, order.space, order.principal, holders, own=True)
        return {id_: known[fact.fingerprint] for id_, fact in facts.items() if fact.fingerprint in known}

    def _change(self, record: MemoryRecord, row: Row, order: LoadOrder) -> Loaded:
        """Give a memory that is here the text of the bundle, as a version of its own; what stood before is in its history."""
        cube = row["id"]
        try:
            self._lifecycle.update(cube, order.principal, record.text, reason=_REASON, expected_version=row["version"])
            if order.conflicts is OnConflict.REPLACE:
                terms = Terms.of(
                    priority=record.priority,
                    tags=tuple(record.tags),
                    half_life_days=record.half_life_days,
                    expires_at=record.expires_at,
                )
                set_terms(self._runner, self._lifecycle, cube, order.principal, terms)
        except (ForbiddenError, InputError, PolicyError, StateError) as error:
            refused = LoadConflict(id=record.id, cube=cube, did=f"kept: {error.message}")
            return Loaded(space=order.space, kept=1, conflicts=(refused,))
        changed = LoadConflict(
            id=record.id, cube=cube, did=f"changed: the bundle's text is version {row['version'] + 1}"
        )
        return Loaded(space=order.space, changed=1, conflicts=(changed,))

    def _allowed(self, records: Sequence[MemoryRecord], space: str) -> tuple[list[MemoryRecord], list[Rejected]]:
        """Tell memories whose every text may be kept in ``space`` from the others."""
        usable, rejected = self._drafting.usable(records)
        rows = self._runner.read("policies/in_force", space=space)
        if not rows:
            return usable, rejected
        policy, kept = in_force_of(rows[0]).policy, []
        for record in usable:
            why = refusal(policy, self._drafting.findings(record))
            if why is None:
                kept.append(record)
            else:
                rejected.append(rejection(record, why))
        return kept, rejected


def _told_here(record: MemoryRecord, principal: str) -> MemoryRecord:
    """Return a memory without who changed it elsewhere, and why: an erasure there, which finds names in both, would not find them here."""
    versions = [each.model_copy(update={"by": principal, "reason": None}) for each in record.versions]
    return record.model_copy(update={"versions": versions})


def _batches(items: Iterable[T], size: int) -> Iterator[list[T]]:
    rest = iter(items)
    while batch := list(islice(rest, size)):
        yield batch

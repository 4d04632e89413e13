"""Which memories of a bundle are new to a space, which are here already, and which are not to come back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from memos_graph.exchange.bundle.records import MemoryRecord
from memos_graph.exchange.loading.drafting import moment, rejection
from memos_graph.exchange.loading.report import LoadConflict, Loaded, OnConflict
from memos_graph.graph.rows import Row
from memos_graph.kit.clock import now
from memos_graph.kit.digests import sha256
from memos_graph.lifecycle.transitions import TRANSITIONS, Act
from memos_graph.memcube.drafts import identity
from memos_graph.types import State
from memos_graph.vault.known import Read, told_of

ANOTHER = "Another memory of the bundle has the same id in the same source."
_CHANGES = frozenset({OnConflict.VERSION, OnConflict.REPLACE})


@dataclass(frozen=True)
class LoadOrder:
    """A load: into which space, by whom, what becomes of conflicts, and who is called how here."""

    space: str
    principal: str
    conflicts: OnConflict = OnConflict.KEEP
    names: Mapping[str, str] = field(default_factory=dict)
    dry_run: bool = False


@dataclass
class SortedBatch:
    """A batch of memories: those to be written, those to get a new version with the row of what stands, and what became of the rest.

    ``leave`` are the documents, deleted here, whose names newer ones of the batch take.
    """

    fresh: list[MemoryRecord] = field(default_factory=list)
    changes: list[tuple[MemoryRecord, Row]] = field(default_factory=list)
    leave: list[str] = field(default_factory=list)
    rest: Loaded = field(default_factory=lambda: Loaded(space=""))

    def note(self, **did: object) -> None:
        """Add what became of one."""
        self.rest = self.rest.with_(Loaded.model_validate({"space": "", **did}))


def sort_memories(read: Read, order: LoadOrder, records: Sequence[MemoryRecord]) -> SortedBatch:
    """Sort messages, passages and documents: by what they are in their source, else by their id."""
    found = SortedBatch()
    by_identity: dict[str, MemoryRecord] = {}
    for record in records:
        key = identity(order.space, record.root, record.origin_id)
        if key in by_identity:
            found.note(rejected=(rejection(record, ANOTHER),))
        else:
            by_identity[key] = record
    standing = {row["identity"]: row for row in read("load/standing", identities=list(by_identity))}
    unknown = [record.id for key, record in by_identity.items() if key not in standing]
    known = {row["wanted"]: row for row in read("load/known", space=order.space, ids=unknown)}
    told = told_of(read, order.space, order.principal)
    for key, record in by_identity.items():
        row = standing.get(key) or known.get(record.id)
        if row is None and has_ended(record):
            found.note(gone=1)
        elif row is None:
            found.fresh.append(record)
        elif not told(row):
            found.note(kept=1, conflicts=(LoadConflict(id=record.id, cube="", did="left out: its id is taken"),))
        else:
            _sort_standing(found, order, record, row)
    return found


def _sort_standing(found: SortedBatch, order: LoadOrder, record: MemoryRecord, row: Row) -> None:
    if row["state"] == State.DELETED or row.get("ended"):
        found.note(gone=1)
    elif "sums" not in row or sha256(record.text) in row["sums"]:
        found.note(unchanged=1)
    elif record.versions[-1].redacted:
        _keep(found, record, row, "kept: the bundle has its text masked")
    elif row["state"] not in TRANSITIONS[Act.UPDATE].before:
        _keep(found, record, row, f"kept: it is {row['state']}")
    elif order.conflicts in _CHANGES:
        found.changes.append((record, row))
    else:
        asked = order.conflicts is OnConflict.ASK
        _keep(found, record, row, "kept: nobody decided yet" if asked else "kept")


def _keep(found: SortedBatch, record: MemoryRecord, row: Row, did: str) -> None:
    found.note(kept=1, conflicts=(LoadConflict(id=record.id, cube=row["id"], did=did),))


def has_ended(record: MemoryRecord) -> bool:
    """Whether the end that somebody set has come."""
    ends = moment(record.expires_at)
    return ends is not None and ends <= now()


@dataclass
class SortedFacts:
    """A batch of facts: those to be written, each with the memories here that say it, and what became of the rest."""

    fresh: list[tuple[MemoryRecord, list[str]]] = field(default_factory=list)
    rest: Loaded = field(default_factory=lambda: Loaded(space=""))


def sort_facts(read: Read, order: LoadOrder, records: Sequence[MemoryRecord]) -> SortedFacts:
    """Sort facts: new ones are those that a memory says which came in a bundle, too; what was here has facts of its own."""
    found = SortedFacts()
    ids = {record.id for record in records} | {each for record in records for each in record.said_by}
    # Of two with one id, that which came in a bundle is the later row.
    known = {row["wanted"]: row for row in read("load/known", space=order.space, ids=sorted(ids))}
    told = told_of(read, order.space, order.principal)
    counts = {"gone": 0, "unchanged": 0, "alone": 0}
    for record in records:
        row = known.get(record.id)
        parents = [known[each] for each in record.said_by if each in known]
        says = [each["id"] for each in parents if each["carried"] and each["state"] != State.DELETED and told(each)]
        if row is not None and not told(row):
            counts["alone"] += 1  # neither that it is here nor that it was
        elif row is not None or has_ended(record):
            counts["gone" if row is None or row["state"] == State.DELETED else "unchanged"] += 1
        elif says:
            found.fresh.append((record, list(dict.fromkeys(says))))
        else:
            counts["alone"] += 1
    found.rest = Loaded(space="", **counts)
    return found

"""Two devices' versions of one memory become one history, the same text standing on both: the one that was written last.

What a memory says is the set of its texts, each with when it was last written. Two sets become their union, whichever side begins and however
often: so a transfer that was cut off is begun again, and an older copy of a device that was put back takes nothing away.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from memos_graph.errors import ForbiddenError, InputError, NotFoundError, PolicyError, StateError
from memos_graph.exchange.ages import ages, by_text, latest
from memos_graph.exchange.bundle.records import MemoryRecord
from memos_graph.exchange.loading.drafting import moment, rejection
from memos_graph.exchange.loading.forgotten import ErasedBefore
from memos_graph.exchange.loading.report import LoadConflict, Loaded
from memos_graph.exchange.loading.sorting import ANOTHER, LoadOrder, SortedBatch, has_ended
from memos_graph.governance import Action
from memos_graph.graph.rows import Row
from memos_graph.graph.runner import Runner, Transaction
from memos_graph.kit.digests import sha256
from memos_graph.kit.moments import NEVER
from memos_graph.lifecycle.lifecycle import MemLifecycle, lock, locked
from memos_graph.lifecycle.states import States, count_roots, leave
from memos_graph.lifecycle.transitions import LIVE, Act
from memos_graph.memcube.drafts import identity
from memos_graph.types import State
from memos_graph.vault.known import Read, told_of

IN_STEP = "in step with another device"


def sort_to_merge(
    read: Read, order: LoadOrder, records: Sequence[MemoryRecord], forgotten: ErasedBefore
) -> SortedBatch:
    """Sort memories of another device: by the id they travel by, else by what they are in their source."""
    found = SortedBatch()
    known = {row["wanted"]: row for row in read("load/known", space=order.space, ids=[each.id for each in records])}
    others: dict[str, MemoryRecord] = {}
    for record in records:
        key = identity(order.space, record.root, record.origin_id)
        if record.id not in known and key in others:
            found.note(rejected=(rejection(record, ANOTHER),))
        elif record.id not in known:
            others[key] = record
    standing = {others[row["identity"]].id: row for row in read("load/standing", identities=list(others))}
    rows = standing | known
    more = {row["id"]: row for row in read("load/merging", cubes=[row["id"] for row in rows.values()], until=NEVER)}
    told = told_of(read, order.space, order.principal)
    for record in [each for each in records if each.id in rows or each in others.values()]:
        row = rows.get(record.id)
        if row is None:
            _sort_new(found, record, forgotten)
        elif not told(row):
            found.note(kept=1, conflicts=(LoadConflict(id=record.id, cube="", did="left out: its id is taken"),))
        else:
            _sort_known(found, record, more[row["id"]], forgotten, by_id=record.id in known)
    return found


def _sort_new(found: SortedBatch, record: MemoryRecord, forgotten: ErasedBefore) -> None:
    if has_ended(record):
        found.note(gone=1)
    elif forgotten.has(record):
        found.note(gone=1, forgotten={record.id: "erased"})
    else:
        found.fresh.append(record)


def _sort_known(found: SortedBatch, record: MemoryRecord, row: Row, forgotten: ErasedBefore, *, by_id: bool) -> None:
    left = row["state"] == State.DELETED or row["ended"]
    if left and row["document"] and not by_id and not (has_ended(record) or forgotten.has(record)):
        # Another document of that name, as somebody puts one again who deleted the first.
        found.leave.append(row["id"])
        found.fresh.append(record)
    elif row["state"] == State.DELETED:
        found.note(gone=1, forgotten={record.id: "erased" if row["erased"] else "deleted"})
    elif row["ended"] or has_ended(record):
        found.note(gone=1)
    elif forgotten.has(record):
        found.note(gone=1, forgotten={record.id: "erased"})
    elif any(each.redacted for each in record.versions):
        did = "kept: the bundle has its text masked"
        found.note(kept=1, conflicts=(LoadConflict(id=record.id, cube=row["id"], did=did),))
    else:
        found.changes.append((record, row))


@dataclass(frozen=True)
class _Further:
    """A version that a memory here gets: its text, and when it was written."""

    text: str
    at: str


class Joining:
    """Merges what another device has of memories that are here, each in one transaction."""

    def __init__(self, runner: Runner, lifecycle: MemLifecycle) -> None:
        self._runner = runner
        self._lifecycle = lifecycle
        self._states = States(runner, lifecycle)

    def merge(self, record: MemoryRecord, row: Row, order: LoadOrder) -> Loaded:
        """Merge a memory of another device with the one of ``row``, of ``load/merging``; returns what was done."""
        cube = row["id"]
        further = self._further(record, row, order)
        travels = min(record.id, row["travels"])
        if not further and travels == row["travels"]:
            return Loaded(space=order.space, unchanged=1)
        both = bool({each["sha256"] for each in row["versions"]} - {sha256(each.text) for each in record.versions})

        def work() -> None:
            back = self._open(cube, State(row["state"]), order.principal) if further else None
            numbers = [
                self._lifecycle.update(cube, order.principal, each.text, reason=IN_STEP).number for each in further
            ]
            versions = [
                {"number": number, "at": moment(each.at), "by": order.principal}
                for number, each in zip(numbers, further, strict=True)
            ]

            def carry(tx: Transaction) -> None:
                locked(tx, cube, order.principal, Action.WRITE)
                told = {"id": cube, "properties": {"carried_id": travels}, "versions": versions}
                tx.run("load/carry", rows=[told])

            self._runner.transact(carry)
            if back is not None:
                back()

        try:
            self._runner.unit(work)
        except (ForbiddenError, InputError, NotFoundError, PolicyError, StateError) as error:
            told = LoadConflict(id=record.id, cube=cube, did=f"kept: {error.message}")
            return Loaded(space=order.space, kept=1, conflicts=(told,))
        if not further:
            return Loaded(space=order.space, unchanged=1)
        told = LoadConflict(id=record.id, cube=cube, did="changed on both devices: both texts are in its history")
        return Loaded(space=order.space, changed=1, conflicts=(told,) if both else ())

    def _further(self, record: MemoryRecord, row: Row, order: LoadOrder) -> list[_Further]:
        """Return the versions to add: those that are not here, the one that stands then at the end."""
        sums = [each["sha256"] for each in row["versions"]]
        here = by_text(sums, ages((each["at"], each["carried"]) for each in row["versions"]))
        there = {sha256(each.text): each for each in record.versions}
        dated: dict[str, str] = {}
        for each in record.versions:
            sum_ = sha256(each.text)
            dated[sum_] = max(each.at, dated.get(sum_, ""))
        both = {sum_: max(here.get(sum_, ""), dated.get(sum_, "")) for sum_ in here.keys() | dated.keys()}
        wins = latest(both)
        missing = sorted((sum_ for sum_ in dated if sum_ not in here), key=lambda each: (dated[each], each))
        add = [each for each in missing if each != wins]
        if add or wins in missing or sums[-1] != wins:
            add.append(wins)
        own = self._own(row["id"], order.principal) if any(each not in there for each in add) else {}
        return [
            _Further(
                text=there[sum_].text if sum_ in there else own[sum_],
                at=both[sum_],
            )
            for sum_ in add
        ]

    def _own(self, cube: str, principal: str) -> dict[str, str]:
        _, versions = self._lifecycle.history(cube, principal)
        return {sha256(each.text): each.text for each in versions}

    def _open(self, cube: str, state: State, principal: str) -> Callable[[], object] | None:
        """Put a memory into service, to be changed; returns what puts it back."""
        if state is State.FROZEN:
            self._states.thaw(cube, principal, reason=IN_STEP)
            return lambda: self._states.freeze(cube, principal, reason=IN_STEP)
        if state is State.ARCHIVED:
            self._states.restore(cube, principal, reason=IN_STEP)
            return lambda: self._states.archive(cube, principal, reason=IN_STEP)
        if state is State.MERGED:
            self._states.restore(cube, principal, reason=IN_STEP)
            return lambda: put_aside(self._runner, self._lifecycle, cube, principal)
        return None


def put_aside(runner: Runner, lifecycle: MemLifecycle, cube: str, principal: str) -> None:
    """Take a memory out of service as one that was merged into another."""

    def work(tx: Transaction) -> None:
        row = lock(tx, cube, principal, Act.MERGE)
        at: datetime = tx.now()
        facts = leave(tx, [cube], Act.MERGE, at)
        count_roots(tx, row["space"], -(row["state"] in LIVE))
        lifecycle.record(tx, row["space"], Act.MERGE, principal, [cube, *facts], at, IN_STEP)

    runner.transact(work)

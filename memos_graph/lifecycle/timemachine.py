"""The time machine: named moments, what changed between two, and going back to one (paper, 4.3: snapshots, rollback).

Going back destroys nothing: it writes new versions and moves states, in one transaction, and is taken back by going back
to just before it. What was erased stays erased, and is reported.
"""

from datetime import datetime, timedelta
from typing import Any

from pydantic import Field

from memos_graph.audit import Event, WrittenVersion
from memos_graph.errors import DuplicateError, InputError, NotFoundError, VersionConflictError
from memos_graph.governance import Action, MemGovernance, check_actions
from memos_graph.graph.rows import Row
from memos_graph.graph.runner import Runner, Transaction
from memos_graph.kit.clock import now
from memos_graph.kit.moments import NEVER, UtcDatetime, utc
from memos_graph.language import relation_of
from memos_graph.lifecycle.changes import Change, change_of
from memos_graph.lifecycle.lifecycle import MemLifecycle, not_found
from memos_graph.lifecycle.states import count_roots
from memos_graph.lifecycle.transitions import Act, refusal
from memos_graph.memcube.drafts import CubeDraft, concepts_of, digest
from memos_graph.types import Model, State
from memos_graph.vault.payloads import withdraw
from memos_graph.vault.topics import ConceptPlacer

_LONGEST_NAME = 100
_TICK = timedelta(microseconds=1)
_FIELDS = ("state", "live", "valid_from", "valid_to", "fingerprint", "left_with_source")


class Snapshot(Model):
    """A named moment of a space."""

    name: str
    at: UtcDatetime = Field(description="The moment it names.")
    by: str
    reason: str | None = None


class RolledBack(Model):
    """What going back did."""

    to: UtcDatetime = Field(description="The moment gone back to.")
    at: UtcDatetime = Field(description="When it was done.")
    undo: UtcDatetime = Field(description="Going back to this moment takes it back.")
    cubes: tuple[str, ...] = Field(description="Memories that are now as they were then.")
    archived: tuple[str, ...] = Field(description="Those of them that were not there then, and are archived now.")
    erased: tuple[str, ...] = Field(description="Memories erased since: they stay erased.")


class TimeMachine:
    """Looks at a space as of then, and takes it back there."""

    def __init__(self, runner: Runner, governance: MemGovernance, lifecycle: MemLifecycle) -> None:
        self._runner = runner
        self._governance = governance
        self._lifecycle = lifecycle

    def snapshot(self, space: str, principal: str, name: str, *, reason: str | None = None) -> Snapshot:
        """Name the present moment of a space; raises ``DuplicateError`` for a name that is taken there."""
        if not name.strip() or len(name) > _LONGEST_NAME or not name.isprintable() or _as_moment(name):
            raise InputError(
                f"'{name[:_LONGEST_NAME]}' can't name a snapshot.", hint="Use 1 to 100 printable signs, and no date."
            )

        def work(tx: Transaction) -> Snapshot:
            self._governance.lock(tx, space, principal, Action.WRITE)
            at = tx.now()
            made = tx.one(
                "timemachine/snapshot",
                id=digest(space, name),
                space=space,
                name=name,
                at=at,
                by=principal,
                reason=reason,
            )
            if made is None:
                raise DuplicateError(f"'{space}' has a snapshot '{name}' already.", hint="Choose another name.")
            event = Event(space, "snapshot", principal, reason=reason, detail=name, count=0)
            self._lifecycle.audit.append(tx, [event])
            return Snapshot(name=name, at=at, by=principal, reason=reason)

        return self._runner.transact(work)

    def snapshots(self, space: str, principal: str) -> list[Snapshot]:
        """Return the named moments of a space, newest first; raises ``NotFoundError`` when it can't be read."""
        self._governance.require(space, principal, Action.READ)
        rows = self._runner.read("timemachine/snapshots", principal=principal, space=space, name=None, now=now())
        return [Snapshot(**row) for row in rows]

    def moment(self, space: str, principal: str, named: str | datetime) -> datetime:
        """Return a moment given as itself, in ISO 8601 (UTC where it names no zone), or as a snapshot's name."""
        if isinstance(named, datetime):
            return utc(named)
        row = self._runner.read_one("timemachine/snapshots", principal=principal, space=space, name=named, now=now())
        if row is not None:
            return Snapshot(**row).at
        found = _as_moment(named)
        if found is None:
            raise NotFoundError(
                f"'{named[:_LONGEST_NAME]}' is neither a snapshot of '{space}' nor a moment.",
                hint="`memos snapshots` lists them; a moment is written 2026-05-04 or 2026-05-04T09:00:00Z.",
                target=space,
            )
        return found

    def changes(
        self,
        space: str,
        principal: str,
        since: datetime,
        until: datetime,
        *,
        cube: str | None = None,
        topic: str | None = None,
    ) -> list[Change]:
        """Return what came, changed or went after ``since`` and up to ``until``, of a space, a topic or one memory."""
        if until < since:
            raise InputError("The later moment comes first.", hint="Give the earlier one first.")
        self._governance.require(space, principal, Action.READ)
        rows = self._runner.read(
            "timemachine/changed", **_asked(space, principal, since, until, cube, topic), whole=False
        )
        return [change for row in rows if (change := change_of(row)) is not None]

    def roll_back(
        self,
        space: str,
        principal: str,
        to: datetime,
        *,
        cube: str | None = None,
        topic: str | None = None,
        reason: str | None = None,
    ) -> RolledBack:
        """Make a space, a topic or one memory as it was at ``to``, in one transaction.

        Memories that were not there then are archived. Raises ``FrozenError`` where a frozen one would have to change.
        """
        access = self._governance.require(space, principal, Action.WRITE)
        # Reading the texts, perhaps by a language model, is done before the space is locked. What a clock that was ahead wrote is
        # in the future, and goes back like the rest.
        seen = self._runner.read("timemachine/changed", **_asked(space, principal, to, NEVER, cube, topic), whole=True)
        drafts = {
            (row["id"], row["before"]["version"]): self._draft(row, principal) for row in seen if _text_changed(row)
        }

        def work(tx: Transaction) -> RolledBack:
            locked = self._governance.lock(tx, space, principal, Action.WRITE)
            if (
                to >= tx.now()
            ):  # later than the end of the log, whatever clocks did: what is undone there has passed, too
                raise InputError("A rollback leads to a moment that has passed.", hint="Name an earlier one.")
            at, rows = _as_it_stands(tx, space, principal, to, cube, topic)
            if cube is not None and not rows and not tx.run("lifecycle/standing", space=access.space, cubes=[cube]):
                raise not_found(cube)
            erased = [row["id"] for row in rows if row["erased"]]
            targets = [target for row in rows if not row["erased"] and (target := self._target(row)) is not None]
            _check(space, locked["actions"], targets)
            written = self._write(tx, space, principal, to, at, targets, drafts, reason)
            ids = [target["id"] for target in targets]
            event = Event(
                space,
                Act.ROLLBACK,
                principal,
                cubes=ids,
                written=written,
                reason=reason,
                detail=f"to {to.isoformat()}",
            )
            self._lifecycle.audit.append(tx, [event])
            return RolledBack(
                to=to,
                at=at,
                undo=at - _TICK,
                cubes=tuple(ids),
                archived=tuple(target["id"] for target in targets if target["new"]),
                erased=tuple(erased),
            )

        return self._runner.transact(work)

    def _write(
        self,
        tx: Transaction,
        space: str,
        principal: str,
        to: datetime,
        at: datetime,
        targets: list[dict[str, Any]],
        drafts: dict[tuple[str, int], CubeDraft],
        reason: str | None,
    ) -> list[WrittenVersion]:
        ids = [target["id"] for target in targets]
        reset = {row["id"] for row in tx.run("timemachine/reset", rows=targets, now=at)}
        if reset != set(ids):
            raise VersionConflictError("Memories changed while they were rolled back.", hint="Repeat the rollback.")
        texts = [target for target in targets if target["number"] is not None]
        back = tx.run("timemachine/bring_back", rows=texts, by=principal, reason=reason, now=at)
        tx.run("timemachine/reindex", cubes=ids)
        tx.run("timemachine/relink", cubes=ids, to=to, by=principal, now=at)
        self._mention(tx, space, [target for target in texts if target["level"] == "whole"], drafts)
        changed = [target["id"] for target in texts]
        returned = [target["id"] for target in targets if target["live"] and target["level"] == "whole"]
        followers = [row["id"] for row in tx.run("versions/followers", cubes=changed)]
        self._lifecycle.refresh(tx, [*dict.fromkeys([*returned, *followers])])
        roots = [target for target in targets if target["level"] == "whole"]
        count_roots(tx, space, sum(int(target["live"]) - int(target["was_live"]) for target in roots))
        withdraw(tx, ids)
        return [
            WrittenVersion(row["id"], row["number"], row["sha256"], at, principal, reason, row["rollback_of"])
            for row in back
        ]

    def _mention(
        self,
        tx: Transaction,
        space: str,
        wholes: list[dict[str, Any]],
        drafts: dict[tuple[str, int], CubeDraft],
    ) -> None:
        """Link memories to the concepts of the text that stands again."""
        found = {target["id"]: drafts.get((target["id"], target["number"])) for target in wholes}
        if missing := [id_ for id_, draft in found.items() if draft is None]:
            raise VersionConflictError(
                f"Cube {missing[0]} changed while its space was rolled back.", hint="Repeat the rollback."
            )
        read = {id_: draft for id_, draft in found.items() if draft is not None}
        tx.run("versions/forget_mentions", cubes=list(read))
        ConceptPlacer(space).place(tx, concepts_of(list(read.values())))
        mentions = [
            {"cube": id_, "concept": concept.name, "weight": concept.weight}
            for id_, draft in read.items()
            for concept in draft.concepts
        ]
        tx.run("ingest/mentions", space=space, mentions=mentions)

    def _target(self, row: Row) -> dict[str, Any] | None:
        target = _target_of(row)
        if target is not None and target["number"] is not None:
            target |= self._lifecycle.sensitivity(row["before"]["text"], document=row["document"])
        return target

    def _draft(self, row: Row, principal: str) -> CubeDraft:
        return self._lifecycle.draft(self._lifecycle.standing(row["id"], principal), row["before"]["text"])


def _asked(
    space: str, principal: str, since: datetime, until: datetime, cube: str | None, topic: str | None
) -> dict[str, Any]:
    return {
        "principal": principal,
        "space": space,
        "cube": cube,
        "topic": topic,
        "since": since,
        "until": until,
        "now": now(),
    }


def _as_it_stands(
    tx: Transaction, space: str, principal: str, to: datetime, cube: str | None, topic: str | None
) -> tuple[datetime, list[Row]]:
    """Return what changed since ``to``, and the moment of the act, which is later than all of it."""
    while True:
        at = tx.now()
        rows = tx.run("timemachine/changed", **_asked(space, principal, to, at, cube, topic), whole=True)
        latest = [moment for row in rows for moment in row["latest"] if moment is not None]
        if max(latest, default=to) < at:
            return at, rows
        tx.later_than(latest)  # written by a clock that was ahead


def _text_changed(row: Row) -> bool:
    before, after = row["before"], row["after"]
    return bool(before and after and before["text"] != after["text"])


def _target_of(row: Row) -> dict[str, Any] | None:
    """Return what a memory is to become, as the statements take it; ``None`` where it is so already."""
    before, after = row["before"], row["after"]
    new = before is None
    # A fact that leaves with the memories that say it comes back with them.
    left = row["alone"] if row["level"] == "fact" else None
    wanted = dict(before) if before else {**after, "state": State.ARCHIVED, "live": False, "left_with_source": left}
    if new and not after["live"]:
        return None
    texts = _text_changed(row)
    if not texts and all(wanted[name] == after[name] for name in _FIELDS):
        return None
    about = relation_of(wanted["text"], speaker=row["speaker"]) if row["level"] == "fact" else None
    return {
        **{name: wanted[name] for name in _FIELDS},
        "id": row["id"],
        "level": row["level"],
        "standing": row["standing"],
        "version": row["version"],
        "number": wanted["version"] if texts else None,
        "subject": about.subject if about else None,
        "relation": about.relation if about else None,
        "was_live": after["live"],
        "new": new,
    }


def _check(space: str, actions: list[str], targets: list[dict[str, Any]]) -> None:
    """Refuse to change a frozen memory, and to freeze one without the right to administer."""
    for target in targets:
        if target["standing"] == State.FROZEN:
            raise refusal(target["id"], State.FROZEN, Act.ROLLBACK)
        if target["state"] == State.FROZEN:
            check_actions(space, actions, Action.ADMINISTER)


def _as_moment(text: str) -> datetime | None:
    try:
        return utc(datetime.fromisoformat(text.strip()))
    except ValueError:
        return None

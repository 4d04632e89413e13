"""MemLifecycle: how memories change: update, rollback, delete (paper, 4.3: "version rollback and freezing mechanisms").

An update never overwrites: it adds a version. A delete leaves a tombstone and takes what was derived from the memory
alone with it. Each act is one transaction with its audit event; two writers of one cube are told apart by the version
each of them saw.
"""

from collections.abc import Sequence
from typing import TypeVar

from pydantic import Field

from memos_graph.embedding import Embedder, packed
from memos_graph.errors import FrozenError, InputError, NotFoundError, StateError, VersionConflictError
from memos_graph.formats import Message, Parsed, clean_text
from memos_graph.graph.runner import Row, Runner, Transaction
from memos_graph.infrastructure.audit import Event, append
from memos_graph.infrastructure.batch import context_of, in_context
from memos_graph.infrastructure.drafts import CubeDraft, digest
from memos_graph.infrastructure.governance import Action, MemGovernance, check_actions, now
from memos_graph.infrastructure.payloads import withdraw
from memos_graph.infrastructure.topics import ConceptPlacer
from memos_graph.infrastructure.vault import restate
from memos_graph.operation.extraction import Extractor
from memos_graph.operation.structure import structure
from memos_graph.types import Model, State, Version

T = TypeVar("T")


class Deleted(Model):
    """What a delete took away."""

    cubes: tuple[str, ...] = Field(description="Ids of the tombstones: the cube, and what was derived from it alone.")


class MemLifecycle:
    """Changes memories, one transaction an act."""

    def __init__(self, runner: Runner, governance: MemGovernance, embedder: Embedder, extractor: Extractor) -> None:
        self._runner = runner
        self._governance = governance
        self._embedder = embedder
        self._extractor = extractor

    def history(self, cube: str, principal: str) -> tuple[str, list[Version]]:
        """Return the cube's space and every version, oldest first; raises ``NotFoundError`` when it can't be read."""
        rows = self._runner.read("versions/history", principal=principal, cube=cube, now=now())
        if not rows or rows[-1]["text"] is None:
            raise not_found(cube)
        versions = [Version(**{key: value for key, value in row.items() if key != "space"}) for row in rows]
        return rows[0]["space"], versions

    def update(
        self,
        cube: str,
        principal: str,
        text: str,
        *,
        reason: str | None = None,
        expected_version: int | None = None,
        rollback_of: int | None = None,
    ) -> Version:
        """Make ``text`` the cube's content in a new version, with the facts and concepts of that text.

        * ``expected_version`` the version this update was written against; default: the one that stands now.
        * Raises ``VersionConflictError`` when another update came in between, ``FrozenError``, ``NotFoundError``.
        """
        clean_text(text)
        if not text.strip():
            raise InputError(f"The new text of cube {cube} is empty.", hint="Delete the cube instead.")
        standing = self._standing(cube, principal)
        expected = expected_version or standing["version"]
        # Reading the new text, perhaps by a language model, is done before the space is locked.
        draft = self._draft(standing, text)

        def work(tx: Transaction) -> int:
            row = self._lock(tx, cube, principal)
            if row["version"] != expected:
                raise VersionConflictError(
                    f"Cube {cube} is at version {row['version']}, this update was written against {expected}.",
                    hint="Read it again and repeat the update against what stands now.",
                    current=row["version"],
                )
            return self._append(tx, row, principal, draft, reason, rollback_of)

        number = self._runner.transact(work)
        return next(v for v in self.history(cube, principal)[1] if v.number == number)

    def rollback(self, cube: str, principal: str, *, to: int, reason: str | None = None) -> Version:
        """Make version ``to`` current again, as a new version; raises ``InputError`` when there is no such version."""
        _, versions = self.history(cube, principal)
        wanted = next((v for v in versions if v.number == to), None)
        if wanted is None:
            raise InputError(f"Cube {cube} has versions 1 to {versions[-1].number}, not {to}.")
        return self.update(
            cube, principal, wanted.text, reason=reason, expected_version=versions[-1].number, rollback_of=to
        )

    def delete(self, cube: str, principal: str, *, reason: str | None = None) -> Deleted:
        """Erase the cube's content and vectors in every version, and what was derived from it alone; tombstones stay."""

        def work(tx: Transaction) -> Deleted:
            row = self._lock(tx, cube, principal)
            found = tx.run("versions/cascade", cube=cube)
            ids = [each["id"] for each in found]
            append(tx, [Event(row["space"], "delete", principal, cubes=ids, reason=reason)])
            withdraw(tx, ids)
            wholes = sum(each["level"] == "whole" for each in found)
            self.wipe(tx, row["space"], ids, wholes=wholes, principal=principal, reason=reason)
            return Deleted(cubes=tuple(ids))

        return self._runner.transact(work)

    def wipe(
        self, tx: Transaction, space: str, cubes: Sequence[str], *, wholes: int, principal: str, reason: str | None
    ) -> None:
        """Make tombstones of ``cubes`` inside ``tx``, of which ``wholes`` are messages or passages; their neighbours forget them."""
        ids = list(cubes)
        followers = [each["id"] for each in tx.run("versions/followers", cubes=ids)]
        tx.run("versions/unlink_next", cubes=ids)
        tx.run("versions/forget_mentions", cubes=ids)
        tx.run("versions/erase", cubes=ids, now=now(), by=principal, reason=reason)
        tx.run("ingest/describe_space", space=space, added=-wholes, speakers=[])
        self._refresh(tx, followers)

    def _lock(self, tx: Transaction, cube: str, principal: str) -> Row:
        row = tx.one("versions/lock_cube", principal=principal, cube=cube, now=now())
        if row is None or row["state"] == State.DELETED or Action.READ not in row["actions"]:
            raise not_found(cube)
        check_actions(row["space"], row["actions"], Action.WRITE)
        if row["state"] == State.FROZEN:
            raise FrozenError(f"Cube {cube} is frozen and can't be changed.", hint="Thaw it first.")
        if row["state"] == State.ARCHIVED:
            raise StateError(f"Cube {cube} is archived and can't be changed.", hint="Restore it first.")
        return row

    def _standing(self, cube: str, principal: str) -> Row:
        row = self._runner.read_one("versions/read_cube", principal=principal, cube=cube, as_of=now(), now=now())
        if row is None or row["cube"]["state"] == State.DELETED:
            raise not_found(cube)
        return dict(row["cube"])

    def _append(
        self,
        tx: Transaction,
        row: Row,
        principal: str,
        draft: CubeDraft,
        reason: str | None,
        rollback_of: int | None,
    ) -> int:
        cube = row["id"]
        written = tx.one(
            "versions/append_version",
            cube=cube,
            text=draft.text,
            sha256=digest(draft.text),
            embedding=packed(draft.embedding),
            fingerprint=draft.fingerprint,
            by=principal,
            reason=reason,
            rollback_of=rollback_of,
            valid_from=draft.valid_from,
            now=now(),
        )
        if written is None:
            raise StateError(f"Cube {cube} has no current version.", hint="See `memos doctor`.")
        touched = [cube]
        if row["level"] == "whole":
            retired = tx.run("versions/retire_facts", cube=cube, now=now())[0]["retired"]
            tx.run("versions/forget_mentions", cubes=[cube])
            placer = ConceptPlacer(row["space"])
            touched += retired + restate(tx, row["space"], row["space_key"], principal, cube, draft, placer)
            self._refresh(tx, [cube, *(each["id"] for each in tx.run("versions/followers", cubes=[cube]))])
        withdraw(tx, touched)
        action = "update" if rollback_of is None else "rollback"
        append(tx, [Event(row["space"], action, principal, cubes=touched, reason=reason, count=1)])
        return int(written["version"])

    def _draft(self, row: Row, text: str) -> CubeDraft:
        entry = Message(id=row.get("origin_id"), text=text, speaker=row.get("speaker"), at=row.get("said_at"))
        parsed = Parsed(kind="conversation", source=row.get("root") or row["source"], entries=(entry,))
        return structure(parsed, self._embedder, self._extractor)[0]

    def _refresh(self, tx: Transaction, cubes: Sequence[str]) -> None:
        """Work out anew what is searched of memories whose own text or whose neighbours' text changed."""
        rows = tx.run("versions/contexts", cubes=list(cubes))
        if not rows:
            return
        own = self._embedder.encode([row["text"] for row in rows])
        before = self._embedder.encode([row["before"][-1] if row["before"] else "" for row in rows])
        contexts = [
            {
                "id": row["id"],
                "context": context_of(row["heading"] or "", row["before"], row["text"]),
                "embedding": packed(in_context(before[i] if row["before"] else None, own[i])),
                "own": packed(own[i]),
            }
            for i, row in enumerate(rows)
        ]
        tx.run("versions/set_contexts", contexts=contexts)


def not_found(cube: str) -> NotFoundError:
    """Return the one error for a cube that is missing, deleted, or not this principal's to see."""
    return NotFoundError(f"There is no memory '{cube}' that this principal may read.", hint="Check the id.")

"""MemLifecycle: how what memories say changes: update, rollback, delete (paper, 4.3: "version rollback and freezing").

An update never overwrites: it adds a version. A delete leaves a tombstone and takes what was derived from the memory
alone with it. Each act is one transaction with its audit event; two writers of one cube are told apart by the version
each of them saw.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, tzinfo
from typing import Any

from pydantic import Field

from memos_graph.audit import AuditLog, Event, WrittenVersion
from memos_graph.embedding import Embedder, packed
from memos_graph.errors import ForbiddenError, InputError, NotFoundError, StateError, VersionConflictError
from memos_graph.formats import Message, Parsed, clean_text
from memos_graph.governance import Action, MemGovernance, check_actions
from memos_graph.governance.rules_in_force import govern, in_force, refuse_update, refused_now
from memos_graph.graph.rows import Row
from memos_graph.graph.runner import Runner, Transaction
from memos_graph.ingest.documents import DocumentText, document_drafts
from memos_graph.ingest.extraction import Extractor
from memos_graph.ingest.structure import structure
from memos_graph.kit.clock import now
from memos_graph.kit.digests import sha256
from memos_graph.kit.moments import UtcDatetime
from memos_graph.language import relation_of
from memos_graph.language.sensitivity import Detector, detect
from memos_graph.lifecycle.contexts import set_contexts
from memos_graph.lifecycle.transitions import TRANSITIONS, Act, check
from memos_graph.memcube.document_text import sensitive_in
from memos_graph.memcube.documents import DocumentPlace, read, written
from memos_graph.memcube.drafts import CubeDraft
from memos_graph.types import Model, SemanticType, State, Version
from memos_graph.vault.batch import marks, sensitive
from memos_graph.vault.payloads import Waiting, withdraw
from memos_graph.vault.topics import ConceptPlacer
from memos_graph.vault.vault import restate

_LEVELS = ("whole", "fact")


class Deleted(Model):
    """What a delete took away."""

    space: str = Field(description="The space they were in.")
    cubes: tuple[str, ...] = Field(
        description="Ids of the tombstones: the cube, the other parts of a long message, and what was derived from them alone."
    )
    waiting: tuple[Waiting, ...] = Field(
        default=(), description="KV-caches and adapters made of memories here that are not erased everywhere yet."
    )


class Changed(Model):
    """What an act of MemLifecycle did."""

    act: Act
    state: State = Field(description="In which the memory is now.")
    cubes: tuple[str, ...] = Field(description="Ids of what changed: the memory first, then facts that went with it.")
    at: UtcDatetime = Field(description="When; a rollback to just before it takes the act back.")


class MemLifecycle:
    """Changes memories, one transaction an act."""

    def __init__(
        self,
        runner: Runner,
        governance: MemGovernance,
        audit: AuditLog,
        embedder: Embedder,
        extractor: Extractor,
        detector: Detector = detect,
        zone: tzinfo = UTC,
        *,
        max_chars: int = 100_000,
    ) -> None:
        self._runner = runner
        self._governance = governance
        self.audit = audit
        self._embedder = embedder
        self._extractor = extractor
        self._detector = detector
        self._zone = zone
        self._max_chars = max_chars

    def history(self, cube: str, principal: str, as_of: datetime | None = None) -> tuple[str, list[Version]]:
        """Return the cube's space and every version, oldest first, or those known at ``as_of``.

        Raises ``NotFoundError`` when it can't be read, or was not there then.
        """
        return _history(self._runner.read, cube, principal, as_of)

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
        * Raises ``VersionConflictError`` when another update came in between, ``FrozenError``, ``NotFoundError``,
          ``PolicyError`` when the space's policy refuses what the text holds.
        """
        clean_text(text, max_chars=self._max_chars)
        if not text.strip():
            raise InputError(f"The new text of cube {cube} is empty.", hint="Delete the cube instead.")
        standing = self.standing(cube, principal)
        expected = expected_version or standing["version"]
        act = Act.UPDATE if rollback_of is None else Act.ROLLBACK
        self._runner.transact(lambda tx: lock(tx, cube, principal, act))  # for who may not write, nothing is read
        # Reading the new text, perhaps by a language model, is done while the space is not locked; the right is asked again after it.
        draft = self.draft(standing, text)

        def work(tx: Transaction) -> Version:
            row = lock(tx, cube, principal, act)
            if row["version"] != expected:
                raise VersionConflictError(
                    f"Cube {cube} is at version {row['version']}, this update was written against {expected}.",
                    hint="Read it again and repeat the update against what stands now.",
                    current=row["version"],
                )
            governing = in_force(tx, row["space"])
            refuse_update(governing, cube, draft)
            version = self._append(tx, row, principal, draft, reason, rollback_of)
            govern(tx, [cube], governing.policy if governing else None)
            return version

        return self._runner.transact(work)

    def rollback(self, cube: str, principal: str, *, to: int, reason: str | None = None) -> Version:
        """Make version ``to`` current again, as a new version; raises ``InputError`` when there is no such version."""
        _, versions = self.history(cube, principal)
        wanted = next((v for v in versions if v.number == to), None)
        if wanted is None:
            raise InputError(f"Cube {cube} has versions 1 to {versions[-1].number}, not {to}.")
        if wanted.redacted:
            raise ForbiddenError(
                f"Version {to} of cube {cube} holds what this principal may not see, so it can't bring it back.",
                hint="Ask the owner of the space.",
                target=cube,
            )
        return self.update(
            cube, principal, wanted.text, reason=reason, expected_version=versions[-1].number, rollback_of=to
        )

    def delete(self, cube: str, principal: str, *, reason: str | None = None) -> Deleted:
        """Erase the cube's content and vectors in every version, and what was derived from it alone; tombstones stay.

        A part of a message that was too long for one memory goes with all the others, or none of them does.
        """

        def work(tx: Transaction) -> Deleted:
            row = lock(tx, cube, principal, Act.DELETE)
            # One after the other: what stands on several parts stands on none once the last of them goes.
            parts = [cube, *(_lock_parts(tx, cube, principal) if row["part"] else [])]
            ids = [gone for part in parts for gone in self.take_away(tx, row["space"], principal, [part], reason)]
            self.audit.append(tx, [Event(row["space"], "delete", principal, cubes=ids, erased=ids, reason=reason)])
            return Deleted(space=row["space"], cubes=tuple(ids))

        return self._runner.transact(work)

    def take_away(
        self, tx: Transaction, space: str, principal: str, cubes: Sequence[str], reason: str | None
    ) -> list[str]:
        """Erase ``cubes`` of a locked space inside ``tx``, and what was derived from them alone; returns all their ids.

        Raises ``FrozenError`` when one of them is frozen.
        """
        found = {row["id"]: row for cube in cubes for row in tx.run("versions/cascade", cube=cube)}
        for each in found.values():
            check(each["id"], State(each["state"]), Act.DELETE)
        ids = list(found)
        self.wipe(
            tx, space, ids, counted=sum(row["counted"] for row in found.values()), principal=principal, reason=reason
        )
        return ids

    def wipe(
        self, tx: Transaction, space: str, cubes: Sequence[str], *, counted: int, principal: str, reason: str | None
    ) -> None:
        """Make tombstones of ``cubes`` inside ``tx``, of which the space counts ``counted``; their neighbours forget them."""
        ids = list(cubes)
        followers = [each["id"] for each in tx.run("versions/followers", cubes=ids)]
        withdraw(tx, ids)
        tx.run("versions/unlink_next", cubes=ids)
        tx.run("versions/forget_mentions", cubes=ids)
        tx.run("versions/rename_topics", space=space)
        tx.run("versions/erase", cubes=ids, now=tx.now(), by=principal, reason=reason)
        tx.run("ingest/describe_space", space=space, added=-counted, speakers=[])
        self.refresh(tx, followers)

    def revive(self, tx: Transaction, space: str, cubes: Sequence[str]) -> None:
        """Count memories that are back from their end again, and let their neighbours be found with them."""
        if not cubes:
            return
        wholes = tx.run("versions/contexts", cubes=list(cubes))
        tx.run("ingest/describe_space", space=space, added=len(wholes), speakers=[])
        followers = tx.run("versions/followers", cubes=list(cubes))
        self.refresh(tx, [*cubes, *(row["id"] for row in followers)])

    def standing(self, cube: str, principal: str) -> Row:
        """Return a cube's properties as they are; raises ``NotFoundError`` when the principal can't read it.

        Raises ``StateError`` for a KV-cache or an adapter, which says nothing of its own that could be changed.
        """
        row = self._runner.read_one("versions/read_cube", principal=principal, cube=cube, as_of=None, now=now())
        if row is None or row["cube"]["state"] == State.DELETED:
            raise not_found(cube)
        check_level(cube, row["cube"]["level"], "change")
        return dict(row["cube"])

    def _append(
        self,
        tx: Transaction,
        row: Row,
        principal: str,
        draft: CubeDraft,
        reason: str | None,
        rollback_of: int | None,
    ) -> Version:
        cube, at, written_as = row["id"], tx.now(), sha256(draft.text)
        # What a fact says of whom follows its text; a whole memory says many things.
        about = relation_of(draft.text, speaker=draft.speaker) if row["level"] == "fact" else None
        appended = tx.one(
            "versions/append_version",
            cube=cube,
            text=draft.text,
            sha256=written_as,
            embedding=packed(draft.embedding),
            fingerprint=draft.fingerprint,
            by=principal,
            reason=reason,
            rollback_of=rollback_of,
            valid_from=draft.valid_from,
            **sensitive(draft),
            subject=about.subject if about else None,
            relation=about.relation if about else None,
            now=at,
        )
        if appended is None:
            raise StateError(f"Cube {cube} has no current version.", hint="See `memos doctor`.")
        # Read back before its topics change: who was let in by one of them may leave it by this update.
        version = _history(tx.run, cube, principal)[1][-1]
        written = [WrittenVersion(cube, appended["version"], written_as, at, principal, reason, rollback_of)]
        touched = [cube]
        if row["level"] == "whole":
            retired = _retire_facts(tx, cube, at)
            tx.run("versions/forget_mentions", cubes=[cube])
            placer = ConceptPlacer(row["space"])
            facts = restate(tx, row["space"], row["space_key"], principal, cube, draft, placer, at)
            written += facts
            touched += [*retired, *(fact.cube for fact in facts)]
            self.refresh(tx, [cube, *(each["id"] for each in tx.run("versions/followers", cubes=[cube]))])
        withdraw(tx, touched)
        tx.touched.updated.add(cube)
        act = Act.UPDATE if rollback_of is None else Act.ROLLBACK
        event = Event(row["space"], act, principal, cubes=touched, written=written, reason=reason, count=1)
        self.audit.append(tx, [event])
        return version

    def draft(self, row: Row, text: str) -> CubeDraft:
        """Return ``text`` read as what the cube of ``row`` says now, with its facts and concepts; no database."""
        if row["semantic_type"] == SemanticType.DOCUMENT:
            json = written(read(text), max_chars=len(text) + 1)
            document = DocumentText(DocumentPlace.of(row["source"]), json, row.get("indexed"))
            return document_drafts([document], self._embedder, self._detector)[0]
        entry = Message(id=row.get("origin_id"), text=text, speaker=row.get("speaker"), at=row.get("said_at"))
        parsed = Parsed(kind="conversation", source=row.get("root") or row["source"], entries=(entry,))
        tags = tuple(row.get("tags") or ())
        (draft,) = structure(
            parsed,
            self._embedder,
            self._extractor,
            tags=tags,
            detector=self._detector,
            zone=self._zone,
            refused=refused_now(self._runner, row["space"]),
        )
        return draft

    def sensitivity(self, text: str, *, document: bool = False) -> dict[str, Any]:
        """Return the sensitivity properties of a text, or of a document, as cubes carry them."""
        return marks(text, sensitive_in(text, self._detector) if document else self._detector(text))

    def record(
        self,
        tx: Transaction,
        space: str,
        act: Act,
        principal: str,
        cubes: Sequence[str],
        at: datetime,
        reason: str | None,
        *,
        written: Sequence[WrittenVersion] = (),
    ) -> Changed:
        """Append an act's event inside ``tx``, and return what it did."""
        event = Event(space, act, principal, cubes=cubes, written=written, reason=reason, count=1)
        self.audit.append(tx, [event])
        state = State(tx.run("lifecycle/states", cubes=[cubes[0]])[0]["state"])
        return Changed(act=act, state=state, cubes=tuple(cubes), at=at)

    def refresh(self, tx: Transaction, cubes: Sequence[str]) -> None:
        """Work out anew what is searched of memories whose own text or whose neighbours' text changed."""
        set_contexts(tx, self._embedder, cubes)


def check_level(cube: str, level: str, act: str) -> None:
    """Raise ``StateError`` unless a cube is plaintext: a whole memory or a fact."""
    if level not in _LEVELS:
        raise StateError(
            f"Cube {cube} is a KV-cache or an adapter: nobody can {act} it.", hint="Drop it, and build another."
        )


def lock(tx: Transaction, cube: str, principal: str, act: Act) -> Row:
    """Take the lock of the cube's space and return what stands, once ``principal`` may do ``act`` to it.

    Raises ``NotFoundError``, ``ForbiddenError``, or ``StateError`` where the table of transitions does not allow it.
    """
    row = locked(tx, cube, principal, TRANSITIONS[act].needs or Action.WRITE)
    if act is not Act.DELETE:
        check_level(cube, row["level"], act)
    check(cube, State(row["state"]), act)
    return row


def locked(tx: Transaction, cube: str, principal: str, needs: Action) -> Row:
    """Take the lock of the cube's space as ``lock`` does, whatever state the cube is in, once ``principal`` has the right it ``needs``."""
    row = tx.one("versions/lock_cube", principal=principal, cube=cube, now=now())
    if row is None or row["state"] == State.DELETED or Action.READ not in row["actions"]:
        raise not_found(cube)
    tx.later_than(row["latest"])
    check_actions(row["space"], row["actions"], needs)
    return row


def _lock_parts(tx: Transaction, cube: str, principal: str) -> list[str]:
    """Return the other parts of a message, each locked to be deleted; raises as ``lock`` does, without an id of what is hidden."""
    parts = [row["id"] for row in tx.run("versions/parts", cube=cube)]
    for part in parts:
        try:
            lock(tx, part, principal, Act.DELETE)
        except NotFoundError as error:
            raise ForbiddenError(
                f"Cube {cube} is a part of a long message, and this principal may not delete all of its parts.",
                hint="Nothing was deleted. Ask the owner of the space.",
                target=cube,
            ) from error
    return parts


def _history(
    read: Callable[..., list[Row]], cube: str, principal: str, as_of: datetime | None = None
) -> tuple[str, list[Version]]:
    rows = read("versions/history", principal=principal, cube=cube, as_of=as_of, now=now())
    if not rows or rows[-1]["text"] is None:
        raise not_found(cube)
    versions = [Version(**{key: value for key, value in row.items() if key != "space"}) for row in rows]
    return rows[0]["space"], versions


def _retire_facts(tx: Transaction, cube: str, at: datetime) -> list[str]:
    """Archive the facts that only the cube's former text said; those others say too lose this source."""
    facts = [fact for fact in tx.run("versions/retire_facts", cube=cube, now=at) if fact["leaves"]]
    for fact in facts:
        check(fact["id"], State(fact["state"]), Act.ARCHIVE)
    kept = [fact["id"] for fact in facts if fact["said_by_archived"]]
    retired = [fact["id"] for fact in facts if not fact["said_by_archived"]]
    for ids, with_source in ((kept, True), (retired, False)):
        tx.run(
            "lifecycle/transition",
            cubes=ids,
            before=sorted(TRANSITIONS[Act.ARCHIVE].before),
            after=State.ARCHIVED,
            live=False,
            with_source=with_source,
            now=at,
        )
    tx.run("lifecycle/end_validity", cubes=retired, now=at)
    return [*kept, *retired]


def not_found(cube: str) -> NotFoundError:
    """Return the one error for a cube that is missing, deleted, or not this principal's to see."""
    return NotFoundError(
        f"There is no memory '{cube}' that this principal may read.", hint="Check the id.", target=cube
    )

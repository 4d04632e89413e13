"""Documents are put and deleted: several in one transaction, which writes all of them or none."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from memos_graph.embedding import Embedder
from memos_graph.errors import ForbiddenError, InputError, NotFoundError, PolicyError
from memos_graph.governance import Action, MemGovernance
from memos_graph.graph.rows import Row
from memos_graph.graph.runner import Runner, Transaction
from memos_graph.ingest.documents import DocumentText, document_drafts
from memos_graph.kit.clock import now
from memos_graph.kit.moments import NEVER
from memos_graph.kit.text import unstorable
from memos_graph.language.sensitivity import Detector
from memos_graph.lifecycle.lifecycle import Deleted, MemLifecycle
from memos_graph.memcube.documents import DocumentPlace, written
from memos_graph.memcube.drafts import CubeDraft, identity
from memos_graph.vault.topics import ConceptPlacer
from memos_graph.vault.vault import MemVault

_LONGEST_MINUTES = 60 * 24 * 366 * 100
_MOST_PATHS, _LONGEST_PATH = 50, 500


@dataclass(frozen=True)
class DocumentWrite:
    """A document to be put in its place, or what is there to be deleted.

    * ``value`` the document; none: delete it.
    * ``indexed`` the paths of what it is found by, as ``text``, ``steps[*].title``; none: all of it; empty: nothing.
    * ``ttl_minutes`` how long after it is put, or last read by who may write here, it ends.
    """

    place: DocumentPlace
    value: Mapping[str, Any] | None
    indexed: tuple[str, ...] | None = None
    ttl_minutes: float | None = None


@dataclass(frozen=True)
class WrittenDocuments:
    """What a write did: the memories of what it put, by place, and what it deleted, with what followed from that."""

    put: Mapping[DocumentPlace, str]
    deleted: Sequence[Deleted] = ()


class Documents:
    """Puts and deletes documents."""

    def __init__(
        self,
        runner: Runner,
        governance: MemGovernance,
        vault: MemVault,
        lifecycle: MemLifecycle,
        embedder: Embedder,
        detector: Detector,
        *,
        max_chars: int,
    ) -> None:
        self._runner = runner
        self._governance = governance
        self._vault = vault
        self._lifecycle = lifecycle
        self._embedder = embedder
        self._detector = detector
        self._max_chars = max_chars

    def write(
        self, space: str, principal: str, writes: Sequence[DocumentWrite], *, reason: str | None = None
    ) -> WrittenDocuments:
        """Do all of ``writes`` in one transaction; of several in one place the last counts. What is not there, or may not be read, is not deleted.

        Raises:
            InputError: for what is no document or no name of one; nothing was written.
            NotFoundError, ForbiddenError: without the right to write, or where the place has a document one may not read.
            PolicyError: where the space's policy refuses what one of them holds.
        """
        for each in writes:
            each.place.check()
            _check_ttl(each.ttl_minutes)
            _check_indexed(each.indexed)
        last = {each.place: each for each in writes}
        puts = [
            DocumentText(place, written(each.value, max_chars=self._max_chars), each.indexed, each.ttl_minutes)
            for place, each in last.items()
            if each.value is not None
        ]
        self._governance.require(space, principal, Action.WRITE)
        # Read and embedded before the space is locked.
        drafts = document_drafts(puts, self._embedder, self._detector)

        def lock(tx: Transaction) -> None:
            self._governance.lock(tx, space, principal, Action.WRITE)

        def work() -> WrittenDocuments:
            self._runner.transact(lock)
            standing, gone = self._found(space, list(last))
            deleted = [
                self._lifecycle.delete(cube, principal, reason=reason)
                for place, cube in standing.items()
                if last[place].value is None and self._is_told(cube, principal)
            ]
            fresh = []
            for draft, put in zip(drafts, puts, strict=True):
                if put.place in standing:
                    self._update(space, standing[put.place], principal, put, reason)
                else:
                    fresh.append(replace(draft, expires_at=ends(put.ttl_minutes)))
            made = self._create(space, principal, fresh, [gone[put.place] for put in puts if put.place in gone])
            new = iter(made)
            return WrittenDocuments({put.place: standing.get(put.place) or next(new) for put in puts}, deleted)

        return self._runner.unit(work)

    def _found(
        self, space: str, places: Sequence[DocumentPlace]
    ) -> tuple[dict[DocumentPlace, str], dict[DocumentPlace, str]]:
        """Return the documents that stand in ``places``, and those that were deleted or have ended, by id."""
        standing: dict[DocumentPlace, str] = {}
        gone: dict[DocumentPlace, str] = {}
        found = standing_in(
            space, places, lambda named: self._runner.read("documents/standing", identities=named, now=now())
        )
        for place, row in found.items():
            if not row["document"]:
                raise taken(space, place)  # by a message that somebody gave this name
            (standing if row["stands"] else gone)[place] = row["id"]
        return standing, gone

    def _update(self, space: str, cube: str, principal: str, put: DocumentText, reason: str | None) -> None:
        properties = {
            "indexed": None if put.indexed is None else list(put.indexed),
            "ttl_minutes": put.ttl_minutes,
            "expires_set": ends(put.ttl_minutes),
            "expires_at": ends(put.ttl_minutes) or NEVER,
        }

        def describe(tx: Transaction) -> None:
            tx.run("documents/describe", cube=cube, properties=properties)

        if not self._is_told(cube, principal):
            raise taken(space, put.place)
        self._runner.transact(describe)
        self._lifecycle.update(cube, principal, put.text, reason=reason)

    def _is_told(self, cube: str, principal: str) -> bool:
        try:
            self._lifecycle.standing(cube, principal)
        except NotFoundError:
            return False
        return True

    def _create(self, space: str, principal: str, drafts: Sequence[CubeDraft], leave: Sequence[str]) -> Sequence[str]:
        def release(tx: Transaction) -> None:
            tx.run("documents/release", cubes=list(leave))

        if leave:
            self._runner.transact(release)
        if not drafts:
            return ()
        stored = self._vault.store(space, principal, drafts, ConceptPlacer(space))
        if stored.rejected:
            raise PolicyError(
                f"Nothing was written. {stored.rejected[0].reason}", hint="Leave that out of the document."
            )
        return stored.cubes


def standing_in(
    space: str, places: Sequence[DocumentPlace], read: Callable[[list[str]], Sequence[Row]]
) -> Mapping[DocumentPlace, Row]:
    """Return what has the names of ``places``, whether it stands or has left it, as ``documents/standing`` tells it."""
    named = {identity(space, place.root, place.key): place for place in places}
    return {named[row["identity"]]: row for row in read(list(named))}


def missing(place: DocumentPlace) -> NotFoundError:
    """Return the error of a document that is not there, or may not be read."""
    return NotFoundError(
        f"There is no document '{place.source}' that this principal may read.",
        hint="Check its name.",
        target=place.source,
    )


def taken(space: str, place: DocumentPlace) -> ForbiddenError:
    """Return the error of a name that is taken by what may not be read or changed."""
    return ForbiddenError(
        f"The name '{place.source}' is taken by what this principal may not read or put there.",
        hint="Nothing was written. Use another key, or ask the owner of the space.",
        target=space,
    )


def ends(ttl_minutes: float | None) -> datetime | None:
    """Return when a document ends that is put, or read, now; none: never."""
    return None if ttl_minutes is None else now() + timedelta(minutes=ttl_minutes)


def _check_ttl(ttl_minutes: float | None) -> None:
    number = isinstance(ttl_minutes, int | float) and not isinstance(ttl_minutes, bool)
    if ttl_minutes is not None and not (number and 0 < ttl_minutes <= _LONGEST_MINUTES):
        raise InputError(
            f"{ttl_minutes!r} minutes is no time for a document to live.",
            hint="Give more than 0, at most a hundred years; none: for ever.",
        )


def _check_indexed(indexed: Sequence[object] | None) -> None:
    paths = indexed or ()
    for path in paths:
        if not isinstance(path, str) or len(path) > _LONGEST_PATH or unstorable(path) is not None:
            raise InputError(
                f"A document can't be found by {str(path)[:40]!r}: it is no path.",
                hint="Give paths as 'text' or 'steps[*].title'.",
            )
    if len(paths) > _MOST_PATHS:
        raise InputError(
            f"A document can't be found by {len(paths)} paths.",
            hint=f"Give {_MOST_PATHS} at most, or none for all of it.",
        )

"""Near-duplicates: finding them, and merging them into one memory (paper, 4.3: "merged").

The parents stay, readable, in state ``merged``; what takes their place is derived from each of them, so that lineage
shows it. Restoring the parents and archiving the new memory takes a merge back.
"""

from collections.abc import Sequence
from dataclasses import replace

from pydantic import Field

from memos_graph.audit import Event
from memos_graph.errors import InputError, VersionConflictError
from memos_graph.governance import Action, MemGovernance
from memos_graph.graph.rows import Row
from memos_graph.graph.runner import Runner, Transaction
from memos_graph.kit.clock import now
from memos_graph.kit.moments import NEVER
from memos_graph.language import relation_of
from memos_graph.lifecycle.lifecycle import Changed, MemLifecycle, lock
from memos_graph.lifecycle.states import count_roots, leave
from memos_graph.lifecycle.transitions import Act
from memos_graph.memcube.drafts import CubeDraft, FactDraft, SourceDraft, digest
from memos_graph.memcube.rows import moment
from memos_graph.types import Model, Origin, SemanticType
from memos_graph.vault.merged import store_fact, store_whole
from memos_graph.vault.topics import ConceptPlacer

_FEWEST, _MOST = 2, 20


class Duplicate(Model):
    """Two memories that say nearly the same."""

    first: str = Field(description="Id of the older one.")
    second: str = Field(description="Id of the younger one.")
    first_text: str
    second_text: str
    similarity: float = Field(
        description="Cosine of their vectors, 0 to 1; 1 also where their content words are the same."
    )


class Merging:
    """Proposes near-duplicates and merges them; merging is one transaction."""

    def __init__(self, runner: Runner, governance: MemGovernance, lifecycle: MemLifecycle) -> None:
        self._runner = runner
        self._governance = governance
        self._lifecycle = lifecycle

    def duplicates(
        self, space: str, principal: str, *, threshold: float, level: str, limit: int, after: str = ""
    ) -> list[Duplicate]:
        """Return pairs of memories in service at least ``threshold`` alike (cosine, 0 to 1), most alike first.

        Looks at the thousand memories after the id ``after``. Raises ``NotFoundError`` for a space that can't be read.
        """
        if not 0 < threshold <= 1:
            raise InputError(f"{threshold} is not a similarity.", hint="Give a cosine above 0, at most 1, e.g. 0.9.")
        if level not in {"whole", "fact"}:
            raise InputError(f"'{level}' is not a level of memories.", hint="Use whole or fact.")
        self._governance.require(space, principal, Action.READ)
        rows = self._runner.read(
            "lifecycle/duplicates",
            principal=principal,
            space=space,
            level=level,
            threshold=threshold,
            after=after,
            limit=limit,
            now=now(),
        )
        shown = sorted({row[each] for row in rows for each in ("first", "second")})
        self._lifecycle.audit.read(Event(space, "duplicates", principal, cubes=shown))
        return [Duplicate(**row) for row in rows]

    def merge(
        self, cubes: Sequence[str], principal: str, *, text: str | None = None, reason: str | None = None
    ) -> Changed:
        """Put one memory in the place of two or more of one space and level; ``text`` by default the longest of theirs.

        Raises ``InputError`` for memories of different levels, ``StateError`` for one that can't be merged.
        """
        ids = list(dict.fromkeys(cubes))
        if not _FEWEST <= len(ids) <= _MOST:
            raise InputError(f"{len(ids)} memories can't be merged.", hint=f"Name {_FEWEST} to {_MOST} different ones.")
        standing = [self._lifecycle.standing(cube, principal) for cube in ids]
        if len({(row["space"], row["level"]) for row in standing}) > 1:
            raise InputError("Only memories of one space and one level, whole or fact, can be merged.")
        if any(row["semantic_type"] == SemanticType.DOCUMENT for row in standing):
            raise InputError(
                "Documents can't be merged: of two, none would be left as it is.", hint="Put one, and delete the other."
            )
        draft = self._draft(standing, text)

        def work(tx: Transaction) -> Changed:
            for row in standing:
                # Which also sees that it may be merged, as it stands now.
                locked = lock(tx, row["id"], principal, Act.MERGE)
                if locked["version"] != row["version"]:
                    raise _changed_meanwhile(row["id"], locked["version"])
            at, placer = tx.now(), ConceptPlacer(locked["space"])
            level = standing[0]["level"]
            if level == "whole":
                new, written = store_whole(tx, locked, principal, draft, standing[0]["position"], placer, at)
            else:
                new, written = store_fact(tx, locked, principal, draft, _fact(draft), ids, placer, at)
            facts = leave(tx, ids, Act.MERGE, at)
            tx.run("lifecycle/merged_into", new=new, parents=ids, by=principal, now=at)
            if level == "whole":
                count_roots(tx, locked["space"], 1 - len(ids))
            return self._lifecycle.record(
                tx, locked["space"], Act.MERGE, principal, [new, *ids, *facts], at, reason, written=written
            )

        return self._runner.transact(work)

    def _draft(self, standing: Sequence[Row], text: str | None) -> CubeDraft:
        """Return what is to stand in their place: it expires with the first of them, and has the tags of all."""
        first = standing[0]
        longest = max(standing, key=lambda row: len(row["text"]))
        draft = self._lifecycle.draft(longest if text is None else first, text or longest["text"])
        ends = min(moment(row["expires_at"]) for row in standing)
        origins = [row["origin_id"] for row in standing if row.get("origin_id")]
        return replace(
            draft,
            source=SourceDraft(first["source"], "conversation"),
            semantic_type=SemanticType(first["semantic_type"]),
            origin=Origin(first["origin"]),
            origin_id="+".join(dict.fromkeys(origins)),
            tags=tuple(dict.fromkeys(tag for row in standing for tag in row.get("tags") or ())),
            valid_from=draft.valid_from or min(moment(row["valid_from"]) for row in standing),
            expires_at=None if ends == NEVER else ends,
        )


def _fact(draft: CubeDraft) -> FactDraft:
    about = relation_of(draft.text, speaker=draft.speaker)
    begins = draft.valid_from.isoformat() if draft.dated and draft.valid_from else ""
    return FactDraft(
        text=draft.text,
        embedding=draft.embedding,
        fingerprint=digest(draft.speaker or "", begins, draft.fingerprint) if draft.fingerprint else "",
        valid_from=draft.valid_from,
        concepts=draft.concepts,
        semantic_type=draft.semantic_type,
        subject=about.subject if about else None,
        relation=about.relation if about else None,
    )


def _changed_meanwhile(cube: str, current: int) -> VersionConflictError:
    return VersionConflictError(
        f"Cube {cube} changed while it was being merged; it is at version {current}.",
        hint="Look at it again, and repeat the merge.",
        current=current,
    )

"""One batch inside its transaction: the rows of each statement, planned from drafts and from where each source has got to."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from memos_graph.audit import WrittenVersion
from memos_graph.embedding import Vector, packed
from memos_graph.kit.digests import sha256
from memos_graph.kit.ids import new_id
from memos_graph.kit.moments import NEVER, utc
from memos_graph.language import searchable
from memos_graph.language.sensitivity import Finding, clearance, kinds_of, redact, views
from memos_graph.memcube.contexts import in_context, words_of
from memos_graph.memcube.drafts import CubeDraft, FactDraft
from memos_graph.types import MemoryType, State

# How many turns before a message belong to what is searched of it.
CONTEXT_TURNS = 2


@dataclass
class Batch:
    """Rows of one transaction's statements, and where each source has got to."""

    space: str
    space_key: str
    principal: str
    at: datetime
    positions: dict[str, int]
    recent: dict[str, list[dict[str, Any]]]
    vectors: dict[str, Vector]
    known_facts: dict[str, str]
    cubes: list[dict[str, Any]] = field(default_factory=list)
    facts: list[dict[str, Any]] = field(default_factory=list)
    repeats: list[dict[str, str]] = field(default_factory=list)
    mentions: list[dict[str, Any]] = field(default_factory=list)


def written(batch: Batch) -> list[WrittenVersion]:
    """Return the first versions of the batch's cubes, for the log to vouch for."""
    return [
        WrittenVersion(row["properties"]["id"], 1, row["sha256"], batch.at, batch.principal)
        for row in (*batch.cubes, *batch.facts)
    ]


def advanced(batch: Batch) -> list[dict[str, Any]]:
    """How far each source has got: its length, its last memory, and that memory's own vector for the next one's context."""
    return [
        {
            "id": source,
            "length": length,
            "last": batch.recent[source][-1]["id"],
            "last_vector": packed(batch.vectors[source]),
        }
        for source, length in batch.positions.items()
    ]


def plan_cube(batch: Batch, draft: CubeDraft) -> None:
    """Add a memory, its place, its context and its facts to the rows to write."""
    cube, source = new_id(), draft.source.id
    alone = draft.searched is not None
    recent = [] if alone else batch.recent[source]
    properties = (
        _properties(batch, draft, cube)
        | sensitive(draft)
        | words_of(draft.heading, [str(turn["text"]) for turn in recent], searched(draft))
        | {
            "level": "whole",
            "text": draft.text,
            "heading": draft.heading,
            "part": draft.part,
            "fact_count": len(draft.facts),
            "fingerprint": draft.fingerprint,
            "semantic_type": draft.semantic_type,
            "origin": draft.origin,
            "valid_from": draft.valid_from or utc(draft.said_at or batch.at),
            "position": 0 if alone else batch.positions[source],
            "dated": draft.dated,
            "expires_set": draft.expires_at,
            "ttl_minutes": draft.ttl_minutes,
            "indexed": None if draft.indexed is None else list(draft.indexed),
            "identity": draft.identity(batch.space),
            "original_sha256": draft.sha256,
        }
    )
    before_chars = len(recent[-1]["text"]) if recent else 0
    before = None if alone else batch.vectors.get(source)
    batch.cubes.append(
        {
            "properties": properties,
            "embedding": packed(in_context(before, draft.embedding, before_chars, len(draft.text))),
            "sha256": sha256(draft.text),
            "previous": recent[-1]["id"] if recent else None,
        }
    )
    if alone:
        batch.positions.pop(source, None)  # its source gets no further, and keeps nothing of it
    else:
        batch.positions[source] += 1
        batch.recent[source] = [*recent, {"id": cube, "text": searched(draft)}][-CONTEXT_TURNS:]
        batch.vectors[source] = draft.embedding
    mention(batch, cube, draft)
    for fact in draft.facts:
        plan_fact(batch, draft, cube, fact)


def plan_fact(batch: Batch, draft: CubeDraft, cube: str, fact: FactDraft) -> None:
    """Add a fact of ``cube``, or a link to the fact that says the same already."""
    known = batch.known_facts.get(fact.fingerprint) if fact.fingerprint else None
    if known is not None:
        batch.repeats.append({"fact": known, "derived_from": cube})
        return
    id_ = new_id()
    batch.known_facts[fact.fingerprint] = id_
    properties = (
        _properties(batch, draft, id_)
        | sensitive(fact)
        | {
            "level": "fact",
            "text": fact.text,
            "fingerprint": fact.fingerprint,
            "semantic_type": fact.semantic_type,
            "origin": "extracted",
            "subject": fact.subject,
            "relation": fact.relation,
            "valid_from": fact.valid_from or utc(draft.said_at or batch.at),
        }
    )
    batch.facts.append(
        {
            "properties": properties,
            "embedding": packed(fact.embedding),
            "sha256": sha256(fact.text),
            "derived_from": cube,
        }
    )
    mention(batch, id_, fact)


def sensitive(draft: CubeDraft | FactDraft) -> dict[str, Any]:
    """Return what is stored of a draft's findings; see ``marks``."""
    return marks(draft.text, draft.findings)


def marks(text: str, findings: Sequence[Finding]) -> dict[str, Any]:
    """Return what is stored of what was found in a text.

    * ``sensitivity`` the kinds; ``clearance`` the level a reader of all of it needs.
    * ``views`` the text as readers of each lower level see it; ``secrets`` what they do not see, for the words' index of the others.
    """
    return {
        "sensitivity": list(kinds_of(findings)),
        "clearance": clearance(findings),
        "views": views(text, findings) or None,
        "secrets": searchable("\n".join(text[each.start : each.end] for each in findings)) or None,
    }


def searched(draft: CubeDraft) -> str:
    """Return the text of a draft as everybody may see it: what its own context and that of its neighbours hold."""
    return redact(draft.text, draft.findings) if draft.searched is None else draft.searched


def mention(batch: Batch, cube: str, draft: CubeDraft | FactDraft) -> None:
    """Link ``cube`` to the concepts it is about."""
    batch.mentions += [{"cube": cube, "concept": c.name, "weight": c.weight} for c in draft.concepts]


def _properties(batch: Batch, draft: CubeDraft, cube: str) -> dict[str, Any]:
    """Properties a message's cube and its facts' cubes share."""
    return {
        "id": cube,
        "space": batch.space,
        "space_key": batch.space_key,
        "memory_type": MemoryType.PLAINTEXT,
        "state": State.ACTIVATED,
        "live": True,
        "created_at": batch.at,
        "updated_at": batch.at,
        "said_at": draft.said_at,
        "speaker": draft.speaker,
        "source": draft.source.id,
        "origin_id": draft.origin_id,
        "root": draft.root,
        "tags": list(draft.tags),
        "created_by": batch.principal,
        "expires_at": draft.expires_at or NEVER,
        "priority": 0,
        "version": 1,
    }

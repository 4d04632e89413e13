"""What is about to be stored: memories with their facts and concepts, worked out before any transaction is open."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from memos_graph.embedding import Vector
from memos_graph.kit.digests import sha256
from memos_graph.kit.moments import utc
from memos_graph.language.sensitivity import Finding
from memos_graph.types import Origin, SemanticType


@dataclass(frozen=True)
class ConceptDraft:
    """A concept a text is about; ``weight`` 0 to 1, ``embedding`` of the phrase as it stands in the text."""

    name: str
    weight: float
    embedding: Vector


@dataclass(frozen=True)
class FactDraft:
    """A sentence worth keeping, with the time it is true from where it names one, and what it says of whom."""

    text: str
    embedding: Vector
    fingerprint: str
    valid_from: datetime | None
    concepts: tuple[ConceptDraft, ...] = ()
    semantic_type: SemanticType = SemanticType.FACT
    findings: tuple[Finding, ...] = ()
    subject: str | None = None
    relation: str | None = None


@dataclass(frozen=True)
class SourceDraft:
    """A conversation, a session or a document; ``within`` is the conversation a session is part of."""

    id: str
    kind: str
    title: str | None = None
    at: datetime | None = None
    within: str | None = None


@dataclass(frozen=True)
class CubeDraft:
    """A message or a passage, ready to be stored as a plaintext cube.

    * ``origin_id`` its id in ``source``; with the source and the space it makes the cube's identity.
    * ``heading`` what it stands under in a document; part of what is searched, not of the text.
    * ``said_at`` when, with the offset from UTC that held there: it is stored with it.
    * ``part`` which part of one message it is ("2 of 5"), where that was too long for one memory.
    * ``dated`` whether the text itself names a time, which is then ``valid_from`` unless it is vague.
    * ``findings`` what is sensitive in the text.
    * ``searched`` of a document: what it is found by, in place of its text; it then stands alone, and takes nothing from what is before it.
    * ``indexed``, ``ttl_minutes`` of a document, as in ``types``.
    """

    origin_id: str
    text: str
    embedding: Vector
    source: SourceDraft
    root: str
    semantic_type: SemanticType
    origin: Origin
    valid_from: datetime | None
    said_at: datetime | None = None
    speaker: str | None = None
    dated: bool = False
    heading: str = ""
    part: str | None = None
    fingerprint: str = ""
    tags: tuple[str, ...] = ()
    facts: tuple[FactDraft, ...] = ()
    concepts: tuple[ConceptDraft, ...] = ()
    expires_at: datetime | None = None
    findings: tuple[Finding, ...] = ()
    searched: str | None = None
    indexed: tuple[str, ...] | None = None
    ttl_minutes: float | None = None
    sha256: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "sha256", content_sha256(self.speaker, self.said_at, self.text))

    def identity(self, space: str) -> str:
        """Return the key under which the same message of the same source is stored once in ``space``."""
        return identity(space, self.root, self.origin_id)


def identity(space: str, source: str, origin_id: str) -> str:
    """Return the key of one message of one source in one space."""
    return digest(space, source, origin_id)


def content_sha256(speaker: str | None, said_at: datetime | None, text: str) -> str:
    """Return what tells a message sent again from other content under the same id."""
    return digest(speaker or "", utc(said_at).isoformat() if said_at else "", text)


def digest(*parts: str) -> str:
    """SHA-256, in hex, of the parts with their lengths, so that no two lists of parts collide."""
    joined = "".join(f"{len(part)}:{part}" for part in parts)
    return sha256(joined)


def concepts_of(drafts: Sequence[CubeDraft]) -> dict[str, Vector]:
    """Every concept named by the drafts or their facts, with the vector of its first mention."""
    found: dict[str, Vector] = {}
    for draft in drafts:
        for concept in draft.concepts:
            found.setdefault(concept.name, concept.embedding)
    return found

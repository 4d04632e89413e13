"""The MemCube and what surrounds it: the paper's unit of memory with its three groups of metadata.

Source of the groups and of their names: MemOS, arXiv 2505.22101, section 4.2 ("Memory Cube (MemCube) as a Core
Resource"). Where the paper names no unit, this module does.
"""

from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from memos_graph.kit.moments import UtcDatetime


class Shaped:
    """Marks a type as having a ``pattern`` in its JSON schema, where validation checks it otherwise or in words of its own."""

    def __init__(self, pattern: str) -> None:
        self._pattern = pattern

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Return the schema with the pattern in it."""
        return {**handler(schema), "pattern": self._pattern}


Storable = Annotated[str, Shaped(r"^[^\u0000]*$")]
"""A text that a database can hold."""


class Model(BaseModel):
    """Base of every value this package returns: frozen, and strict about unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class MemoryType(StrEnum):
    """The three forms of memory (paper, 4.1); each is also a node label."""

    PLAINTEXT = "plaintext"
    ACTIVATION = "activation"
    PARAMETRIC = "parametric"


class SemanticType(StrEnum):
    """What a memory is to the task (paper, 4.2, descriptive metadata)."""

    MESSAGE = "message"
    PASSAGE = "passage"
    FACT = "fact"
    PREFERENCE = "preference"
    INSTRUCTION = "instruction"
    KNOWLEDGE = "knowledge"
    DOCUMENT = "document"


class State(StrEnum):
    """Where a cube is in its life (paper, 4.3, MemLifecycle)."""

    GENERATED = "generated"
    ACTIVATED = "activated"
    MERGED = "merged"
    ARCHIVED = "archived"
    FROZEN = "frozen"
    EXPIRED = "expired"
    DELETED = "deleted"


class Origin(StrEnum):
    """Where the content came from (paper, 4.2: origin signature)."""

    USER_INPUT = "user_input"
    DOCUMENT = "document"
    EXTRACTED = "extracted"
    INFERENCE = "inference"


class Descriptive(Model):
    """Descriptive metadata: identifies the memory and its semantic role (paper, 4.2)."""

    memory_type: MemoryType = Field(default=MemoryType.PLAINTEXT, description="Which of the three forms this is (4.1).")
    semantic_type: SemanticType = Field(description="Role of the content for a task (4.2: semantic types).")
    origin: Origin = Field(description="Who or what produced it (4.2: origin signatures).")
    created_at: UtcDatetime = Field(description="When this store first knew it, UTC (4.2: timestamps).")
    updated_at: UtcDatetime = Field(description="When its current version was written, UTC (4.2: timestamps).")
    valid_from: UtcDatetime = Field(
        description="From when the content was true: where the text names a day or an hour, that of the calendar and the clock "
        "there, written as UTC and not shifted; else the moment it was said, UTC."
    )
    valid_to: UtcDatetime | None = Field(default=None, description="Until when it was true, UTC; none: still.")
    said_at: UtcDatetime | None = Field(
        default=None, description="When the message was said or the document dated, UTC."
    )
    speaker: str | None = Field(default=None, description="Who said it, as the transcript names them.")
    source: str | None = Field(default=None, description="Id of the conversation or document it came from.")
    position: int | None = Field(default=None, ge=0, description="Place in that source, counted from 0.")
    origin_id: str | None = Field(default=None, description="Id of the message or passage in that source.")
    part: str | None = Field(
        default=None,
        description='Which part of one message it is, as in "2 of 5": one too long for a memory is kept in parts.',
    )
    tags: tuple[str, ...] = Field(default=(), description="Free labels, for filters (4.3: tagging systems).")
    indexed: tuple[str, ...] | None = Field(
        default=None,
        description="Of a document: the paths of what it is found by; none: all of it, and empty: nothing (4.3: indexing).",
    )


class Governance(Model):
    """Governance attributes: who may use it, and for how long (paper, 4.2)."""

    space: str = Field(
        description="The one space it lives in: unit of isolation and sharing (4.2: access permissions)."
    )
    owner: str = Field(description="Principal that owns the space.")
    created_by: str = Field(description="Principal that wrote it.")
    expires_at: UtcDatetime | None = Field(default=None, description="End of life, UTC (4.2: time-to-live).")
    ttl_minutes: float | None = Field(
        default=None,
        gt=0,
        description="Of a document: minutes after which it ends, counted from when it was put or last read (4.2: time-to-live).",
    )
    half_life_days: float | None = Field(default=None, gt=0, description="Days in which its rank halves (4.2: decay).")
    priority: int = Field(
        default=0,
        ge=-10,
        le=10,
        description="Importance as somebody set it, -10 to 10 (4.2: priority levels); kept and shown, no search or answer goes by it.",
    )
    sensitivity: tuple[str, ...] = Field(default=(), description="Kinds of sensitive content (4.2: sensitivity tags).")
    clearance: int = Field(
        default=0, ge=0, le=3, description="Level a reader of all of it needs: the highest of its findings."
    )
    watermark: str | None = Field(default=None, description="Owner's mark carried by exports (4.2: watermarking).")


class Behavioural(Model):
    """Behavioural indicators: collected while the memory is used (paper, 4.2)."""

    access_count: int = Field(
        default=0, ge=0, description="Times it was returned to a reader or put before a model (4.2: access frequency)."
    )
    last_accessed_at: UtcDatetime | None = Field(default=None, description="When last returned, UTC.")
    relevance: float = Field(
        default=0.0, ge=0, description="Score it last had in a search, 0 to 1 (4.2: context relevance)."
    )
    fingerprint: str = Field(default="", description="SHA-256 of its content stems (4.2: contextual fingerprinting).")
    version: int = Field(default=1, ge=1, description="Number of the current version (4.2: version lineage).")


class MemCube(Model):
    """One memory: payload and metadata (paper, 4.2). Plaintext carries ``text``; the other forms a payload pointer."""

    id: str = Field(description="UUIDv7.")
    text: str = Field(description="The plaintext payload; empty for the other two forms.")
    state: State = Field(default=State.ACTIVATED, description="Place in the lifecycle (4.3).")
    descriptive: Descriptive
    governance: Governance
    behavioural: Behavioural
    payload_uri: str | None = Field(default=None, description="Where an activation or parametric payload lies.")
    payload_sha256: str | None = Field(default=None, description="Checksum of that payload.")
    payload_bytes: int | None = Field(default=None, ge=0, description="Its size, bytes.")
    base_model: str | None = Field(default=None, description="Fingerprint of the model that payload belongs to.")


class Version(Model):
    """One immutable version of a cube's content."""

    cube: str
    number: int = Field(ge=1, description="Counted from 1, without gaps.")
    text: str
    sha256: str = Field(description="Of the text, UTF-8; empty where that is redacted.")
    redacted: bool = Field(
        default=False, description="Whether the reader sees kinds in brackets in place of what is sensitive."
    )
    known_from: UtcDatetime = Field(description="When this store learnt it, UTC.")
    known_to: UtcDatetime | None = Field(
        default=None, description="When a later version replaced it, UTC; none: current."
    )
    by: str = Field(description="Principal that wrote it.")
    reason: str | None = Field(default=None, description="Why, as given.")
    rollback_of: int | None = Field(default=None, description="Number of the version this one restored, if it did.")

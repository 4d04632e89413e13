"""The lines of a bundle: memories with their versions, facts, links. What a field means says docs/mip.md.

A quantity that may be a fraction is a text of its digits, so that every number is a whole one and is written in one way.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Annotated, Literal, TypeVar

from pydantic import AfterValidator, Field, StringConstraints, ValidationError

from memos_graph.errors import FormatError
from memos_graph.exchange.bundle.layout import Loose
from memos_graph.exchange.bundle.reading import BundleReader, told
from memos_graph.governance import Action
from memos_graph.kit.digests import sha256
from memos_graph.kit.moments import utc
from memos_graph.language.sensitivity import LevelName
from memos_graph.types import Origin, SemanticType, State

M = TypeVar("M", bound=Loose)
MOST_CHARS = 4_000_000
_WIDEST = timedelta(hours=18)  # from UTC, that Neo4j stores
_LONGEST = 1_000_000_000


def _moment(text: str) -> str:
    moment = datetime.fromisoformat(text)
    utc(moment)
    if abs(moment.utcoffset() or timedelta(0)) > _WIDEST:
        raise ValueError("no place is so far from UTC")
    return text


def _some(text: str) -> str:
    if not 0 < float(text) <= _LONGEST:
        raise ValueError(f"it is not between 0 and {_LONGEST:,}")
    return text


def _storable(text: str) -> str:
    if "\x00" in text:
        raise ValueError("NUL can't be stored")
    return text


Storable = AfterValidator(_storable)
Short = Annotated[str, StringConstraints(max_length=10_000), Storable]
Key = Annotated[str, StringConstraints(min_length=1, max_length=1000), Storable]
"""What is looked up by an index."""
Text = Annotated[str, StringConstraints(max_length=MOST_CHARS), Storable]
Id = Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z_.:-]{1,100}$")]
Moment = Annotated[
    str, StringConstraints(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}(Z|[+-]\d\d:\d\d)$"), AfterValidator(_moment)
]
Fraction = Annotated[str, StringConstraints(pattern=r"^\d{1,9}(\.\d{1,9})?$"), AfterValidator(_some)]


class VersionRecord(Loose):
    """One version of a memory's content; they are in order, and numbered from 1."""

    text: Text
    at: Moment
    by: Short
    reason: Text | None = None
    rollback_of: Annotated[int, Field(ge=1)] | None = None
    redacted: bool = False


class SourceRecord(Loose):
    """The conversation, session or document that a memory came from; ``within`` the conversation a session is part of."""

    id: Key
    kind: Short
    title: Short | None = None
    at: Moment | None = None
    within: Key | None = None


class MemoryRecord(Loose):
    """A memory: a message, a passage or a document, or a fact that some of these say (``says``: their ids)."""

    id: Id
    type: Annotated[SemanticType, Field(strict=False)]
    origin: Annotated[Origin, Field(strict=False)]
    source: SourceRecord
    root: Key
    origin_id: Key
    at: Moment
    versions: Annotated[list[VersionRecord], Field(min_length=1, max_length=10_000)]
    state: Annotated[State, Field(strict=False)] = State.ACTIVATED
    valid_from: Moment
    valid_to: Moment | None = None
    said_at: Moment | None = None
    dated: bool = False
    speaker: Short | None = None
    heading: Text | None = None
    part: Short | None = None
    tags: Annotated[list[Short], Field(max_length=1000)] = Field(default_factory=list)
    indexed: Annotated[list[Short], Field(max_length=1000)] | None = None
    priority: Annotated[int, Field(ge=-10, le=10)] = 0
    half_life_days: Fraction | None = None
    ttl_minutes: Fraction | None = None
    expires_at: Moment | None = None
    subject: Short | None = None
    relation: Short | None = None
    left_with_source: bool | None = None
    said_by: Annotated[list[Id], Field(max_length=100_000)] = Field(default_factory=list)

    @property
    def text(self) -> str:
        """What it says now."""
        return self.versions[-1].text


class LinkRecord(Loose):
    """That one memory came from another, or took its place."""

    type: Literal["DERIVED_FROM", "ANNOTATED_FROM", "SUPERSEDES", "CONTRADICTS", "MERGED_INTO", "STANDS_BESIDE"]
    id: Id
    to: Id
    transform: Short | None = None


class GrantRecord(Loose):
    """What somebody was granted or denied where the bundle came from: in the space, on a topic, or on one memory."""

    principal: Short
    cube: Id | None = None
    topic: Short | None = None
    denied: bool = False
    actions: list[Annotated[Action, Field(strict=False)]]
    purposes: list[Short] | None = None
    sees: Annotated[LevelName, Field(strict=False)] | None = None
    expires_at: Moment | None = None
    reason: Text | None = None

    @property
    def ends(self) -> datetime | None:
        """When it ends; ``None``: never."""
        return None if self.expires_at is None else datetime.fromisoformat(self.expires_at)


def memories(bundle: BundleReader, kind: str) -> Iterator[MemoryRecord]:
    """Yield the memories (``memories``) or the facts (``facts``) of a bundle; raises ``FormatError`` for what is none."""
    return _records(bundle, kind, MemoryRecord)


def links(bundle: BundleReader) -> Iterator[LinkRecord]:
    """Yield the links of a bundle; raises ``FormatError`` for what is none."""
    return _records(bundle, "links", LinkRecord)


def grants(bundle: BundleReader) -> Iterator[GrantRecord]:
    """Yield the grants and denials that a bundle tells of; raises ``FormatError`` for what is none."""
    return _records(bundle, "grants", GrantRecord)


def checked(bundle: BundleReader) -> None:
    """Raise ``FormatError`` unless every memory, fact and link of a bundle is one, and no two have the same id."""
    # Ids are kept as 8 bytes each: of a million, two are taken for the same by chance once in 40 million bundles.
    seen: set[int] = set()
    for kind in ("memories", "facts"):
        for each in memories(bundle, kind):
            if bool(each.said_by) is not (kind == "facts"):
                raise FormatError(
                    f"{bundle.name} can't be used as a bundle: {kind} has {each.id}, which "
                    f"{'no memory says' if kind == 'facts' else 'others say'}. Nothing was written."
                )
            short = int(sha256(each.id)[:16], 16)
            if short in seen:
                raise FormatError(
                    f"{bundle.name} can't be used as a bundle: {each.id} is in it twice. Nothing was written."
                )
            seen.add(short)
    for _ in (*links(bundle), *grants(bundle)):
        pass


def _records(bundle: BundleReader, kind: str, model: type[M]) -> Iterator[M]:
    for number, line in enumerate(bundle.lines(kind), start=1):
        try:
            yield model.model_validate(line)
        except ValidationError as error:
            raise FormatError(
                f"{bundle.name} can't be used as a bundle: {kind}, line {number}: {told(error)}. Nothing was written."
            ) from error

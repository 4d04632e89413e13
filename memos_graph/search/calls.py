"""What a search is asked and what it answers: the typed call MemReader makes, and the hits MemOperator returns."""

from pydantic import Field

from memos_graph.kit.moments import UtcDatetime
from memos_graph.language import Intent
from memos_graph.types import MemCube, Model, SemanticType, Storable


class MemoryCall(Model):
    """What a question asks of memory, as the search runs it; printed by ``memos search --explain``."""

    question: str
    intent: Intent = Field(description="What the question wants: a fact, a list, a time, a person, a change…")
    people: tuple[str, ...] = Field(default=(), description="Speakers it names.")
    begins: UtcDatetime | None = Field(default=None, description="Start of the time it names, UTC.")
    ends: UtcDatetime | None = Field(default=None, description="End of that time, UTC, exclusive.")
    concepts: tuple[str, ...] = Field(default=(), description="Its content words.")
    memory_type: str = Field(default="plaintext", description="The form of memory that answers it.")
    semantic_type: str | None = Field(default=None, description="The kind of memory its words suggest.")
    asks_now: bool = Field(default=False, description="Whether it asks how things stand now.")
    asks_assistant: bool = Field(default=False, description="Whether it asks what the assistant said.")
    spoken: str = Field(description="The question as a speaker would put it: what is embedded.")
    words: str = Field(description="The full-text query: quoted words only, so no operator of the question survives.")


class Filters(Model):
    """What a search is limited to, besides what the principal may read; an unset one limits nothing."""

    since: UtcDatetime | None = Field(default=None, description="Of events from this moment on, UTC.")
    until: UtcDatetime | None = Field(default=None, description="Of events before this moment, UTC.")
    as_of: UtcDatetime | None = Field(
        default=None, description="What was known at this moment, UTC: past versions answer."
    )
    valid_at: UtcDatetime | None = Field(
        default=None,
        description="What held or was known to come at this moment, UTC: leaves out facts superseded by then, memories that say no "
        "other, and what was neither true nor told by then.",
    )
    semantic_type: SemanticType | None = Field(default=None, description="Only memories of this type.")
    speaker: Storable | None = Field(default=None, description="Only what this speaker said, whole name, case ignored.")
    source: Storable | None = Field(default=None, description="Only this conversation or document.")
    tags: tuple[Storable, ...] = Field(default=(), description="Only memories with all of these tags.")
    namespace: tuple[Storable, ...] | None = Field(
        default=None, description="Only documents in this namespace or one below it; empty: all documents."
    )
    minimum_score: float = Field(default=0.0, ge=0, le=1, description="Leave out hits below this score.")

    @property
    def any(self) -> bool:
        """Whether something is limited that the indexes do not filter."""
        return self.model_dump(exclude={"as_of", "minimum_score"}, exclude_defaults=True) != {}


class Path(Model):
    """Where a memory hangs in topic → concept → fact."""

    topic: str
    concept: str


class FactHit(Model):
    """The fact of a memory that is nearest to the question."""

    id: str
    text: str
    valid_from: UtcDatetime
    valid_to: UtcDatetime | None = Field(default=None, description="Until when it was true, UTC; none: still.")


class Hit(Model):
    """One memory found."""

    cube: MemCube
    score: float = Field(ge=0, le=1, description="0 to 1, relative to a memory perfect in every part of this search.")
    why: dict[str, float] = Field(description="Parts of the score before weighting, by name as in routing.Weights.")
    path: Path | None = Field(
        default=None, description="Its place in topic, concept, fact; none when it names no concept."
    )
    fact: FactHit | None = Field(default=None, description="Its fact nearest to the question.")
    until: UtcDatetime | None = Field(
        default=None,
        description="Until when what led here was true, UTC: something else has taken its place; none: still.",
    )
    sources: tuple[str, ...] = Field(description="Ids of the messages or passages it rests on.")


class SearchResult(Model):
    """What a search found, best first, and how the question was read."""

    call: MemoryCall
    hits: tuple[Hit, ...]
    request_id: str = Field(description="Under which the log has this search.")
    cached: bool = Field(default=False, description="Whether the intermediate cache answered, after it was checked.")
    withheld: int = Field(
        default=0,
        description="Memories held back because somebody changed them outside memos-graph; see `memos audit verify`.",
    )

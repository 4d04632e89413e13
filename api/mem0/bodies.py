"""What mem0's clients send, and what they read."""

from datetime import UTC, date, datetime, time, timedelta
from hashlib import md5
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from memos_graph.api.mem0.entities import KINDS
from memos_graph.api.mem0.labels import ids_in, metadata_in
from memos_graph.errors import InputError
from memos_graph.types import MemCube, Version
from memos_graph.verbs.fields import Asked, Short, Text

# What changes nothing here: older clients send it, or it is so in any case.
_WITHOUT_EFFECT = {
    *("version", "output_format", "async_mode", "enable_graph", "immutable", "org_id", "project_id", "source"),
    *("rerank", "keyword_search", "latest_only", "explain", "filter_memories"),
}
Moment = int | float | str | None


class Given(BaseModel):
    """Base of what is sent; what would have an effect elsewhere and has none here is refused by name."""

    model_config = ConfigDict(extra="allow")

    def checked(self) -> None:
        """Raise ``InputError`` for what is not supported."""
        extra = sorted(name for name, value in (self.model_extra or {}).items() if value not in (None, [], {}, False))
        if unknown := [name for name in extra if name not in _WITHOUT_EFFECT]:
            raise InputError(
                f"`{unknown[0][:80]}` is not supported here.", hint="Leave it out; docs/mem0.md has what is supported."
            )


class Named(Given):
    """What says whose memories are meant: ids, or filters that have them."""

    user_id: Short | None = None
    agent_id: Short | None = None
    app_id: Short | None = None
    run_id: Short | None = None
    filters: dict[str, Any] | None = None

    def ids(self) -> dict[str, str]:
        """Return the ids that are given as such."""
        return {name: value for name in KINDS if (value := getattr(self, name)) is not None}

    def wanted(self) -> dict[str, Any]:
        """Return the filters, ids among them."""
        return {**(self.filters or {}), **self.ids()}


class Turn(BaseModel):
    """A message."""

    model_config = ConfigDict(extra="ignore")
    role: Short = "user"
    name: Short | None = None
    content: Text | list[dict[str, Any]] | None = None

    @property
    def text(self) -> str:
        """What is said in words."""
        if isinstance(self.content, list):
            return "\n".join(str(each["text"]) for each in self.content if isinstance(each.get("text"), str))
        return self.content or ""


class Add(Named):
    """New memories."""

    messages: Annotated[list[Turn], Field(min_length=1, max_length=1000)] | Turn | Text
    metadata: dict[str, Any] | None = None
    infer: bool | None = None
    expiration_date: date | None = None
    timestamp: Moment = None

    def turns(self) -> list[Turn]:
        """Return the messages that are memories: instructions to a model are none."""
        given = self.messages
        found = given if isinstance(given, list) else [given if isinstance(given, Turn) else Turn(content=given)]
        return [turn for turn in found if turn.role not in {"system", "developer"} and turn.text.strip()]


class Query(Named):
    """A search."""

    query: Asked
    top_k: Annotated[int, Field(ge=1, le=200)] | None = None
    limit: Annotated[int, Field(ge=1, le=200)] | None = None
    threshold: Annotated[float, Field(ge=0, le=1)] | None = None
    fields: list[Short] | None = None
    reference_date: Moment = None


class Listed(Named):
    """What to list."""

    start_date: Short | None = None
    end_date: Short | None = None

    def within(self) -> dict[str, Any]:
        """Return the filters, those of time among them."""
        ends = (("gte", moment_of(self.start_date)), ("lte", moment_of(self.end_date)))
        times = [{"created_at": {operator: moment.isoformat()}} for operator, moment in ends if moment]
        return {"AND": [self.wanted(), *times]} if times else self.wanted()


class Change(Given):
    """A correction."""

    text: Text | None = None
    metadata: dict[str, Any] | None = None
    expiration_date: date | None = None


def item_of(cube: MemCube, score: float | None = None, parts: dict[str, float] | None = None) -> dict[str, Any]:
    """Return a memory as mem0's clients know it."""
    ids = ids_in(cube.descriptive.tags)
    ends = cube.governance.expires_at
    item: dict[str, Any] = {
        "id": cube.id,
        "memory": cube.text,
        "hash": md5(cube.text.encode(), usedforsecurity=False).hexdigest(),
        **{name: ids.get(name) for name in KINDS},
        "metadata": metadata_in(cube.descriptive.tags),
        "categories": [],
        "created_at": cube.descriptive.created_at.isoformat(),
        "updated_at": cube.descriptive.updated_at.isoformat(),
        "expiration_date": None if ends is None else (ends - timedelta(microseconds=1)).date().isoformat(),
    }
    if score is not None:
        item |= {"score": score, "score_breakdown": parts or {}}
    return item


def entry_of(cube: MemCube, version: Version, before: Version | None) -> dict[str, Any]:
    """Return a version of a memory as an entry of its history."""
    ids = ids_in(cube.descriptive.tags)
    return {
        "id": f"{cube.id}-{version.number}",
        "memory_id": cube.id,
        "input": [],
        "old_memory": None if before is None else before.text,
        "new_memory": version.text,
        "event": "ADD" if before is None else "UPDATE",
        **{name: ids.get(name) for name in KINDS},
        "metadata": metadata_in(cube.descriptive.tags),
        "created_at": version.known_from.isoformat(),
        "updated_at": version.known_from.isoformat(),
    }


def end_of(day: date | None) -> datetime | None:
    """Return when a memory ends that is kept until a day is over."""
    try:
        return None if day is None else datetime.combine(day + timedelta(days=1), time(), UTC)
    except OverflowError:
        raise InputError(f"No memory can be kept until {day}.", hint="Leave it out to keep it for good.") from None


def moment_of(given: Moment) -> datetime | None:
    """Return a moment that is given as seconds since 1970 or as text; raises ``InputError`` for anything else."""
    if given is None:
        return None
    try:
        if isinstance(given, str) and not given.isdecimal():
            read = datetime.fromisoformat(given)
            return read if read.tzinfo else read.replace(tzinfo=UTC)
        return datetime.fromtimestamp(float(given), UTC)
    except (ValueError, OverflowError, OSError):
        raise InputError(
            f"{str(given)[:40]!r} is no moment.", hint="Send seconds since 1970, or a date as 2026-05-04."
        ) from None

"""What a space holds, at a glance: its topics, its sources, its months, and what is sensitive in it."""

from pydantic import Field

from memos_graph.audit import Event
from memos_graph.governance import Action
from memos_graph.kit.clock import now
from memos_graph.kit.moments import UtcDatetime
from memos_graph.services import Services
from memos_graph.types import Model

_TOPICS, _CONCEPTS, _SOURCES = 20, 8, 50


class MappedConcept(Model):
    """A concept."""

    name: str
    mentions: int = Field(description="How many memories mention it.")


class MappedTopic(Model):
    """A topic with its largest concepts."""

    name: str
    mentions: int = Field(description="How often memories mention its concepts.")
    concepts: tuple[MappedConcept, ...]


class MappedSource(Model):
    """A conversation or a document."""

    name: str
    memories: int
    first: UtcDatetime = Field(description="When the first of them was said, UTC.")
    last: UtcDatetime = Field(description="When the last of them was said, UTC.")


class MappedMonth(Model):
    """A month in which something was said."""

    month: str = Field(description="As in 2026-05.")
    memories: int


class MappedKind(Model):
    """A kind of sensitive content."""

    kind: str
    memories: int


class SpaceMap(Model):
    """What the memories of a space in service are about, as far as who asks may read them."""

    space: str
    topics: tuple[MappedTopic, ...] = Field(description="The twenty largest.")
    sources: tuple[MappedSource, ...] = Field(description="The fifty with most memories.")
    months: tuple[MappedMonth, ...] = Field(description="In order; months without a memory are left out.")
    sensitivity: tuple[MappedKind, ...]


def overview(services: Services, space: str, principal: str) -> SpaceMap:
    """Return what a space holds; raises ``NotFoundError`` where it may not be read. Recorded in its log."""
    sizes = {"topics": _TOPICS, "concepts": _CONCEPTS, "sources": _SOURCES}
    services.governance.require(space, principal, Action.READ)
    row = services.runner.read_one("overview/space", space=space, principal=principal, now=now(), **sizes)
    services.audit.read(Event(space, "overview", principal))
    return SpaceMap(space=space, **(row or dict.fromkeys(("topics", "sources", "months", "sensitivity"), ())))

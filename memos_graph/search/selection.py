"""What of a space is materialized or taught: a selection of memories, as lines of text in one canonical order.

Equal selections give equal lines, so equal token prefixes; lines are ordered by when they were said, so that what is
said later stands later and a new memory is appended.
"""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from pydantic import Field

from memos_graph.errors import InputError, NotFoundError
from memos_graph.graph.rows import Row
from memos_graph.graph.runner import Runner
from memos_graph.kit.clock import now
from memos_graph.memcube.rows import moment
from memos_graph.types import Model

MOST_LINES = 2000
_LINE = re.compile(r"(?:\[(?P<day>\d{4}-\d\d-\d\d)\] )?(?:(?P<speaker>[^:\[\]]{1,60}): )?(?P<said>.+)")


class Selection(Model):
    """Which memories of a space; several criteria add up, none at all means every fact of the space."""

    cubes: tuple[str, ...] = Field(default=(), description="Memories by id; each stands for its facts.")
    sources: tuple[str, ...] = Field(default=(), description="Conversations or documents by id.")
    concepts: tuple[str, ...] = Field(default=(), description="Concepts by name.")
    topics: tuple[str, ...] = Field(default=(), description="Topics by name.")

    @property
    def everything(self) -> bool:
        """Whether nothing narrows it down."""
        return not (self.cubes or self.sources or self.concepts or self.topics)

    @property
    def title(self) -> str:
        """What it is, in a few words."""
        named = [*self.topics, *self.concepts, *self.sources]
        if self.cubes:
            named.append(f"{len(self.cubes)} memories")
        return ", ".join(named) or "the whole space"


class Line(Model):
    """One memory as a line for a model, in the version that was read."""

    cube: str
    version: int
    text: str = Field(description="With its date and speaker where they are known.")
    at: datetime
    expires_at: datetime

    @property
    def place(self) -> tuple[datetime, str]:
        """Where it stands in canonical order."""
        return self.at, self.cube


def line_of(row: Row) -> Line:
    """Return the line of a row of ``materialize/select``."""
    at = moment(row["at"])
    spoken = f"{row['speaker']}: {row['text']}" if row["speaker"] else row["text"]
    dated = f"[{at:%Y-%m-%d}] {spoken}" if row["said"] else spoken
    return Line(
        cube=row["id"],
        version=row["version"],
        text=" ".join(dated.split()),
        at=at,
        expires_at=moment(row["expires_at"]),
    )


def told(line: str) -> tuple[datetime | None, str | None, str]:
    """Take a line apart again: the day it was said, who said it, and what."""
    parts = _LINE.fullmatch(line)
    if parts is None:
        return None, None, line
    day = parts["day"]
    at = datetime.strptime(day, "%Y-%m-%d").replace(tzinfo=UTC) if day else None
    return at, parts["speaker"], parts["said"]


def select(runner: Runner, selection: Selection, *, space: str, principal: str) -> list[Line]:
    """Return the lines of a selection that ``principal`` may read, in canonical order.

    Raises ``NotFoundError`` when there are none, ``InputError`` when there are more than ``MOST_LINES``.
    """
    rows = runner.read(
        "materialize/select",
        principal=principal,
        space=space,
        now=now(),
        everything=selection.everything,
        cubes=list(selection.cubes),
        sources=list(selection.sources),
        concepts=list(selection.concepts),
        topics=list(selection.topics),
        limit=MOST_LINES + 1,
    )
    if not rows:
        raise NotFoundError(
            f"No memory of '{space}' is in this selection: {selection.title}.",
            hint="`memos search` finds memories; concepts and topics are named as its paths show them.",
            target=next(iter(selection.cubes), space),
        )
    if len(rows) > MOST_LINES:
        raise InputError(
            f"The selection '{selection.title}' has more than {MOST_LINES} memories.",
            hint="Name a concept, a topic or a source.",
        )
    return [line_of(row) for row in rows]


def derivations(lines: Sequence[Line]) -> list[dict[str, Any]]:
    """Return ``lines`` as ``materialize/derive`` takes them."""
    return [{"id": line.cube, "version": line.version, "position": place} for place, line in enumerate(lines)]

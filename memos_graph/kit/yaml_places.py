"""What both kinds of YAML files share: places, counted as people count them, and what such a file has no use for."""

from collections.abc import Iterator
from enum import StrEnum
from typing import NamedTuple, Protocol, Self

import yaml

_DEEPEST = 12


class _Mark(Protocol):
    """Where something stands, counted from 0, as PyYAML's two parsers tell it."""

    line: int
    column: int


class Place(NamedTuple):
    """Where something stands, both counted from 1."""

    line: int
    column: int

    @classmethod
    def of(cls, mark: _Mark | None) -> Self:
        """Return the place of a parser's mark; the first of the file where it tells none."""
        return cls(1, 1) if mark is None else cls(mark.line + 1, mark.column + 1)

    @classmethod
    def of_error(cls, error: yaml.MarkedYAMLError) -> Self:
        """Return where a file stops being YAML."""
        return cls.of(error.problem_mark or error.context_mark)


Path = tuple[str | int, ...]


class Unusual(StrEnum):
    """What YAML has and plain data does not."""

    ALIAS = "alias"
    TAG = "tag"
    DEPTH = "depth"


def unusual(text: str) -> Iterator[tuple[Place, Unusual]]:
    """Find what could grow without end or build objects, before anything is built; stops at too deep a nesting.

    Raises ``yaml.YAMLError`` for what is not YAML.
    """
    depth = 0
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            yield Place.of(event.start_mark), Unusual.ALIAS
        elif getattr(event, "tag", None):
            yield Place.of(event.start_mark), Unusual.TAG
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > _DEEPEST:
            yield Place.of(event.start_mark), Unusual.DEPTH
            return

"""Pages of long lists."""

from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from pydantic import Field

from memos_graph.types import Model

T = TypeVar("T")
K = TypeVar("K", str, int)


class Page(Model, Generic[T]):
    """Some of many: ask again with ``after`` (for the log: ``before``) set to ``next`` until that is none."""

    items: tuple[T, ...]
    next: str | None = Field(description="Where the following page starts; none: this was the last.")


class LogPage(Model, Generic[T]):
    """Entries of a log, newest first: ask again with ``before`` set to ``next`` until that is none."""

    items: tuple[T, ...]
    next: int | None


def following(found: Sequence[T], limit: int, place: Callable[[T], K]) -> K | None:
    """Return where the page after ``found`` starts, by the ``place`` of its last item; none after a page that is not full."""
    return place(found[-1]) if len(found) == limit else None

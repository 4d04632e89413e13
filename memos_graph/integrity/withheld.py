"""What was held back from whoever asks, gathered over an act, so that it can be told with the answer."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from memos_graph.graph.rows import Row

_withheld: ContextVar[set[str] | None] = ContextVar("withheld", default=None)


@contextmanager
def gathering() -> Iterator[set[str]]:
    """Yield a set that fills with the ids of the memories that are held back inside the block; blocks may lie in one another."""
    found: set[str] = set()
    outer = _withheld.get()
    token = _withheld.set(found)
    try:
        yield found
    finally:
        _withheld.reset(token)
        if outer is not None:
            outer |= found


def note(cubes: set[str]) -> None:
    """Note memories that are held back from the reader."""
    if (found := _withheld.get()) is not None:
        found |= cubes


def so_far() -> int:
    """Return how many memories were held back from the reader by now."""
    return len(_withheld.get() or ())


def whole_page(read: Callable[..., list[Row]], after: str, limit: int) -> list[Row]:
    """Return a page of ``limit`` rows, where there are as many, also when some are held back.

    * ``read`` gives the rows ``after`` an id, at most ``limit``; each has a ``cube``, or is one.
    """
    rows: list[Row] = []
    while True:
        with gathering() as withheld:
            page = read(after=after, limit=limit - len(rows))
        rows += page
        if not withheld or len(rows) >= limit:
            return rows
        after = max([*(row.get("cube", row)["id"] for row in page), *withheld])

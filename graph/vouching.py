"""Which memories a transaction touches, and who vouches for them at its end.

``Runner`` is given a ``Vouching``: a statement's header says which memories it changes (``memos_graph.cypher``), the transaction
gathers them, and before it commits they are vouched for as they then stand. What that means lies above this room.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from memos_graph.cypher import Query
from memos_graph.graph.rows import Row

if TYPE_CHECKING:
    from memos_graph.graph.runner import Runner, Transaction


@dataclass
class TouchedIds:
    """Ids of the memories that a transaction changed, of those that it made, and of the spaces and principals it governs anew.

    * ``updated`` those of ``changed`` whose content is a new version.
    """

    changed: set[str] = field(default_factory=set)
    made: set[str] = field(default_factory=set)
    governed: set[str] = field(default_factory=set)
    updated: set[str] = field(default_factory=set)

    def note(self, statement: Query, params: Mapping[str, object], rows: Sequence[Mapping[str, Any]]) -> None:
        """Note what one run of a statement touched."""
        self.made.update(_ids(statement.creates, params, rows))
        self.changed.update(_ids(statement.touches, params, rows))
        self.governed.update(_ids(statement.governs, params, rows))

    def __bool__(self) -> bool:
        return bool(self.changed or self.made or self.governed)

    def __contains__(self, cube: str) -> bool:
        return cube in self.changed or cube in self.made


class Vouching(Protocol):
    """Vouches for memories: at the end of a transaction that touched them."""

    @property
    def probe(self) -> object:
        """The parameter of that name, of the statements that give what is vouched for with their rows (``vouched``)."""

    def vouch(self, runner: "Runner", tx: "Transaction", touched: TouchedIds) -> None:
        """Vouch for what ``tx`` touched, inside it, as the last thing it does."""

    def shown(
        self,
        runner: "Runner",
        tx: "Transaction | None",
        statement: Query,
        params: Mapping[str, object],
        rows: list[Row],
    ) -> list[Row]:
        """Return the rows of ``statement`` without the memories that are not as they were vouched for.

        * ``tx`` the transaction it was run in, if it was; what that touched itself is vouched for at its end.
        * Raises ``IntegrityError`` where there is no answer without one.
        """


def shown(
    runner: "Runner", tx: "Transaction | None", statement: Query, params: Mapping[str, object], rows: list[Row]
) -> list[Row]:
    """Return rows without the memories that nobody vouches for, where the statement shows any."""
    if runner.vouching is None or not statement.shows or not rows:
        return rows
    return runner.vouching.shown(runner, tx, statement, params, rows)


def wanted(statement: Query, params: Mapping[str, object]) -> set[str]:
    """Return the memories that a statement shows, and without which there is no answer."""
    places = [place for place in statement.shows if place.startswith("$")]
    return set(_ids(places, params, ()))


def in_row(statement: Query, row: Mapping[str, Any]) -> set[str]:
    """Return the memories that a row shows, beside those in lists of it that can be left out one by one."""
    places = [place for place in statement.shows if not place.startswith("$") and "[]" not in place]
    return set(_ids(places, {}, [row]))


def in_lists(statement: Query) -> dict[str, str]:
    """Return the columns that are lists of memories, each with the key of their ids."""
    places = [place.partition("[].") for place in statement.shows if "[]." in place]
    return {column: key for column, _, key in places}


def _ids(places: Sequence[str], params: Mapping[str, object], rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for place in places:
        first, *path = place.split(".")
        values = [params[first[1:]]] if first.startswith("$") else [row[first] for row in rows]
        yield from _strings(values, path)


def _strings(values: Sequence[Any], path: Sequence[str]) -> Iterator[str]:
    for value in values:
        if isinstance(value, (list, tuple)):
            yield from _strings(value, path)
        elif isinstance(value, Mapping):
            yield from _strings([value[path[0]]], path[1:])
        elif value is not None:
            yield str(value)

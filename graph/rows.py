"""What a statement returned, as plain Python: a row is a dictionary of the declared columns."""

from collections.abc import Callable, Iterable
from typing import Any

import neo4j
from neo4j import Record

from memos_graph.cypher import Query
from memos_graph.errors import ConfigurationError

Row = dict[str, Any]


def native(value: Any) -> Any:
    """Return Neo4j's temporal values as Python's; lists and maps are followed."""
    convert = _NATIVE.get(type(value))
    return value if convert is None else convert(value)


_NATIVE: dict[type, Callable[[Any], Any]] = {
    neo4j.time.DateTime: neo4j.time.DateTime.to_native,
    # Written out: a call for each of the thousand values that a search reads would cost twice as much.
    list: lambda items: [each if (to := _NATIVE.get(type(each))) is None else to(each) for each in items],
    dict: lambda items: {k: v if (to := _NATIVE.get(type(v))) is None else to(v) for k, v in items.items()},
}


def rows_of(statement: Query, keys: Iterable[str], records: Iterable[Record]) -> list[Row]:
    """Return records as rows; raises ``ConfigurationError`` where the columns are not those that are declared."""
    keys = list(keys)
    if keys != list(statement.returns):
        raise ConfigurationError(f"Query {statement.name} returns {keys}, declared {list(statement.returns)}.")
    return [{key: native(value) for key, value in zip(keys, record.values(), strict=True)} for record in records]


def at_most_one(name: str, rows: list[Row]) -> Row | None:
    """Return the only row, or ``None``; more than one is an error in the statement."""
    if len(rows) > 1:
        raise ConfigurationError(f"Query {name} returned {len(rows)} rows where at most one was expected.")
    return rows[0] if rows else None

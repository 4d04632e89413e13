"""Runs named Cypher statements and nothing else: the one door between this package and the database.

``Runner.read`` and ``Runner.write`` run one statement each; ``Runner.transact`` runs several in one transaction. All are
managed transactions of the official driver: retried on transient errors, and causally chained by bookmarks. A read is
repeated where the server itself failed, too.
"""

import logging
import time
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any, TypeVar

import neo4j
from neo4j import Driver, ManagedTransaction, Record, RoutingControl
from neo4j.exceptions import Neo4jError

from memos_graph.cypher import Query, query
from memos_graph.errors import ConfigurationError
from memos_graph.graph.failures import mapped

T = TypeVar("T")
Row = dict[str, Any]
Observer = Callable[[str, float], None]

_log = logging.getLogger(__name__)
_SERVER_FAILED = ("Neo.DatabaseError.", "Neo.ClientError.Statement.EntityNotFound")
_PAUSES = (0.01, 0.05, 0.25)

_PYTHON_TYPES: dict[str, tuple[type, ...]] = {
    "STRING": (str,),
    "INTEGER": (int,),
    "FLOAT": (float, int),
    "BOOLEAN": (bool,),
    "MAP": (dict,),
    "DATETIME": (datetime,),
    "LIST": (list, tuple),
    "ANY": (object,),
}


def check_params(statement: Query, params: Mapping[str, object]) -> None:
    """Raise ``ConfigurationError`` unless ``params`` are those declared, each of its declared type (``?``: may be null)."""
    if params.keys() != statement.params.keys():
        raise ConfigurationError(
            f"Query {statement.name} takes {sorted(statement.params)}, but was given {sorted(params)}."
        )
    for name, declared in statement.params.items():
        value, kind = params[name], declared.rstrip("?").split("<", 1)[0]
        if value is None and declared.endswith("?"):
            continue
        if not isinstance(value, _PYTHON_TYPES[kind]) or (kind == "INTEGER" and isinstance(value, bool)):
            raise ConfigurationError(
                f"Query {statement.name}: parameter '{name}' is {type(value).__name__}, declared {declared}."
            )


def _native(value: Any) -> Any:
    """Neo4j's temporal values as Python's; lists and maps are followed."""
    if isinstance(value, neo4j.time.DateTime):
        return value.to_native()
    if isinstance(value, list):
        return [_native(item) for item in value]
    if isinstance(value, dict):
        return {key: _native(item) for key, item in value.items()}
    return value


def _rows(statement: Query, keys: Iterable[str], records: Iterable[Record]) -> list[Row]:
    keys = list(keys)
    if keys != list(statement.returns):
        raise ConfigurationError(f"Query {statement.name} returns {keys}, declared {list(statement.returns)}.")
    return [{key: _native(value) for key, value in zip(keys, record.values(), strict=True)} for record in records]


def repeated(read: Callable[[], T]) -> T:
    """Do a read; do it anew where the server failed, which the driver does not: it can't know that nothing was written.

    So a search goes on that meets an index being merged, or a memory that somebody erases at that moment.
    """
    for pause in _PAUSES:
        try:
            return read()
        except Neo4jError as error:
            if not (error.code or "").startswith(_SERVER_FAILED):
                raise
            _log.warning("The database failed in a read, which is repeated: %s", error)
            time.sleep(pause)
    return read()


class Transaction:
    """Several named statements, all or nothing; given to the function passed to ``Runner.transact``."""

    def __init__(self, inner: ManagedTransaction) -> None:
        self._inner = inner
        self._afterwards: list[Callable[[], None]] = []

    def after_commit(self, act: Callable[[], None]) -> None:
        """Have ``act`` done once this transaction is committed, and not at all when it is not; in the order given."""
        self._afterwards.append(act)

    def committed(self) -> None:
        """Do what was to be done after the commit."""
        for act in self._afterwards:
            act()

    def run(self, name: str, /, **params: object) -> list[Row]:
        """Run one statement; rows are dictionaries of the declared columns."""
        statement = query(name)
        check_params(statement, params)
        result = self._inner.run(statement.text, dict(params))
        return _rows(statement, result.keys(), result)

    def one(self, name: str, /, **params: object) -> Row | None:
        """Run one statement that returns at most one row."""
        return at_most_one(name, self.run(name, **params))


def at_most_one(name: str, rows: list[Row]) -> Row | None:
    """Return the only row, or ``None``; more than one is an error in the statement."""
    if len(rows) > 1:
        raise ConfigurationError(f"Query {name} returned {len(rows)} rows where at most one was expected.")
    return rows[0] if rows else None


class Runner:
    """Runs statements of ``cypher/`` on one database.

    * ``driver`` a connected driver; the runner does not close it.
    * ``observe`` is told each statement's name and its seconds, for metrics and profiles.
    """

    def __init__(self, driver: Driver, database: str, *, observe: Observer | None = None) -> None:
        self.driver = driver
        self.database = database
        self._observe = observe

    def _single(self, name: str, params: Mapping[str, object], routing: RoutingControl) -> list[Row]:
        statement = query(name)
        check_params(statement, params)
        started = time.perf_counter()
        with mapped(name):

            def execute() -> neo4j.EagerResult:
                return self.driver.execute_query(
                    statement.text, dict(params), routing_=routing, database_=self.database
                )

            result = repeated(execute) if routing is RoutingControl.READ else execute()
        if self._observe:
            self._observe(name, time.perf_counter() - started)
        return _rows(statement, result.keys, result.records)

    def read(self, name: str, /, **params: object) -> list[Row]:
        """Run one reading statement, on any member of a cluster."""
        return self._single(name, params, RoutingControl.READ)

    def read_one(self, name: str, /, **params: object) -> Row | None:
        """Run one reading statement that returns at most one row."""
        return at_most_one(name, self.read(name, **params))

    def write(self, name: str, /, **params: object) -> list[Row]:
        """Run one writing statement in its own transaction."""
        return self._single(name, params, RoutingControl.WRITE)

    def transact(self, work: Callable[[Transaction], T]) -> T:
        """Run ``work`` in one writing transaction; it may be called again when the server asks for a retry."""
        started = time.perf_counter()
        attempts: list[Transaction] = []

        def attempt(inner: ManagedTransaction) -> T:
            attempts.append(Transaction(inner))
            return work(attempts[-1])

        with (
            mapped(work.__qualname__),
            self.driver.session(
                database=self.database, bookmark_manager=self.driver.execute_query_bookmark_manager
            ) as session,
        ):
            result = session.execute_write(attempt)
        if self._observe:
            self._observe(work.__qualname__, time.perf_counter() - started)
        attempts[-1].committed()
        return result

    def schema(self, name: str, **params: object) -> None:
        """Run one statement that changes the schema, outside a managed transaction as the server requires."""
        statement = query(name)
        check_params(statement, params)
        if statement.mode != "schema":
            raise ConfigurationError(f"Query {name} does not change the schema.")
        with mapped(name), self.driver.session(database=self.database) as session:
            session.run(statement.text, params).consume()

"""Runs named Cypher statements and nothing else: the one door between this package and the database.

``Runner.read`` and ``Runner.write`` run one statement each; ``Runner.transact`` runs several in one transaction. All are
managed transactions of the official driver: retried on transient errors, and causally chained by bookmarks. A read is
repeated where the server itself failed, too. ``Runner.unit`` opens one transaction that all of these join.
"""

import logging
import math
import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, TypeVar

import neo4j
from neo4j import Driver, ManagedTransaction, RoutingControl
from neo4j.exceptions import DriverError, Neo4jError

from memos_graph.cypher import query
from memos_graph.errors import ConfigurationError, DatabaseUnavailableError, ForkedError
from memos_graph.graph.failures import mapped, needs_restart
from memos_graph.graph.fencing import check_fence
from memos_graph.graph.params import check_params
from memos_graph.graph.patience import Patience, calling, takes_long
from memos_graph.graph.rows import Row, at_most_one, rows_of
from memos_graph.graph.unit import SERVER_FAILED, Unit, all_of, current, is_timeout, timed_out
from memos_graph.graph.vouching import TouchedIds, Vouching, shown
from memos_graph.kit.clock import Clock, now
from memos_graph.kit.meter import timed
from memos_graph.kit.traces import Traces

T = TypeVar("T")
Observer = Callable[[str, float], None]

_log = logging.getLogger(__name__)
_PAUSES = (0.01, 0.05, 0.25)
_TICK = timedelta(microseconds=1)
_BEGINNING = datetime(1, 1, 1, tzinfo=UTC)


def _server_failed(error: Neo4jError) -> bool:
    return (error.code or "").startswith(SERVER_FAILED)


def _met_another(error: Neo4jError) -> bool:
    """Whether a change of the schema failed since somebody made it at that moment: IF NOT EXISTS looks, and only then makes."""
    return (error.code or "").endswith("AlreadyExists") or error.is_retryable()


def repeated(read: Callable[[], T], *, where: Callable[[Neo4jError], bool] = _server_failed) -> T:
    """Do a read, or what may be done twice; do it anew ``where`` the server failed, which the driver does not: it can't know that nothing was written.

    So a search goes on that meets an index being merged, or a memory that somebody erases at that moment.
    """
    for pause in _PAUSES:
        try:
            return read()
        except Neo4jError as error:
            if not where(error) or needs_restart(error):
                raise
            _log.warning("The database failed in what is repeated: %s", error)
            time.sleep(pause)
    return read()


class Transaction:
    """Several named statements, all or nothing; given to the function passed to ``Runner.transact``."""

    def __init__(
        self,
        inner: ManagedTransaction,
        afterwards: list[Callable[[], None]] | None = None,
        touched: TouchedIds | None = None,
        runner: "Runner | None" = None,
        otherwise: list[Callable[[], None]] | None = None,
    ) -> None:
        self._inner = inner
        self._runner = runner
        self._afterwards = [] if afterwards is None else afterwards
        self.touched = TouchedIds() if touched is None else touched
        self._otherwise = [] if otherwise is None else otherwise
        self._floor = self.told = _BEGINNING
        """``told``: the latest moment that ``now`` returned."""

    def later_than(self, moments: Iterable[datetime | None]) -> None:
        """Have ``now`` return what is later than ``moments``: those of what this transaction has locked."""
        self._floor = max([self._floor, *(each for each in moments if each is not None)])

    def now(self) -> datetime:
        """Return the present moment, later than any that what is locked has seen: so histories order, whatever clocks did."""
        self.told = max(self.told, now(), self._floor + _TICK)
        return self.told

    def after_commit(self, act: Callable[[], None]) -> None:
        """Have ``act`` done once this transaction is committed, and not at all when it is not; in the order given."""
        self._afterwards.append(act)

    def if_failed(self, act: Callable[[], None]) -> None:
        """Have ``act`` done if this attempt fails before it is committed; not where nobody knows whether the commit came through.

        ``act`` must not raise.
        """
        self._otherwise.append(act)

    def run(self, name: str, /, **params: object) -> list[Row]:
        """Run one statement; rows are dictionaries of the declared columns."""
        statement = query(name)
        check_params(statement, params)
        result = self._inner.run(statement.text, dict(params))
        rows = rows_of(statement, result.keys(), result)
        self.touched.note(statement, params, rows)
        return rows if self._runner is None else shown(self._runner, self, statement, params, rows)

    def one(self, name: str, /, **params: object) -> Row | None:
        """Run one statement that returns at most one row."""
        return at_most_one(name, self.run(name, **params))


class Runner:
    """Runs statements of ``cypher/`` on one database.

    * ``driver`` a connected driver; the runner does not close it.
    * ``observe`` is told each statement's name and its seconds, for metrics and profiles; ``traces`` too, as part of an act.
    * ``vouching`` vouches for what each transaction touched.
    * ``patience`` how long a call may take: reads what is usual (``long_act``: what is long), writes what is long.
    """

    def __init__(
        self,
        driver: Driver,
        database: str,
        *,
        observe: Observer | None = None,
        vouching: Vouching | None = None,
        patience: Patience | None = None,
        traces: Traces | None = None,
    ) -> None:
        self.driver = driver
        self.patience = patience or Patience()
        self.database = database
        self.vouching = vouching
        self._clock_s = self.patience.usual
        self.clock = Clock(self._database_time)
        """The database's clock, as this process knows it; who opens the database measures it."""
        self.traces = traces or Traces()
        self._observe = [each for each in (observe, self.traces.statement) if each]
        self.when_changed: list[Callable[[TouchedIds], None]] = []
        """Told, in this order, what each committed transaction touched, by whichever act: nobody has to remember to."""
        self._process = os.getpid()

    @property
    def inherited(self) -> bool:
        """Whether this process was forked from the one that opened the connections: two that used them would mix their answers."""
        return self._process != os.getpid()

    def check_process(self) -> None:
        """Raise ``ForkedError`` in a process that was forked from the one that opened the connections."""
        if self.inherited:
            raise ForkedError(
                f"MemOS was opened by process {self._process}; this is process {os.getpid()}, forked from it, and can't use its "
                "connections.",
                hint="Open MemOS in the forked process, with MemOS.open(): in a worker's initializer, or its server's hook after "
                "a fork.",
            )

    @contextmanager
    def _mapped(self, name: str) -> Iterator[None]:
        try:
            with mapped(name):
                yield
        except DatabaseUnavailableError:
            self.clock.doubt()  # who answers next may be another server, or the same one much later
            raise

    def _database_time(self) -> datetime | None:
        if self.inherited:
            return None
        statement = query("engine/clock")
        try:
            # Beside any open unit, and never repeated: what it would wait for must not count as the way to the clock.
            with (
                calling(self.patience, seconds=self._clock_s),
                self.driver.session(database=self.database, default_access_mode=neo4j.READ_ACCESS) as session,
            ):
                result = session.run(statement.text)
                moment: datetime = rows_of(statement, result.keys(), result)[0]["at"]
            self._clock_s = 0.1 * self.patience.usual  # once it is known, a call has more to wait for than the time
        except (Neo4jError, DriverError) as error:
            _log.warning("The database could not be asked for its time: %s", error)
            return None
        return moment

    def _single(self, name: str, params: Mapping[str, object], routing: RoutingControl) -> list[Row]:
        self.check_process()
        statement = query(name)
        if routing is RoutingControl.WRITE and (statement.touches or statement.creates or statement.governs):

            def act(tx: Transaction) -> list[Row]:
                return tx.run(name, **params)

            act.__qualname__ = name  # what errors and the observer are told
            return self.transact(act)
        check_params(statement, params)
        started = time.perf_counter()
        reads = routing is RoutingControl.READ
        with (
            timed("database_s"),
            self._mapped(name),
            calling(self.patience, long=not reads or takes_long(name)) as seconds,
        ):
            if (unit := self._unit()) is not None:
                with unit.joined(reads=reads):
                    rows = self._joining(unit).run(name, **params)
            else:

                def execute() -> neo4j.EagerResult:
                    return self.driver.execute_query(
                        neo4j.Query(statement.text, timeout=seconds),
                        dict(params),
                        routing_=routing,
                        database_=self.database,
                    )

                result = repeated(execute) if reads else execute()
                rows = shown(self, None, statement, params, rows_of(statement, result.keys, result.records))
        for told in self._observe:
            told(name, time.perf_counter() - started)
        return rows

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
        """Run ``work`` in one writing transaction; it may be called again when the server asks for a retry.

        Inside a ``unit`` it joins that: what fails in ``work`` then fails the whole unit, which alone is retried.
        """
        self.check_process()
        started = time.perf_counter()
        afterwards: list[Callable[[], None]] = []
        touched = TouchedIds()

        def attempt(inner: ManagedTransaction) -> T:
            nonlocal touched
            afterwards.clear()
            touched = TouchedIds()
            otherwise: list[Callable[[], None]] = []
            tx = Transaction(inner, afterwards, touched, runner=self, otherwise=otherwise)
            try:
                done = work(tx)
                self._end(tx)
            except BaseException:
                for each in otherwise:
                    each()
                raise
            return done

        with timed("database_s"), self._mapped(work.__qualname__), calling(self.patience, long=True) as seconds:
            if (unit := self._unit()) is not None:
                with unit.joined():
                    result = work(self._joining(unit))
            else:
                result = self._managed(neo4j.unit_of_work(timeout=seconds)(attempt))
        for told in self._observe:
            told(work.__qualname__, time.perf_counter() - started)
        self._committed(afterwards, touched)
        return result

    def unit(self, work: Callable[[], T], *, timeout_s: float | None = None) -> T:
        """Run ``work`` with one open transaction that every call of this runner on this thread joins: all or nothing.

        * Reads inside see what the unit wrote. A nested failure fails the unit, even where somebody let it pass.
        * ``work`` is called again, whole, when the server asks for a retry.
        * After ``timeout_s`` it is rolled back: raises ``TransactionTimeoutError``.
        * A unit inside a unit is part of the outer one.
        """
        self.check_process()
        if self._unit() is not None:
            return work()
        until = None if timeout_s is None else time.monotonic() + timeout_s
        attempts: list[Unit] = []

        def attempt(inner: ManagedTransaction) -> T:
            unit = Unit(self, inner, until)
            attempts.append(unit)
            token = current.set(unit)
            try:
                unit.check()
                result = work()
                for each in unit.before_commit:
                    each()
                unit.check()
                self._end(self._joining(unit))
            except BaseException as error:
                for each in unit.if_failed:
                    each()
                if (cause := unit.cause(error)) is error:
                    raise
                raise cause from error
            finally:
                current.reset(token)
            return result

        limited = neo4j.unit_of_work(timeout=timeout_s)(attempt)
        most = (timeout_s or math.inf) + self.patience.usual
        with self._mapped(work.__qualname__), calling(self.patience, seconds=most):
            try:
                result = repeated(
                    lambda: self._managed(limited), where=lambda _: bool(attempts) and attempts[-1].repeatable
                )
            except Neo4jError as error:
                if is_timeout(error, until):
                    raise timed_out() from error
                raise
        self._committed(attempts[-1].after_commit, attempts[-1].touched)
        return result

    def _committed(self, afterwards: list[Callable[[], None]], touched: TouchedIds) -> None:
        followers = self.when_changed if touched else []
        all_of([*afterwards, *(partial(follow, touched) for follow in followers)])

    def _end(self, tx: Transaction) -> None:
        check_fence(tx)
        if self.vouching is not None and tx.touched:
            self.vouching.vouch(self, tx, tx.touched)

    def _joining(self, unit: Unit) -> Transaction:
        return Transaction(unit.inner, unit.after_commit, unit.touched, self, unit.if_failed)

    def committed(self, name: str, /, **params: object) -> list[Row]:
        """Run one reading statement outside any unit: what it sees is committed, or was before the open transaction's writes."""
        statement = query(name)
        check_params(statement, params)
        with mapped(name):
            where: dict[str, Any] = {"routing_": RoutingControl.WRITE, "database_": self.database}
            result = repeated(lambda: self.driver.execute_query(statement.text, dict(params), **where))
            return rows_of(statement, result.keys, result.records)

    def _managed(self, attempt: Callable[[ManagedTransaction], T]) -> T:
        bookmarks = self.driver.execute_query_bookmark_manager
        with self.driver.session(database=self.database, bookmark_manager=bookmarks) as session:
            return session.execute_write(attempt)

    def _unit(self) -> Unit | None:
        unit = current.get()
        return unit if unit is not None and unit.joins(self) else None

    @property
    def joined(self) -> bool:
        """Whether calls on this thread are part of a unit now: what they see may never be committed."""
        return self._unit() is not None

    def before_commit(self, act: Callable[[], None]) -> None:
        """Have ``act`` done as the last of the unit; raises ``ConfigurationError`` outside one."""
        unit = self._unit()
        if unit is None:
            raise ConfigurationError("There is no unit here that something could be done at the end of.")
        unit.before_commit.append(act)

    def after_commit(self, act: Callable[[], None]) -> None:
        """Have ``act`` done once the unit is committed, and never if it is not; outside a unit: at once."""
        unit = self._unit()
        if unit is None:
            act()
        else:
            unit.after_commit.append(act)

    def within(self, seconds: float) -> None:
        """Allow the unit's acts from here on ``seconds`` more, within the timeout of the whole."""
        if (unit := self._unit()) is not None:
            unit.until = time.monotonic() + seconds

    def schema(self, name: str, **params: object) -> None:
        """Run one statement that changes the schema, outside a managed transaction as the server requires.

        Where another process does the same at that moment, it is done anew, and finds it done.
        """
        self.check_process()
        statement = query(name)
        check_params(statement, params)
        if statement.mode != "schema":
            raise ConfigurationError(f"Query {name} does not change the schema.")
        with (
            mapped(name),
            calling(self.patience, long=True),
            self.driver.session(database=self.database) as session,
        ):
            repeated(lambda: session.run(statement.text, params).consume(), where=_met_another)

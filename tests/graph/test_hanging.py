"""A managed server that hangs is an error in the declared time, whatever is asked of it and however; one that works is waited for."""

import os
import signal
import time
from collections.abc import Iterator

import neo4j
import pytest
from support.processes import freeze

from memos_graph.config import Settings
from memos_graph.errors import DatabaseUnavailableError, EngineStartError
from memos_graph.graph.engine import Engine
from memos_graph.graph.lock import read_record
from memos_graph.graph.patience import Patience, calling, long_act
from memos_graph.graph.runner import Runner

SLOW = "UNWIND range(1, $n) AS i WITH i WHERE i % 7 = 3 RETURN count(i) AS n"


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """An engine on a home of its own, with the declared time of the defaults."""
    home = tmp_path_factory.mktemp("hangs") / "home"
    engine = Engine(Settings.load(home=home, neo4j_uri=None, engine_heap_mb=384, engine_page_cache_mb=64))
    engine.ensure(keep=True)
    yield engine
    engine.release()
    engine.stop(timeout=60)


@pytest.fixture
def driver(own: Engine) -> Iterator[neo4j.Driver]:
    with own.ensure().driver() as made:
        yield made


@pytest.fixture
def frozen(own: Engine, driver: neo4j.Driver) -> Iterator[int]:
    """The server, frozen, and running on after the test."""
    Runner(driver, "neo4j").read("engine/ping")
    pid = own.status().pid
    assert pid is not None
    freeze(pid)
    yield pid
    os.kill(pid, signal.SIGCONT)
    with long_act():
        Runner(driver, "neo4j").read("engine/ping")


@pytest.mark.parametrize("how", ["read", "write", "transact", "unit", "first", "again"])
def test_every_way_to_ask_ends_in_an_error(own: Engine, driver: neo4j.Driver, frozen: int, how: str) -> None:
    runner = Runner(driver, "neo4j")
    ways = {
        "read": lambda: runner.read("engine/ping"),
        "write": lambda: runner.write("engine/ping"),
        "transact": lambda: runner.transact(lambda tx: tx.run("engine/ping")),
        "unit": lambda: runner.unit(lambda: runner.read("engine/ping"), timeout_s=300.0),
        "again": lambda: runner.read("engine/ping"),
    }
    started = time.monotonic()
    if how == "first":  # no connection has been made yet
        record = read_record(own.home.record)
        assert record is not None
        with own.endpoint(record).driver() as unused, pytest.raises(DatabaseUnavailableError):
            Runner(unused, "neo4j").read("engine/ping")
    else:
        with pytest.raises(DatabaseUnavailableError):
            ways[how]()
    assert time.monotonic() - started < own.settings.timeout_s


def test_opening_it_ends_in_an_error(own: Engine, frozen: int) -> None:
    started = time.monotonic()
    with pytest.raises(EngineStartError, match=f"process {frozen}"):
        Engine(own.settings).ensure()
    assert time.monotonic() - started < own.settings.timeout_s


def test_a_large_text_sent_to_it_ends_in_an_error(driver: neo4j.Driver, frozen: int) -> None:
    started = time.monotonic()
    with calling(Patience()), pytest.raises(neo4j.exceptions.DriverError):
        driver.execute_query("RETURN size($text) AS n", text="x" * (64 << 20))
    assert time.monotonic() - started < Patience().usual + 2  # what is sent is packed first


def test_one_that_works_for_long_is_waited_for_as_long_as_is_declared(driver: neo4j.Driver) -> None:
    started = time.monotonic()
    with calling(Patience(usual=1.0)), pytest.raises((neo4j.exceptions.DriverError, neo4j.exceptions.Neo4jError)):
        driver.execute_query(SLOW, n=200_000_000)
    assert time.monotonic() - started < 3
    with long_act(), calling(Patience(usual=0.5)) as seconds:
        assert seconds == Patience().long
        assert driver.execute_query(SLOW, n=20_000_000).records[0]["n"] > 0
    assert time.monotonic() - started > 1.0


def test_a_transaction_that_takes_too_long_is_ended_by_the_server_too(own: Engine, driver: neo4j.Driver) -> None:
    query = neo4j.Query(SLOW, timeout=0.5)  # type: ignore[arg-type]
    with pytest.raises(neo4j.exceptions.Neo4jError, match="TransactionTimedOut"):
        driver.execute_query(query, n=2_000_000_000)

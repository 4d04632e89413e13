"""The driver's errors become ours: real ones, of a real server or of none."""

import socket
import time

import neo4j
import pytest
from neo4j.exceptions import ClientError, TransientError
from neo4j.exceptions import DatabaseError as ServerError
from support.raw_graph import value

from memos_graph import MemOS
from memos_graph.embedding import packed
from memos_graph.errors import (
    DatabaseAuthError,
    DatabaseError,
    DatabaseUnavailableError,
    DimensionError,
    DiskFullError,
    DuplicateError,
    MemosError,
)
from memos_graph.graph.failures import from_driver, mapped
from memos_graph.graph.runner import Runner, Transaction
from memos_graph.kit.clock import now


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_a_wrong_password_is_told_without_showing_it(memos: MemOS) -> None:
    with neo4j.GraphDatabase.driver(memos.endpoint.uri, auth=("nobody", "hunter2hunter2")) as driver:
        with pytest.raises(DatabaseAuthError, match="NEO4J_PASSWORD") as caught:
            Runner(driver, memos.endpoint.database).read("engine/ping")
        assert "hunter2" not in str(caught.value)


def test_a_server_that_is_not_there_is_told_in_bounded_time() -> None:
    started = time.monotonic()
    with neo4j.GraphDatabase.driver(
        f"bolt://127.0.0.1:{free_port()}", auth=("neo4j", "x"), max_transaction_retry_time=0.5
    ) as driver:
        runner = Runner(driver, "neo4j")

        def work(tx: Transaction) -> None:
            tx.run("engine/ping")

        for act in (
            lambda: runner.read("engine/ping"),
            lambda: runner.transact(work),
            lambda: runner.schema("schema/cube_id"),
        ):
            with pytest.raises(DatabaseUnavailableError, match="is not confirmed") as caught:
                act()
            assert caught.value.hint
    assert time.monotonic() - started < 30


def test_an_address_the_driver_does_not_know() -> None:
    with pytest.raises(DatabaseError, match="NEO4J_URI"), mapped("opening the database"):
        neo4j.GraphDatabase.driver("bolt+unknown://127.0.0.1", auth=("neo4j", "x"))


def test_a_database_that_is_not_there(memos: MemOS) -> None:
    with pytest.raises(DatabaseError, match="nowhere"):
        Runner(memos.driver, "nowhere").read("engine/ping")


def test_the_same_key_twice_writes_nothing(memos: MemOS, principal: str) -> None:
    given = {"hash": f"same-{principal}", "label": "", "now": now()}
    memos._services.runner.write("governance/create_key", principal=principal, id="one", **given)
    with pytest.raises(DuplicateError, match="nothing was written"):
        memos._services.runner.write("governance/create_key", principal=f"{principal}.b", id="two", **given)
    assert value(memos, "MATCH (p:Principal {id: $p}) RETURN count(p)", p=f"{principal}.b") == 0


def test_a_vector_of_another_width_is_refused(memos: MemOS) -> None:
    import numpy as np  # noqa: PLC0415

    statement = "MATCH (c:MemCube) SEARCH c IN (VECTOR INDEX cube_vector FOR $v LIMIT 1) RETURN c.id"
    with pytest.raises(DimensionError), mapped("the search"):
        memos.driver.execute_query(f"CYPHER 25 {statement}", {"v": packed(np.ones(3, np.float32))})


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (TransientError("a deadlock"), DatabaseUnavailableError),
        (ServerError("java.io.IOException: No space left on device"), DiskFullError),
        (ClientError("something else"), DatabaseError),
        (ClientError("a dimension of something else"), DatabaseError),
    ],
    ids=str,
)
def test_what_can_not_be_brought_about_here_is_told_by_its_class_and_text(
    error: Exception, expected: type[MemosError]
) -> None:
    found = from_driver(error, "the write")
    assert type(found) is expected
    assert "the write" in str(found)


def test_an_error_that_is_not_the_drivers_passes_through() -> None:
    with pytest.raises(ZeroDivisionError), mapped("arithmetic"):
        _ = 1 / 0

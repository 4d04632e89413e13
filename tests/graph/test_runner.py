"""The runner: only declared statements with declared parameters, whole transactions, retried where the server asks for it."""

from datetime import UTC, datetime

import neo4j
import pytest
from neo4j.exceptions import TransientError
from support.raw_graph import value
from uuid_utils import uuid4

from memos_graph import MemOS
from memos_graph.cypher import parse
from memos_graph.errors import ConfigurationError, DatabaseError, InputError
from memos_graph.graph.params import check_params
from memos_graph.graph.rows import at_most_one
from memos_graph.graph.runner import Runner, Transaction, repeated

NOW = datetime(2024, 5, 10, 9, 30, 15, 123456, tzinfo=UTC)

TYPES = parse(
    "a/b",
    "// b: one of each.\n// mode: read\n// returns: ok BOOLEAN\n"
    "// params: s STRING, i INTEGER, f FLOAT, b BOOLEAN, m MAP, d DATETIME, l LIST<MAP>, a ANY, o STRING?\n"
    "RETURN [$s, $i, $f, $b, $m, $d, $l, $a, $o] IS NOT NULL AS ok",
)
GIVEN = {"s": "x", "i": 1, "f": 1.5, "b": True, "m": {}, "d": NOW, "l": [], "a": object(), "o": None}


@pytest.fixture
def runner(memos: MemOS) -> Runner:
    return memos._services.runner


def test_parameters_of_the_declared_types_pass() -> None:
    check_params(TYPES, GIVEN)
    check_params(TYPES, GIVEN | {"f": 1, "o": "text", "l": ({},)})


@pytest.mark.parametrize(
    ("name", "wrong"),
    [("s", 1), ("s", None), ("i", True), ("i", 1.0), ("i", "1"), ("f", "1"), ("b", 1), ("m", []), ("d", "2024-05-10"), ("l", "x"), ("o", 1)],
)  # fmt: skip
def test_a_parameter_of_another_type_is_refused(name: str, wrong: object) -> None:
    with pytest.raises(ConfigurationError, match=f"parameter '{name}'"):
        check_params(TYPES, GIVEN | {name: wrong})


def test_a_missing_or_unknown_parameter_is_refused(runner: Runner) -> None:
    with pytest.raises(ConfigurationError, match="takes"):
        runner.read("ingest/topics")
    with pytest.raises(ConfigurationError, match="takes"):
        runner.read("ingest/topics", space="a/b", other=1)
    with pytest.raises(ConfigurationError, match="parameter 'space'"):
        runner.read("ingest/topics", space=1)


def test_an_unknown_statement_is_refused(runner: Runner) -> None:
    for act in (runner.read, runner.write, runner.schema):
        with pytest.raises(ConfigurationError, match="no Cypher file"):
            act("ingest/nothing")
    with pytest.raises(ConfigurationError, match="does not change the schema"):
        runner.schema("engine/ping")


def test_a_read_can_not_write(runner: Runner, principal: str, memos: MemOS) -> None:
    with pytest.raises(DatabaseError, match=r"(?i)writ"):
        runner.read("governance/create_principal", principal=principal, kind="user", now=NOW)
    assert value(memos, "MATCH (p:Principal {id: $p}) RETURN count(p)", p=principal) == 0


def test_moments_come_back_as_they_went_in(runner: Runner, principal: str) -> None:
    runner.write("governance/create_principal", principal=principal, kind="user", now=NOW)
    runner.write("governance/create_key", principal=principal, id=principal, hash=principal, label="", now=NOW)
    (key,) = runner.read("governance/keys", principal=principal)
    assert key["created_at"] == NOW
    assert type(key["created_at"]) is datetime
    assert key["revoked_at"] is None


def test_one_row_at_most(runner: Runner) -> None:
    assert at_most_one("x", []) is None
    assert at_most_one("x", [{"a": 1}]) == {"a": 1}
    with pytest.raises(ConfigurationError, match="x returned 2 rows"):
        at_most_one("x", [{"a": 1}, {"a": 2}])
    with pytest.raises(ConfigurationError, match="schema/indexes returned"):
        runner.read_one("schema/indexes")


def test_a_transaction_is_all_or_nothing(runner: Runner, principal: str, memos: MemOS) -> None:
    def work(tx: Transaction) -> None:
        tx.run("governance/create_principal", principal=principal, kind="user", now=NOW)
        raise InputError("changed my mind")

    with pytest.raises(InputError, match="changed my mind"):
        runner.transact(work)
    assert value(memos, "MATCH (p:Principal {id: $p}) RETURN count(p)", p=principal) == 0


def test_a_transaction_is_repeated_when_the_server_asks_and_only_then(runner: Runner, memos: MemOS) -> None:
    """Two transactions that lock each other's node: the server ends one as a deadlock, which is then repeated."""
    from threading import Barrier, Thread  # noqa: PLC0415

    names = [f"p{uuid4().hex}", f"p{uuid4().hex}"]
    for name in names:
        runner.write("governance/create_principal", principal=name, kind="user", now=NOW)
        runner.write("governance/create_space", space=f"{name}/s", space_key="1", principal=name, now=NOW)
    meet, calls, failed = Barrier(2), [], []

    def cross(first: str, second: str) -> None:
        def work(tx: Transaction) -> None:
            calls.append(first)
            tx.run("ingest/describe_space", space=f"{first}/s", added=1, speakers=[])
            if len(calls) <= 2:
                meet.wait(timeout=30)
            tx.run("ingest/describe_space", space=f"{second}/s", added=1, speakers=[])

        try:
            runner.transact(work)
        except Exception as error:  # noqa: BLE001 - shown by the assertion below
            failed.append(error)

    threads = [Thread(target=cross, args=pair) for pair in (names, names[::-1])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert failed == []
    assert len(calls) == 3
    assert [value(memos, "MATCH (s:Space {id: $s}) RETURN s.cubes", s=f"{name}/s") for name in names] == [2, 2]

    def broken(tx: Transaction) -> None:
        calls.append("broken")
        raise InputError("no")

    with pytest.raises(InputError):
        runner.transact(broken)
    assert calls.count("broken") == 1


def test_statements_are_observed_by_name(memos: MemOS) -> None:
    seen: list[tuple[str, float]] = []
    watched = Runner(memos.driver, memos.endpoint.database, observe=lambda name, seconds: seen.append((name, seconds)))
    watched.read("engine/ping")

    def work(tx: Transaction) -> list[dict[str, object]]:
        return tx.run("engine/ping")

    assert watched.transact(work) == [{"one": 1}]
    assert [name for name, _ in seen] == ["engine/ping", work.__qualname__]
    assert all(0 < seconds < 60 for _, seconds in seen)


def test_a_transient_error_is_one_the_driver_repeats() -> None:
    assert TransientError().is_retryable()
    assert issubclass(neo4j.exceptions.ServiceUnavailable, neo4j.exceptions.DriverError)


class Failing:
    """Stands for a server that fails so many times, which a real one does only by chance."""

    def __init__(self, times: int, code: str) -> None:
        self.times, self.code, self.asked = times, code, 0

    def __call__(self) -> str:
        self.asked += 1
        if self.asked <= self.times:
            raise neo4j.exceptions.Neo4jError._hydrate_neo4j(code=self.code, message="no luck")
        return "read"


@pytest.mark.parametrize(
    "code", ["Neo.DatabaseError.Statement.ExecutionFailed", "Neo.ClientError.Statement.EntityNotFound"]
)
def test_a_read_in_which_the_server_failed_is_repeated(code: str) -> None:
    failing = Failing(2, code)
    assert repeated(failing) == "read"
    assert failing.asked == 3


def test_a_read_is_not_repeated_for_ever_nor_for_what_is_ones_own_mistake() -> None:
    for failing, asked in (
        (Failing(9, "Neo.DatabaseError.General.UnknownError"), 4),
        (Failing(9, "Neo.ClientError.Statement.SyntaxError"), 1),
    ):
        with pytest.raises(neo4j.exceptions.Neo4jError):
            repeated(failing)
        assert failing.asked == asked

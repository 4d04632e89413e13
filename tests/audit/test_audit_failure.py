"""When reads can't be recorded they are refused, and what was read before is recorded once the database is back."""

import socket
import time
from collections.abc import Iterator
from dataclasses import replace

import neo4j
import pytest
from support.raw_graph import mounted, services_like, value

from memos_graph import Memory, MemOS, Message
from memos_graph.audit import AuditLog
from memos_graph.errors import AuditError, DatabaseError
from memos_graph.graph.runner import Runner
from memos_graph.services import Services


@pytest.fixture
def unreachable() -> Iterator[neo4j.Driver]:
    """A driver to a port where nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with neo4j.GraphDatabase.driver(
        f"bolt://127.0.0.1:{port}", auth=("neo4j", "x"), max_transaction_retry_time=0.1
    ) as driver:
        yield driver


@pytest.fixture
def cube(space: Memory) -> str:
    return space.add([Message(id="m1", text="The lamp in the hall flickers.")]).added[0]


def with_log(services: Services, log: AuditLog) -> Services:
    return replace(services, audit=log)


def recorded(memos: MemOS, space: Memory) -> int:
    return int(value(memos, "MATCH (e:AuditEvent {space: $s, action: 'read'}) RETURN count(e)", s=space.space))


def test_reads_are_refused_while_earlier_ones_are_not_recorded_and_none_is_lost(
    memos: MemOS, space: Memory, cube: str, unreachable: neo4j.Driver
) -> None:
    services = services_like(memos)
    runner = Runner(unreachable, memos.endpoint.database)
    log = AuditLog(runner, memos._services.settings, memos._services.audit.chain)
    mine = mounted(with_log(services, log), space)
    mine.get(cube)
    deadline = time.monotonic() + 30
    refused: AuditError | None = None
    answered = 1
    while refused is None and time.monotonic() < deadline:
        try:
            mine.get(cube)
            answered += 1
        except AuditError as error:
            refused = error
        time.sleep(0.02)
    assert refused is not None
    assert "not recorded yet" in str(refused)
    assert recorded(memos, space) == 0
    with pytest.raises(DatabaseError):
        log.flush()
    runner.driver = memos.driver  # the database is back
    log.flush()
    assert recorded(memos, space) == answered
    mine.get(cube)
    log.close()
    assert recorded(memos, space) == answered + 1


def test_a_synchronous_read_that_can_not_be_recorded_is_not_answered(
    memos: MemOS, space: Memory, cube: str, unreachable: neo4j.Driver
) -> None:
    settings = memos._services.settings.model_copy(update={"audit_reads": "sync"})
    log = AuditLog(Runner(unreachable, memos.endpoint.database), settings, memos._services.audit.chain)
    mine = mounted(with_log(services_like(memos), log), space)
    with pytest.raises(AuditError, match="could not be recorded"):
        mine.get(cube)


def test_a_log_that_can_not_be_written_at_its_end_says_so(
    memos: MemOS, space: Memory, cube: str, unreachable: neo4j.Driver
) -> None:
    settings = memos._services.settings.model_copy(update={"audit_delay_ms": 60_000})
    log = AuditLog(Runner(unreachable, memos.endpoint.database), settings, memos._services.audit.chain)
    mounted(with_log(services_like(memos), log), space).get(cube)
    with pytest.raises(DatabaseError):
        log.close()


def test_what_acts_took_keeps_no_log_from_closing_when_the_database_is_gone(
    memos: MemOS, space: Memory, unreachable: neo4j.Driver, caplog: pytest.LogCaptureFixture
) -> None:
    log = AuditLog(Runner(unreachable, memos.endpoint.database), memos._services.settings, memos._services.audit.chain)
    with log.bill.metering("search", space.space, space.principal):
        pass
    log.close()
    assert "What 1 acts of this program took is not in the bill" in caplog.text
    caplog.clear()
    log.close()
    assert not caplog.text

"""Neo4j dies during a write: the writer is told in bounded time, and after a restart nothing is half there."""

import os
import signal
import threading
import time
from collections.abc import Iterator
from dataclasses import replace

import neo4j
import pytest
from support.raw_graph import mounted, rows, services_like, value

from memos_graph import Memory, MemOS, Message, Settings
from memos_graph.errors import DatabaseUnavailableError
from memos_graph.graph.engine import Engine

COUNT = 8
TALK = [Message(id=f"m{i}", speaker="Alice", text=f"Crate {i} holds apples from orchard {i}.") for i in range(COUNT)]

BROKEN = """
MATCH (c:MemCube)
WHERE COUNT { (c)-[:CURRENT]->(:MemVersion {number: 1}) } <> 1 OR c.embedding IS NULL
   OR (c.level = 'whole' AND COUNT { (c)-[:FROM]->(:Source) } <> 1)
   OR (c.level = 'fact' AND COUNT { (c)-[:DERIVED_FROM]->(:MemCube) } = 0)
RETURN count(c)
"""

pytestmark = pytest.mark.apart


@pytest.fixture
def own(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """Settings of a server that only this test uses."""
    found = settings.model_copy(update={"home": tmp_path_factory.mktemp("killed") / "home", "ingest_batch": 1})
    yield found
    Engine(found).stop(timeout=60)


def write_until_killed(memos: MemOS, opened: MemOS, space: Memory) -> int:
    """Add messages one by one, kill the server while the fourth or a later one is written; returns how many were told."""
    told = 0

    def progress(done: int, total: int) -> None:
        nonlocal told
        told = done
        if done == 3:
            pid = opened.endpoint.pid
            assert pid is not None
            threading.Timer(0.02, os.kill, (pid, signal.SIGKILL)).start()

    auth = (opened.endpoint.user, opened.endpoint.password.get_secret_value())
    with neo4j.GraphDatabase.driver(opened.endpoint.uri, auth=auth, max_transaction_retry_time=1) as driver:
        services = replace(services_like(opened, driver=driver), embedder=memos._services.embedder)
        started = time.monotonic()
        with pytest.raises(DatabaseUnavailableError, match="not confirmed"):
            mounted(services, space).add(TALK, source="yard", progress=progress)
        assert time.monotonic() - started < 60
    return told


def test_a_server_killed_during_a_write_leaves_whole_messages_and_the_next_run_completes_them(
    memos: MemOS, own: Settings
) -> None:
    with MemOS.open(own) as opened:
        space = opened.mount("alice/yard", principal="alice")
        told = write_until_killed(memos, opened, space)
    assert 3 <= told < COUNT

    with MemOS.open(own) as opened:
        stored = value(opened, "MATCH (s:Space {id: 'alice/yard'}) RETURN s.cubes")
        assert told <= stored <= told + 1
        assert value(opened, BROKEN) == 0
        assert value(opened, "MATCH (c:MemCube {level: 'whole'}) RETURN count(c)") == stored
        services = replace(services_like(opened, ingest_batch=COUNT), embedder=memos._services.embedder)
        report = mounted(services, space, "alice").add(TALK, source="yard")
        assert (report.unchanged, len(report.added)) == (stored, COUNT - stored)
        chain = rows(opened, "MATCH (c:MemCube {level: 'whole'}) RETURN c.origin_id AS id ORDER BY c.position")
        assert [row["id"] for row in chain] == [message.id for message in TALK]
        adds = rows(opened, "MATCH (e:AuditEvent {action: 'add'}) RETURN e.seq AS seq ORDER BY seq")
        assert [row["seq"] for row in adds] == list(range(1, stored + 2))

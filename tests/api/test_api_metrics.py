"""What waits, as Prometheus is told of it: jobs, erasures, and events that are not in the log yet."""

import re

import pytest
from starlette.testclient import TestClient
from support.raw_graph import rows

from memos_graph import Memory, MemOS
from memos_graph.api import Metrics, create_app
from memos_graph.audit.events import Event
from memos_graph.kit.clock import now


def told(client: TestClient, name: str) -> dict[str, float]:
    """Return the values of a metric by what stands in its braces."""
    text = client.get("/metrics").text
    return {
        labels: float(value) for labels, value in re.findall(rf"^{name}(?:{{(.*)}})? ([\d.e+-]+)$", text, re.MULTILINE)
    }


def test_jobs_are_counted_by_kind_and_state_with_how_long_they_wait(
    client: TestClient, memos: MemOS, space: Memory
) -> None:
    before = told(client, "memos_jobs")
    asked = client.post(f"/v1/spaces/{space.space}/jobs", json={"kind": "sweep"})
    assert asked.status_code == 202, asked.text
    queued = 'kind="sweep",state="queued"'
    assert told(client, "memos_jobs")[queued] == before.get(queued, 0) + 1
    rows(
        memos,
        "MATCH (j:Job {id: $id}) SET j.created_at = j.created_at - duration('PT1H') RETURN j",
        id=asked.json()["id"],
    )
    assert 3600 <= told(client, "memos_job_waiting_seconds")['kind="sweep"'] < 4000
    client.delete(f"/v1/spaces/{space.space}/jobs/{asked.json()['id']}")
    assert told(client, "memos_jobs").get(queued, 0) == before.get(queued, 0)
    assert space.space not in client.get("/metrics").text


def test_what_is_still_to_be_erased_is_counted(client: TestClient, memos: MemOS, space: Memory) -> None:
    before = told(client, "memos_erasures_waiting")[""]
    rows(
        memos,
        "CREATE (j:Job {id: $id, kind: 'erase', state: 'waiting', space: $space, created_at: $at, created_by: 'x'}) RETURN j",
        id=f"{space.principal}-job",
        space=space.space,
        at=now(),
    )
    try:
        assert told(client, "memos_erasures_waiting")[""] == before + 1
        assert told(client, "memos_erasure_pending_seconds")[""] >= 0
    finally:
        rows(memos, "MATCH (j:Job {id: $id}) DELETE j RETURN 1 AS done", id=f"{space.principal}-job")


def test_events_that_are_not_written_yet_are_counted(
    client: TestClient, memos: MemOS, space: Memory, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = memos._services.audit
    memos.flush()
    monkeypatch.setattr(log, "_begin_work", lambda: None)
    for _ in range(20):  # the thread that writes may be about to look once more
        log.later(Event(space.space, "search", space.principal))
        assert log.unwritten.events <= 20
        seen = client.get("/metrics").text
        counted, lag = (
            float(re.findall(rf"^{name} ([\d.e+-]+)$", seen, re.MULTILINE)[0])
            for name in ("memos_log_unwritten", "memos_log_lag_seconds")
        )
        if counted >= 1 and lag > 0:
            break
    else:
        pytest.fail(f"{counted} events were told to wait, for {lag} s")
    monkeypatch.undo()
    memos.flush()
    assert log.unwritten == (0, 0.0)


def test_calls_of_tools_are_timed(memos: MemOS, principal: str) -> None:
    call = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "list_spaces", "arguments": {}}}
    key = memos._services.api_keys.create(principal, label="test")[1]
    headers = {
        "Accept": "application/json, text/event-stream",
        "MCP-Protocol-Version": "2025-06-18",
        "Authorization": f"Bearer {key}",
    }
    with TestClient(create_app(memos, metrics=Metrics()), base_url="http://127.0.0.1", headers=headers) as client:
        assert client.post("/mcp", json=call).status_code == 200
        assert told(client, "memos_mcp_seconds_count") == {'tool="list_spaces"': 1.0}

"""`memos up` beside a database or a model host that hangs: calls are errors in the declared time, and /health says which."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from support.processes import address_of, freeze, wait_until

from memos_graph import MemOS, Settings
from memos_graph.graph.engine import Engine
from memos_graph.host.supervisor import HostProcess

DECLARED_S, HEALTH_S = 10.0, 2.0
pytestmark = pytest.mark.apart


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    for name in ("NEO4J_URI", "MEMOS_NEO4J_URI"):
        monkeypatch.delenv(name, raising=False)
    chosen = {"MEMOS_HOME": str(tmp_path / "home"), "MEMOS_API_PORT": "0", "MEMOS_UPKEEP_MINUTES": "0"}
    for name, setting in (chosen | {"MEMOS_ENGINE_HEAP_MB": "384", "MEMOS_ENGINE_PAGE_CACHE_MB": "64"}).items():
        monkeypatch.setenv(name, setting)
    found = Settings.load()
    yield found
    HostProcess(found).stop()
    Engine(found).stop(timeout=60)


@pytest.fixture
def address(settings: Settings) -> Iterator[str]:
    command = [sys.executable, "-m", "memos_graph.cli", "up"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, bufsize=1) as up:
        yield address_of(up)
        up.terminate()
        up.communicate(timeout=60)


def health(address: str) -> tuple[int, str]:
    started = time.monotonic()
    reply = httpx.get(f"{address}/health", timeout=30, trust_env=False)
    assert time.monotonic() - started < HEALTH_S
    return reply.status_code, reply.text


def test_what_hangs_is_told_and_waited_for_no_longer_than_declared(settings: Settings, address: str) -> None:
    with MemOS.open(settings) as memos:
        _, secret = memos._services.api_keys.create("ann")
        memos.mount("ann/notes", principal="ann").add("Dana moved to Lisbon in May.")
        memos._services.host.health()
        host = HostProcess(settings).running()
        pid = memos.endpoint.pid
    assert host is not None
    assert pid is not None
    headers = {"Authorization": f"Bearer {secret}"}
    searched: dict[str, object] = {"question": "Where does Dana live?", "spaces": ["ann/notes"]}
    with httpx.Client(base_url=address, headers=headers, timeout=60, trust_env=False) as client:
        _hang(address, client, searched, host.pid, pid)


def _hang(address: str, client: httpx.Client, searched: dict[str, object], host: int, pid: int) -> None:
    wait_until(lambda: client.post("/v1/search", json=searched).status_code == httpx.codes.OK, seconds=90)
    assert health(address) == (200, '{"status":"ok"}')

    try:
        _hanging(address, client, searched, host, pid)
    finally:
        os.kill(pid, signal.SIGCONT)
        os.kill(host, signal.SIGCONT)
    wait_until(lambda: health(address) == (200, '{"status":"ok"}'))
    assert client.get("/v1/spaces").status_code == httpx.codes.OK
    # A path with a slash too many is no reason to send anybody to whatever host the request named.
    moved = client.get("/v1/spaces/", headers={"Host": "evil.example"})
    assert (moved.status_code, "location" in moved.headers) == (404, False)


def _hanging(address: str, client: httpx.Client, searched: dict[str, object], host: int, pid: int) -> None:
    freeze(host)
    assert health(address) == (200, '{"status":"degraded","hangs":["model host"]}')
    freeze(pid)
    took: list[tuple[int, float]] = []

    def call(number: int) -> None:
        started = time.monotonic()
        path = "/v1/search" if number % 2 else "/v1/me"
        reply = client.request("POST" if number % 2 else "GET", path, json=searched if number % 2 else None)
        took.append((reply.status_code, time.monotonic() - started))

    threads = [threading.Thread(target=call, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for _ in range(3):
        status, said = health(address)
        assert status == 503
        assert "from the database and the model host" in said
        time.sleep(0.5)
    for thread in threads:
        thread.join()
    # Those that wait for their turn behind what hangs are told so.
    assert {status for status, _ in took} <= {503, 429}
    assert len(took) == len(threads)
    assert max(seconds for _, seconds in took) < DECLARED_S

"""`memos up` and a database that dies, and `memos stop` from another terminal: on a home and a server of their own."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from support.processes import address_of, wait_until

from memos_graph import MemOS, Settings
from memos_graph.graph.engine import Engine

MEMOS = (sys.executable, "-m", "memos_graph.cli")
_PATIENCE_S = 90.0


class Up:
    """``memos up`` as a process; its messages are kept in a file."""

    def __init__(self, errors: Path) -> None:
        self.errors = errors
        with errors.open("w") as opened:
            self.process = subprocess.Popen([*MEMOS, "up"], stdout=subprocess.PIPE, stderr=opened, text=True, bufsize=1)
        self.address = address_of(self.process)

    def spaces(self, secret: str) -> int:
        """Return the status of a call that asks the database."""
        try:
            return httpx.get(
                f"{self.address}/v1/spaces", headers={"Authorization": f"Bearer {secret}"}, timeout=30
            ).status_code
        except httpx.TransportError:
            return 0

    def ended(self) -> tuple[int, str]:
        code = self.process.wait(_PATIENCE_S)
        return code, self.errors.read_text()

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate(timeout=30)


@pytest.fixture
def engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    for name in ("NEO4J_URI", "MEMOS_NEO4J_URI"):
        monkeypatch.delenv(name, raising=False)
    chosen = {"MEMOS_HOME": str(tmp_path / "home"), "MEMOS_API_PORT": "0", "MEMOS_UPKEEP_MINUTES": "0"}
    for name, setting in (chosen | {"MEMOS_ENGINE_HEAP_MB": "384", "MEMOS_ENGINE_PAGE_CACHE_MB": "64"}).items():
        monkeypatch.setenv(name, setting)
    found = Engine(Settings.load())
    yield found
    found.stop(timeout=60)


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[[], Up]]:
    begun: list[Up] = []

    def started() -> Up:
        begun.append(Up(tmp_path / f"up-{len(begun)}.log"))
        return begun[-1]

    yield started
    for each in begun:
        each.close()


def test_a_database_that_dies_is_started_again_and_stop_ends_both(engine: Engine, start: Callable[[], Up]) -> None:
    up = start()
    with MemOS.open(engine.settings) as memos:
        _, secret = memos._services.api_keys.create("stays")
    wait_until(lambda: up.spaces(secret) == httpx.codes.OK, seconds=_PATIENCE_S)
    died = engine.status().pid
    assert died is not None
    os.kill(died, signal.SIGKILL)
    wait_until(lambda: engine.status().pid not in {died, None}, seconds=_PATIENCE_S)
    wait_until(lambda: up.spaces(secret) == httpx.codes.OK, seconds=_PATIENCE_S)
    stopped = subprocess.run([*MEMOS, "stop"], capture_output=True, text=True, timeout=120, check=False)
    assert stopped.returncode == 0, stopped.stderr
    assert f"Stopped the REST API, process {up.process.pid}." in stopped.stdout
    assert "Stopped the managed database." in stopped.stdout
    code, told = up.ended()
    assert (code, "Traceback" in told) == (0, False), told
    assert f"Neo4j (process {died}) died" in told
    assert not engine.status().running


def test_up_ends_where_its_database_can_only_come_back_elsewhere(engine: Engine, start: Callable[[], Up]) -> None:
    up = start()
    status = engine.status()
    assert status.pid is not None
    assert status.bolt_port is not None
    with socket.socket() as taken:
        os.kill(status.pid, signal.SIGKILL)
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        wait_until(lambda: bound(taken, status.bolt_port), seconds=_PATIENCE_S)
        taken.listen()
        code, told = up.ended()
    assert (code, "Traceback" in told) == (1, False), told
    assert f":{status.bolt_port} is taken" in told


def bound(taken: socket.socket, port: int | None) -> bool:
    try:
        taken.bind(("127.0.0.1", port))
    except OSError:
        return False
    return True

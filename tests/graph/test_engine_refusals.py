"""What the engine refuses before, or at, a start that can't succeed; none of these brings a server up."""

import http.server
import json
import re
import socket
import stat
import threading
from pathlib import Path

import pytest

from memos_graph.config import Settings
from memos_graph.errors import (
    ConfigurationError,
    DatabaseUnavailableError,
    DownloadError,
    EngineError,
    EngineStartError,
    StoreVersionError,
)
from memos_graph.graph import launch, server_config
from memos_graph.graph.engine import Engine
from memos_graph.graph.home import ServerHome, password
from memos_graph.graph.lock import StartLock


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings.load(home=tmp_path / "home", engine_start_timeout=20)


def start_error(settings: Settings, kind: type[EngineError] = EngineStartError) -> str:
    with pytest.raises(kind) as caught:
        Engine(settings).ensure()
    assert caught.value.hint
    assert not Engine(settings).status().running
    return str(caught.value)


@pytest.mark.parametrize("field", ["engine_bolt_port", "engine_http_port"])
def test_a_port_that_is_set_and_taken_is_named(settings: Settings, field: str) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        message = start_error(settings.model_copy(update={field: port}))
    assert str(port) in message
    assert f"MEMOS_{field.upper()}" in message


def test_a_full_disk_is_refused_before_anything_is_written(settings: Settings) -> None:
    message = start_error(settings.model_copy(update={"min_free_disk_mb": 10**9}))
    assert "MiB are free" in message
    assert not (settings.home / "neo4j" / "data").exists()


def test_more_memory_than_there_is_is_named(settings: Settings) -> None:
    message = start_error(settings.model_copy(update={"engine_heap_mb": 10**8}))
    assert "did not get enough memory" in message
    assert "MEMOS_ENGINE_HEAP_MB" in message


def test_a_store_of_a_later_server_is_refused(settings: Settings) -> None:
    home = ServerHome(settings.home)
    home.create()
    home.version.write_text("2027.01.0\n")
    message = start_error(settings, StoreVersionError)
    assert "2027.01.0" in message
    assert "2026.08.1" in message


def test_a_store_without_its_password_file_is_refused(settings: Settings) -> None:
    home = ServerHome(settings.home)
    home.create()
    (home.data / "databases" / "system").mkdir(parents=True)
    message = start_error(settings)
    assert str(home.password) in message


def test_a_home_that_can_not_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    message = start_error(Settings.load(home=tmp_path / "file" / "home"))
    assert "MEMOS_HOME" in message


def test_no_network_at_the_first_start(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("https_proxy", "http_proxy", "HTTPS_PROXY", "HTTP_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    cache = tmp_path / "empty-cache"
    message = start_error(settings.model_copy(update={"cache": cache}), DownloadError)
    assert "network" in message
    assert [path for path in cache.rglob("*") if path.is_file() and path.suffix == ".jar"] == []


@pytest.mark.parametrize("given", [None, ""])
def test_a_given_server_needs_a_password(settings: Settings, given: str | None) -> None:
    bare = Settings.load(home=settings.home, neo4j_uri="bolt://127.0.0.1:1", neo4j_password=given)
    with pytest.raises(ConfigurationError, match="NEO4J_PASSWORD"):
        Engine(bare).ensure()


def test_a_given_server_that_does_not_answer_is_not_replaced_by_a_managed_one(settings: Settings) -> None:
    other = Settings.load(home=settings.home, neo4j_uri="bolt://127.0.0.1:1", neo4j_password="x")
    with pytest.raises(DatabaseUnavailableError):
        Engine(other).ensure()
    assert not settings.home.exists()


@pytest.mark.parametrize("version", ["5.26.1", "2025.12.0", "2026.07.3", "2027.01.0", "unknown"])
def test_servers_this_release_can_not_use(version: str) -> None:
    with pytest.raises(StoreVersionError, match=rf"{re.escape(version)}.*2026\.08"):
        launch.check_version(version, "bolt://example")


@pytest.mark.parametrize("version", ["2026.08.1", "2026.10.0", "2026.08.0+42"])
def test_servers_this_release_can_use(version: str) -> None:
    launch.check_version(version, "bolt://example")


@pytest.mark.parametrize(
    ("logged", "kind", "says"),
    [
        ("java.net.BindException: Address already in use", EngineStartError, "took its port"),
        ("java.io.IOException: No space left on device", EngineStartError, "disk is full"),
        ("java.lang.OutOfMemoryError: Java heap space", EngineStartError, "memory"),
        (
            "Caused by: org.neo4j.kernel.FileLockException: locked by another process",
            EngineStartError,
            "another server",
        ),
        ("Caused by: StoreUpgradeException: unknown store version", StoreVersionError, "another Neo4j version"),
        ("java.nio.file.AccessDeniedException: /x", EngineStartError, "can't be read or written"),
        ("ERROR something else", EngineStartError, "something else"),
    ],
)
def test_the_cause_is_read_from_what_this_start_logged(
    settings: Settings, logged: str, kind: type[EngineError], says: str
) -> None:
    home = ServerHome(settings.home)
    home.create()
    log = home.logs / "neo4j.log"
    log.write_text("java.lang.OutOfMemoryError: of an earlier start\nNo space left on device\n")
    before = launch.log_sizes(home)
    # What debug.log says of any start; none of it is a cause.
    setup = (
        '{"level":"INFO","message":"VM arguments: -XX:+ExitOnOutOfMemoryError, store version: 1, permission denied"}'
    )
    (home.logs / "debug.log").write_text(setup)
    with log.open("a") as file:
        file.write(f"INFO  Starting...\n{logged}\n")
    error = launch.diagnose(home, "It ended", before)
    assert type(error) is kind
    assert says in str(error)
    assert logged in str(error)
    assert "earlier start" not in str(error)


def test_ports_are_remembered_while_they_are_free(settings: Settings) -> None:
    home = ServerHome(settings.home)
    home.create()
    first = server_config.choose_ports(settings, home)
    assert server_config.choose_ports(settings, home) == first
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", first.bolt))
        taken.listen()
        second = server_config.choose_ports(settings, home)
    assert second.bolt != first.bolt
    assert second.http == first.http
    third = server_config.choose_ports(settings, home, avoid={second.bolt, second.http})
    assert {third.bolt, third.http}.isdisjoint({second.bolt, second.http})
    home.ports.write_text("{")
    assert server_config.choose_ports(settings, home).bolt > 0


def test_memory_is_sized_from_the_machine_and_settable(settings: Settings) -> None:
    sizes = server_config.memory(settings)
    assert 256 <= sizes.heap <= 1024
    assert 64 <= sizes.page_cache <= 512
    asked = settings.model_copy(update={"engine_heap_mb": 300, "engine_page_cache_mb": 40})
    assert server_config.memory(asked) == server_config.MemorySizes(heap=300, page_cache=40)


def test_the_password_is_made_once(settings: Settings) -> None:
    home = ServerHome(settings.home)
    home.create()
    first = password(home)
    assert password(home) == first
    credential = (home.data / "dbms" / "auth.ini").read_text()
    assert first.get_secret_value() not in credential
    assert stat.S_IMODE((home.data / "dbms" / "auth.ini").stat().st_mode) == 0o600


def test_a_lock_that_is_held_too_long_is_named(settings: Settings) -> None:
    home = ServerHome(settings.home)
    home.create()
    with StartLock(home, timeout=1):
        waiter: list[BaseException] = []

        def wait() -> None:
            try:
                with StartLock(home, timeout=0.2):
                    pass
            except EngineStartError as error:
                waiter.append(error)

        thread = threading.Thread(target=wait)
        thread.start()
        thread.join()
    assert "engine.lock" in str(waiter[0])


def test_a_program_that_is_no_server_is_not_taken_for_one(settings: Settings) -> None:
    # Something else answers at the address: a web server, which closes on Bolt's greeting.
    class Impatient(http.server.BaseHTTPRequestHandler):
        timeout = 0.5

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Impatient) as other:
        thread = threading.Thread(target=other.serve_forever)
        thread.start()
        try:
            uri = f"bolt://127.0.0.1:{other.server_port}"
            wrong = Settings.load(home=settings.home, neo4j_uri=uri, neo4j_password="x")
            with pytest.raises(DatabaseUnavailableError):
                Engine(wrong).ensure()
        finally:
            other.shutdown()
            thread.join()


def test_a_half_written_ports_file_does_not_stop_the_status(settings: Settings) -> None:
    home = ServerHome(settings.home)
    home.create()
    home.ports.write_text(json.dumps({"bolt": 1}))
    assert Engine(settings).status().running is False

"""Another program takes the managed server's port: it is told neither the password nor anything else."""

import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import neo4j
import pytest
from support.processes import wait_until
from support.stranger import Stranger, stranger

from memos_graph.config import Settings
from memos_graph.errors import DatabaseUnavailableError, EngineError
from memos_graph.graph.engine import Engine
from memos_graph.graph.lock import read_record
from memos_graph.graph.runner import Runner

TEXT = "the kiln is fired on Thursday"
BOLT = bytes.fromhex("6060b017")


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Engine]:
    """An engine on a home of its own."""
    engine = Engine(Settings.load(home=tmp_path / "home", engine_heap_mb=384, engine_page_cache_mb=64))
    yield engine
    engine.release()
    engine.stop(timeout=60)


def told_nothing(found: Stranger, engine: Engine) -> bool:
    said = found.told
    secret = engine.home.password.read_text().strip().encode()
    return not any(word in said for word in (secret, TEXT.encode(), b"neo4j", BOLT))


def test_who_takes_the_port_of_a_dead_server_is_told_nothing(own: Engine, tmp_path: Path) -> None:
    endpoint = own.ensure(keep=True)
    assert endpoint.pid is not None
    status = own.status()
    assert status.bolt_port is not None
    with endpoint.driver(connection_acquisition_timeout=3, max_transaction_retry_time=1) as driver:
        assert driver.execute_query("RETURN $text AS text", text=TEXT).records[0]["text"] == TEXT
        os.kill(endpoint.pid, signal.SIGKILL)
        wait_until(lambda: not own.status().running)
        for kind in ("bolt", "tls"):
            with stranger(status.bolt_port, tmp_path / kind, kind) as found:
                wait_until(found.listens)
                for _ in range(2):
                    with pytest.raises(DatabaseUnavailableError):
                        Runner(driver, endpoint.database).read("engine/ping")
                    with pytest.raises(neo4j.exceptions.DriverError):
                        driver.execute_query("RETURN $text AS text", text=TEXT)
                assert told_nothing(found, own)
                assert kind == "tls" or found.told  # it was asked who it is
        with stranger(status.bolt_port, tmp_path / "again", "bolt") as found:
            wait_until(found.listens)
            assert own.ensure(keep=True).uri != endpoint.uri  # the server comes back elsewhere
            assert found.told == b""


def test_who_takes_the_port_before_the_server_does_is_told_nothing(own: Engine, tmp_path: Path) -> None:
    began: list[Stranger] = []

    def take() -> None:
        wait_until(own.home.record.exists, seconds=60)
        record = read_record(own.home.record)
        assert record is not None
        began.append(Stranger(record.bolt_port, tmp_path / "told", "bolt"))

    taking = threading.Thread(target=take)
    taking.start()
    try:
        endpoint = own.ensure(keep=True)  # of whichever of the two was sooner; our server in any case
        taking.join()
        with endpoint.driver() as driver:
            Runner(driver, endpoint.database).read("engine/ping")
        (found,) = began
        if found.listens():
            assert told_nothing(found, own)
    finally:
        taking.join()
        for each in began:
            each.process.kill()
            each.process.wait()


def test_wrong_passwords_of_others_lock_nobody_out(engine: Engine) -> None:
    endpoint = engine.ensure()
    until = time.monotonic() + 3
    while time.monotonic() < until:
        for _ in range(3):
            with (
                neo4j.GraphDatabase.driver(endpoint.uri, auth=("neo4j", "wrong")) as driver,
                pytest.raises(neo4j.exceptions.AuthError),
            ):
                driver.verify_connectivity()
        with endpoint.driver() as driver:
            Runner(driver, endpoint.database).read("engine/ping")


def test_a_web_page_of_others_is_not_shown_what_the_server_is(engine: Engine) -> None:
    browser = engine.ensure().browser_url
    assert browser is not None
    reply = httpx.get(browser.removesuffix("/browser"), headers={"Origin": "https://evil.example"}, trust_env=False)
    assert reply.headers["access-control-allow-origin"] == browser.removesuffix("/browser")


def test_the_private_key_is_private_and_made_anew_where_it_is_damaged(own: Engine) -> None:
    first = own.ensure(keep=True)
    key, certificate = own.home.identity / "private.key", own.home.certificate
    assert all(path.stat().st_mode & 0o077 == 0 for path in (own.home.identity, key, certificate))
    before = certificate.read_bytes()
    own.stop()
    again = own.ensure(keep=True)
    assert certificate.read_bytes() == before
    with first.driver() as driver:  # whoever was connected connects again
        Runner(driver, first.database).read("engine/ping")
    certificate.unlink()
    with pytest.raises(EngineError, match="can't prove"):
        own.endpoint(read_record(own.home.record))  # type: ignore[arg-type]
    own.stop()
    key.write_text("damaged")
    with own.ensure().driver() as driver:
        Runner(driver, again.database).read("engine/ping")
    assert certificate.read_bytes() != before
    with (
        first.driver(connection_acquisition_timeout=3, max_transaction_retry_time=0) as driver,
        pytest.raises(DatabaseUnavailableError),
    ):
        Runner(driver, first.database).read("engine/ping")


def test_a_server_of_an_earlier_release_which_can_not_prove_itself_is_replaced(own: Engine) -> None:
    pid = own.ensure(keep=True).pid
    record = read_record(own.home.record)
    assert record is not None
    record.changed(own.home, proven=False)
    assert own.ensure(keep=True).pid != pid


def test_one_that_proves_itself_is_shared_and_not_replaced(own: Engine) -> None:
    pid = own.ensure(keep=True).pid
    assert Engine(own.settings).ensure().pid == pid
    assert own.ensure(keep=True).pid == pid

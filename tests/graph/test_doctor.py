import os
import socket
from pathlib import Path

from memos_graph.config import Settings
from memos_graph.graph.connection import Endpoint
from memos_graph.graph.doctor import Check, run_doctor
from memos_graph.graph.engine import Engine
from memos_graph.graph.home import ServerHome
from memos_graph.graph.lock import ServerRecord


def checks(settings: Settings) -> dict[str, Check]:
    found = run_doctor(settings)
    assert len({check.name for check in found}) == len(found)
    assert all(check.advice for check in found if not check.ok)
    return {check.name: check for check in found}


def test_a_fresh_home_is_well_and_stays_untouched(tmp_path: Path) -> None:
    found = checks(Settings.load(home=tmp_path / "home"))
    assert [check for check in found.values() if not check.ok] == []
    assert "openjdk" in found["java"].detail
    assert "not running" in found["server"].detail
    assert not (tmp_path / "home").exists()


def test_each_thing_that_is_wrong_is_named_with_advice(tmp_path: Path) -> None:
    home = ServerHome(tmp_path / "home")
    home.create()
    home.password.write_text("x")
    home.password.chmod(0o644)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        found = checks(
            Settings.load(
                home=home.root,
                engine_bolt_port=port,
                min_free_disk_mb=10**9,
                engine_heap_mb=10**8,
                cache=tmp_path / "no-jars",
            )
        )
    assert {name for name, check in found.items() if not check.ok} == {
        "disk",
        "memory",
        "bolt port",
        "password file",
    }
    assert str(port) in found["bolt port"].detail
    assert "are downloaded at the next start" in found["jars"].detail


def test_a_record_of_a_dead_server_is_reported(tmp_path: Path) -> None:
    home = ServerHome(tmp_path / "home")
    home.create()
    ServerRecord(os.getpid(), created=1.0, bolt_port=1, http_port=2).save(home)
    found = checks(Settings.load(home=home.root))
    assert f"process {os.getpid()}, which has ended" in found["leftovers"].detail
    assert home.record.exists()


def test_a_running_server_is_asked_and_the_graphs_checks_are_added(engine: Engine, engine_settings: Settings) -> None:
    seen: list[Endpoint] = []

    def more(endpoint: Endpoint) -> list[Check]:
        seen.append(endpoint)
        return [Check("indexes", ok=True, detail="none yet")]

    found = {check.name: check for check in run_doctor(engine_settings, store_checks=more)}
    assert found["server"].ok
    assert "Neo4j 2026." in found["server"].detail
    assert found["indexes"].detail == "none yet"
    assert seen == [engine.ensure()]


def test_a_running_server_with_another_password_is_not_ok(engine: Engine, engine_settings: Settings) -> None:
    right = engine.home.password.read_text()
    engine.home.password.write_text("not-the-password\n")
    try:
        found = checks(engine_settings)
    finally:
        engine.home.password.write_text(right)
    assert not found["server"].ok
    assert "refused" in found["server"].detail


def test_a_given_server_is_the_only_thing_looked_at(tmp_path: Path) -> None:
    given = Settings.load(home=tmp_path / "home", neo4j_uri="bolt://127.0.0.1:1", neo4j_password="x")
    (only,) = run_doctor(given)
    assert (only.name, only.ok) == ("server", False)
    assert only.advice


def test_the_disk_of_a_home_that_is_not_there_yet_is_its_parents(tmp_path: Path) -> None:
    assert str(tmp_path) in checks(Settings.load(home=tmp_path / "a" / "b"))["disk"].detail

"""`memos stop` and `memos status` on a home whose records name programs of others, or nothing at all."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

MEMOS = (sys.executable, "-m", "memos_graph.cli")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("NEO4J_URI", "MEMOS_NEO4J_URI"):
        monkeypatch.delenv(name, raising=False)
    found = tmp_path / "home"
    for folder in (found / "serving", found / "clients", found / "host"):
        folder.mkdir(parents=True)
    monkeypatch.setenv("MEMOS_HOME", str(found))
    return found


@pytest.fixture
def bystander() -> Iterator["subprocess.Popen[bytes]"]:
    """A program of the same user that has nothing to do with memos; it would end on a plain SIGTERM."""
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(300)"]) as process:
        yield process
        process.kill()


def server(pid: object, created: object) -> dict[str, object]:
    return {"pid": pid, "created": created, "bolt_port": 7687, "http_port": 7474, "version": "2026.08.1", "keep": True}


def host(pid: object, created: object) -> dict[str, object]:
    return {"pid": pid, "created": created, "port": 7688, "token": "t", "settings": {}, "keys": ""}


def memos(*words: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([*MEMOS, *words], capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize("mark", [None, "0" * 32])
def test_stop_ends_no_program_that_has_a_recorded_pid(
    home: Path, bystander: "subprocess.Popen[bytes]", mark: str | None
) -> None:
    created = psutil.Process(bystander.pid).create_time() - 1.0
    told: dict[str, Callable[[object, object], dict[str, object]]] = {"server.json": server, "host/host.json": host}
    for name, make in told.items():
        content = make(bystander.pid, created) | ({} if mark is None else {"mark": mark})
        (home / name).write_text(json.dumps(content))
    for folder in ("serving", "clients"):
        (home / folder / f"{bystander.pid}-left.json").write_text(
            json.dumps({"pid": bystander.pid, "created": created})
        )
    for words in (("status",), ("stop",)):
        done = memos(*words, "--json")
        assert (done.returncode, "Traceback" in done.stderr) == (0, False), done.stderr
    assert json.loads(done.stdout) == {"api": [], "model_host": False, "database": False, "users": 0}
    assert bystander.poll() is None


@pytest.mark.parametrize("pid", [-1, 10**30, []], ids=str)
def test_a_record_that_is_none_is_ignored_with_a_word(home: Path, pid: object) -> None:
    (home / "server.json").write_text(json.dumps(server(pid, 1.0)))
    (home / "host" / "host.json").write_text(json.dumps(host(pid, 1.0)))
    (home / "serving" / "1-x.json").write_text(json.dumps({"pid": pid, "created": 1.0}))
    (home / "ports.json").write_text(json.dumps({"bolt": pid, "http": 1 << 20}))
    done = memos("stop")
    assert (done.returncode, "Traceback" in done.stderr) == (0, False), done.stderr
    for name in ("server.json", "host/host.json", "serving/1-x.json"):
        assert f"{home / name} is not a record of a process" in done.stderr
    assert "The managed database was not running." in done.stderr + done.stdout

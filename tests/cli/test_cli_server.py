"""`memos up` and its neighbours, as real processes where that matters."""

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import psutil
import pytest
from support.cli_runner import Run
from support.processes import address_of, wait_until

from memos_graph import MemOS, ServiceError, Settings
from memos_graph.cli.browse import saved_queries
from memos_graph.cli.session import principal_of
from memos_graph.cypher import filled
from memos_graph.graph.browser import style_command

MEMOS = (sys.executable, "-m", "memos_graph.cli")


@pytest.fixture
def up(home: Settings) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen([*MEMOS, "up"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, bufsize=1)
    yield process
    if process.poll() is None:
        process.kill()
    process.communicate(timeout=30)


@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGINT])
def test_up_serves_until_it_is_told_to_stop(up: subprocess.Popen[str], memos: MemOS, sign: signal.Signals) -> None:
    address = address_of(up)
    _, secret = memos._services.api_keys.create("up-test")
    deadline = time.monotonic() + 60
    while True:
        try:
            assert httpx.get(f"{address}/health").json() == {"status": "ok"}
            break
        except httpx.TransportError:
            assert time.monotonic() < deadline
            time.sleep(0.2)
    assert httpx.get(f"{address}/v1/me").status_code == 401
    me = httpx.get(f"{address}/v1/me", headers={"Authorization": f"Bearer {secret}"})
    assert me.json() == {"principal": "up-test"}
    up.send_signal(sign)
    out, err = up.communicate(timeout=60)
    assert up.returncode == 0, err
    assert "Traceback" not in out + err
    assert secret not in out + err


def test_a_client_remembers_by_what_up_serves(up: subprocess.Popen[str], memos: MemOS, principal: str) -> None:
    address = address_of(up)
    _, key = memos.installation.keys.create(principal)
    with MemOS.connect(address, key) as client:
        wait_until(lambda: answers(client.me))
        notes = client.mount()
        (cube,) = notes.add("Dana moved to Lisbon in May.").added
        assert notes.search("Where does Dana live?").hits[0].cube.id == cube
    assert memos.mount(f"{principal}/notes", principal=principal).get(cube).text == "Dana moved to Lisbon in May."


def answers(ask: Callable[[], object]) -> bool:
    try:
        ask()
    except ServiceError:  # it says where it will listen a moment before it does
        return False
    return True


def test_up_says_when_its_port_is_taken(memos_cli: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        monkeypatch.setenv("MEMOS_API_PORT", str(taken.getsockname()[1]))
        refused = memos_cli("up")
    assert refused.code == 1
    assert "MEMOS_API_PORT" in refused.err


def test_status_needs_no_model_and_starts_nothing(home: Settings, tmp_path: Path) -> None:
    code = "import sys; from memos_graph.cli.program import main\ntry: main(['status', '--json'])\nfinally: print('torch' in sys.modules, file=sys.stderr)"
    empty = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | {"MEMOS_HOME": str(tmp_path / "empty")},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert json.loads(empty.stdout)["running"] is False
    assert empty.stderr.strip() == "False"
    assert not (tmp_path / "empty").exists()


def test_status_describes_the_running_server(memos_cli: Run, memos: MemOS) -> None:
    assert memos_cli("status", "--json").json()["pid"] == memos.endpoint.pid
    assert str(memos.endpoint.pid) in memos_cli("status").out


def test_stop_without_a_server_says_so(memos_cli: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEMOS_HOME", str(tmp_path / "empty"))
    stopped = memos_cli("stop")
    assert (stopped.code, stopped.err.strip()) == (0, "The managed database was not running.")


def test_browse_tells_the_password_only_when_asked(memos_cli: Run, memos: MemOS, home: Settings) -> None:
    secret = memos.endpoint.password.get_secret_value()
    shown = memos_cli("browse")
    assert str(memos.endpoint.browser_url) in shown.out
    assert str(home.home / "secrets" / "neo4j-password") in shown.out
    assert secret not in shown.out + shown.err
    assert memos_cli("browse", "--json").json()["password"] is None
    assert secret in memos_cli("browse", "--show-password").out
    assert all(name in shown.out for name in saved_queries())


GIVEN = {
    "cube": "it's 1",
    "topic": "lisbon",
    "source": "chat#s1",
    "request": "cli-1",
    "agent": "bot",
    "user": "alice",
    "space": "alice/notes",
    "zone": "Europe/Zurich",
    "opens": 9,
    "closes": 17,
}


@pytest.mark.parametrize("name", saved_queries())
def test_browse_fills_a_saved_query_and_links_to_it(memos_cli: Run, memos: MemOS, name: str) -> None:
    query = saved_queries()[name]
    options = [part for place in query.params for part in (f"--{place}", str(GIVEN[place]))]
    shown = memos_cli("browse", name, *options)
    assert shown.out.strip() == filled(query, GIVEN)
    assert "$" not in shown.out
    link = shown.err.split()[-1]
    assert link.startswith(f"{memos.endpoint.browser_url}/?dbms=bolt")
    told = memos_cli("browse", name, *options, "--json").json()
    assert (told["text"], told["link"]) == (shown.out.strip(), link)
    assert told["params"] == {place: GIVEN[place] for place in query.params}


def test_browse_says_what_a_saved_query_lacks_and_what_it_has_no_place_for(memos_cli: Run) -> None:
    assert f"'{principal_of(None)}/notes'" in memos_cli("browse", "space_overview").out
    for arguments, says in (
        (["nothing"], "There is no saved query 'nothing'"),
        (["neighbourhood"], "The saved query 'neighbourhood' needs --cube."),
        (["space_overview", "--cube", "1"], "has no place for --cube"),
        (["--cube", "1"], "--cube fills a saved query; none is named"),
        (["outside_office_hours", "--zone", "Mars/Olympus"], "'Mars/Olympus' is not a time zone"),
    ):
        refused = memos_cli("browse", *arguments)
        assert (refused.code, refused.out) == (1, "")
        assert says in " ".join(refused.err.split())


def test_browse_prints_the_captions_for_the_browser_of_another_server(memos_cli: Run) -> None:
    assert memos_cli("browse", "--style").out.strip() == style_command()


@pytest.mark.alone
def test_doctor_finds_nothing_on_a_sound_server_and_exits_with_1_on_a_fault(
    memos_cli: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    sound = memos_cli("doctor", "--json")
    checks = json.loads(sound.out)
    assert {"java", "jars", "disk", "server", "schema", "indexes"} <= {check["name"] for check in checks}
    # Other tests put this store's spaces back to older states, which stays a finding until somebody confirms it.
    faults = {check["name"] for check in checks if not check["ok"]}
    assert faults <= {"put back"}
    assert sound.code == bool(faults)
    monkeypatch.setenv("MEMOS_MIN_FREE_DISK_MB", str(10**9))
    faulty = memos_cli("doctor")
    assert faulty.code == 1
    assert "FAULT" in faulty.out


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["nothing"], 2, "No such command"),
        (["search"], 2, "Missing argument"),
        (["search", "x", "--limit", "0"], 2, "--limit"),
        (["search", "x", "--since", "soon"], 2, "soon"),
        (["search", "\udcff"], 2, "not valid"),
        (["log", "--space", "no-space", "--as", "a"], 1, "owner/name"),
        (["key", "create", "--principal", "a b"], 1, "principal id"),
    ],
)
def test_wrong_calls_end_without_a_traceback(memos_cli: Run, arguments: list[str], code: int, told: str) -> None:
    outcome = memos_cli(*arguments)
    assert (outcome.code, outcome.out) == (code, "")
    assert told in outcome.err
    assert "Traceback" not in outcome.err


def test_a_wrong_setting_is_named(memos_cli: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEMOS_API_PORT", "many")
    outcome = memos_cli("status", "--json")
    assert (outcome.code, json.loads(outcome.err)["code"]) == (1, "configuration-invalid")
    assert "api_port" in outcome.err


def test_prepare_runs_a_server_of_its_own_and_leaves_none(
    memos_cli: Run, memos: MemOS, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    done = memos_cli("prepare")
    assert done.code == 0, done.err
    assert "repared" in done.err
    assert memos._services.governance.spaces("prepare") == []  # nothing of it is in the store that is in use
    running = [each.info["cmdline"] or () for each in psutil.process_iter(["cmdline"])]
    assert not [each for each in running if any(f"{tmp_path}/memos-prepare-" in part for part in each)]

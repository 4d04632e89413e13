"""Processes are told by more than their pid, and files that name none are ignored with a word. Real processes throughout."""

import json
import logging
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from memos_graph.kit.processes import MARK, Process, Registration, called, listens, marked, read_record, registered

SLEEP = [sys.executable, "-c", "import time; time.sleep(60)"]
REGISTERED = """
import os, sys
from pathlib import Path
from memos_graph.kit.processes import Registration
Registration(Path(sys.argv[1]))
if sys.argv[2:] and os.fork() == 0:
    import time
    time.sleep(60)
    os._exit(0)
print("there", flush=True)
sys.stdin.readline()
os._exit(0)
"""

NO_RECORDS = [
    "",
    "{",
    "[]",
    "null",
    "17",
    '"pid"',
    "[" * 100_000,
    "\udcff\x00",
    '{"pid": 1}',
    '{"pid": -1, "created": 1.0}',
    '{"pid": 0, "created": 1.0}',
    '{"pid": "7", "created": 1.0}',
    '{"pid": true, "created": 1.0}',
    '{"pid": 7.5, "created": 1.0}',
    '{"pid": null, "created": null}',
    '{"pid": 99999999999999999999, "created": 1.0}',
    '{"pid": ' + "9" * 5000 + ', "created": 1.0}',
    '{"pid": 7, "created": 1e999}',
    '{"pid": 7, "created": NaN}',
    '{"pid": 7, "created": -1}',
    '{"pid": 7, "created": "now"}',
    '{"pid": {"pid": 7}, "created": [1.0]}',
    '{"pid": 7, "created": 1.0, "mark": 5}',
]


@pytest.fixture
def run() -> Iterator[Callable[..., "subprocess.Popen[str]"]]:
    begun: list[subprocess.Popen[str]] = []

    def started(command: list[str], env: dict[str, str] | None = None) -> "subprocess.Popen[str]":
        pipe = subprocess.PIPE
        begun.append(subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, env=os.environ | (env or {})))
        return begun[-1]

    yield started
    for each in begun:
        each.kill()
        each.communicate()


@pytest.mark.parametrize("content", NO_RECORDS, ids=range(len(NO_RECORDS)))
def test_a_file_that_holds_no_record_is_ignored_with_a_word(
    tmp_path: Path, content: str, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "server.json"
    path.write_bytes(content.encode("utf-8", "surrogateescape"))
    with caplog.at_level(logging.WARNING):
        assert read_record(path, Process) is None
        assert read_record(path, Process) is None
    assert caplog.text.count(f"{path} is not a record of a process") == 1
    assert registered(tmp_path) == []
    assert not path.exists()


def test_what_is_no_file_is_no_record(tmp_path: Path) -> None:
    (tmp_path / "folder.json").mkdir()
    (tmp_path / "file").write_text("")
    assert read_record(tmp_path / "folder.json", Process) is None
    assert read_record(tmp_path / "none.json", Process) is None
    assert read_record(tmp_path / "file" / "below.json", Process) is None
    assert registered(tmp_path) == []


def test_a_record_may_say_more_than_is_asked(tmp_path: Path) -> None:
    path = tmp_path / "record.json"
    path.write_text('{"pid": 7, "created": 12, "of a later release": []}')
    assert read_record(path, Process) == Process(7, 12.0)


def test_the_same_pid_and_start_without_the_mark_is_another_process(
    run: Callable[..., "subprocess.Popen[str]"],
) -> None:
    mark = marked()
    ours, other = run(SLEEP, env=mark), run(SLEEP)
    assert Process.of(ours.pid, mark[MARK]).find() == psutil.Process(ours.pid)
    assert Process.of(other.pid, mark[MARK]).find() is None
    assert Process.of(ours.pid, marked()[MARK]).find() is None
    assert Process(ours.pid, time.time() - 3600, mark[MARK]).find() is None
    ours.kill()
    ours.wait()
    assert Process(ours.pid, time.time(), mark[MARK]).find() is None


def test_a_process_of_an_earlier_release_is_told_by_its_command_line(
    run: Callable[..., "subprocess.Popen[str]"], tmp_path: Path
) -> None:
    word = f"--home-dir={tmp_path}"
    named, other = run([*SLEEP, word], env=marked()), run([*SLEEP, f"{word}-2"])
    assert Process.of(named.pid).named(word) == psutil.Process(named.pid)
    assert Process.of(other.pid).named(word) is None
    found = called(word)
    assert found is not None
    assert found == Process.of(named.pid, psutil.Process(named.pid).environ()[MARK])


@pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="only root can start a process as somebody else")
def test_a_strangers_process_by_our_command_line_is_not_ours(tmp_path: Path) -> None:
    word = f"--home-dir={tmp_path}"
    with subprocess.Popen(["/bin/sh", "-c", "sleep 60; true", word], user=65534) as stranger:
        try:
            assert called(word) is None
            assert Process.of(stranger.pid).named(word) is None
        finally:
            for each in [*psutil.Process(stranger.pid).children(), stranger]:
                each.kill()


def test_a_registration_is_believed_while_its_process_holds_it(
    run: Callable[..., "subprocess.Popen[str]"], tmp_path: Path
) -> None:
    own = Registration(tmp_path)
    other, bystander = run([sys.executable, "-c", REGISTERED, str(tmp_path)]), run(SLEEP)
    assert other.stdout is not None
    assert other.stdout.readline() == "there\n"
    # What a killed program leaves whose pid another program has since: the file, which nobody holds.
    left = tmp_path / f"{bystander.pid}-left.json"
    left.write_text(json.dumps({"pid": bystander.pid, "created": psutil.Process(bystander.pid).create_time()}))
    assert {each.pid for each in registered(tmp_path)} == {os.getpid(), other.pid}
    assert not left.exists()
    other.kill()
    other.wait()
    assert {each.pid for each in registered(tmp_path)} == {os.getpid()}
    own.withdraw()
    assert list(tmp_path.iterdir()) == []


def test_who_listens_is_told_by_the_process(run: Callable[..., "subprocess.Popen[str]"]) -> None:
    other = run(SLEEP)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        assert listens(os.getpid(), port)
        assert not listens(other.pid, port)
        other.kill()
        other.wait()
        assert not listens(other.pid, port)
    assert not listens(os.getpid(), port)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks")
def test_a_forked_child_does_not_stand_for_its_dead_parent(
    run: Callable[..., "subprocess.Popen[str]"], tmp_path: Path
) -> None:
    parent = run([sys.executable, "-c", REGISTERED, str(tmp_path), "and fork"])
    assert parent.stdout is not None
    assert parent.stdout.readline() == "there\n"
    (child,) = psutil.Process(parent.pid).children()
    try:
        assert [each.pid for each in registered(tmp_path)] == [parent.pid]
        parent.kill()
        parent.wait()
        assert registered(tmp_path) == []
    finally:
        child.kill()

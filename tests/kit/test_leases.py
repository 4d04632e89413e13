"""Who has a run in hands, as the other processes of a machine see it."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import psutil
import pytest

from memos_graph.kit.clock import now
from memos_graph.kit.leases import Leases

_HOLDER = """
import sys
from pathlib import Path
from memos_graph.kit.leases import Leases
with Leases(Path(sys.argv[1])).take() as name:
    print(name, flush=True)
    sys.stdin.readline()
print("let go", flush=True)
sys.stdin.readline()
"""
SOON, PAST = timedelta(minutes=1), timedelta(minutes=-1)


@pytest.fixture
def other(tmp_path: Path) -> Iterator["subprocess.Popen[str]"]:
    with subprocess.Popen(
        [sys.executable, "-c", _HOLDER, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        yield process
        process.kill()


def _line(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def test_a_living_process_that_let_go_has_its_run_no_more(tmp_path: Path, other: "subprocess.Popen[str]") -> None:
    leases, name = Leases(tmp_path), _line(other)
    assert leases.stands(name, now() + PAST)
    assert other.stdin is not None
    other.stdin.write("\n")
    other.stdin.flush()
    assert _line(other) == "let go"
    assert other.poll() is None
    assert not leases.stands(name, now() + SOON)


def test_a_killed_process_has_its_run_no_more(tmp_path: Path, other: "subprocess.Popen[str]") -> None:
    leases, name = Leases(tmp_path), _line(other)
    os.kill(other.pid, signal.SIGKILL)
    other.wait()
    assert not leases.stands(name, now() + SOON)


def test_its_own_hold_stands_as_long_as_the_block(tmp_path: Path) -> None:
    leases = Leases(tmp_path)
    with leases.take() as name, leases.take() as second:
        assert leases.stands(name, None)
        assert leases.stands(second, None)
    assert not leases.stands(name, now() + SOON)


def test_of_another_home_or_machine_only_the_moment_is_known(tmp_path: Path, other: "subprocess.Popen[str]") -> None:
    leases, name = Leases(tmp_path / "elsewhere"), _line(other)
    assert leases.stands(name, now() + SOON)
    assert not leases.stands(name, now() + PAST)
    far = name.replace(socket.gethostname(), "far.example")
    assert leases.stands(far, now() + SOON)
    assert not leases.stands(far, now() + PAST)


@pytest.mark.parametrize("name", [None, "", "somebody", "a/b/c/d", "a/1/2/3/4"])
def test_a_name_that_no_process_gave_leases_nothing(tmp_path: Path, name: str | None) -> None:
    assert not Leases(tmp_path).stands(name, now() + SOON)


def test_a_name_from_a_release_before_leases_while_its_process_lives(tmp_path: Path) -> None:
    own = psutil.Process()
    name = f"{socket.gethostname()}/{own.pid}/{own.create_time():.2f}/{'0' * 16}"
    assert Leases(tmp_path).stands(name, now() + SOON)
    assert not Leases(tmp_path).stands(name, now() + PAST)

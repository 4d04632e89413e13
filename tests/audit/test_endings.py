"""However a program ends, the reads it made are in the log: end of file, exit, exception, signals, workers of a pool."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable

import pytest
from support.raw_graph import value

from memos_graph import Memory, MemOS, Message

# A program that reads three times and never closes; the log's delay is longer than the program.
PROGRAM = """
import os, signal, sys, threading, time
from memos_graph import MemOS, Settings

memos = MemOS.open(Settings.load(home=sys.argv[1], neo4j_uri=None, audit_delay_ms=60_000))
notes = memos.mount(sys.argv[2], principal=sys.argv[3])

def read(times=3):
    for _ in range(times):
        assert notes.get(sys.argv[4]).text
"""

ENDINGS = {
    "end of file": ("read()", 0),
    "exit": ("read()\nsys.exit(3)", 3),
    "exception": ("read()\nraise LookupError('of the program')", 1),
    "exit in a thread's shadow": (
        "threading.Thread(target=time.sleep, args=(30,), daemon=True).start()\nread()\nsys.exit(4)",
        4,
    ),
    "interrupt": (
        # A shell's background has it ignored.
        "signal.signal(signal.SIGINT, signal.default_int_handler)\nread()\nos.kill(os.getpid(), signal.SIGINT)\ntime.sleep(30)",
        -signal.SIGINT,
    ),
    "terminated": ("read()\nos.kill(os.getpid(), signal.SIGTERM)\ntime.sleep(30)", -signal.SIGTERM),
    "terminated while it waits for a thread": (
        "read()\nthreading.Timer(0.2, os.kill, (os.getpid(), signal.SIGTERM)).start()\nthreading.Event().wait(30)",
        -signal.SIGTERM,
    ),
    "hung up": ("read()\nos.kill(os.getpid(), signal.SIGHUP)\ntime.sleep(30)", -signal.SIGHUP),
    "its own handler": (
        "signal.signal(signal.SIGTERM, lambda *_: sys.exit(9))\nread()\nos.kill(os.getpid(), signal.SIGTERM)\ntime.sleep(30)",
        9,
    ),
}


@pytest.fixture
def cube(space: Memory) -> str:
    return space.add([Message(id="m1", speaker="Ines", text="The ferry leaves at noon.")], source="chat").added[0]


@pytest.fixture
def reads(memos: MemOS, space: Memory) -> Callable[[], int]:
    statement = "MATCH (e:AuditEvent {space: $s, action: 'read'}) RETURN count(e)"
    return lambda: int(value(memos, statement, s=space.space))


def run(memos: MemOS, space: Memory, cube: str, ending: str) -> "subprocess.CompletedProcess[str]":
    arguments = [str(memos._services.settings.home), space.space, space.principal, cube]
    return subprocess.run(
        [sys.executable, "-c", PROGRAM + ending, *arguments], capture_output=True, text=True, timeout=90, check=False
    )


@pytest.mark.parametrize("how", ENDINGS)
def test_no_read_is_unrecorded_when_a_program_ends(
    how: str, memos: MemOS, space: Memory, cube: str, reads: Callable[[], int]
) -> None:
    ending, status = ENDINGS[how]
    done = run(memos, space, cube, ending)
    assert done.returncode == status, done.stderr
    assert reads() == 3
    if "of the program" not in ending and how != "interrupt":
        assert done.stderr == ""


def test_a_program_that_is_told_twice_to_end_ends_at_once(memos: MemOS, space: Memory, cube: str) -> None:
    slow = (
        "from memos_graph.audit.log import AuditLog\n"
        "AuditLog.flush = lambda self: time.sleep(60)\n"
        "read()\n"
        "os.kill(os.getpid(), signal.SIGTERM)\ntime.sleep(0.2)\nos.kill(os.getpid(), signal.SIGTERM)\ntime.sleep(30)"
    )
    assert run(memos, space, cube, slow).returncode == -signal.SIGTERM


def test_what_is_read_while_a_signal_ends_the_program_is_recorded_too(
    memos: MemOS, space: Memory, cube: str, reads: Callable[[], int]
) -> None:
    endless = (
        "read()\nos.kill(os.getpid(), signal.SIGTERM)\n"
        "while True:\n    read(1)\n    print('read', flush=True)  # answered, so recorded"
    )
    done = run(memos, space, cube, endless)
    assert done.returncode == -signal.SIGTERM
    assert reads() >= 3 + done.stdout.count("read\n")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="only where processes fork")
def test_a_worker_of_multiprocessing_that_opened_its_own_leaves_no_read_unrecorded(
    memos: MemOS, space: Memory, cube: str, reads: Callable[[], int]
) -> None:
    program = f"""
import multiprocessing, sys
program = {PROGRAM!r} + 'read()'

def work():
    exec(program, dict(globals()))

worker = multiprocessing.get_context("fork").Process(target=work)
worker.start()
worker.join(60)
sys.exit(worker.exitcode)
"""
    arguments = [str(memos._services.settings.home), space.space, space.principal, cube]
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments], capture_output=True, text=True, timeout=90, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert reads() == 3


def test_a_read_that_can_not_be_written_at_the_end_is_told(memos: MemOS, space: Memory, cube: str) -> None:
    broken = (
        "from memos_graph.errors import DatabaseUnavailableError\n"
        "read()\nmemos._services.audit._commit = lambda events, done: (_ for _ in ()).throw("
        "DatabaseUnavailableError('The database does not answer.'))"
    )
    done = run(memos, space, cube, broken)
    assert done.returncode == 0
    assert "3 reads of this program are not recorded: The database does not answer." in done.stderr

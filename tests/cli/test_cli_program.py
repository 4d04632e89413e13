"""What `memos` is as a program of a shell: it completes, is interrupted, reads the end of its input."""

import os
import pty
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from memos_graph import Memory, Message, Settings

PROGRAM = [sys.executable, "-m", "memos_graph.cli"]


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("memos sea", {"search"}),
        ("memos pipeline re", {"resume"}),
        ("memos search --minimum", {"--minimum-score"}),
        ("memos search --type pref", {"preference"}),
    ],
)
def test_a_shell_completes_what_is_typed(typed: str, offered: set[str]) -> None:
    asked = {"_MEMOS_COMPLETE": "complete_bash", "COMP_WORDS": typed, "COMP_CWORD": str(len(typed.split()) - 1)}
    done = subprocess.run(PROGRAM, env=os.environ | asked, capture_output=True, text=True, timeout=60, check=False)
    assert set(done.stdout.split()) == offered, done.stderr


def test_a_shell_is_told_how_to_complete() -> None:
    asked = {"_MEMOS_COMPLETE": "source_bash"}
    done = subprocess.run(PROGRAM, env=os.environ | asked, capture_output=True, text=True, timeout=60, check=False)
    assert "complete -o default -F" in done.stdout
    helped = subprocess.run([*PROGRAM, "--help"], capture_output=True, text=True, timeout=60, check=True).stdout
    assert "--install-completion" in helped


def test_who_interrupts_an_add_is_told_what_is_kept(
    home: Settings, space: Memory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MEMOS_INGEST_BATCH", "2")
    talk = tmp_path / "talk.jsonl"
    lines = [f'{{"id": "m{i}", "speaker": "Ines", "text": "Ferry {i} leaves at noon."}}\n' for i in range(400)]
    talk.write_text("".join(lines))
    with subprocess.Popen(
        [*PROGRAM, "add", str(talk), "--as", space.principal],
        stderr=subprocess.PIPE,
        text=True,
        # A shell's background has the signal ignored; a terminal has not.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),  # noqa: PLW1509
    ) as adding:
        until = time.monotonic() + 60
        while not space.page(limit=1):
            assert time.monotonic() < until
            time.sleep(0.05)
        adding.send_signal(signal.SIGINT)
        _, told = adding.communicate(timeout=60)
    assert adding.returncode == 130, told
    assert "Interrupted: of the 400 entries of talk.jsonl at least" in told
    stored = len(space.page(limit=1000, level="whole"))
    assert 2 <= int(told.partition("at least ")[2].split()[0]) <= stored < 400


def test_the_end_of_the_input_ends_a_conversation(home: Settings, space: Memory) -> None:
    space.add([Message(id="m1", speaker="Ines", text="The ferry leaves at noon.")], source="chat")
    keyboard, terminal = pty.openpty()
    with subprocess.Popen(
        [*PROGRAM, "chat", "--as", space.principal], stdin=terminal, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as talking:
        os.close(terminal)
        os.write(keyboard, b"\x04")  # Ctrl-D
        _, told = talking.communicate(timeout=120)
        assert talking.returncode == 0, told
    os.close(keyboard)
    assert b"> " in told
    assert b"Abort" not in told

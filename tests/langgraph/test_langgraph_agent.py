"""The agent of examples/ remembers across two runs, each a process of its own, without any network."""

import os
import runpy
import subprocess
import sys
from pathlib import Path

from memos_graph import MemOS

EXAMPLE = Path(__file__).parents[2] / "examples" / "langgraph_agent.py"
# What is not this machine can't be reached.
OFFLINE = """
import runpy, socket, sys
real = socket.socket.connect
def connect(self, address):
    if isinstance(address, tuple) and address[0] not in ("127.0.0.1", "::1", "localhost"):
        raise AssertionError(f"connects to {address}")
    return real(self, address)
socket.socket.connect = connect
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
"""


def run(memos: MemOS, user: str, said: str) -> str:
    endpoint = memos.endpoint
    done = subprocess.run(
        [sys.executable, "-c", OFFLINE, str(EXAMPLE), said],
        capture_output=True,
        text=True,
        check=False,
        env={
            **os.environ,
            "LOGNAME": user,
            "MEMOS_HOME": str(memos.settings.home),
            "NEO4J_URI": endpoint.uri,
            "NEO4J_USER": endpoint.user,
            "NEO4J_PASSWORD": endpoint.password.get_secret_value(),
            "NEO4J_DATABASE": endpoint.database,
        },
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_the_agent_remembers_in_its_second_run_what_it_was_told_in_its_first(memos: MemOS, principal: str) -> None:
    assert run(memos, principal, "Remember that I eat no meat.") == "I will remember: I eat no meat."
    # The second run is this process, which never heard of it.
    space = memos.mount(f"{principal}/agent", principal=principal)
    turn = runpy.run_path(str(EXAMPLE))["turn"]
    assert turn(space, "What will you cook for my dinner?") == "You told me: I eat no meat."
    (document,) = space.documents.every()
    assert document.value == {"text": "I eat no meat."}

"""A service of its own for a benchmark: ``memos up`` in a process, on a home and a database of its own."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx


@contextmanager
def service(folder: Path, **settings: str) -> Iterator[str]:
    """Run ``memos up`` with a home of its own; yields its address."""
    run = [sys.executable, "-m", "memos_graph.cli", "up", "--json"]
    environment = {**os.environ, "MEMOS_HOME": str(folder), "MEMOS_API_PORT": "0", **settings}
    process = subprocess.Popen(run, env=environment, stdout=subprocess.PIPE, text=True)
    try:
        lines = []
        for line in process.stdout or ():
            lines.append(line)
            if line.startswith("}"):
                break
        yield json.loads("".join(lines))["api"]
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:  # it would end what the besieger has begun, first
            process.kill()
            process.wait()
        subprocess.run([*run[:3], "stop"], env=environment, check=False, stdout=subprocess.DEVNULL)


def key_of(folder: Path, principal: str) -> str:
    """Make an API key in that home; returns its secret."""
    made = subprocess.run(
        [sys.executable, "-m", "memos_graph.cli", "key", "create", "--principal", principal],
        env={**os.environ, "MEMOS_HOME": str(folder)},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return made.stdout.split()[-1]


def connected(address: str, key: str) -> httpx.Client:
    """Return a client of a service."""
    return httpx.Client(base_url=address, headers={"Authorization": f"Bearer {key}"}, timeout=120)

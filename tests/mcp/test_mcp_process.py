"""`memos mcp` as clients start it: a process that speaks JSON-RPC on its standard output, and nothing else."""

import json
import signal
import subprocess
from pathlib import Path
from typing import Any

import anyio
import psutil
import pytest
from mcp import Client, stdio_client
from support.mcp_agent import as_a_process, refusal, structured

from memos_graph import MemOS, Settings
from memos_graph.graph.engine import Engine
from memos_graph.graph.home import ServerHome
from memos_graph.graph.lock import running

_HELLO = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {
        "protocolVersion": "2025-06-18",
        "capabilities": {},
        "clientInfo": {"name": "test", "version": "1"},
    },
}
_READY = {"jsonrpc": "2.0", "method": "notifications/initialized"}
_ADD = {
    "jsonrpc": "2.0",
    "id": 2,
    "method": "tools/call",
    "params": {"name": "add_memory", "arguments": {"text": "Dana moved to Lisbon."}},
}


def test_a_client_starts_it_and_remembers(settings: Settings, memos: MemOS, principal: str, tmp_path: Path) -> None:
    async def talk() -> None:
        started = as_a_process(str(settings.home), MEMOS_PRINCIPAL=principal)
        with (tmp_path / "err").open("w") as told, anyio.fail_after(100):
            async with Client(stdio_client(started, errlog=told)) as client:
                assert len((await client.list_tools()).tools) == 10
                added = structured(await client.call_tool("add_memory", {"text": "Dana moved to Lisbon."}))
                found = structured(await client.call_tool("search_memories", {"query": "Where does Dana live?"}))
                assert [found["hits"][0]["cube"]["id"]] == added["added"]
                told_it = refusal(await client.call_tool("get_memories", {"space": "library/none"}))
                assert "library/none" in told_it

    anyio.run(talk)
    assert "Traceback" not in (tmp_path / "err").read_text()
    notes = memos.mount(f"{principal}/notes", principal=principal)
    assert notes.search("Dana").hits
    assert {"add", "search"} <= {entry.action for entry in notes.log()}  # what waited to be recorded was written


@pytest.fixture
def begun(settings: Settings, memos: MemOS, principal: str) -> "subprocess.Popen[str]":
    started = as_a_process(str(settings.home), "--as", principal, "--space", f"{principal}/work")
    return subprocess.Popen(
        [started.command, *started.args],
        env=started.env,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def _say(process: "subprocess.Popen[str]", *messages: dict[str, Any]) -> None:
    assert process.stdin is not None
    process.stdin.write("".join(f"{json.dumps(each)}\n" for each in messages))
    process.stdin.flush()


def _hear(process: "subprocess.Popen[str]") -> Any:
    assert process.stdout is not None
    return json.loads(process.stdout.readline())


def test_it_ends_with_its_input_and_says_nothing_but_json(
    begun: "subprocess.Popen[str]", memos: MemOS, principal: str
) -> None:
    _say(begun, _HELLO, _READY, _ADD)
    assert _hear(begun)["result"]["serverInfo"]["name"] == "memos-graph"
    assert _hear(begun)["result"]["structuredContent"]["added"]
    out, err = begun.communicate(timeout=60)
    assert (begun.returncode, out) == (0, ""), err
    assert memos.mount(f"{principal}/work", principal=principal).page()


@pytest.mark.parametrize("ends", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_while_it_waits(begun: "subprocess.Popen[str]", ends: signal.Signals) -> None:
    _say(begun, _HELLO, _READY, _ADD)
    assert [_hear(begun)["id"], _hear(begun)["id"]] == [1, 2]
    begun.send_signal(ends)
    assert begun.wait(30) == 128 + ends
    out, err = begun.communicate()
    assert out == ""
    assert "Traceback" not in err


def test_where_the_database_can_t_be_opened_a_call_says_why(tmp_path: Path) -> None:
    async def talk() -> str:
        started = as_a_process(str(tmp_path), NEO4J_URI="bolt://127.0.0.1:1", NEO4J_PASSWORD="x", MEMOS_TIMEOUT_S="2")
        with (tmp_path / "err").open("w") as told, anyio.fail_after(100):
            async with Client(stdio_client(started, errlog=told)) as client:
                return refusal(await client.call_tool("list_spaces", {}))

    assert "127.0.0.1:1" in anyio.run(talk)


def test_an_agent_goes_on_after_the_server_was_stopped_and_killed(tmp_path: Path) -> None:
    own = Settings.load(home=tmp_path / "home", neo4j_uri=None, engine_heap_mb=384, engine_page_cache_mb=64)
    heap = {"MEMOS_ENGINE_HEAP_MB": "384", "MEMOS_ENGINE_PAGE_CACHE_MB": "64"}

    async def talk() -> None:
        started = as_a_process(str(own.home), MEMOS_PRINCIPAL="ana", **heap)
        with (tmp_path / "err").open("w") as told, anyio.fail_after(280):
            async with Client(stdio_client(started, errlog=told)) as client:
                structured(await client.call_tool("add_memory", {"text": "Dana moved to Lisbon."}))
                assert Engine(own).stop(timeout=60)
                found = structured(await client.call_tool("search_memories", {"query": "Where does Dana live?"}))
                assert len(found["hits"]) == 1
                record = running(ServerHome(own.home))
                assert record is not None
                server = psutil.Process(record.pid)
                server.kill()
                server.wait(30)
                structured(await client.call_tool("add_memory", {"text": "Dana keeps bees."}))

    try:
        anyio.run(talk)
    finally:
        Engine(own).stop(timeout=60)
    assert "Traceback" not in (tmp_path / "err").read_text()

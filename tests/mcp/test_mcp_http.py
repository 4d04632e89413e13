"""MCP at `/mcp` of the REST API: the same tools, with the API's keys, turns, request ids and words for what went wrong."""

import sys
from collections.abc import Awaitable, Callable
from typing import Any

import anyio
import httpx2
import pytest
from fastapi import FastAPI
from mcp import Client, MCPError
from mcp.client.streamable_http import streamable_http_client
from starlette.testclient import TestClient
from support.mcp_agent import WIRES, refusal, structured

from memos_graph import Memory, MemOS, Settings
from memos_graph.api import Metrics, create_app
from memos_graph.api.admission import Admission
from memos_graph.errors import DatabaseError
from memos_graph.governance import Action
from memos_graph.mcp.core import ORDER
from memos_graph.memory.cubes import Cubes

HERE = "http://127.0.0.1:7707"
_PING = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "tools/call",
    "params": {"name": "list_spaces", "arguments": {}},
}
_ACCEPTS = {"Accept": "application/json, text/event-stream", "MCP-Protocol-Version": "2025-06-18"}


@pytest.fixture(scope="module")
def app(memos: MemOS) -> FastAPI:
    return create_app(memos, metrics=Metrics())


@pytest.fixture
def key(memos: MemOS, principal: str) -> str:
    return memos._services.api_keys.create(principal, label="test")[1]


def connected(
    app: FastAPI,
    key: str,
    talk: Callable[[Client], Awaitable[Any]],
    wire: str = "auto",
    path: str = "/mcp",
    **headers: str,
) -> Any:
    """Talk to the application by the SDK's own client."""

    async def run() -> Any:
        sent = {"Authorization": f"Bearer {key}", **{name.replace("_", "-"): each for name, each in headers.items()}}
        http = httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url=HERE, headers=sent)
        transport = streamable_http_client(f"{HERE}{path}", http_client=http)
        async with app.router.lifespan_context(app), http, Client(transport, mode=wire) as client:
            return await talk(client)

    return anyio.run(run)


@pytest.mark.parametrize("wire", WIRES)
def test_an_agent_elsewhere_remembers(app: FastAPI, key: str, space: Memory, wire: str) -> None:
    async def talk(client: Client) -> None:
        assert [tool.name for tool in (await client.list_tools()).tools] == list(ORDER)
        (cube,) = structured(await client.call_tool("add_memory", {"text": "Dana moved to Lisbon."}))["added"]
        found = structured(await client.call_tool("search_memories", {"query": "Where does Dana live?"}))
        assert found["hits"][0]["cube"]["id"] == cube
        assert not found["request_id"].startswith("mcp-")

    connected(app, key, talk, wire)
    assert len(space.page(level="whole")) == 1


def test_each_call_acts_as_whose_key_it_is(app: FastAPI, key: str, memos: MemOS, space: Memory) -> None:
    space.add("Dana moved to Lisbon.")
    stranger, helper = f"{space.principal}-stranger", f"{space.principal}-helper"
    memos.acting(space.principal).mandates.give(helper)
    space.grant(helper, [Action.READ])

    async def search(client: Client) -> Any:
        return await client.call_tool("search_memories", {"query": "Dana", "space": space.space})

    assert structured(connected(app, key, search))["hits"]
    theirs = memos._services.api_keys.create(stranger, label="test")[1]
    assert space.space in refusal(connected(app, theirs, search))
    helps = memos._services.api_keys.create(helper, label="test")[1]
    assert connected(app, helps, search, X_On_Behalf_Of=space.principal).is_error is False
    memos.flush()
    refused = [(entry.principal, entry.detail) for entry in space.logs.query(action="refused")]
    assert refused == [(stranger, "mcp search_memories")]


@pytest.mark.parametrize("wire", WIRES)
def test_each_profile_has_a_path_and_works_in_the_space_that_it_names(
    app: FastAPI, key: str, space: Memory, wire: str
) -> None:
    dana = {"name": "Dana", "entityType": "person", "observations": ["Lives in Lisbon"]}
    elsewhere = f"{space.principal}/graph"

    async def knows(client: Client) -> None:
        assert len((await client.list_tools()).tools) == 9
        structured(await client.call_tool("create_entities", {"entities": [dana]}))

    async def looks(client: Client) -> Any:
        assert [each.name for each in (await client.list_tools()).tools] == ["search", "fetch"]
        return structured(await client.call_tool("search", {"query": "Where does Dana live?"}))["results"]

    connected(app, key, knows, wire, f"/mcp/server-memory?space={elsewhere}")
    assert connected(app, key, looks, wire, f"/mcp/openai?space={elsewhere}")
    assert connected(app, key, looks, wire, "/mcp/openai") == []
    assert space.documents.namespaces() == []


@pytest.fixture
def http(app: FastAPI, key: str) -> Any:
    with TestClient(app, base_url=HERE, headers={"Authorization": f"Bearer {key}", **_ACCEPTS}) as client:
        yield client


def test_it_is_one_request_with_the_id_that_was_sent(http: TestClient, space: Memory) -> None:
    call = {**_PING, "params": {"name": "add_memory", "arguments": {"text": "Dana moved."}}}
    answer = http.post("/mcp", json=call, headers={"X-Request-ID": "agent-7"})
    assert (answer.status_code, answer.headers["X-Request-ID"]) == (200, "agent-7")
    assert answer.headers["content-type"] == "application/json"
    assert {entry.request_id for entry in space.log() if entry.action == "add"} == {"agent-7"}


def test_without_a_key_there_is_nothing(http: TestClient) -> None:
    answer = http.post("/mcp", json=_PING, headers={"Authorization": "Bearer memos_none"})
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert answer.headers["content-type"] == "application/json"
    told = answer.json()
    assert (told["jsonrpc"], told["id"], told["error"]["data"]["code"]) == ("2.0", None, "unauthenticated")
    assert http.post("/mcp", json=_PING, headers={"Authorization": ""}).status_code == 401
    assert http.get("/mcp").status_code == 405
    assert "/mcp" not in http.get("/openapi.json").json()["paths"]
    assert http.post("/mcp/all", json=_PING).status_code == 404
    assert http.post(f"/mcp?space={'x' * 701}", json=_PING).json()["error"]["data"]["code"] == "input-invalid"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Host": "localhost:7707", "Origin": "http://localhost:7707"}, 200),
        ({"Host": "[::1]:7707"}, 200),
        ({"Host": "evil.example"}, 403),
        ({"Host": "127.0.0.1.evil.example:7707"}, 403),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
    ],
    ids=str,
)
def test_what_a_page_of_elsewhere_has_a_browser_send_is_refused(
    http: TestClient, headers: dict[str, str], status: int
) -> None:
    answer = http.post("/mcp", json=_PING, headers=headers)
    assert answer.status_code == status, answer.text
    if status == 403:
        assert answer.json()["error"]["data"]["hint"]


def test_a_call_too_many_is_told_as_json_rpc_and_when_to_come_again(
    memos: MemOS, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    limited = Settings.load(api_rate="2/hour")
    monkeypatch.setattr("memos_graph.api.app.Admission", lambda _: Admission(limited))
    app = create_app(memos, metrics=Metrics())
    with TestClient(app, base_url=HERE, headers={"Authorization": f"Bearer {key}", **_ACCEPTS}) as client:
        assert [client.post("/mcp", json=_PING).status_code for _ in range(4)] == [200, 200, 200, 429]
        refused = client.post("/mcp", json=_PING)
        assert int(refused.headers["Retry-After"]) > 0
        told = refused.json()["error"]
        assert (told["code"], told["data"]["code"]) == (-32000, "limit-reached")
        assert told["message"].startswith("You have sent 2 requests in 1 hour")

    async def call(client: Client) -> None:
        await client.call_tool("list_spaces", {})

    with pytest.raises((MCPError, ExceptionGroup)) as raised:
        connected(create_app(memos, metrics=Metrics()), key, lambda client: _often(call, client))
    error: BaseException = raised.value
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    assert "You have sent 2 requests" in str(error)


async def _often(call: Callable[[Client], Awaitable[None]], client: Client) -> None:
    for _ in range(3):
        await call(client)


def test_what_failed_inside_is_not_told_outside(http: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise DatabaseError("MATCH (secret) failed at bolt://10.0.0.1.")

    monkeypatch.setattr(Cubes, "get", fail)
    call = {**_PING, "params": {"name": "get_memory", "arguments": {"memory_id": "x"}}}
    told = http.post("/mcp", json=call).json()["result"]
    assert told["isError"]
    (text,) = told["content"]
    assert text["text"].startswith("The database refused the act. Try again later")
    assert "secret" not in text["text"]


def test_without_its_library_the_api_works(memos: MemOS, key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "mcp", None)
    with TestClient(create_app(memos, metrics=Metrics()), headers={"Authorization": f"Bearer {key}"}) as client:
        assert client.get("/v1/me").status_code == 200
        assert client.post("/mcp", json=_PING).status_code == 404

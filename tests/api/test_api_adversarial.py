"""Every field, parameter and body of every call, given what nobody means: each answer is a problem of the caller's, never of the service.

Each is given some of it, always the same; ``MEMOS_ADVERSARIAL=all`` gives each everything, which takes ten minutes (``-o timeout=0``).
"""

import json
import os
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote
from zlib import crc32

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient
from support.api_world import World, operations, request_of, world_of

from memos_graph import MemOS
from memos_graph.audit import Event
from memos_graph.kit.clock import now
from memos_graph.kit.ids import new_id
from memos_graph.kit.moments import NEVER

_DEEP = 900
_DIGITS = "9" * 400
TEXTS = [
    *(
        "",
        " ",
        "\0",
        _DIGITS,
        "-" + _DIGITS,
        "1e999",
        "NaN",
        "x" * 20_000,
        "../../etc/passwd",
        "%00",
        "\u202e",
        "\U0001f600" * 300,
    ),
    *(
        "0000-01-01T00:00:00Z",
        "10000-01-01",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-14:00",
        "2026-02-30",
        "*",
        "~",
        "/",
        "a/b/c",
    ),
]
JSONS = [
    *(json.dumps(text) for text in TEXTS),
    *(
        '"\\ud800"',
        '"a\\udfffb"',
        "null",
        "true",
        "0",
        "-1",
        "1.5",
        "NaN",
        "Infinity",
        "-Infinity",
        "1e999",
        _DIGITS,
        "-" + _DIGITS,
    ),
    *(
        "9223372036854775808",
        "-62135596801",
        "253402300800",
        "[]",
        "{}",
        '[""]',
        '["\\u0000"]',
        "[null]",
        '[{"a": 1}]',
        '{"a": 1}',
        '{"a": null}',
    ),
    *("[" * _DEEP + "]" * _DEEP, '{"a":' * _DEEP + "1" + "}" * _DEEP),
]
# A model is asked, or the space would be emptied: these go to one that is not there.
_ELSEWHERE = ("/lora", "/kv", "/mark-detect", "/sweep")
_LAST = ("DELETE", "/forget", "/merge")
_HEADERS = ("X-On-Behalf-Of", "X-Purpose", "X-Timezone", "X-Request-ID", "If-Match", "Authorization")


def _some(values: list[str], of: str, count: int = 3) -> list[str]:
    """Return what one place is given: all places together are given everything."""
    if os.environ.get("MEMOS_ADVERSARIAL") == "all":
        return values
    start = crc32(of.encode()) % len(values)
    return [values[(start + 7 * i) % len(values)] for i in range(count)]


@pytest.fixture(scope="module")
def world(memos: MemOS) -> World:
    return world_of(memos, "adversary")


@pytest.fixture
def cache(memos: MemOS, world: World) -> str:
    """A KV-cache as the graph has it; its payload is nowhere."""
    cube, at, space = new_id(), now(), world.memory.space
    properties = {
        "id": cube,
        "space": space,
        "memory_type": "activation",
        "semantic_type": "knowledge",
        "origin": "inference",
        "level": "activation",
        "live": False,
        "text": "",
        "heading": "everything",
        "created_at": at,
        "updated_at": at,
        "valid_from": at,
        "expires_at": NEVER,
        "created_by": "adversary",
        "priority": 0,
        "version": 1,
        "state": "activated",
        "tokens": 3,
        "base_model": "m",
        "payload_uri": "k",
        "payload_sha256": "0",
        "payload_bytes": 1,
    }

    def work(tx: Any) -> None:
        tx.run("materialize/activation", cube=properties, now=at, by="adversary")
        memos._services.audit.append(tx, [Event(space, "materialize", "adversary", cubes=[cube])])

    memos._services.runner.transact(work)
    return cube


@pytest.fixture(scope="module")
def client(app: FastAPI, memos: MemOS) -> TestClient:
    _, secret = memos._services.api_keys.create("adversary", label="test")
    return TestClient(app, headers={"Authorization": f"Bearer {secret}"}, raise_server_exceptions=False)


def _resolved(document: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    """Return a schema itself, where it is a reference or one that may be null."""
    for each in (schema, *schema.get("anyOf", ())):
        if "$ref" in each:
            found: dict[str, Any] = document["components"]["schemas"][each["$ref"].rsplit("/", 1)[-1]]
            return found
    return schema


def _bodies(document: dict[str, Any], operation: dict[str, Any], base: Any) -> Iterator[str]:
    """Yield the body with each of its fields, and each field of a field, in turn exchanged for what nobody means."""
    place = str(operation["operationId"])
    yield from _some(JSONS, place)
    content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    schema = _resolved(document, content.get("schema", {}))
    for name, inner in schema.get("properties", {}).items():
        rest = json.dumps({key: value for key, value in (base or {}).items() if key != name})[1:-1]
        before = f"{{{rest}{', ' if rest else ''}{json.dumps(name)}: "
        yield from (f"{before}{value}}}" for value in _some(JSONS, place + name))
        items = _resolved(document, inner.get("items", {})).get("properties", {})
        for below in items or _resolved(document, inner).get("properties", {}):
            whole = json.dumps({"text": "x"})[:-1] + ", " if items and below != "text" else "{"
            for value in _some(JSONS, place + name + below, 1):
                made = f"{whole}{json.dumps(below)}: {value}}}"
                yield f"{before}{f'[{made}]' if items else made}}}"


class Prober:
    """Sends what nobody means, and notes what broke."""

    def __init__(self, app: FastAPI, client: TestClient, world: World, cache: str) -> None:
        self._document = app.openapi()
        self._client = client
        self._world = world
        self._cache = cache
        self.broken: list[tuple[str, str, int]] = []
        self.tried = 0

    def send(self, what: str, method: str, url: str, **given: Any) -> None:
        self.tried += 1
        answer = self._client.request(method, url, **given)
        if answer.status_code >= 500:
            self.broken.append((f"{method} {what}", str(given)[:150], answer.status_code))

    def probe(self, method: str, path: str) -> None:
        asked, operation = request_of(self._world, method, path), self._document["paths"][path][method.lower()]
        if any(part in path for part in _ELSEWHERE) and method == "POST":
            asked.url = asked.url.replace("/notes/", "/missing/")
        urls = [(asked.url, asked.query)]
        for name, real in self._world.params.items():
            texts = [*_some(TEXTS, path + name), *([self._cache] if name == "cube" else [])]
            if f"{{{name}}}" in path:
                urls += [(asked.url.replace(f"/{real}", f"/{quote(text, safe='')}"), asked.query) for text in texts]
        for parameter in operation.get("parameters", []):
            if parameter["in"] == "query":
                urls += [
                    (asked.url, {**asked.query, parameter["name"]: text})
                    for text in _some(TEXTS, path + str(parameter["name"]))
                ]
        for url, query in urls:
            self.send(path, method, url, params=query, json=asked.body)
        if method in {"POST", "PUT", "PATCH"} and "json" in str(operation.get("requestBody")):
            for body in _bodies(self._document, operation, asked.body):
                headers = {"Content-Type": "application/json"}
                self.send(path, method, asked.url, params=asked.query, content=body.encode(), headers=headers)


def test_nothing_breaks_the_service(app: FastAPI, client: TestClient, world: World, cache: str) -> None:
    prober = Prober(app, client, world, cache)
    for method, path in sorted(operations(app), key=lambda each: any(last in f"{each[0]} {each[1]}" for last in _LAST)):
        prober.probe(method, path)
    for header in _HEADERS:
        for text in TEXTS:
            if text.isascii() and text.isprintable():
                prober.send(header, "GET", f"/v1/cubes/{world.params['cube']}", headers={header: text})
    assert prober.broken == []
    assert prober.tried > 500


FIELDS = (
    *(
        "at",
        "ts",
        "timestamp",
        "timestamp_ms",
        "createdAt",
        "create_time",
        "date",
        "date_unixtime",
        "text",
        "speaker",
        "id",
    ),
    *("content", "role", "author", "attributes", "sessions", "messages", "mapping"),
)
LINES = (
    "Date: {}\nFrom: a@b.c\nSubject: x\n\nHello.",
    "---\ndate: {}\n---\nHello there.",
    "[{}, 10:00] Ana: Hello.",
    "{} - Ana: Hello.",
)


def test_no_document_breaks_the_service(client: TestClient, world: World) -> None:
    broken = []

    def send(content: str, name: str, **query: str) -> None:
        answer = client.post(
            f"/v1/spaces/{world.memory.space}/documents",
            params={"source": name, **query},
            content=content.encode("utf-8", "surrogatepass"),
        )
        if answer.status_code >= 500:
            broken.append((name, content[:150], query, answer.status_code))

    for field in FIELDS:
        for value in _some(JSONS, field):
            message = f'{{"role": "user", "text": "Hello {field}.", "{field}": {value}}}'
            send(f'{{"messages": [{message}]}}', "chat.json")
            send(message + "\n", "chat.jsonl")
    for value in JSONS:
        send(value, "chat.json")
        send(f"[{value}]", "chat.json")
        send(f'[{{"title": "t", "create_time": {value}, "mapping": {{"a": {value}}}}}]', "conversations.json")
    for text in TEXTS:
        for line in LINES if os.environ.get("MEMOS_ADVERSARIAL") == "all" else LINES[:2]:
            send(line.format(text), "notes.md")
            send(line.format(text), "chat.txt")
        send("Hello.", "notes.txt", at=text)
        send("WEBVTT\n\n" + text + " --> 00:02.000\nHello.", "talk.vtt")
    assert broken == []


def test_an_input_of_a_pipeline_nested_deep(client: TestClient, world: World) -> None:
    declaration = """
pipeline: echo
inputs:
  value: {type: any, default: 1}
steps:
  - id: same
    act: condition
    arguments: {value: "${inputs.value}", operator: not_empty}
"""
    for depth in (50, 200, _DEEP):
        body = json.dumps({"space": world.memory.space, "declaration": declaration, "inputs": {"value": "X"}})
        answer = client.post(
            "/v1/pipelines",
            content=body.replace('"X"', "[" * depth + "]" * depth),
            headers={"Content-Type": "application/json"},
        )
        assert answer.status_code in {201, 422}, (depth, answer.text)


def test_a_cache_is_corrected_by_nobody(client: TestClient, cache: str) -> None:
    answer = client.patch(f"/v1/cubes/{cache}", json={"text": "New."})
    assert (answer.status_code, answer.json()["code"]) == (409, "state-conflict")

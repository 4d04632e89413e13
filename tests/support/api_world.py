"""A space with one of everything that a call of the REST API can name, and for each call a body that can be used."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI
from httpx import Response
from starlette.testclient import TestClient

from memos_graph import Memory, MemOS, Pipeline
from memos_graph.audit import AuditLog
from memos_graph.governance import Action

_DECLARATION = """
pipeline: look
steps:
  - id: found
    act: search
    arguments: {question: "Where does Dana live?"}
"""


@dataclass(frozen=True)
class World:
    memory: Memory
    params: dict[str, str]
    bodies: dict[str, object]
    query: dict[str, dict[str, str]]
    audit: AuditLog


def world_of(memos: MemOS, owner: str) -> World:
    """Make a space of ``owner``, and whatever calls can name."""
    memory = memos.mount(f"{owner}/notes", principal=owner)
    first, second = memory.add(
        [
            {"id": "a", "speaker": "Alice", "text": "Dana moved to Lisbon in May."},
            {"id": "b", "speaker": "Alice", "text": "Dana teaches piano."},
        ],
        source="chat",
    ).added
    memory.grant(f"{owner}-reader", [Action.READ])
    memos._services.roles.create(f"{owner}/friends", owner)
    memory.grant(f"{owner}/friends", [Action.READ])
    key, _ = memos._services.api_keys.create(owner, label="test")
    run = memory.run(Pipeline.from_text(_DECLARATION)).id
    memory.documents.put((), "prefs", {"drinks": "tea"})
    params = {  # as they follow in paths
        "template_name": "clinic",
        "agent": "somebody",
        "owner": owner,
        "name": "notes",
        "cube": first,
        "run": run,
        "model": memory.space,
        "key": key.id,
        "job": memory.jobs.submit("build").id,
        "receipt": first,
        "event": "1",
        "grantee": "somebody",
        "member": "somebody",
    }
    selected = {"cubes": [first]}
    bodies: dict[str, object] = {
        "search": {"question": "x", "spaces": [memory.space]},
        "messages": {"messages": [{"text": "Hello."}]},
        "thaw": {"reason": "r"},
        "supersede": {"old": second},
        "contradict": {"old": second},
        "dismiss": {"old": second},
        "reconsider": {"old": second},
        "merge": {"cubes": [first, second]},
        "snapshots": {"name": "n"},
        "rollback": {"to": 1},
        "spaces/rollback": {"to": "2020-01-01"},
        "cubes/PATCH": {"text": "New."},
        "terms": {"priority": 3},
        "foresee": {"subject": ["Dana"]},
        "forget": {"subject": ["Dana"]},
        "follow": {"steps": [{"id": first, "gone": "deleted"}]},
        "mark-detect": {"text": "x"},
        "completions": {"model": memory.space, "messages": [{"role": "user", "content": "x"}], "form": "quote"},
        "kv": selected,
        "lora": selected,
        "pipelines": {"space": memory.space, "declaration": _DECLARATION},
        "policy": {"text": "policy: p\n"},
        "lineage": {"derived_from": second, "transform": "noted"},
        "grants": {"actions": ["read"]},
        "denials": {"actions": ["read"]},
        "members": {},
        "jobs": {"kind": "build"},
        "move": {"key": "prefs", "new_key": "habits"},
        "item/PUT": {"key": "prefs", "value": {"drinks": "green tea"}},
        "spaces/search": {"question": "x"},
    }
    query = {
        "documents": {"source": "x.txt"},
        "changes": {"since": "2020-01-01"},
        "item": {"key": "prefs"},
        "diff": {"old": "1", "new": "1"},
        "pipelines": {"space": memory.space},
        "decisions": {"principal": owner, "action": "read", "target": memory.space},
    }
    return World(memory, params, bodies, query, memos._services.audit)


def operations(app: FastAPI) -> Iterator[tuple[str, str]]:
    for path, operations in app.openapi()["paths"].items():
        for method in operations:
            yield method.upper(), path


@dataclass
class Asked:
    """A call as it is meant to be done."""

    url: str
    query: dict[str, str]
    body: Any


def request_of(world: World, method: str, path: str) -> Asked:
    params = world.params | ({"name": "friends"} if "/roles/" in path else {})
    last = [part for part in path.split("/") if not part.startswith("{")][-1]
    for longer in (f"spaces/{last}", f"{last}/{method}"):
        if longer in world.bodies and (longer == f"{last}/{method}" or "/spaces/" in path):
            last = longer
    body = None if method in {"GET", "DELETE"} else world.bodies.get(last, {})
    return Asked(path.format(**params), world.query.get(last, {}) if method != "PUT" else {}, body)


def call(client: TestClient, world: World, method: str, path: str) -> Response:
    """Do a call as it is meant to be done."""
    asked = request_of(world, method, path)
    if path.endswith("/documents"):
        return client.request(method, asked.url, params=asked.query, content=b"Hello.")
    if asked.body is None:
        return client.request(method, asked.url, params=asked.query)
    return client.request(method, asked.url, params=asked.query, json=asked.body)

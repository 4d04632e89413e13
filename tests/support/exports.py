"""What the tests of exports read, and documents in the shapes of the most used."""

import json
from datetime import UTC, datetime
from typing import Any

from memos_graph.formats import Parsed, parse

NOON = datetime(2025, 10, 14, 12, tzinfo=UTC)
EPOCH = 1760443200  # the same moment


def read(document: Any, name: str = "export.json", **options: Any) -> Parsed:
    return parse(json.dumps(document), name=name, **options)


def lines(*documents: Any) -> Parsed:
    return parse("\n".join(map(json.dumps, documents)), name="training.jsonl")


def said(parsed: Parsed) -> list[tuple[str | None, str]]:
    return [(entry.speaker, entry.text) for entry in parsed.entries]


def minutes(parsed: Parsed) -> list[float]:
    """When each was said, in minutes after noon."""
    return [(entry.at - NOON).total_seconds() / 60 for entry in parsed.entries]


def node(id_: str, parent: str | None, children: list[str], message: Any = None) -> dict[str, Any]:
    return {"id": id_, "parent": parent, "children": children, "message": message}


def gpt(role: str, *parts: Any, kind: str = "text", at: float | None = EPOCH, **more: Any) -> dict[str, Any]:
    content = {"content_type": kind, "parts": list(parts)}
    return {"author": {"role": role, "name": None}, "create_time": at, "content": content, **more}


def chatgpt(**changes: Any) -> dict[str, Any]:
    mapping = {
        "r": node("r", None, ["s"]),
        "s": node("s", "r", ["u"], gpt("system", "", at=None)),
        "u": node("u", "s", ["a", "b"], {"id": "u", **gpt("user", "My boat is called Wren.")}),
        "b": node("b", "u", [], {"id": "b", **gpt("assistant", "A first try.", at=EPOCH + 60)}),
        "a": node("a", "u", ["t"], {"id": "a", **gpt("assistant", "A fine name.", at=EPOCH + 120)}),
        "t": node("t", "a", ["v"], {"id": "t", **gpt("assistant", "thinking hard", kind="thoughts")}),
        "v": node(
            "v", "t", [], {"id": "v", **gpt("user", {"asset_pointer": "x"}, "She lies in Kiel.", at=EPOCH + 180)}
        ),
    }
    return {"title": "Boats", "create_time": EPOCH, "mapping": mapping, "current_node": "v", "id": "c1"} | changes


def claude(*messages: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"uuid": "k", "name": "Ropes", "created_at": "2025-10-14T12:00:00Z", "chat_messages": list(messages), **more}


TELEGRAM = {
    "name": "Dock",
    "type": "private_group",
    "id": 12,
    "messages": [
        {"id": 1, "type": "service", "date_unixtime": str(EPOCH), "actor": "Ida", "action": "create_group", "text": ""},
        {
            "id": 2,
            "type": "message",
            "date": "2025-10-14T14:00:00",
            "date_unixtime": str(EPOCH),
            "from": "Ida Moor",
            "from_id": "user1",
            "text": ["Pay ", {"type": "bold", "text": "Olaf"}, " on ", {"type": "link", "text": "https://pay.example"}, "."],
        },
        {"id": 3, "type": "message", "date_unixtime": str(EPOCH), "from": None, "from_id": "user7", "text": "Who am I?"},
        {"id": 4, "type": "message", "date_unixtime": str(EPOCH), "from": "Ida Moor", "forwarded_from": "Olaf", "text": "I sold it."},
        {"id": 5, "type": "message", "date_unixtime": str(EPOCH), "from": "Ida Moor", "photo": "p.jpg", "text": ""},
    ],
}  # fmt: skip

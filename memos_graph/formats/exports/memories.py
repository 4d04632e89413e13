"""What other programs remember, as they export it: lists of memories that nobody says to anybody.

Each becomes an entry with its id and its own time. What a program had deleted, archived or replaced stays left out, and so do
vectors, secrets and pickled caches, which are never opened.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from memos_graph.formats.exports.fields import at_path
from memos_graph.formats.exports.shapes import Conversation, LeftOut, plain
from memos_graph.kit.digests import sha256

_MEM0_LISTS = ("results", "memories", "data")
_TEXTS = ("text", "memory", "content", "data", "value", "fact", "description")
_STANDS = frozenset({"", "activated", "active", "none"})
_GONE = "It was {} there, so it is not remembered here."
_NO_TEXT = "It holds no text."


def remembered(document: Any) -> list[Conversation] | None:
    """Return what a JSON document of memories holds; ``None`` where it is none of those."""
    entries = _entries(document)
    first = entries[0] if entries else None
    if isinstance(document, Mapping) and {"agents", "blocks"} <= document.keys():
        return _agents(document)
    if not isinstance(first, Mapping):
        return None
    for test, read in _KINDS:
        if test(first):
            return [_read(entries, test, read)]
    return None


def of_graph(lines: Sequence[Mapping[str, Any]]) -> Conversation | None:
    """Return the lines of the reference memory server of MCP, entities and relations, as sentences; ``None`` for others."""
    if not lines or not all(each.get("type") in ("entity", "relation") for each in lines):
        return None
    found: list[Any] = []
    left_out: list[LeftOut] = []
    for line in lines:
        said = list(_sentences(line))
        found += said
        if not said:
            left_out.append((_NO_TEXT, str(line.get("name") or line)[:200]))
    return Conversation(found, left_out=tuple(left_out), apart=True)


def _entries(document: Any) -> list[Any]:
    if isinstance(document, list):
        return document
    if isinstance(document, Mapping):
        held = (document.get(name) for name in (*_MEM0_LISTS, "nodes"))
        return next((each for each in held if isinstance(each, list) and each), [])
    return []


def _read(
    entries: Sequence[Any],
    test: Callable[[Mapping[str, Any]], bool],
    read: Callable[[Mapping[str, Any]], Iterator[Any]],
) -> Conversation:
    found: list[Any] = []
    left_out: list[LeftOut] = []
    for entry in entries:
        for made in read(entry) if isinstance(entry, Mapping) and test(entry) else [(_NO_TEXT, str(entry)[:200])]:
            (left_out if isinstance(made, tuple) else found).append(made)
    return Conversation(found, left_out=tuple(left_out), apart=True)


def _mem0(item: Mapping[str, Any]) -> Iterator[Any]:
    yield _memory(item.get("memory"), item.get("id"), item.get("created_at") or item.get("updated_at"))


def _memtensor(item: Mapping[str, Any]) -> Iterator[Any]:
    held = item.get("payload") if isinstance(item.get("payload"), Mapping) else item
    about = held.get("metadata") if isinstance(held, Mapping) else None
    about = about if isinstance(about, Mapping) else {}
    status = str(about.get("status") or "").lower()
    text = held.get("memory") if isinstance(held, Mapping) else None
    if status not in _STANDS:
        yield _GONE.format(status), str(text or "")[:200]
    else:
        yield _memory(text, item.get("id"), about.get("created_at") or about.get("updated_at"))


def _row(item: Mapping[str, Any]) -> Iterator[Any]:
    namespace = item["namespace"]
    place = "/".join(map(str, namespace)) if isinstance(namespace, list) else str(namespace)
    value = item.get("value")
    text = (
        next((value[key] for key in _TEXTS if isinstance(value.get(key), str)), None)
        if isinstance(value, Mapping)
        else value
    )
    if isinstance(value, Mapping) and text is None and value:
        text = json.dumps(value, ensure_ascii=False)
    yield _memory(text, f"{place}/{item['key']}", item.get("created_at") or item.get("updated_at"))


def _claude(item: Mapping[str, Any]) -> Iterator[Any]:
    projects = item.get("project_memories")
    named = projects if isinstance(projects, Mapping) else {}
    for place, text in {"conversations": item.get("conversations_memory"), **named}.items():
        if isinstance(text, str) and text.strip():
            # It is written anew as a whole: what it said before is another text.
            yield _memory(text, f"{place}/{sha256(text)[:12]}", None)


def _agents(document: Mapping[str, Any]) -> list[Conversation]:
    """Return what agents of Letta hold in their blocks, and what was said to them; their secrets are not looked at."""
    blocks = document.get("blocks")
    held = [_block(each) for each in blocks if isinstance(each, Mapping)] if isinstance(blocks, list) else []
    texts = [each for each in held if not isinstance(each, tuple)]
    found = [Conversation(texts, left_out=tuple(each for each in held if isinstance(each, tuple)), apart=True)]
    for agent in document["agents"] if isinstance(document["agents"], list) else ():
        said = agent.get("messages") if isinstance(agent, Mapping) else None
        if isinstance(said, list) and said:
            found.append(plain([each for each in said if not _is_setting(each)], agent))
    return found


def _block(block: Mapping[str, Any]) -> Any:
    text = block.get("value")
    if not isinstance(text, str) or not text.strip():
        return _NO_TEXT, str(block.get("label") or "")
    label = str(block.get("label") or "")
    return _memory(
        text,
        f"block/{label or block.get('id')}/{sha256(text)[:12]}",
        block.get("updated_at") or block.get("created_at"),
    )


def _is_setting(message: Any) -> bool:
    return isinstance(message, Mapping) and message.get("role") == "system"


def _sentences(line: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    if line["type"] == "relation":
        parts = [str(line.get(name) or "").strip() for name in ("from", "relationType", "to")]
        if all(parts):
            yield _memory(f"{parts[0]} {parts[1].replace('_', ' ')} {parts[2]}.", f"relation/{'/'.join(parts)}", None)
        return
    name, observations = str(line.get("name") or "").strip(), line.get("observations")
    for each in observations if name and isinstance(observations, list) else ():
        if isinstance(each, str) and each.strip():
            text = each if name.casefold() in each.casefold() else f"{name}: {each}"
            yield _memory(text, f"{name}/{sha256(each)[:12]}", None)


def _memory(text: Any, id_: Any, at: Any) -> Any:
    if not isinstance(text, str) or not text.strip():
        return _NO_TEXT, str(text or id_ or "")[:200]
    return {"text": text, **({"id": str(id_)} if id_ else {}), **({"created_at": at} if at else {})}


def _is_tensor(item: Mapping[str, Any]) -> bool:
    return isinstance(at_path(item, "payload.memory"), str) or (
        isinstance(item.get("memory"), str)
        and isinstance(item.get("metadata"), Mapping)
        and "memory_type" in item["metadata"]
    )


_KINDS = (
    (_is_tensor, _memtensor),
    (lambda item: isinstance(item.get("memory"), str), _mem0),
    (lambda item: {"namespace", "key", "value"} <= item.keys(), _row),
    (lambda item: "conversations_memory" in item, _claude),
)

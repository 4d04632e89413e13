"""Conversations kept as trees: an answer asked for again, or a question worded anew, begins a branch; one was kept."""

from collections.abc import Mapping, Sequence
from typing import Any

Node = Mapping[str, Any]

_PARENTS = ("parent", "parentId", "parent_id", "parentMessageId", "parent_message_uuid", "parent_message_id")
_CHILDREN = ("children", "childrenIds", "children_ids")


def kept_branch(nodes: Mapping[str, Node], current: object, times: Mapping[str, float]) -> list[str]:
    """Return the ids from the root to ``current``, the end of the branch the user kept.

    Where ``current`` names no node it is the end that was written last: by ``times`` (epoch seconds, by id), else by the
    order of ``nodes``. Nodes that nothing links are a list, and all of it is kept.
    """
    parents = _parents(nodes)
    if not any(parents.values()):
        return sorted(nodes, key=lambda each: times.get(each, 0.0)) if len(times) == len(nodes) else list(nodes)
    leaf = current if isinstance(current, str) and current in nodes else _latest_end(nodes, parents, times)
    path: list[str] = []
    seen: set[str] = set()
    step: str | None = leaf
    while step is not None and step not in seen:
        seen.add(step)
        path.append(step)
        step = parents[step]
    return path[::-1]


def branches(messages: Sequence[Node], ids: Sequence[str | None]) -> dict[str, Node] | None:
    """Return messages that name their parents as nodes by id; ``None`` where no two have the same parent.

    Such a list is in order already, and one in which parents are missing loses nothing then.
    """
    nodes = {id_: message for id_, message in zip(ids, messages, strict=True) if id_ is not None}
    if len(nodes) != len(messages):
        return None
    # Two that name a parent which is not there are both first words: of them, too, one was kept.
    parents = [parent for node in messages if (parent := _named_parent(node)) is not None]
    return nodes if len(set(parents)) < len(parents) else None


def flattened(messages: Sequence[Any]) -> list[Any]:
    """Return messages that hold their answers as a list of ``children`` one after the other, each parent first."""
    found: list[Any] = []
    waiting = list(reversed(messages))
    while waiting:
        message = waiting.pop()
        found.append(message)
        children = message.get("children") if isinstance(message, Mapping) else None
        if isinstance(children, list):
            waiting += [child for child in reversed(children) if isinstance(child, Mapping)]
    return found


def _parents(nodes: Mapping[str, Node]) -> dict[str, str | None]:
    parents: dict[str, str | None] = {}
    for id_, node in nodes.items():
        named = _named_parent(node)
        parents[id_] = named if named in nodes else None
    for id_, node in nodes.items():
        for child in next((node[key] for key in _CHILDREN if isinstance(node.get(key), list)), ()):
            if isinstance(child, str) and parents.get(child, id_) is None:
                parents[child] = id_
    return parents


def _named_parent(node: Node) -> str | None:
    named = next((node[key] for key in _PARENTS if node.get(key) is not None), None)
    return str(named) if isinstance(named, str | int) else None


def _latest_end(nodes: Mapping[str, Node], parents: Mapping[str, str | None], times: Mapping[str, float]) -> str:
    inner = {parent for parent in parents.values() if parent is not None}
    ends = [id_ for id_ in nodes if id_ not in inner] or list(nodes)
    order = {id_: place for place, id_ in enumerate(nodes)}
    return max(ends, key=lambda each: (times.get(each, float("-inf")), order[each]))

"""Lineages as what a picture is drawn from, and as what a table says of the same."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from memos_graph.memory.overview import SpaceMap
from memos_graph.memory.provenance import Lineage, LineageEdge, LineageNode

_LABEL = 60
_SLOT, _LEAST_FAR, _NEAR = 118, 420, 0.58  # how far places are apart, and from the middle: pixels, and a share of them
_DRAWN_TOPICS, _DRAWN_CONCEPTS = 12, 5  # more can't be read in a picture; the table has them
_WORDS = {
    "DERIVED_FROM": "made from",
    "ANNOTATED_FROM": "noted as made from",
    "SUPERSEDES": "took the place of",
    "CONTRADICTS": "contradicts",
    "MERGED_INTO": "merged into",
}


@dataclass(frozen=True)
class Resting:
    """A memory that rests on another, at some remove."""

    node: LineageNode
    how: str


def drawn(lineage: Lineage, addresses: dict[str, str]) -> dict[str, Any]:
    """Return the nodes and edges of a picture; ``addresses`` of the pages of memories."""
    nodes = [
        {
            "id": node.id,
            "label": _short(node.text or f"({node.state})"),
            "kind": node.kind,
            "state": node.state,
            "here": node.id == lineage.cube,
            "address": addresses[node.id],
        }
        for node in lineage.nodes
    ]
    edges = [{"source": edge.end, "target": edge.start, "label": worded(edge)} for edge in lineage.edges]
    return {"nodes": nodes, "edges": edges}


def mapped(found: SpaceMap, address: Callable[[str], str]) -> dict[str, Any]:
    """Return a picture of a space's topics, round it, and of their concepts, round these; each leads to a search for it."""
    shown = [
        (topic, [each for each in topic.concepts if each.name != topic.name][:_DRAWN_CONCEPTS])
        for topic in found.topics[:_DRAWN_TOPICS]
    ]
    slots = sum(max(1, len(concepts)) for _, concepts in shown)
    far = max(_LEAST_FAR, _SLOT * slots / math.tau)
    nodes: list[dict[str, Any]] = [{"id": "space", "label": found.space, "kind": "space", "x": 0, "y": 0}]
    edges, begun = [], 0
    for place, (topic, concepts) in enumerate(shown):
        name, taken = f"topic {place}", max(1, len(concepts))
        about = {"id": name, "label": _short(topic.name), "kind": "topic", "address": address(topic.name)}
        nodes.append(about | _on_ring((begun + (taken - 1) / 2) / slots, _NEAR * far))
        edges.append({"source": "space", "target": name})
        for slot, concept in enumerate(concepts, begun):
            inner, label = f"{name} {concept.name}", f"{_short(concept.name)} ({concept.mentions})"
            about = {"id": inner, "label": label, "kind": "concept", "address": address(concept.name)}
            nodes.append(about | _on_ring(slot / slots, far))
            edges.append({"source": name, "target": inner})
        begun += taken
    return {"nodes": nodes, "edges": edges}


def _on_ring(turned: float, far: float) -> dict[str, int]:
    """Return a place on an ellipse as wide as pages are, ``turned`` from its right by so much of a turn."""
    angle = math.tau * turned
    return {"x": round(far * math.cos(angle)), "y": round(far * math.sin(angle) / 2)}


def worded(edge: LineageEdge) -> str:
    """Return what an edge says."""
    said = _WORDS.get(edge.type, edge.type.lower().replace("_", " "))
    return f"{said} ({edge.transform})" if edge.transform else said


def resting(lineage: Lineage) -> list[Resting]:
    """Return what was made from the memory, directly or not, the nearest first."""
    nodes = {node.id: node for node in lineage.nodes}
    made = [edge for edge in lineage.edges if edge.type == "DERIVED_FROM"]
    found: dict[str, Resting] = {}
    for edge in _below(made, lineage.cube):
        if edge.start not in found and edge.start != lineage.cube:
            found[edge.start] = Resting(nodes[edge.start], worded(edge))
    return list(found.values())


def _below(edges: list[LineageEdge], root: str) -> Iterator[LineageEdge]:
    seen, level = {root}, [root]
    while level:
        reached = [edge for edge in edges if edge.end in level]
        yield from reached
        level = [edge.start for edge in reached if edge.start not in seen]
        seen.update(level)


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LABEL else f"{line[: _LABEL - 1]}…"

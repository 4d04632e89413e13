"""Lineages as what a picture is drawn from, and as what a table says of the same."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from memos_graph.memory.provenance import Lineage, LineageEdge, LineageNode

_LABEL = 60
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

"""How memories, their versions and where they came from look."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.text import Text
from rich.tree import Tree

from memos_graph.cli import output
from memos_graph.cli.shown.looking import Look
from memos_graph.cli.views import show_cubes
from memos_graph.memory.provenance import Lineage, LineageNode
from memos_graph.types import MemCube, State, Version


def _cube(cube: MemCube) -> None:
    """Show a memory and every piece of its metadata that is set."""
    output.show(Text(output.plain(cube.text), style="bold"))
    output.show(output.facts({"id": cube.id, "state": cube.state.value}))
    for group in ("descriptive", "governance", "behavioural"):
        output.show(output.facts(getattr(cube, group).model_dump(), title=f"\n{group.capitalize()}"))


def show_versions(versions: Sequence[Version]) -> None:
    """Show every version, oldest first."""
    made = output.table("Version", "Known from", "By", "Text", "Reason", right=("Version", "Known from"))
    for each in versions:
        why = " ".join(filter(None, [each.reason, f"(back to {each.rollback_of})" if each.rollback_of else None]))
        known = output.worded(each.known_from)
        made.add_row(str(each.number), known, each.by, Text(output.plain(each.text)), Text(output.plain(why)))
    output.show(made)


def show_version(made: Version) -> None:
    """Show one version."""
    show_versions([made])


def lineage_tree(lineage: Lineage) -> Tree:
    """Return a lineage as a tree: what the memory came from, and what came from it."""
    nodes = {node.id: node for node in lineage.nodes}
    tree = Tree(_node(nodes[lineage.cube], bold=True))
    up = tree.add(Text("came from", style="green"))
    _grow(up, lineage, nodes, lineage.cube, upwards=True, seen={lineage.cube})
    if not up.children:
        source = nodes[lineage.cube]
        up.add(Text(output.plain(f"{source.source_kind or 'source'} {source.source or 'unknown'}")))
    down = tree.add(Text("led to", style="green"))
    _grow(down, lineage, nodes, lineage.cube, upwards=False, seen={lineage.cube})
    if not down.children:
        down.add(Text("nothing yet", style="dim"))
    return tree


def _grow(
    branch: Tree, lineage: Lineage, nodes: dict[str, LineageNode], cube: str, *, upwards: bool, seen: set[str]
) -> None:
    for edge in lineage.edges:
        here, there = (edge.start, edge.end) if upwards else (edge.end, edge.start)
        if here != cube or there not in nodes:
            continue
        how = edge.transform or edge.type.lower()
        label = Text(
            f"noted: {output.plain(how)}: " if edge.type == "ANNOTATED_FROM" else f"{how}: ", style="cyan"
        ).append_text(_node(nodes[there]))
        grown = branch.add(label)
        if there not in seen:
            _grow(grown, lineage, nodes, there, upwards=upwards, seen=seen | {there})


def _node(node: LineageNode, *, bold: bool = False) -> Text:
    shown = Text(output.plain(node.text or "(deleted)"), style="bold" if bold else "")
    place = f"  {node.kind}, version {node.version}"
    if node.state != State.ACTIVATED:
        place += f", {node.state}"
    if node.source:
        place += f", {node.source} {node.origin_id or node.position}"
    return shown.append(output.plain(place), style="dim").append(f"  {node.id}", style="dim")


def _lineage(found: Lineage) -> None:
    output.show(lineage_tree(found))


LOOKS: Mapping[Any, Look] = {
    MemCube: _cube,
    Sequence[MemCube]: show_cubes,
    Version: show_version,
    Sequence[Version]: show_versions,
    Lineage: _lineage,
}

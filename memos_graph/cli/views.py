"""How memories, searches, lineages and logs look on a terminal."""

import sys
from collections.abc import Sequence

from rich.text import Text
from rich.tree import Tree

from memos_graph.cli import output
from memos_graph.memory.adding import AddReport
from memos_graph.memory.logquery import LogEntry
from memos_graph.memory.provenance import Lineage, LineageNode
from memos_graph.search.calls import Hit, MemoryCall, SearchResult
from memos_graph.types import MemCube, State, Version

_FOUND = "Memory, and its topic → concept → fact"


def show_reports(reports: Sequence[AddReport]) -> None:
    """Show what was added, a line a source, and below it what was left out and why."""
    figures = ("Added", "Unchanged", "Facts", "Concepts", "Left out")
    made = output.table("Source", *figures, right=figures)
    for report in reports:
        left_out = sum(entry.count for entry in report.rejected) + len(report.conflicts)
        row = (len(report.added), report.unchanged, report.facts, report.concepts, left_out)
        made.add_row(Text(output.plain(report.source)), *map(str, row))
    output.show(made)
    for report in reports:
        for entry in report.rejected:
            line = f" line {entry.line}" if entry.line else ""
            times = f" {entry.count:,} times" if entry.count > 1 else ""
            output.note(f"left out{times}: {report.source}{line}: {entry.reason} ({entry.excerpt!r})")
        for remark in report.remarks:
            line = f" line {remark.line}" if remark.line else ""
            output.note(f"kept all the same: {report.source}{line}: {remark.reason} ({remark.excerpt!r})")
        for count, what in ((report.without_speaker, "a speaker"), (report.without_time, "a time")):
            if count:
                output.note(f"{report.source}: {count:,} {'message' if count == 1 else 'messages'} without {what}.")
        for conflict in report.conflicts:
            where = f" (cube {conflict.cube})" if conflict.cube else ""
            output.note(f"left out: {report.source} {conflict.origin_id}: {conflict.reason}{where}")


def show_found(found: SearchResult, *, explain: bool) -> None:
    """Show the hits, best first; with ``explain`` also the call, and the parts of each score."""
    if explain:
        output.show(_call(found.call))
    if not found.hits:
        output.show(Text("Nothing found."))
        return
    made = output.table("Score", "Age", "Speaker", _FOUND, "Source", right=("Score", "Age"), holds=_FOUND)
    for hit in found.hits:
        described = hit.cube.descriptive
        made.add_row(
            f"{hit.score:.2f}",
            output.age(described.said_at or described.created_at),
            Text(output.plain(described.speaker or "")),
            hit_text(hit, explain=explain),
            Text(output.plain(source_of(hit)), overflow="fold"),
        )
    output.show(made)


def hit_text(hit: Hit, *, explain: bool = False) -> Text:
    """Return a hit's text, its place in the graph, and its id; with ``explain`` the parts of its score."""
    shown = Text(output.plain(hit.cube.text))
    if way := path_of(hit):
        shown.append(f"\n{output.plain(way)}", style="cyan")
    if hit.until is not None:
        shown.append(f"\nuntil {hit.until:%-d %B %Y}", style="yellow")
    if explain:
        parts = "  ".join(f"{name} {value:.2f}" for name, value in hit.why.items() if value)
        shown.append(f"\n{parts}", style="magenta")
    return output.identified(shown, hit.cube.id)


def path_of(hit: Hit) -> str:
    """Return topic → concept → fact, as far as the hit has them."""
    steps = [hit.path.topic, hit.path.concept] if hit.path else []
    if hit.fact:
        steps.append(hit.fact.text)
    return " → ".join(steps)


def source_of(hit: Hit) -> str:
    """Return the source's name and the ids of the entries the hit rests on."""
    return "\n".join([hit.cube.descriptive.source or "", *hit.sources])


def _call(call: MemoryCall) -> object:
    return output.facts(call.model_dump(), title="How the question was read")


def show_cubes(cubes: Sequence[MemCube]) -> None:
    """Show memories, a row each."""
    if not cubes:
        output.show(Text("Nothing."))
        return
    made = output.table("Age", "Speaker", "Memory", "Space", right=("Age",), holds="Memory")
    for cube in cubes:
        described = cube.descriptive
        text = output.identified(cube.text, cube.id)
        speaker = Text(output.plain(described.speaker or ""))
        made.add_row(output.age(described.said_at or described.created_at), speaker, text, cube.governance.space)
    output.show(made)


def show_cube(cube: MemCube) -> None:
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


def show_log(entries: Sequence[LogEntry]) -> None:
    """Show acts, newest first."""
    made = output.table(
        "No.", "When (UTC)", "Who", "Act", "On, and the request", right=("No.",), ids=("On, and the request",)
    )
    for entry in entries:
        act, on = _act_and_target(entry)
        on_and_request = output.identified(on, entry.request_id)
        made.add_row(str(entry.seq), output.worded(entry.at), entry.principal, Text(act), on_and_request)
    output.show(made)


def print_entry(entry: LogEntry, *, json: bool) -> None:
    """Print one act on a line of its own, at once, as it is followed."""
    if json:
        line = entry.model_dump_json()
    else:
        line = "  ".join(
            [str(entry.seq), output.worded(entry.at), entry.principal, *filter(None, _act_and_target(entry))]
        )
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _act_and_target(entry: LogEntry) -> tuple[str, str]:
    on = entry.cubes[0].id if len(entry.cubes) == 1 else f"{entry.count} memories" if entry.cubes else ""
    act = " ".join(filter(None, [entry.action, entry.detail, f"({entry.reason})" if entry.reason else None]))
    return output.plain(act), on

"""How what was added, searches, lists of memories and logs look on a terminal."""

import sys
from collections.abc import Sequence

from rich.text import Text

from memos_graph.cli import output
from memos_graph.memory.adding import AddReport
from memos_graph.memory.logquery import LogEntry
from memos_graph.search.calls import Hit, MemoryCall, SearchResult
from memos_graph.types import MemCube

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
    told = "changed outside memos-graph:" if entry.altered and entry.id else None
    act = " ".join(filter(None, [told, entry.action, entry.detail, f"({entry.reason})" if entry.reason else None]))
    return output.plain(act), on

"""How named moments look, and what changed between two."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.text import Text

from memos_graph.cli import output
from memos_graph.cli.shown.looking import Look
from memos_graph.lifecycle.changes import Change
from memos_graph.lifecycle.timemachine import Snapshot


def _snapshot(made: Snapshot) -> None:
    output.note(f"{made.name} is {output.worded(made.at)} UTC.")


def _snapshots(found: Sequence[Snapshot]) -> None:
    made = output.table("Name", "When (UTC)", "By", "Reason", right=("When (UTC)",))
    for each in found:
        made.add_row(
            Text(output.plain(each.name)), output.worded(each.at), each.by, Text(output.plain(each.reason or ""))
        )
    output.show(made)


def _changes(found: Sequence[Change]) -> None:
    made = output.table("What", "Memory", "State", holds="Memory")
    for change in found:
        made.add_row(change.kind.value, _told(change), _states(change))
    output.show(made if found else Text("Nothing differs."))


def _told(change: Change) -> Text:
    shown = Text(output.plain(change.diff or change.text or "(erased)"))
    return output.identified(shown.append(f" ({change.level})", style="dim"), change.cube)


def _states(change: Change) -> Text:
    before, after = change.state_before, change.state_after
    moved = after.value if before in (None, after) else f"{before.value} → {after.value}"
    if change.valid_to_after != change.valid_to_before:
        moved += f", true until {output.worded(change.valid_to_after) if change.valid_to_after else 'further notice'}"
    return Text(moved)


LOOKS: Mapping[Any, Look] = {
    Snapshot: _snapshot,
    Sequence[Snapshot]: _snapshots,
    Sequence[Change]: _changes,
}

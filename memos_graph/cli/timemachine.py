"""Commands of the time machine: snapshot, snapshots, diff, rollback."""

from typing import Annotated

import typer
from rich.text import Text

from memos_graph.acting import Acting, Memory
from memos_graph.cli import options, output, views
from memos_graph.cli.session import session
from memos_graph.errors import InputError
from memos_graph.lifecycle.changes import Change

Cube = Annotated[str | None, typer.Option("--cube", metavar="ID", help="Only this memory and its facts.")]
Topic = Annotated[str | None, typer.Option("--topic", help="Only what is about this topic, now or before.")]


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    for command in (snapshot, snapshots, diff, rollback):
        app.command()(command)


def snapshot(
    name: Annotated[str, typer.Argument(metavar="NAME", help="What to call this moment.")],
    space: options.SpaceName = None,
    reason: options.Reason = None,
    as_: options.As = None,
    json: options.Json = False,
) -> None:
    """Name the present moment of a space, to compare with it or go back to it.

    \b
    memos snapshot before-import
    """  # noqa: D301
    with session(as_) as acting:
        made = acting.mount(space).snapshot(name, reason=reason)
    if json:
        output.show_json(made)
    else:
        output.note(f"{made.name} is {output.worded(made.at)} UTC.")


def snapshots(space: options.SpaceName = None, as_: options.As = None, json: options.Json = False) -> None:
    """List the named moments of a space, newest first."""
    with session(as_) as acting:
        found = acting.mount(space).snapshots()
    if json:
        output.show_json(found)
        return
    made = output.table("Name", "When (UTC)", "By", "Reason", right=("When (UTC)",))
    for each in found:
        made.add_row(
            Text(output.plain(each.name)), output.worded(each.at), each.by, Text(output.plain(each.reason or ""))
        )
    output.show(made)


def diff(
    since: Annotated[str, typer.Argument(metavar="A", help="The earlier moment: a snapshot, or e.g. 2026-05-04.")],
    until: Annotated[str | None, typer.Argument(metavar="[B]", help="The later one. Default: now.")] = None,
    space: options.SpaceName = None,
    cube: Cube = None,
    topic: Topic = None,
    as_: options.As = None,
    json: options.Json = False,
) -> None:
    """Show what came, changed, moved or was erased in a space between two moments.

    \b
    memos diff before-import
    memos diff 2026-05-01 2026-05-04T09:00:00Z --topic travel
    """  # noqa: D301
    with session(as_) as acting:
        found = acting.mount(space).changes(since, until, cube=acting.ids.maybe_cube(cube), topic=topic)
    if json:
        output.show_json(found)
        return
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


def rollback(
    to: Annotated[
        str, typer.Option("--to", metavar="WHEN", help="A version (of one memory), a snapshot, or e.g. 2026-05-04.")
    ],
    cube: Annotated[str | None, typer.Argument(metavar="[ID]", help="A memory. Default: the whole space.")] = None,
    space: options.SpaceName = None,
    topic: Topic = None,
    reason: options.Reason = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask before a whole space is taken back.")] = False,
    as_: options.As = None,
    json: options.Json = False,
) -> None:
    """Take a memory back to an earlier version, or a memory, a topic or a space to a moment; nothing is overwritten.

    \b
    memos rollback 019f8a3c-… --to 1
    memos rollback 019f8a3c-… --to 2026-05-04
    memos rollback --topic travel --to before-import
    memos rollback --to before-import --yes
    """  # noqa: D301
    if cube is None and topic is None and not yes:
        output.agree(f"Take the whole space back to {to}?")
    with session(as_) as acting:
        cube = acting.ids.maybe_cube(cube)
        if cube is not None and to.isdecimal():
            version = acting.updates.rollback(cube, to=int(to), reason=reason)
            if json:
                output.show_json(version)
            else:
                views.show_versions([version])
            return
        if to.isdecimal():
            raise InputError(f"Version {to} of which memory?", hint="Name its id, or give a snapshot or a date.")
        memory = _memory(acting, cube, space)
        done = memory.roll_back_to(to, cube=cube, topic=topic, reason=reason)
    if json:
        output.show_json(done)
        return
    output.note(
        f"{len(done.cubes)} memories of {memory.space} are as they were at {output.worded(done.to)} UTC; "
        f"{len(done.archived)} came later and are archived. `--to {done.undo.isoformat()}` takes it back."
    )
    if done.erased:
        output.note(f"{len(done.erased)} were erased since, and stay so.")


def _memory(acting: Acting, cube: str | None, space: str | None) -> Memory:
    if cube is None or space is not None:
        return acting.mount(space)
    return acting.mount(acting.cubes.get(cube).governance.space)

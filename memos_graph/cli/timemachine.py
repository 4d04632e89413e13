"""``memos rollback``: back to an earlier version, or to a moment."""

from typing import Annotated

import typer

from memos_graph.acting import Acting, Memory
from memos_graph.cli import declared, options, output
from memos_graph.cli.session import session
from memos_graph.cli.shown.cubes import show_version
from memos_graph.errors import InputError
from memos_graph.verbs.every import GROUPS

Topic = Annotated[str | None, typer.Option("--topic", help="Only what is about this topic, now or before.")]


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    declared.register(app, GROUPS["time machine"], {})
    app.command()(rollback)


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
                show_version(version)
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

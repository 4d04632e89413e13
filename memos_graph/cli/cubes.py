"""Commands on one memory that are more than one verb, or ask: its history, its log, its end."""

from contextlib import suppress
from typing import Annotated

import typer

from memos_graph.acting import Acting
from memos_graph.cli import declared, options, output, views
from memos_graph.cli.session import moment, session
from memos_graph.cli.shown.cubes import show_versions
from memos_graph.errors import NotFoundError
from memos_graph.verbs.every import GROUPS


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    declared.register(app, (*GROUPS["cubes"], *GROUPS["provenance"]), {})
    for command in (history, log, delete):
        app.command()(command)


def history(
    cube: options.CubeId,
    diff: Annotated[
        str | None, typer.Option(metavar="OLD:NEW", help="Show what changed between two versions instead, e.g. 1:2.")
    ] = None,
    as_of: options.AsOf = None,
    as_: options.As = None,
    json: options.Json = False,
) -> None:
    """Show every version of a memory: when it was known, by whom, and why it changed.

    \b
    memos history 019f8a3c-…
    memos history 019f8a3c-… --diff 1:2
    """  # noqa: D301
    pair = None if diff is None else _numbers(diff)
    with session(as_) as acting:
        cube = acting.ids.cube(cube)
        if pair is not None:
            old, new = pair
            changed = acting.updates.diff(cube, old=old, new=new)
            if json:
                output.show_json({"old": old, "new": new, "diff": changed})
            else:
                typer.echo(output.plain(changed))
            return
        versions = acting.updates.history(cube, as_of=moment(as_of))
    if json:
        output.show_json(versions)
    else:
        show_versions(versions)


def _numbers(pair: str) -> tuple[int, int]:
    old, _, new = pair.partition(":")
    if not (old.isdecimal() and new.isdecimal()):
        raise typer.BadParameter("Write two version numbers, e.g. 1:2.", param_hint="--diff")
    return int(old), int(new)


def log(
    cube: Annotated[str | None, typer.Argument(metavar="[ID]", help="Only acts on this memory.")] = None,
    space: options.SpaceName = None,
    actor: Annotated[str | None, typer.Option(metavar="PRINCIPAL", help="Only acts of this principal.")] = None,
    action: Annotated[str | None, typer.Option(help="Only this act, e.g. search.")] = None,
    request_id: Annotated[str | None, typer.Option("--request", metavar="ID", help="Only what it did.")] = None,
    since: options.Since = None,
    until: options.Until = None,
    before: Annotated[int | None, typer.Option(min=1, metavar="NO", help="Only entries before this number.")] = None,
    limit: options.Limit = 50,
    follow: Annotated[
        bool, typer.Option("--follow", "-f", help="Print new acts as they come, until interrupted.")
    ] = False,
    as_: options.As = None,
    json: options.Json = False,
) -> None:
    """Show who did what in a space, or to one memory, newest first.

    \b
    memos log --since 2026-05-01
    memos log --follow --actor helper-bot
    memos log 019f8a3c-…
    """  # noqa: D301
    with session(as_) as acting:
        cube = acting.ids.maybe_cube(cube)
        where = space or (_space_of(acting, cube) if cube else None)
        logs = acting.mount(where).logs
        if follow:
            with suppress(KeyboardInterrupt):
                for entry in logs.follow(cube=cube, actor=actor, action=action, request_id=request_id):
                    views.print_entry(entry, json=json)
            return
        entries = logs.query(
            cube=cube,
            actor=actor,
            action=action,
            request_id=request_id,
            since=moment(since),
            until=moment(until),
            before=before,
            limit=limit,
        )
    if json:
        output.show_json(entries)
    else:
        views.show_log(entries)


def _space_of(acting: Acting, cube: str) -> str:
    try:
        return acting.space_of(cube)
    except NotFoundError as error:
        raise NotFoundError(error.message, hint="If it was deleted, name its --space.", target=cube) from error


def delete(
    cube: options.CubeId,
    reason: options.Reason = None,
    yes: options.Yes = False,
    as_: options.As = None,
    json: options.Json = False,
) -> None:
    """Erase a memory in every version, with what was derived from it alone. This can't be undone.

    A part of a long message goes with the other parts of it.

    \b
    memos delete 019f8a3c-… --reason "private" --yes
    """  # noqa: D301
    with session(as_) as acting:
        cube = acting.ids.cube(cube)
        if not yes:
            output.agree(f"Erase {cube} in every version?")
        deleted = acting.updates.delete(cube, reason=reason)
    if json:
        output.show_json(deleted)
    else:
        output.note(f"Erased {len(deleted.cubes)} memories: it and what was derived from it alone.")
        for each in deleted.waiting:
            output.note(f"Payload {each.cube} is not gone everywhere yet; it is tried again. {each.problem}")

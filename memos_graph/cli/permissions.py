"""Who may do what: grants, denials, roles, mandates, and why somebody may or may not."""

from typing import Annotated

import typer

from memos_graph.acting import Memory
from memos_graph.cli import declared, options, output
from memos_graph.cli.session import moment, session
from memos_graph.governance import Action, Decision, Grant
from memos_graph.language.sensitivity import LevelName
from memos_graph.verbs.every import GROUPS

_roles = typer.Typer(help="Roles: rights of many by one name.", no_args_is_help=True)
_mandates = typer.Typer(help="Mandates: an agent that acts for you.", no_args_is_help=True)
Grantee = Annotated[str, typer.Argument(metavar="PRINCIPAL", help="Who it is for: a principal, or a role OWNER/NAME.")]
Cube = Annotated[str | None, typer.Option("--cube", metavar="ID", help="Only this one memory of the space.")]
Topic = Annotated[
    str | None, typer.Option("--topic", metavar="TOPIC", help="Only what is about this, and what will be.")
]


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.add_typer(_roles, name="role")
    app.add_typer(_mandates, name="mandate")
    declared.register(app, GROUPS["roles"], {"role": _roles, "mandate": _mandates})
    for command in (grant, revoke, deny, allow, grants, can):
        app.command()(command)


def grant(
    principal: Grantee,
    actions: Annotated[list[Action] | None, typer.Argument(help="What they may do. Default: read.")] = None,
    space: options.SpaceName = None,
    cube: Cube = None,
    topic: Topic = None,
    purpose: Annotated[
        list[str] | None, typer.Option("--purpose", help="Only while acting for this; may be repeated.")
    ] = None,
    sees: Annotated[
        LevelName | None, typer.Option(help="Show what is sensitive up to this level only. Default: all of it.")
    ] = None,
    until: options.Until = None,
    as_: options.As = None,
    json: options.Json = False,
) -> None:
    """Let another principal or a role act in a space, with one memory of it or with a topic's; replaces what you granted it there.

    \b
    memos grant bob read write --space alice/notes
    memos grant clinic/nurses read --purpose treatment --until 2026-12-31
    memos grant bob read --topic pottery
    """  # noqa: D301
    with session(as_) as acting:
        memory, cube = acting.mount(space), acting.ids.maybe_cube(cube)
        memory.permissions.grant(
            principal,
            actions or [Action.READ],
            cube=cube,
            topic=topic,
            purposes=purpose,
            sees=sees,
            expires_at=moment(until),
        )
        made = _standing(memory, principal, cube=cube, topic=topic)
    if json:
        output.show_json(made)
    else:
        output.note(f"{principal} may {output.worded(made.actions)} in {cube or topic or memory.space}.")


def _standing(
    memory: Memory, principal: str, *, cube: str | None, topic: str | None = None, denied: bool = False
) -> Grant:
    wanted = (principal, cube, topic, denied, memory.principal)
    given = ((each, (each.principal, each.cube, each.topic, each.denied, each.by)) for each in memory.grants())
    return next(each for each, as_ in given if as_ == wanted)


def revoke(
    principal: Grantee,
    space: options.SpaceName = None,
    cube: Cube = None,
    topic: Topic = None,
    as_: options.As = None,
    json: options.Json = False,
) -> None:
    """Take another principal's grants on a space, on one memory of it or on a topic away, at once: those you gave; administrators: all."""
    with session(as_) as acting:
        memory, cube = acting.mount(space), acting.ids.maybe_cube(cube)
        memory.permissions.revoke(principal, cube=cube, topic=topic)
    output.done(
        {"principal": principal, "space": memory.space, "cube": cube, "topic": topic, "granted": False},
        f"{principal} has no grant on {cube or topic or memory.space} any more.",
        json=json,
    )


def deny(
    principal: Grantee,
    actions: Annotated[list[Action] | None, typer.Argument(help="What they may not do. Default: read.")] = None,
    space: options.SpaceName = None,
    cube: Cube = None,
    reason: options.Reason = None,
    until: options.Until = None,
    as_: options.As = None,
    json: options.Json = False,
) -> None:
    """Keep a principal or a role from acts in a space, or with one memory and what was made from it, whatever it is granted.

    \b
    memos deny bob read --cube 019f8a3c-… --reason "not his case"
    """  # noqa: D301
    with session(as_) as acting:
        memory, cube = acting.mount(space), acting.ids.maybe_cube(cube)
        kept = actions or [Action.READ]
        memory.permissions.deny(principal, kept, cube=cube, reason=reason, expires_at=moment(until))
        made = _standing(memory, principal, cube=cube, denied=True)
    if json:
        output.show_json(made)
    else:
        output.note(f"{principal} may not {output.worded(kept)} in {cube or memory.space}.")


def allow(
    principal: Grantee,
    space: options.SpaceName = None,
    cube: Cube = None,
    as_: options.As = None,
    json: options.Json = False,
) -> None:
    """Take a denial back."""
    with session(as_) as acting:
        memory, cube = acting.mount(space), acting.ids.maybe_cube(cube)
        memory.permissions.allow(principal, cube=cube)
    output.done(
        {"principal": principal, "space": memory.space, "cube": cube, "denied": False},
        f"Nothing is denied to {principal} on {cube or memory.space} any more.",
        json=json,
    )


def grants(space: options.SpaceName = None, as_: options.As = None, json: options.Json = False) -> None:
    """Show who may do what in a space, and who may not."""
    with session(as_) as acting:
        found = acting.mount(space).grants()
    if json:
        output.show_json(found)
        return
    made = output.table("Principal", "May", "On", "Until", "By, at", ids=("On",))
    for each in found:
        until = output.worded(each.expires_at) if each.expires_at else "revoked"
        said = ("not " if each.denied else "") + output.worded(each.actions)
        said += f" for {', '.join(each.purposes)}" if each.purposes else ""
        said += f", up to {each.sees}" if each.sees else ""
        made.add_row(
            each.principal,
            said,
            each.cube or (f"topic {output.plain(each.topic)}" if each.topic else "the space"),
            until,
            f"{each.by} {output.worded(each.at)}",
        )
    output.show(made)


def can(
    principal: Annotated[str, typer.Argument(metavar="PRINCIPAL", help="Who.")],
    action: Annotated[Action, typer.Argument(help="What.")],
    target: Annotated[str, typer.Argument(metavar="TARGET", help="A memory's id, or a space OWNER/NAME.")],
    explain: Annotated[bool, typer.Option("--explain", help="Show every grant and denial that bears on it.")] = False,
    as_: options.As = None,
    json: options.Json = False,
) -> None:
    """Tell whether a principal may do something, and why; exits with 1 when it may not.

    \b
    memos can bob read 019f8a3c-… --explain
    """  # noqa: D301
    with session(as_) as acting:
        decision = acting.decide(principal, action, acting.ids.cube(target))
    if json:
        output.show_json(decision)
    else:
        _show(decision, explain=explain)
    if not decision.allowed:
        raise typer.Exit(1)


def _show(decision: Decision, *, explain: bool) -> None:
    verb = "may" if decision.allowed else "may not"
    output.note(f"{decision.principal} {verb} {decision.action} {decision.target}.")
    if not explain:
        return
    if not decision.paths:
        output.note("Nothing grants it anything there.")
        return
    made = output.table("Path", "Says", "For", "Until", "By", "Counts now", holds="Path")
    for path in decision.paths:
        says = ("denies " if path.denies else "grants ") + output.worded(path.actions)
        until = output.worded(path.expires_at) if path.expires_at else ""
        purposes = ", ".join(path.purposes or ())
        made.add_row(" → ".join(path.via), says, purposes, until, path.by, "yes" if path.in_force else "no")
    output.show(made)

"""Who may do what: grants, denials, roles, mandates, and why somebody may or may not."""

from typing import Annotated

import typer

from memos_graph.cli import declared, options, output
from memos_graph.cli.session import session
from memos_graph.governance import Action, Decision
from memos_graph.verbs.every import GROUPS

_roles = typer.Typer(help="Roles: rights of many by one name.", no_args_is_help=True)
_mandates = typer.Typer(help="Mandates: an agent that acts for you.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.add_typer(_roles, name="role")
    app.add_typer(_mandates, name="mandate")
    declared.register(app, GROUPS["roles"], {"role": _roles, "mandate": _mandates})
    declared.register(app, GROUPS["grants"], {})
    app.command()(can)


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

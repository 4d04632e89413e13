"""Spaces and API keys."""

from typing import Annotated

import typer
from rich.text import Text

from memos_graph.cli import declared, options, output
from memos_graph.cli.session import opened, principal_of, session
from memos_graph.memory.prefixes import beginning, only
from memos_graph.verbs.every import GROUPS

_spaces = typer.Typer(help="Spaces: where memories live.", no_args_is_help=True)
_keys = typer.Typer(help="API keys of the REST API.", no_args_is_help=True)
_ALL = 1000


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.add_typer(_spaces, name="space")
    declared.register(app, GROUPS["spaces"], {"space": _spaces})
    app.add_typer(_keys, name="key")


@_spaces.command("list")
def list_spaces(as_: options.As = None, json: options.Json = False) -> None:
    """List the spaces you hold a grant on."""
    with session(as_) as acting:
        found = acting.spaces(limit=_ALL)
    if json:
        output.show_json(found)
        return
    made = output.table("Space", "Owner", "Memories", "You may", right=("Memories",))
    for each in found:
        made.add_row(each.space, each.owner, str(each.cubes), output.worded(each.actions))
    output.show(made)


@_keys.command("create")
def create_key(
    principal: Annotated[str | None, typer.Option(help="Whose key. Default: yours.")] = None,
    label: Annotated[str, typer.Option(help="What it is for.")] = "",
    json: options.Json = False,
) -> None:
    """Make an API key. It is printed this once, and only its hash is stored.

    \b
    export MEMOS_KEY=$(memos key create --principal alice)
    """  # noqa: D301
    with opened() as memos:
        key, secret = memos.installation.keys.create(principal_of(principal), label=label)
    if json:
        output.show_json({"key": key, "secret": secret})
        return
    typer.echo(secret)
    output.note(f"Key {key.id} of {key.principal}. It is not shown again.")


@_keys.command("list")
def list_keys(
    principal: Annotated[str | None, typer.Option(help="Only this principal's.")] = None, json: options.Json = False
) -> None:
    """List API keys, without their secrets."""
    with opened() as memos:
        found = memos.installation.keys.every(principal)
    if json:
        output.show_json(found)
        return
    made = output.table("Id", "Principal", "Label", "Made", "Revoked", ids=("Id",))
    for key in found:
        revoked = output.worded(key.revoked_at) if key.revoked_at else ""
        made.add_row(key.id, key.principal, Text(output.plain(key.label)), output.worded(key.created_at), revoked)
    output.show(made)


@_keys.command("revoke")
def revoke_key(
    key: Annotated[str, typer.Argument(metavar="ID", help="As `memos key list` shows it, or its beginning.")],
    json: options.Json = False,
) -> None:
    """Refuse an API key from now on."""
    with opened() as memos:
        keys = memos.installation.keys
        if (prefix := beginning(key, "keys")) is not None:
            key = only(key, [each.id for each in keys.every(None) if each.id.startswith(prefix)], "keys")
        keys.revoke(key)
    output.done({"key": key, "revoked": True}, f"Key {key} is refused from now on.", json=json)

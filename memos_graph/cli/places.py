"""``memos place …``: where payloads of this database lie, and which of those places are no more."""

from typing import Annotated

import typer

from memos_graph.cli import options, output
from memos_graph.cli.session import opened

_places = typer.Typer(help="Places: homes and engines that keep KV-caches and adapters.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.add_typer(_places, name="place")


@_places.command("list")
def list_places(json: options.Json = False) -> None:
    """List the homes and engines that keep payloads of this database, and how many erasures wait for each."""
    with opened() as memos:
        found = memos.installation.places()
        here = memos.installation.place
    if json:
        output.show_json(found)
        return
    made = output.table("Place", "Id", "Spaces", "Waiting", right=("Spaces", "Waiting"), ids=("Id",))
    for each in found:
        said = " (this one)" if each.id == here else ""
        said = f" (no more, {output.worded(each.ended_at)})" if each.ended_at else said
        made.add_row(f"{each.name}{said}", each.id, str(each.spaces), str(each.waiting))
    output.show(made)


@_places.command("gone")
def gone(
    place: Annotated[str, typer.Argument(metavar="ID", help="As `memos place list` shows it.")],
    json: options.Json = False,
) -> None:
    """Declare a place to be no more, its disk and memory destroyed; receipts name it, since nobody has seen that nothing is left there.

    \b
    memos place gone 3f2a9c1d77e0b4a5
    """  # noqa: D301
    with opened() as memos:
        declared = memos.installation.declare_gone(place)
    output.done({"place": declared.id}, f"{declared.name}: nothing is waited for there any more.", json=json)

"""``memos sync``: a space here and the same space on another device, brought in step."""

from pathlib import Path
from typing import Annotated

import typer

from memos_graph.cli import options, output
from memos_graph.cli.interrupts import INTERRUPTED, held_back
from memos_graph.cli.session import session
from memos_graph.config import Settings
from memos_graph.errors import InputError
from memos_graph.exchange.devices.syncing import Synced
from memos_graph.kit.files import read_secret
from memos_graph.memos import MemOS

_COLUMNS = ("new", "changed", "settled", "deleted", "erased")


def register(app: typer.Typer) -> None:
    """Add this module's command."""
    app.command()(sync)


def sync(
    space: Annotated[str, typer.Argument(metavar="SPACE", help="OWNER/NAME, here.")],
    url: Annotated[str, typer.Option("--with", metavar="URL", help="Where the other device's REST API is.")],
    key_file: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="A file, mode 0600, with an API key of the other device. Default: MEMOS_PEER_KEY."
        ),
    ] = None,
    peer: Annotated[
        str | None, typer.Option(metavar="SPACE", help="What the space is called there. Default: as here.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only tell what would be done.")] = False,
    unencrypted: Annotated[
        bool, typer.Option("--unencrypted", help="Send the key over plain HTTP to another machine, too.")
    ] = False,
    as_: options.As = None,
    json: options.Json = False,
) -> None:
    """Bring a space in step with the same space on another device: both then hold what either held, and nothing that either deleted or erased.

    \b
    memos key create --label laptop                                     on the other device; put the key into phone.key, mode 0600
    memos sync alice/notes --with https://phone.local:8765 --key-file phone.key --dry-run
    memos sync alice/notes --with https://phone.local:8765 --key-file phone.key

    Broken off, the same command goes on. Exits with 1 while something differs.
    """  # noqa: D301
    key = _key(key_file)
    with (
        session(as_, embeds=not dry_run) as acting,
        MemOS.connect(url, key, unencrypted=unencrypted) as client,
        held_back() as stop_if_asked,
    ):
        # The first time a space of one's own is made where it is not there yet; a dry run makes none.
        mounted = (acting.space, client.mounted) if dry_run else (acting.mount, client.mount)
        here, there = mounted[0](space), mounted[1](peer or space)
        try:
            synced = here.sync(there, dry_run=dry_run, progress=lambda _: stop_if_asked())
        except KeyboardInterrupt:
            output.failure("interrupted", "Interrupted.", "The same command again does the rest.", as_json=json)
            raise typer.Exit(INTERRUPTED) from None
    if json:
        output.show_json(synced)
    else:
        _show(synced, url)
    if not (synced.in_step or dry_run):
        raise typer.Exit(1)


def _key(file: Path | None) -> str:
    """Return the key of a file that is this user's alone, or of the settings."""
    if file is None:
        given = Settings.load().peer_key
        if given is None:
            raise InputError(
                "No key of the other device is given.", hint="Give --key-file FILE, or set MEMOS_PEER_KEY."
            )
        return given.get_secret_value()
    return read_secret(file, "The key file").strip()


def _show(synced: Synced, url: str) -> None:
    table = output.table("device", *_COLUMNS, right=_COLUMNS)
    for name, moved in ((synced.space, synced.here), (f"{synced.peer} at {url}", synced.there)):
        counts = (moved.added, moved.changed, moved.settled, moved.deleted, moved.erased)
        table.add_row(name, *map(str, counts))
    output.show(table)
    for each in synced.conflicts:
        output.note(f"{each.id}: {each.did}")
    if synced.dry_run:
        texts = f" The texts of {synced.differ} differ." if synced.differ else ""
        output.note(f"This is what would be done; nothing was written.{texts}")
    elif synced.in_step:
        output.note("Both are in step.")
    else:
        output.note(f"{synced.left} memories still differ: each device kept what it was not to change.")

"""Commands on the log as evidence: verify, seal, prove."""

from typing import Annotated

import typer

from memos_graph.cli import options, output
from memos_graph.cli.session import opened, session

_audit = typer.Typer(help="The log as evidence: check it, seal it, prove what is in it.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.add_typer(_audit, name="audit")


@_audit.command()
def verify(space: options.SpaceName = None, as_: options.As = None, json: options.Json = False) -> None:
    """Check a space's log and every version of its memories; exits with 1 when anything was changed behind its back.

    \b
    memos audit verify --space alice/notes
    """  # noqa: D301
    with session(as_) as acting:
        found = acting.memory(space).audit.verify()
    if json:
        output.show_json(found)
    elif found.whole:
        output.note(
            f"{found.space}: {found.events} events, {found.versions} versions and {found.seals} seals are as written."
        )
    else:
        made = output.table("Event", "Memory", "What was changed", ids=("Memory",))
        for each in found.broken:
            made.add_row("" if each.seq is None else str(each.seq), each.cube or "", output.plain(each.what))
        output.show(made)
    if not found.whole:
        raise typer.Exit(1)


@_audit.command()
def seal(space: options.SpaceName = None, as_: options.As = None, json: options.Json = False) -> None:  # noqa: ARG001
    """Sign what a space's log holds now. Hand the seal to somebody else: it shows any later change.

    \b
    memos audit seal --space alice/notes > seal.json

    It is JSON with and without --json.
    """  # noqa: D301
    with session(as_) as acting:
        output.show_json(acting.memory(space).audit.seal())


@_audit.command()
def seals(space: options.SpaceName = None, as_: options.As = None, json: options.Json = False) -> None:
    """List the seals of a space's log."""
    with session(as_) as acting:
        found = acting.memory(space).audit.seals()
    if json:
        output.show_json(found)
        return
    made = output.table("Events", "Made", "Root", right=("Events",))
    for each in found:
        made.add_row(str(each.size), each.at, each.root)
    output.show(made)


@_audit.command()
def prove(
    event: Annotated[
        str, typer.Argument(metavar="EVENT", help="Its id, or its place in the log, as `memos log` shows.")
    ],
    space: options.SpaceName = None,
    as_: options.As = None,
    json: options.Json = False,  # noqa: ARG001 - a proof is JSON anyway
) -> None:
    """Print the proof that an event was in the log when it was sealed; examples/verify_proof.py checks it offline.

    \b
    memos audit prove 17 --space alice/notes > proof.json

    It is JSON with and without --json.
    """  # noqa: D301
    with session(as_) as acting:
        output.show_json(acting.memory(space).audit.prove(event))


@_audit.command()
def key(json: options.Json = False) -> None:
    """Print the public key that seals are signed with."""
    with opened() as memos:
        pem = memos.services.audit.chain.keyring.public_pem
    if json:
        output.show_json({"public_key": pem})
    else:
        typer.echo(pem, nl=False)

"""Commands on the log as evidence: verify, seal, prove."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from memos_graph.audit import request
from memos_graph.audit.seals import Seal, read_seal
from memos_graph.cli import declared, options, output
from memos_graph.cli.session import opened, principal_of, session
from memos_graph.errors import InputError
from memos_graph.kit.ids import new_id
from memos_graph.verbs.every import GROUPS

_audit = typer.Typer(help="The log as evidence: check it, seal it, prove what is in it.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.add_typer(_audit, name="audit")
    declared.register(app, GROUPS["audit"], {"audit": _audit})


@_audit.command()
def verify(
    space: options.SpaceName = None,
    seal: Annotated[
        list[Path] | None,
        typer.Option("--seal", metavar="FILE", help="A seal that somebody else kept; may be repeated."),
    ] = None,
    full: Annotated[
        bool,
        typer.Option(
            "--full",
            help="Read all of the log, not only what came since the last seal under which it was found as written.",
        ),
    ] = False,
    as_: options.As = None,
    json: options.Json = False,
) -> None:
    """Check a space's log and every version of its memories; exits with 1 when anything was changed behind its back.

    \b
    memos audit verify --space alice/notes
    memos audit verify --space alice/notes --full
    memos audit verify --space alice/notes --seal /mnt/notary/000000000120.json
    """  # noqa: D301
    given = [_seal_in(path) for path in seal or ()]
    with session(as_) as acting:
        found = acting.mount(space).audit.verify(given, full=full)
    if json:
        output.show_json(found)
    elif found.whole:
        before = f"; the {found.since} events before were found so earlier, under a seal" if found.since else ""
        output.note(
            f"{found.space}: {found.events} events, {found.versions} versions and {found.seals} seals are as written{before}."
        )
    else:
        made = output.table("Event", "Memory", "What was changed", ids=("Memory",))
        for each in found.broken:
            made.add_row("" if each.seq is None else str(each.seq), each.cube or "", output.plain(each.what))
        output.show(made)
    if not found.whole:
        raise typer.Exit(1)


def _seal_in(path: Path) -> Seal:
    try:
        return read_seal(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeError) as error:
        raise InputError(f"{path} can't be read: {error}.") from error


@_audit.command()
def key(json: options.Json = False) -> None:
    """Print the public key that seals are signed with."""
    with opened() as memos:
        pem = memos.installation.public_key
    if json:
        output.show_json({"public_key": pem})
    else:
        typer.echo(pem, nl=False)


@_audit.command()
def rollbacks(json: options.Json = False) -> None:
    """List when the database was found put back to an older state, and what was taken away again then.

    \b
    memos audit rollbacks
    """  # noqa: D301
    with opened() as memos:
        found, held = memos.installation.rollbacks(), memos.installation.held()
    if json:
        output.show_json({"found": [asdict(each) for each in found], "held": [asdict(each) for each in held]})
        return
    if not found and not held:
        output.note("No log was ever found otherwise than this machine had seen it.")
        return
    made = output.table("Space", "What was found")
    for each in found:
        made.add_row(each.space, output.plain(str(each)))
    output.show(made)
    made = output.table("Id", "Space", "Taken away again", "Confirmed", ids=("Id",))
    for one in held:
        made.add_row(one.id, one.space or "", output.plain(one.what), one.confirmed or "")
    output.show(made)


@_audit.command()
def confirm(
    ids: Annotated[
        list[str] | None, typer.Argument(metavar="ID...", help="As `memos audit rollbacks` shows them.")
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="All that wait for it.")] = False,
    json: options.Json = False,
) -> None:
    """Say that you have looked at what was taken away again. It stays so: what should be had again is granted anew.

    \b
    memos audit confirm --all
    """  # noqa: D301
    if not ids and not every:
        raise InputError("Nothing to confirm is named.", hint="Give ids, or --all.")
    with opened() as memos:
        installation = memos.installation
        count = installation.confirm([each.id for each in installation.held()] if every else ids or [])
    output.done({"confirmed": count}, f"{count} confirmed.", json=json)


@_audit.command()
def accept(
    target: Annotated[
        str, typer.Argument(metavar="ID", help="A memory, a space, or somebody who has rights in the space.")
    ],
    reason: Annotated[str, typer.Option("--reason", help="Why: the log keeps it.")],
    space: options.SpaceName = None,
    as_: options.As = None,
    json: options.Json = False,
) -> None:
    """Say that what was changed in the database by hand was changed on purpose: it is vouched for as it stands, and the log says so.

    \b
    memos audit accept 019f8a3c-2b1d-7c44-9a55-1f0e6b7c8d90 --reason "Speaker put right by hand, ticket 4711"
    memos audit accept alice/notes --space alice/notes --reason "Grants moved over from the old system"
    """  # noqa: D301
    by = principal_of(as_)
    with opened() as memos, request(f"cli-{new_id()}"):
        done = memos.installation.accept(target, space=space or f"{by}/notes", by=by, reason=reason)
    told = "; ".join(done.changed)
    output.done(done.model_dump(mode="json"), f"{target}: vouched for as it stands ({told}).", json=json)

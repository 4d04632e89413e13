"""``memos vault check``: are the payloads of a space there, whole; and putting right what is not."""

from typing import Annotated

import typer

from memos_graph.cli import options, output
from memos_graph.cli.session import session

_vault = typer.Typer(help="The vault: where payloads of KV-caches and adapters are kept.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.add_typer(_vault, name="vault")


@_vault.command("check")
def check(
    space: options.SpaceName = None,
    repair: Annotated[bool, typer.Option("--repair", help="Put right what is not as it should be.")] = False,
    as_: options.As = None,
    json: options.Json = False,
) -> None:
    """Read every payload of a space, and hold it against what was written; exits with 1 while something is wrong.

    \b
    memos vault check --space alice/notes
    memos vault check --space alice/notes --repair

    A repair puts what the vault lacks there again from this home, removes what no memory accounts for, and takes out
    of service what is nowhere whole. Broken off, the same command goes on.
    """  # noqa: D301
    with session(as_, embeds=False) as acting:
        found = acting.mount(space).vault.check(repair=repair)
    if json:
        output.show_json(found)
    else:
        told = {
            "Place": found.place,
            "In service": f"{found.payloads} KV-caches and adapters",
            "Kept": f"{found.objects} objects, {found.bytes:,} bytes" if found.objects else None,
            "Missing": ", ".join(found.missing) or None,
            "Altered": ", ".join(found.altered) or None,
            "Nobody's": str(found.strays) if found.strays else None,
            "Repaired": str(found.repaired) if found.repaired else None,
            "Taken out of service": ", ".join(found.withdrawn) or None,
            "Erasures that wait": str(found.waiting) if found.waiting else None,
        }
        output.show(output.facts(told))
        output.note(
            "All of it is there, as it was written." if found.sound else "Something is wrong: --repair puts it right."
        )
    if not found.sound:
        raise typer.Exit(1)

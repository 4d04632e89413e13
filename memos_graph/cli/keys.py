"""``memos keys …``: the keys of this installation, and beginning one anew that is lost. Opens no database."""

from typing import Annotated, Any

import typer

from memos_graph.cli import options, output
from memos_graph.config import Settings
from memos_graph.errors import InputError
from memos_graph.kit.crypto.keyring import ROOT, SIGNING, Keyring

_keys = typer.Typer(help="The signing key and the root key of this installation.", no_args_is_help=True)
_MEANING = (
    "Seals, receipts and marks from before are signed by another key; whoever has the public key of before can check them, and "
    "nobody can sign by it again. Give the new public key (`memos audit key`) to whoever checks."
)


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.add_typer(_keys, name="keys")


@_keys.command("list")
def list_keys(json: options.Json = False) -> None:
    """Show the keys of this installation: where they lie, their fingerprints, and when one was begun anew."""
    keyring = Keyring(Settings.load().keys_folder)
    found: list[dict[str, Any]] = [
        {
            "name": name,
            "path": str(keyring.folder / name),
            "fingerprint": _fingerprint(keyring, name),
            "renewed": [f"{each.at:%Y-%m-%d %H:%M}, was {each.was or 'unknown'}" for each in keyring.renewals(name)],
        }
        for name in (ROOT, SIGNING)
    ]
    if json:
        output.show_json(found)
        return
    made = output.table("Key", "Fingerprint", "Begun anew", "File")
    for row in found:
        made.add_row(
            str(row["name"]), str(row["fingerprint"] or "missing"), "; ".join(row["renewed"] or ()), str(row["path"])
        )
    output.show(made)


@_keys.command("renew")
def renew(
    name: Annotated[str, typer.Argument(metavar="NAME", help=f"{SIGNING}.")],
    was: Annotated[
        str | None, typer.Option("--was", help="Fingerprint of the lost one, as the error or `memos doctor` shows it.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    json: options.Json = False,
) -> None:
    """Begin the signing key anew that is lost, or not to be trusted any more, and say what that means. Can't be undone.

    \b
    memos keys renew signing-key.pem
    """  # noqa: D301
    if name == ROOT:
        raise InputError(
            "The root key can't be begun anew: what it vouched for could not be told from what somebody changed.",
            hint="Put it back from a backup. Without one, begin a new store (MEMOS_HOME), and add the sources to it again.",
        )
    if name != SIGNING:
        raise InputError(f"There is no key '{name[:40]}'.", hint=f"The one that can be begun anew is {SIGNING}.")
    keyring = Keyring(Settings.load().keys_folder)
    before = _fingerprint(keyring, name) or was
    if not yes:
        output.note(_MEANING)
        typer.confirm(f"Begin {keyring.folder / name} anew?", abort=True, err=True)
    made = keyring.renew(was=before)
    output.done(made.model_dump(mode="json"), f"{name}: {made.now} now. {_MEANING}", json=json)


def _fingerprint(keyring: Keyring, name: str) -> str | None:
    if not keyring.has(name):
        return None
    return keyring.root_fingerprint if name == ROOT else keyring.fingerprint

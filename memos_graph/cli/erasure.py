"""``memos forget`` and ``memos receipt …``: erase a subject, and prove it."""

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from memos_graph.cli import options, output
from memos_graph.cli.session import session
from memos_graph.errors import InputError
from memos_graph.lifecycle.erasure import Foreseen
from memos_graph.lifecycle.receipts import Receipt, Verdict, read_receipt, verified
from memos_graph.memory.forgetting import Forgetting
from memos_graph.memory.prefixes import beginning, only

_receipts = typer.Typer(help="Receipts of erasures: what went, when, by whom; signed.", no_args_is_help=True)
_TEXT_CHARS = 80


class Mentions(StrEnum):
    """What becomes of memories that merely name the subject."""

    ERASE = "erase"
    KEEP = "keep"


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command()(forget)
    app.add_typer(_receipts, name="receipt")


def forget(
    subject: Annotated[
        list[str], typer.Option("--subject", help="A name, whole words in any case; - reads it; may be repeated.")
    ],
    space: options.SpaceName = None,
    all_spaces: Annotated[bool, typer.Option("--all-spaces", help="In every space you may administer.")] = False,
    mentions: Annotated[
        Mentions, typer.Option(help="What becomes of memories that merely name the subject.")
    ] = Mentions.ERASE,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would go, and change nothing.")] = False,
    reason: Annotated[
        str | None, typer.Option("--reason", "-m", help="Why, without the name; kept in the log.")
    ] = None,
    yes: options.Yes = False,
    as_: options.As = None,
    json: options.Json = False,
) -> None:
    """Erase all that is about a subject or was said by them, in every form, and leave a signed receipt. Can't be undone.

    \b
    memos forget --subject "Dana Lopez" --subject Dana --dry-run
    memos forget --subject "Dana Lopez" --all-spaces --json > receipt.json

    Memories that merely name the subject go too; --mentions keep leaves them, and the receipt counts them.
    """  # noqa: D301
    names = [sys.stdin.readline().strip() if each == "-" else each for each in subject]
    with session(as_) as acting:
        forgetting = acting.forgetting
        spaces = forgetting.administered() if all_spaces else [acting.mount(space).space]
        if dry_run or not yes:
            foreseen = forgetting.foresee(names, spaces, mentions=mentions.value)
            if dry_run:
                _show_foreseen(foreseen, json=json)
                return
            if not json:
                _show_foreseen(foreseen, json=False)
            going = sum(found.goes for each in foreseen for found in each.found)
            output.agree(f"Erase {going} memories in every version, and what was derived from them?")
        receipts = forgetting.forget(names, spaces, mentions=mentions.value, reason=reason)
    if json:
        output.show_json(receipts)
        return
    for receipt in receipts:
        _show_receipt(receipt)


@_receipts.command("list")
def list_receipts(space: options.SpaceName = None, as_: options.As = None, json: options.Json = False) -> None:
    """List the receipts of the spaces you may administer, newest first."""
    with session(as_) as acting:
        found = acting.forgetting.receipts(space)
    if json:
        output.show_json(found)
        return
    made = output.table("Receipt", "Space", "At, by", "Memories", "Complete", right=("Memories",), ids=("Receipt",))
    for each in found:
        complete = "yes" if each.complete else "no"
        made.add_row(each.id, each.space, f"{output.worded(each.at)} {each.by}", str(len(each.cubes)), complete)
    output.show(made)


@_receipts.command("show")
def show_receipt(
    receipt: Annotated[str, typer.Argument(metavar="ID", help="As `memos receipt list` shows it, or its beginning.")],
    as_: options.As = None,
    json: options.Json = False,
) -> None:
    """Show a receipt; files that could not be erased are tried again first.

    \b
    memos receipt show 0199… --json > receipt.json
    """  # noqa: D301
    with session(as_) as acting:
        forgetting = acting.forgetting
        found = forgetting.receipt(_whole(forgetting, receipt))
    if json:
        output.show_json(found)
    else:
        _show_receipt(found)


@_receipts.command("verify")
def verify_receipt(
    receipt: Annotated[str, typer.Argument(metavar="FILE|ID", help="A file with the receipt's JSON, or its id.")],
    key: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Check against this public key, without a database.")
    ] = None,
    subject: Annotated[str | None, typer.Option(help="Tell whether it is about this name, too.")] = None,
    as_: options.As = None,
    json: options.Json = False,
) -> None:
    """Tell whether a receipt is as it was signed, and by this installation's key. Exits with 1 when it is not.

    \b
    memos receipt verify receipt.json --key owner.pem
    """  # noqa: D301
    verdict = _verdict(receipt, key, subject, as_)
    if json:
        output.show_json(verdict)
    else:
        output.note(_worded(verdict))
    if not (verdict.genuine and verdict.ours and verdict.about is not False):
        raise typer.Exit(1)


def _verdict(receipt: str, key: Path | None, subject: str | None, as_: str | None) -> Verdict:
    file = Path(receipt)
    given = _read(file) if file.is_file() else None
    if key is not None and subject is not None:
        raise InputError("Whom a receipt is about is told by the installation's own keys.", hint="Leave out --key.")
    if given is not None and key is not None:
        return verified(given, key.read_text(encoding="utf-8"))
    with session(as_) as acting:
        forgetting = acting.forgetting
        return forgetting.verify(given or forgetting.receipt(_whole(forgetting, receipt)), subject=subject)


def _whole(forgetting: Forgetting, given: str) -> str:
    prefix = beginning(given, "receipts")
    if prefix is None:
        return given
    return only(given, [each.id for each in forgetting.receipts() if each.id.startswith(prefix)], "receipts")


def _read(file: Path) -> Receipt:
    text = file.read_text(encoding="utf-8").strip()
    # `memos forget --json` prints a list, one receipt a space.
    return read_receipt(text[1:-1] if text.startswith("[") else text)


def _worded(verdict: Verdict) -> str:
    if not verdict.genuine:
        return "Not genuine: it was changed since it was signed, or never signed."
    told = "Genuine, and signed by this key." if verdict.ours else "Signed, but by another key."
    if verdict.about is None:
        return told
    return f"{told} It is {'' if verdict.about else 'not '}about this subject."


def _show_foreseen(foreseen: list[Foreseen], *, json: bool) -> None:
    if json:
        output.show_json([each.model_dump(mode="json") | {"counts": each.counts} for each in foreseen])
        return
    made = output.table("Space", "Memory", "Kind", "Why", "Versions", right=("Versions",), holds="Memory")
    for each in foreseen:
        for found in each.found:
            role = {"said": "said by them", "about": "about them", "mentions": "mentions them"}[found.role]
            why = role if found.goes else f"{role}: kept"
            text = output.identified(found.text[:_TEXT_CHARS], found.id)
            made.add_row(each.space, text, found.kind, why, str(found.versions))
    output.show(made)
    for each in foreseen:
        kept = sum(not found.goes for found in each.found)
        output.note(f"{each.space}: {len(each.found) - kept} memories go, {kept} that mention the subject stay.")


def _completeness(receipt: Receipt) -> str:
    if receipt.complete:
        return "yes"
    parts = ["something still names them"] if receipt.left else []
    parts += ["it waits for places that have not confirmed yet (`memos place list`)"] if receipt.waits else []
    return f"no: {', and '.join(parts)}"


def _show_receipt(receipt: Receipt) -> None:
    erased = {f"Erased: {kind}": count for kind, count in receipt.counts.items() if count}
    exports = [f"{each.at[:19]} by {each.principal} ({each.cubes} memories)" for each in receipt.exports]
    output.show(
        output.facts(
            {
                "Space": receipt.space,
                **erased,
                "Kept, as asked": len(receipt.kept) or None,
                "Still names them": [f"{place} ({count})" for place, count in receipt.left.items()],
                "Keys destroyed": sum(len(each.keys) for each in receipt.payloads if each.erased) or None,
                "In exports": exports,
                "At": receipt.at,
                "By": receipt.by,
                "Request": receipt.request_id,
                "Waits for": [f"{each.place}: {each.problem or 'not tried yet'}" for each in receipt.waits],
                "Declared to be no more": list(receipt.declared),
                "Complete": _completeness(receipt),
            }
        )
    )
    output.show(Text(receipt.id))

"""``memos export`` and ``memos mark …``: memories that leave the store with their owner's mark, and the checking of it."""

import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Annotated

import typer

from memos_graph.cli import options, output
from memos_graph.cli.payloads import Concepts, Cubes, Sources, Topics, selection_of
from memos_graph.cli.session import session
from memos_graph.config import Settings
from memos_graph.exchange.marks import Standing, check
from memos_graph.kit.crypto.keyring import Keyring
from memos_graph.kit.files import replacing

_marks = typer.Typer(help="Owners' marks: whose an exported memory is.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command()(export)
    app.add_typer(_marks, name="mark")


def export(
    to: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Write there, mode 0600. Default: print.")
    ] = None,
    space: options.SpaceName = None,
    concept: Concepts = None,
    topic: Topics = None,
    source: Sources = None,
    cube: Cubes = None,
    facts: Annotated[bool, typer.Option("--facts", help="Facts too, not only messages and passages.")] = False,
    as_: options.As = None,
    json: options.Json = False,
) -> None:
    """Export memories as lines of JSON, each with its owner's mark; without a selection, the whole space.

    \b
    memos export -o notes.jsonl
    memos mark verify notes.jsonl

    With --json the lines are printed as one list; with -o, how many were written.
    """  # noqa: D301
    count = 0
    with session(as_) as acting:
        selection = selection_of(acting.ids.cubes(cube), source, concept, topic)
        lines = acting.mount(space).export(selection, level=None if facts else "whole")
        if to is None:
            _print(lines, json=json)
            return
        with written(to) as file:
            for line in lines:
                file.write(line.encode())
                count += 1
    output.done({"file": str(to), "memories": count}, f"{to}: {count} memories.", json=json)


@contextmanager
def written(to: Path) -> Iterator[IO[bytes]]:
    """Yield what is to be written to: a file that is there only once it is whole; a pipe or a device as it is."""
    if to.exists() and not to.is_file():
        with to.open("wb") as file:
            yield file
    else:
        with replacing(to.resolve()) as file:
            yield file


def _print(lines: Iterable[str], *, json: bool) -> None:
    between = ""
    for line in lines:
        sys.stdout.write(f"{between or '['}{line.rstrip()}" if json else line)
        between = ",\n"
    if json:
        sys.stdout.write("]\n" if between else "[]\n")


@_marks.command("key")
def show_key(json: options.Json = False) -> None:
    """Print the public key that others check this installation's marks and receipts with.

    \b
    memos mark key > owner.pem
    """  # noqa: D301
    pem = Keyring(Settings.load().keys_folder).public_pem
    if json:
        output.show_json({"public_key": pem})
    else:
        typer.echo(pem, nl=False)


@_marks.command("verify")
def verify_marks(
    file: Annotated[Path, typer.Argument(metavar="FILE", exists=True, dir_okay=False, help="An export.")],
    key: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The owner's public key. Default: this installation's own.")
    ] = None,
    json: options.Json = False,
) -> None:
    """Tell for each line of an export: genuine, altered, or not ours. Needs no database. Exits with 1 unless all are genuine.

    \b
    memos mark verify notes.jsonl --key owner.pem
    """  # noqa: D301
    pem = Keyring(Settings.load().keys_folder).public_pem if key is None else key.read_text(encoding="utf-8")
    with file.open(encoding="utf-8", errors="replace") as lines:
        found = list(check(lines, pem))
    if json:
        output.show_json(found)
    else:
        made = output.table("Line", "Mark", "Memory", "Version", right=("Line", "Version"), ids=("Memory",))
        for each in found:
            made.add_row(str(each.line), each.standing.value, output.plain(each.cube or ""), str(each.version or ""))
        output.show(made)
        counts = Counter(each.standing for each in found)
        output.note(", ".join(f"{counts[standing]} {standing}" for standing in Standing))
    if any(each.standing is not Standing.GENUINE for each in found):
        raise typer.Exit(1)


@_marks.command("detect")
def detect(
    file: Annotated[Path, typer.Argument(metavar="FILE", exists=True, dir_okay=False, help="A text.")],
    as_: options.As = None,
    json: options.Json = False,
) -> None:
    """Tell whether a text was generated here with MEMOS_WATERMARK, by counting tokens. Exits with 1 when it is not.

    \b
    memos mark detect answer.txt
    """  # noqa: D301
    with session(as_) as acting:
        found = acting.mount(None).detect_mark(file.read_text(encoding="utf-8"))
    if json:
        output.show_json(found)
    else:
        verdict = "carries the mark" if found.marked else "does not carry the mark, or is too short to tell"
        output.note(f"{file}: {verdict}; z = {found.z:.1f}, {found.green} of {found.tokens} tokens preferred.")
    if not found.marked:
        raise typer.Exit(1)

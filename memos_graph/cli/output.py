"""What people and programs read: tables and messages, JSON, progress, errors."""

import json
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from io import TextIOWrapper
from typing import Any

import typer
from pydantic import BaseModel, TypeAdapter
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from memos_graph.graph.distribution import Progress as EngineProgress
from memos_graph.kit.clock import now

_PIPE_WIDTH = 160
_WIDE = 120
_ID_CHARS = 36
_HOLDING = 0.5  # of a narrow terminal's width, for the column that has texts with their ids
_CONTROL = re.compile("[\0-\x08\x0b-\x1f\x7f-\x9f]")
_JSON: TypeAdapter[Any] = TypeAdapter(Any)
_DAY, _MONTH, _YEAR = 86_400, 30.44, 365.25


def prepare() -> None:
    """Let standard output and error replace what their encoding lacks, so that no text can break a command."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")


def console(*, stderr: bool = False) -> Console:
    """Return a console: with colours on a terminal, plain and wide in a pipe; markup in data means nothing."""
    found = Console(stderr=stderr, markup=False, emoji=False, highlight=False, soft_wrap=False)
    return (
        found
        if found.is_terminal
        else Console(stderr=stderr, markup=False, emoji=False, highlight=False, width=_PIPE_WIDTH)
    )


def plain(text: str) -> str:
    """Return ``text`` without control characters: a memory must not steer the terminal it is shown on."""
    return _CONTROL.sub("\ufffd", text)


def show(content: object) -> None:
    """Print a table, tree or text on standard output."""
    console().print(content)


def tell_withheld(cubes: Sequence[str]) -> None:
    """Say on standard error which memories were held back."""
    many = "memory was" if len(cubes) == 1 else "memories were"
    note(
        f"{len(cubes)} {many} changed outside memos-graph and held back: {', '.join(cubes)}. See `memos audit verify`."
    )


def note(message: str) -> None:
    """Print a message on standard error."""
    console(stderr=True).print(Text(plain(message)), soft_wrap=True)


def show_json(data: BaseModel | Sequence[Any] | Mapping[str, Any]) -> None:
    """Print ``data`` as JSON on standard output."""
    utf8 = (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"
    sys.stdout.write(json.dumps(_JSON.dump_python(data, mode="json"), ensure_ascii=not utf8, indent=2) + "\n")


def done(data: Mapping[str, Any], message: str, *, json: bool) -> None:
    """Tell what was done: on standard error, or with ``json`` as an object on standard output."""
    if json:
        show_json(data)
    else:
        note(message)


def agree(question: str) -> None:
    """Ask on standard error, so that standard output stays what the command prints; raises ``typer.Abort`` unless yes is said."""
    sys.stderr.write(f"{plain(question)} [y/N]: ")
    sys.stderr.flush()
    if sys.stdin.readline().strip().lower() not in {"y", "yes"}:
        raise typer.Abort


def failure(code: str, message: str, hint: str | None, *, as_json: bool = False) -> None:
    """Print an error on standard error: one line, or with ``as_json`` an object."""
    if as_json:
        sys.stderr.write(json.dumps({"code": code, "message": message, "hint": hint}) + "\n")
        return
    line = " ".join(plain(f"{message} {hint or ''}").split())
    console(stderr=True).print(Text.assemble(("memos: ", "bold red"), line), soft_wrap=True)


def table(
    *columns: str,
    title: str | None = None,
    right: Sequence[str] = (),
    ids: Sequence[str] = (),
    holds: str | None = None,
) -> Table:
    """Return an empty table; whatever the width, an id in it stays whole, so that it can be copied, and other columns shrink.

    * ``right`` columns of figures, ``ids`` those of ids alone.
    * ``holds`` the column whose cells have an id on a line of its own, below a text: see ``identified``.
    """
    width = console().width
    made = Table(
        title=title, title_justify="left", title_style="bold", header_style="bold", box=SIMPLE_HEAD, pad_edge=False
    )
    for column in columns:
        made.add_column(
            column,
            justify="right" if column in right else "left",
            no_wrap=column in right or column in ids,
            overflow="fold",
            min_width=_ID_CHARS if column in ids or column == holds else None,
            width=max(_ID_CHARS, int(_HOLDING * width)) if column == holds and width < _WIDE else None,
        )
    return made


def identified(text: Text | str, *ids: str) -> Text:
    """Return ``text`` with ids below it, each on a line of its own."""
    shown = Text(plain(text)) if isinstance(text, str) else text
    for each in ids:
        shown.append(f"\n{plain(each)}" if shown.plain else plain(each), style="dim")
    return shown


def facts(pairs: Mapping[str, object], *, title: str | None = None) -> Table:
    """Return names and values under each other; those without a value are left out."""
    made = Table(title=title, title_justify="left", title_style="bold", show_header=False, box=None, pad_edge=False)
    made.add_column(style="bold", no_wrap=True)
    made.add_column(overflow="fold")
    for name, value in pairs.items():
        if value not in (None, "", (), []):
            made.add_row(name, Text(plain(worded(value))))
    return made


def worded(value: object) -> str:
    """Return a value as a person reads it: times in UTC to the second, lists with commas."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(value, (list, tuple)):
        return ", ".join(worded(each) for each in value)
    return str(value)


def age(moment: datetime | None) -> str:
    """Return how long ago ``moment`` was, in one unit; a future one is "ahead"."""
    if moment is None:
        return ""
    seconds = (now() - moment).total_seconds()
    days = abs(seconds) / _DAY
    if days < 1:
        said = f"{int(days * 24)} h" if days * 24 >= 1 else f"{int(days * 1440)} min"
    elif days < 2 * _MONTH:
        said = f"{int(days)} d"
    else:
        said = f"{int(days / _MONTH)} mo" if days < 2 * _YEAR else f"{int(days / _YEAR)} y"
    return said if seconds >= 0 else f"in {said}"


@contextmanager
def progress_bar() -> Iterator[Progress | None]:
    """Give a progress display on standard error; ``None`` where that is no terminal."""
    shown = console(stderr=True)
    if not shown.is_terminal:
        yield None
        return
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[state]}"))
    with Progress(*columns, TimeElapsedColumn(), console=shown, transient=True) as bar:
        yield bar


@contextmanager
def engine_progress() -> Iterator[EngineProgress]:
    """Show what takes long when the server starts: its download, and the start."""
    tasks: dict[str, TaskID] = {}
    with progress_bar() as bar:

        def tell(what: str, done: int, total: int | None) -> None:
            if bar is None:
                if what not in tasks:
                    tasks[what] = TaskID(0)
                    note(f"{what} …")
                return
            state = f"{done >> 20} of {total >> 20} MiB" if total and total > 1 << 20 else ""
            if what not in tasks:
                tasks[what] = bar.add_task(what, state=state)
            bar.update(tasks[what], completed=done, total=total, state=state)

        yield tell

"""Puts the commands together, and turns every error into one line a person can act on."""

import logging
import sys
from collections.abc import Sequence
from importlib.metadata import version
from itertools import dropwhile, takewhile
from typing import Annotated

import typer

from memos_graph.cli import (
    access,
    audits,
    browse,
    bundles,
    chat,
    console,
    cubes,
    devices,
    doctor,
    documents,
    erasure,
    exports,
    host,
    jobs,
    keys,
    lifecycle,
    mcp,
    memories,
    output,
    payloads,
    permissions,
    pipelines,
    places,
    policy,
    prepare,
    server,
    session,
    tenants,
    timemachine,
    vault,
)
from memos_graph.errors import MemosError
from memos_graph.kit.files import unusable

_CALLED_WRONGLY = 2

app = typer.Typer(
    name="memos",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for group in (
    server,
    memories,
    chat,
    mcp,
    cubes,
    lifecycle,
    timemachine,
    documents,
    erasure,
    exports,
    bundles,
    devices,
    payloads,
    vault,
    places,
    policy,
    pipelines,
    host,
    jobs,
    keys,
    access,
    permissions,
    tenants,
    audits,
    console,
    browse,
    doctor,
    prepare,
):
    group.register(app)


def _show_version(wanted: bool) -> None:
    if wanted:
        output.show(f"memos-graph {version('memos-graph')}")
        raise typer.Exit


@app.callback()
def memos(
    _version: Annotated[
        bool, typer.Option("--version", help="Show the version and exit.", is_eager=True, callback=_show_version)
    ] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an unforeseen error.")] = False,
) -> None:
    """Remember, find and govern what a language model should know, in a graph.

    \b
    memos add notes.md                      remember a document or a transcript
    memos search "Where does Dana live?"    find what answers a question
    memos console                           look at memories in a browser
    memos browse                            look at the graph

    Whoever runs it is the principal (--as names another), and works in the space PRINCIPAL/notes (--space).
    Settings come from the environment: docs/settings.md.
    """  # noqa: D301 - \b keeps the lines apart in the help
    # The driver warns of each retry; what stays unsolved comes as an error anyway.
    logging.getLogger("neo4j").setLevel(logging.DEBUG if debug else logging.ERROR)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command and exit: 0 done, 1 failed, 2 called wrongly."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    options = list(takewhile(lambda each: each != "--", given))
    as_json = "--json" in options
    output.prepare()
    try:
        _check(given, as_json=as_json)
        session.asked.set(_command(given))
        # Alone, typer words what was called wrongly for people, and exits.
        code = app(args=given, prog_name="memos", standalone_mode=not as_json)
    except MemosError as error:
        output.failure(error.code, error.message, error.hint, as_json=as_json)
        raise SystemExit(1) from None
    except typer.TyperException as error:
        called = "Called wrongly" if error.exit_code == _CALLED_WRONGLY else "Not done"
        output.failure("usage", error.format_message() or f"{called}.", "See `memos --help`.", as_json=True)
        raise SystemExit(error.exit_code) from None
    except typer.Abort:
        output.failure("aborted", "Nothing was done: it was not agreed to.", "--yes agrees beforehand.", as_json=True)
        raise SystemExit(1) from None
    except Exception as error:
        if "--debug" in options:
            raise
        if isinstance(error, OSError) and (told := unusable(error)) is not None:
            output.failure(told.code, told.message, told.hint, as_json=as_json)
            raise SystemExit(1) from None
        hint = "It is a fault of memos; `memos --debug …` shows where."
        output.failure("internal", f"{type(error).__name__}: {error}", hint, as_json=as_json)
        raise SystemExit(1) from None
    raise SystemExit(code or 0)


def _command(arguments: Sequence[str]) -> str:
    """Return the command that is called, with its group where it is in one."""
    groups = {group.name for group in app.registered_groups}
    words = list(
        takewhile(lambda each: not each.startswith("-"), dropwhile(lambda each: each.startswith("-"), arguments))
    )
    return " ".join(["memos", *words[: 2 if words and words[0] in groups else 1]])


def _check(arguments: Sequence[str], *, as_json: bool) -> None:
    for place, argument in enumerate(arguments, start=1):
        if not argument.isprintable() and any("\ud800" <= sign <= "\udfff" for sign in argument):
            said = f"Argument {place} is not valid {sys.getfilesystemencoding()}."
            output.failure("input-invalid", said, None, as_json=as_json)
            raise SystemExit(_CALLED_WRONGLY)

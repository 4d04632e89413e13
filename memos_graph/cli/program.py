"""Puts the commands together, and turns every error into one line a person can act on."""

import logging
import sys
from collections.abc import Sequence
from importlib.metadata import version
from typing import Annotated

import typer

from memos_graph.cli import (
    access,
    audits,
    browse,
    chat,
    cubes,
    doctor,
    erasure,
    exports,
    host,
    lifecycle,
    memories,
    output,
    payloads,
    permissions,
    pipelines,
    policy,
    prepare,
    server,
    session,
    tenants,
    timemachine,
)
from memos_graph.errors import MemosError

app = typer.Typer(
    name="memos",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for group in (
    server,
    memories,
    chat,
    cubes,
    lifecycle,
    timemachine,
    erasure,
    exports,
    payloads,
    policy,
    pipelines,
    host,
    access,
    permissions,
    tenants,
    audits,
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
    context: typer.Context,
    _version: Annotated[
        bool, typer.Option("--version", help="Show the version and exit.", is_eager=True, callback=_show_version)
    ] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an unforeseen error.")] = False,
) -> None:
    """Remember, find and govern what a language model should know, in a graph.

    \b
    memos add notes.md                      remember a document or a transcript
    memos search "Where does Dana live?"    find what answers a question
    memos browse                            look at the graph

    Whoever runs it is the principal (--as names another), and works in the space PRINCIPAL/notes (--space).
    Settings come from the environment: docs/settings.md.
    """  # noqa: D301 - \b keeps the lines apart in the help
    session.asked.set(f"memos {context.invoked_subcommand}")
    # The driver warns of each retry; what stays unsolved comes as an error anyway.
    logging.getLogger("neo4j").setLevel(logging.DEBUG if debug else logging.ERROR)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command and exit: 0 done, 1 failed, 2 called wrongly."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    output.prepare()
    try:
        _check(given)
        app(args=given, prog_name="memos")
    except MemosError as error:
        output.failure(error.code, error.message, error.hint, as_json="--json" in given)
        raise SystemExit(1) from None
    except Exception as error:
        if "--debug" in given:
            raise
        hint = "It is a fault of memos; `memos --debug …` shows where."
        output.failure("internal", f"{type(error).__name__}: {error}", hint, as_json="--json" in given)
        raise SystemExit(1) from None


def _check(arguments: Sequence[str]) -> None:
    for place, argument in enumerate(arguments, start=1):
        if not argument.isprintable() and any("\ud800" <= sign <= "\udfff" for sign in argument):
            output.failure("input-invalid", f"Argument {place} is not valid {sys.getfilesystemencoding()}.", None)
            raise SystemExit(2)

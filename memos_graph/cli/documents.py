"""``memos document …``: JSON documents under namespaces and names."""

import typer

from memos_graph.cli import declared
from memos_graph.verbs.every import GROUPS

_documents = typer.Typer(help="Documents: JSON under a namespace and a name.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.add_typer(_documents, name="document")
    declared.register(app, GROUPS["documents"], {"document": _documents})

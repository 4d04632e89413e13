"""How acts of MemLifecycle look."""

from collections.abc import Mapping
from typing import Any

from memos_graph.cli import output
from memos_graph.cli.shown.looking import Look
from memos_graph.lifecycle.lifecycle import Changed


def changed(done: Changed) -> None:
    """Say what became of a memory."""
    others = f", with {len(done.cubes) - 1} more" if len(done.cubes) > 1 else ""
    output.note(f"{done.act}: {done.cubes[0]} is {done.state}{others}.")


LOOKS: Mapping[Any, Look] = {Changed: changed}

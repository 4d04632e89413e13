"""How results of declared verbs look to people, by their type."""

from collections.abc import Callable
from typing import Any

from memos_graph.cli import output
from memos_graph.lifecycle.lifecycle import Changed


def _changed(done: Changed) -> None:
    others = f", with {len(done.cubes) - 1} more" if len(done.cubes) > 1 else ""
    output.note(f"{done.act}: {done.cubes[0]} is {done.state}{others}.")


_LOOKS: dict[type, Callable[[Any], None]] = {Changed: _changed}


def show(done: Any) -> None:
    """Print a result as its type looks."""
    _LOOKS[type(done)](done)

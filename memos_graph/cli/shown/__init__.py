"""How results of declared verbs look to people, by their type; each room below has the looks of one group of verbs."""

from collections.abc import Mapping
from typing import Any

from memos_graph.cli.shown import lifecycle, roles, timemachine
from memos_graph.cli.shown.looking import Look

_LOOKS: Mapping[Any, Look] = {**lifecycle.LOOKS, **timemachine.LOOKS, **roles.LOOKS}


def show(gives: Any, done: Any) -> None:
    """Print ``done``, a result of the type ``gives``, as that looks."""
    _LOOKS[gives](done)

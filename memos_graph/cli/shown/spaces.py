"""How spaces look."""

from collections.abc import Mapping
from typing import Any

from memos_graph.cli import output
from memos_graph.cli.shown.looking import Look
from memos_graph.governance import Access


def _space(found: Access) -> None:
    output.note(f"{found.space}: {found.cubes} memories, owner {found.owner}.")


LOOKS: Mapping[Any, Look] = {Access: _space}

"""How memories, their versions and where they came from look."""

from collections.abc import Mapping
from typing import Any

from memos_graph.cli import output, views
from memos_graph.cli.shown.looking import Look
from memos_graph.memory.provenance import Lineage
from memos_graph.types import MemCube, Version


def _version(made: Version) -> None:
    views.show_versions([made])


def _lineage(found: Lineage) -> None:
    output.show(views.lineage_tree(found))


LOOKS: Mapping[Any, Look] = {MemCube: views.show_cube, Version: _version, Lineage: _lineage}

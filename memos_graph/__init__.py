"""memos-graph: a memory operating system for language models, kept in a Neo4j graph.

::

    from memos_graph import MemOS, Message

    with MemOS.open() as memos:
        notes = memos.mount("alice/notes", principal="alice")
        notes.add([Message(id="m1", speaker="Alice", text="Dana moved to Lisbon in May.")])
        for hit in notes.search("Where does Dana live?").hits:
            print(hit.score, hit.cube.text, hit.sources)
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from memos_graph.config import Settings
    from memos_graph.errors import MemosError
    from memos_graph.formats import Message
    from memos_graph.infrastructure.governance import Action
    from memos_graph.interface.memory import AddReport, Memory
    from memos_graph.interface.pipelines import Pipeline
    from memos_graph.memos import MemOS
    from memos_graph.operation.calls import Filters, Hit, MemoryCall, SearchResult
    from memos_graph.types import MemCube, MemoryType, SemanticType, State, Version

__all__ = [
    "Action",
    "AddReport",
    "Filters",
    "Hit",
    "MemCube",
    "MemOS",
    "Memory",
    "MemoryCall",
    "MemoryType",
    "MemosError",
    "Message",
    "Pipeline",
    "SearchResult",
    "SemanticType",
    "Settings",
    "State",
    "Version",
]

# Imported when first asked for: a process of the model host's needs hardly any of them, and all take a second.
_ROOMS = {
    "Action": "memos_graph.infrastructure.governance",
    "AddReport": "memos_graph.interface.memory",
    "Filters": "memos_graph.operation.calls",
    "Hit": "memos_graph.operation.calls",
    "MemCube": "memos_graph.types",
    "MemOS": "memos_graph.memos",
    "Memory": "memos_graph.interface.memory",
    "MemoryCall": "memos_graph.operation.calls",
    "MemoryType": "memos_graph.types",
    "MemosError": "memos_graph.errors",
    "Message": "memos_graph.formats",
    "Pipeline": "memos_graph.interface.pipelines",
    "SearchResult": "memos_graph.operation.calls",
    "SemanticType": "memos_graph.types",
    "Settings": "memos_graph.config",
    "State": "memos_graph.types",
    "Version": "memos_graph.types",
}


if not TYPE_CHECKING:  # else any name at all would seem to be there

    def __getattr__(name: str) -> Any:
        if name not in _ROOMS:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        found = globals()[name] = getattr(import_module(_ROOMS[name]), name)
        return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})

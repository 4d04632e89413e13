"""memos-graph: a memory operating system for language models, kept in a Neo4j graph.

::

    from memos_graph import MemOS, Message

    with MemOS.open() as memos:
        notes = memos.mount("alice/notes", principal="alice")
        notes.add([Message(id="m1", speaker="Alice", text="Dana moved to Lisbon in May.")])
        for hit in notes.search("Where does Dana live?").hits:
            print(hit.score, hit.cube.text, hit.sources)
"""

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

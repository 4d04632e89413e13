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
    from memos_graph.errors import (
        AccessError,
        AuditError,
        ConfigurationError,
        DatabaseAuthError,
        DatabaseError,
        DatabaseUnavailableError,
        DeclarationError,
        DimensionError,
        DiskFullError,
        DownloadError,
        DuplicateError,
        EngineError,
        EngineStartError,
        ForbiddenError,
        ForkedError,
        FormatError,
        FrozenError,
        HostUnavailableError,
        InputError,
        IntegrityError,
        LimitError,
        MemosError,
        ModelError,
        NotFoundError,
        PayloadError,
        PipelineError,
        PolicyError,
        PolicyFileError,
        PolicyProblem,
        QuotaError,
        RemoteBusyError,
        RemoteModelError,
        SchemaError,
        StateError,
        StoreVersionError,
        TransactionTimeoutError,
        UnauthenticatedError,
        VersionConflictError,
    )
    from memos_graph.formats import Message, Parsed, Passage, Rejected, Remark
    from memos_graph.host.protocol import AdapterInfo, Detected, Dropped, Evaluation, Recipe, Turn
    from memos_graph.infrastructure.audit.seals import Proof, Seal
    from memos_graph.infrastructure.audit.verify import Verification
    from memos_graph.infrastructure.governance import Action, Decision, Grant
    from memos_graph.infrastructure.payloads import Waiting
    from memos_graph.infrastructure.receipts import Receipt, Verdict
    from memos_graph.infrastructure.vault import Conflict
    from memos_graph.interface.acting import Acting
    from memos_graph.interface.adding import AddReport
    from memos_graph.interface.installation import Installation
    from memos_graph.interface.logquery import LogEntry
    from memos_graph.interface.memory import Memory
    from memos_graph.interface.payloads import Written
    from memos_graph.interface.pipelines import Pipeline, Plan, Run, RunState
    from memos_graph.interface.provenance import Lineage
    from memos_graph.language.sensitivity import LevelName
    from memos_graph.memos import MemOS
    from memos_graph.operation.calls import Filters, Hit, MemoryCall, SearchResult
    from memos_graph.operation.changes import Change
    from memos_graph.operation.chat import ChatAnswer, Form
    from memos_graph.operation.distillation import Distillation
    from memos_graph.operation.erasure import Foreseen
    from memos_graph.operation.lifecycle import Changed, Deleted
    from memos_graph.operation.materialize import Activation, PayloadCube
    from memos_graph.operation.merging import Duplicate
    from memos_graph.operation.policies import Applied, AppliedPolicy
    from memos_graph.operation.reviewing import Successor
    from memos_graph.operation.selection import Selection
    from memos_graph.operation.sweep import Swept
    from memos_graph.operation.terms import SetTerms, Terms
    from memos_graph.operation.timemachine import RolledBack, Snapshot
    from memos_graph.types import MemCube, MemoryType, SemanticType, State, Version

__all__ = [
    "AccessError",
    "Acting",
    "Action",
    "Activation",
    "AdapterInfo",
    "AddReport",
    "Applied",
    "AppliedPolicy",
    "AuditError",
    "Change",
    "Changed",
    "ChatAnswer",
    "ConfigurationError",
    "Conflict",
    "DatabaseAuthError",
    "DatabaseError",
    "DatabaseUnavailableError",
    "Decision",
    "DeclarationError",
    "Deleted",
    "Detected",
    "DimensionError",
    "DiskFullError",
    "Distillation",
    "DownloadError",
    "Dropped",
    "Duplicate",
    "DuplicateError",
    "EngineError",
    "EngineStartError",
    "Evaluation",
    "Filters",
    "ForbiddenError",
    "Foreseen",
    "ForkedError",
    "Form",
    "FormatError",
    "FrozenError",
    "Grant",
    "Hit",
    "HostUnavailableError",
    "InputError",
    "Installation",
    "IntegrityError",
    "LevelName",
    "LimitError",
    "Lineage",
    "LogEntry",
    "MemCube",
    "MemOS",
    "Memory",
    "MemoryCall",
    "MemoryType",
    "MemosError",
    "Message",
    "ModelError",
    "NotFoundError",
    "Parsed",
    "Passage",
    "PayloadCube",
    "PayloadError",
    "Pipeline",
    "PipelineError",
    "Plan",
    "PolicyError",
    "PolicyFileError",
    "PolicyProblem",
    "Proof",
    "QuotaError",
    "Receipt",
    "Recipe",
    "Rejected",
    "Remark",
    "RemoteBusyError",
    "RemoteModelError",
    "RolledBack",
    "Run",
    "RunState",
    "SchemaError",
    "Seal",
    "SearchResult",
    "Selection",
    "SemanticType",
    "SetTerms",
    "Settings",
    "Snapshot",
    "State",
    "StateError",
    "StoreVersionError",
    "Successor",
    "Swept",
    "Terms",
    "TransactionTimeoutError",
    "Turn",
    "UnauthenticatedError",
    "Verdict",
    "Verification",
    "Version",
    "VersionConflictError",
    "Waiting",
    "Written",
]

# Imported when first asked for: a process of the model host's needs hardly any of them, and all take a second.
_ROOMS = {
    name: room
    for room, names in {
        "config": "Settings",
        "errors": (
            "AccessError AuditError ConfigurationError DatabaseAuthError DatabaseError "
            "DatabaseUnavailableError DeclarationError DimensionError DiskFullError DownloadError "
            "DuplicateError EngineError EngineStartError ForbiddenError ForkedError FormatError FrozenError "
            "HostUnavailableError InputError IntegrityError LimitError MemosError ModelError NotFoundError PayloadError PipelineError "
            "PolicyError PolicyFileError PolicyProblem QuotaError RemoteBusyError RemoteModelError SchemaError StateError StoreVersionError "
            "TransactionTimeoutError UnauthenticatedError VersionConflictError"
        ),
        "formats": "Message Parsed Passage Rejected Remark",
        "host.protocol": "AdapterInfo Detected Dropped Evaluation Recipe Turn",
        "infrastructure.audit.seals": "Proof Seal",
        "infrastructure.audit.verify": "Verification",
        "infrastructure.governance": "Action Decision Grant",
        "infrastructure.payloads": "Waiting",
        "infrastructure.receipts": "Receipt Verdict",
        "infrastructure.vault": "Conflict",
        "interface.logquery": "LogEntry",
        "interface.acting": "Acting",
        "interface.installation": "Installation",
        "interface.memory": "AddReport Memory",
        "interface.payloads": "Written",
        "interface.pipelines": "Pipeline Plan Run RunState",
        "interface.provenance": "Lineage",
        "language.sensitivity": "LevelName",
        "memos": "MemOS",
        "operation.calls": "Filters Hit MemoryCall SearchResult",
        "operation.changes": "Change",
        "operation.chat": "ChatAnswer Form",
        "operation.distillation": "Distillation",
        "operation.erasure": "Foreseen",
        "operation.lifecycle": "Changed Deleted",
        "operation.materialize": "Activation PayloadCube",
        "operation.merging": "Duplicate",
        "operation.reviewing": "Successor",
        "operation.policies": "Applied AppliedPolicy",
        "operation.selection": "Selection",
        "operation.sweep": "Swept",
        "operation.terms": "SetTerms Terms",
        "operation.timemachine": "RolledBack Snapshot",
        "types": "MemCube MemoryType SemanticType State Version",
    }.items()
    for name in names.split()
}


if not TYPE_CHECKING:  # else any name at all would seem to be there

    def __getattr__(name: str) -> Any:
        if name not in _ROOMS:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        found = globals()[name] = getattr(import_module(f"memos_graph.{_ROOMS[name]}"), name)
        return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})

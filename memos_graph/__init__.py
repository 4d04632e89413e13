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
    from memos_graph.acting import Acting, Memory
    from memos_graph.audit.archiving import Archived
    from memos_graph.audit.seals import Proof, Seal
    from memos_graph.audit.verify import Verification
    from memos_graph.client import AsyncClient, AsyncMemory, Client, RemoteMemory
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
        JobLostError,
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
        ServiceError,
        StateError,
        StoreVersionError,
        TransactionTimeoutError,
        UnauthenticatedError,
        VaultError,
        VersionConflictError,
    )
    from memos_graph.exchange.devices.following import DeviceStep, Followed
    from memos_graph.exchange.devices.standing import StandingPage
    from memos_graph.exchange.devices.syncing import Device, Synced
    from memos_graph.exchange.loading.report import Loaded, OnConflict
    from memos_graph.formats import Message, Parsed, Passage, Rejected, Remark
    from memos_graph.forms.chat import ChatAnswer, Form
    from memos_graph.forms.distillation import Distillation
    from memos_graph.forms.materialize import Activation, PayloadCube
    from memos_graph.governance import Action, Decision, Grant
    from memos_graph.host.protocol import AdapterInfo, Detected, Dropped, Evaluation, Recipe, Turn
    from memos_graph.installation import Installation
    from memos_graph.jobs.job import Job, JobState
    from memos_graph.language.sensitivity import LevelName
    from memos_graph.lifecycle.applying import Applied, AppliedPolicy
    from memos_graph.lifecycle.changes import Change
    from memos_graph.lifecycle.erasure import Foreseen
    from memos_graph.lifecycle.lifecycle import Changed, Deleted
    from memos_graph.lifecycle.merging import Duplicate
    from memos_graph.lifecycle.receipts import Receipt, Verdict
    from memos_graph.lifecycle.reviewing import Successor
    from memos_graph.lifecycle.sweep import Swept
    from memos_graph.lifecycle.terms import SetTerms, Terms
    from memos_graph.lifecycle.timemachine import RolledBack, Snapshot
    from memos_graph.memory.adding import AddReport
    from memos_graph.memory.logquery import LogEntry
    from memos_graph.memory.overview import SpaceMap
    from memos_graph.memory.payloads import Written
    from memos_graph.memory.provenance import Lineage
    from memos_graph.memos import MemOS
    from memos_graph.pipelines import Pipeline, Plan, Run, RunState
    from memos_graph.search.calls import Filters, Hit, MemoryCall, SearchResult
    from memos_graph.search.selection import Selection
    from memos_graph.types import MemCube, MemoryType, SemanticType, State, Version
    from memos_graph.vault.payloads import Waiting
    from memos_graph.vault.vault import Conflict

__all__ = [
    "AccessError",
    "Acting",
    "Action",
    "Activation",
    "AdapterInfo",
    "AddReport",
    "Applied",
    "AppliedPolicy",
    "Archived",
    "AsyncClient",
    "AsyncMemory",
    "AuditError",
    "Change",
    "Changed",
    "ChatAnswer",
    "Client",
    "ConfigurationError",
    "Conflict",
    "DatabaseAuthError",
    "DatabaseError",
    "DatabaseUnavailableError",
    "Decision",
    "DeclarationError",
    "Deleted",
    "Detected",
    "Device",
    "DeviceStep",
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
    "Followed",
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
    "Job",
    "JobLostError",
    "JobState",
    "LevelName",
    "LimitError",
    "Lineage",
    "Loaded",
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
    "OnConflict",
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
    "RemoteMemory",
    "RemoteModelError",
    "RolledBack",
    "Run",
    "RunState",
    "SchemaError",
    "Seal",
    "SearchResult",
    "Selection",
    "SemanticType",
    "ServiceError",
    "SetTerms",
    "Settings",
    "Snapshot",
    "SpaceMap",
    "StandingPage",
    "State",
    "StateError",
    "StoreVersionError",
    "Successor",
    "Swept",
    "Synced",
    "Terms",
    "TransactionTimeoutError",
    "Turn",
    "UnauthenticatedError",
    "VaultError",
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
        "client": "AsyncClient AsyncMemory Client RemoteMemory",
        "config": "Settings",
        "errors": (
            "AccessError AuditError ConfigurationError DatabaseAuthError DatabaseError "
            "DatabaseUnavailableError DeclarationError DimensionError DiskFullError DownloadError "
            "DuplicateError EngineError EngineStartError ForbiddenError ForkedError FormatError FrozenError "
            "HostUnavailableError InputError IntegrityError JobLostError LimitError MemosError ModelError NotFoundError PayloadError PipelineError "
            "PolicyError PolicyFileError PolicyProblem QuotaError RemoteBusyError RemoteModelError SchemaError ServiceError StateError StoreVersionError "
            "TransactionTimeoutError UnauthenticatedError VaultError VersionConflictError"
        ),
        "exchange.devices.following": "DeviceStep Followed",
        "exchange.devices.standing": "StandingPage",
        "exchange.devices.syncing": "Device Synced",
        "exchange.loading.report": "Loaded OnConflict",
        "formats": "Message Parsed Passage Rejected Remark",
        "host.protocol": "AdapterInfo Detected Dropped Evaluation Recipe Turn",
        "jobs.job": "Job JobState",
        "audit.archiving": "Archived",
        "audit.seals": "Proof Seal",
        "audit.verify": "Verification",
        "governance": "Action Decision Grant",
        "vault.payloads": "Waiting",
        "lifecycle.receipts": "Receipt Verdict",
        "vault.vault": "Conflict",
        "memory.logquery": "LogEntry",
        "installation": "Installation",
        "acting": "Acting Memory",
        "memory.adding": "AddReport",
        "memory.overview": "SpaceMap",
        "memory.payloads": "Written",
        "pipelines": "Pipeline Plan Run RunState",
        "memory.provenance": "Lineage",
        "language.sensitivity": "LevelName",
        "memos": "MemOS",
        "search.calls": "Filters Hit MemoryCall SearchResult",
        "lifecycle.changes": "Change",
        "forms.chat": "ChatAnswer Form",
        "forms.distillation": "Distillation",
        "lifecycle.erasure": "Foreseen",
        "lifecycle.lifecycle": "Changed Deleted",
        "forms.materialize": "Activation PayloadCube",
        "lifecycle.merging": "Duplicate",
        "lifecycle.reviewing": "Successor",
        "lifecycle.applying": "Applied AppliedPolicy",
        "search.selection": "Selection",
        "lifecycle.sweep": "Swept",
        "lifecycle.terms": "SetTerms Terms",
        "lifecycle.timemachine": "RolledBack Snapshot",
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

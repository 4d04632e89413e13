"""The audit log: what is recorded, how it is chained, and how anybody can check it."""

from memos_graph.audit.chain import Chain
from memos_graph.audit.events import Event, WrittenVersion, current_request_id, is_reserved, request
from memos_graph.audit.log import AuditLog
from memos_graph.audit.refusals import named_elsewhere, naming_refusals, record_refusal

__all__ = [
    "AuditLog",
    "Chain",
    "Event",
    "WrittenVersion",
    "current_request_id",
    "is_reserved",
    "named_elsewhere",
    "naming_refusals",
    "record_refusal",
    "request",
]

"""MemGovernance: who may do what, by which right, under which rule (paper, 4.3, infrastructure layer)."""

from memos_graph.governance.governance import (
    PRINCIPAL,
    ROLE,
    Access,
    Action,
    Decision,
    Grant,
    MemGovernance,
    check_actions,
    named,
    space_key,
)

__all__ = [
    "PRINCIPAL",
    "ROLE",
    "Access",
    "Action",
    "Decision",
    "Grant",
    "MemGovernance",
    "check_actions",
    "named",
    "space_key",
]

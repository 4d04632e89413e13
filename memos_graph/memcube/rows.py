"""Rows of the graph as MemCubes."""

from datetime import datetime
from typing import Any

from memos_graph.kit.moments import NEVER
from memos_graph.types import Behavioural, Descriptive, Governance, MemCube

_DESCRIPTIVE = tuple(Descriptive.model_fields)
_GOVERNANCE = tuple(Governance.model_fields)
_BEHAVIOURAL = tuple(Behavioural.model_fields)
_TIMES = ("created_at", "updated_at", "valid_from", "valid_to", "said_at", "expires_at", "last_accessed_at")
_CUBE = ("id", "text", "state", "payload_uri", "payload_sha256", "payload_bytes", "base_model")


def moment(value: datetime | str) -> datetime:
    """Return a time of a row: some statements give it as text, which is quicker to read."""
    return datetime.fromisoformat(value.partition("[")[0]) if isinstance(value, str) else value


def as_cube(row: dict[str, Any], owner: str) -> MemCube:
    """Return the MemCube of a node's properties; ``owner`` is its space's."""
    known = {key: value for key, value in row.items() if value is not None} | {"owner": owner}
    known |= {key: moment(known[key]) for key in _TIMES if key in known}
    if known["expires_at"] == NEVER:
        del known["expires_at"]

    def pick(names: tuple[str, ...]) -> dict[str, Any]:
        return {name: known[name] for name in names if name in known}

    return MemCube(
        descriptive=Descriptive(**pick(_DESCRIPTIVE)),
        governance=Governance(**pick(_GOVERNANCE)),
        behavioural=Behavioural(**pick(_BEHAVIOURAL)),
        **pick(_CUBE),
    )

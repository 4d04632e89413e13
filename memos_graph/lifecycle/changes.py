"""What happened to one memory between two moments: it came, its text, state or validity changed, or it was erased."""

import difflib
from enum import StrEnum

from pydantic import Field

from memos_graph.graph.rows import Row
from memos_graph.kit.moments import UtcDatetime
from memos_graph.types import Model, State


class Kind(StrEnum):
    """What happened to a memory; the first that applies."""

    ADDED = "added"
    CHANGED = "changed"
    STATE = "state"
    ERASED = "erased"


class Change(Model):
    """One memory that differs between two moments."""

    cube: str
    kind: Kind
    level: str = Field(description="`whole` or `fact`.")
    text: str | None = Field(default=None, description="What it said at the later moment; none: it was erased since.")
    diff: str | None = Field(default=None, description="Unified diff of its text, where that changed.")
    state_before: State | None = Field(default=None, description="None: it was not there.")
    state_after: State
    valid_to_before: UtcDatetime | None = None
    valid_to_after: UtcDatetime | None = Field(default=None, description="Until when it is true; none: still.")


def change_of(row: Row) -> Change | None:
    """Return the change of a row of ``timemachine/changed``; ``None`` where both moments show the same."""
    before, after = row["before"], row["after"]
    if row["erased"]:
        return Change(cube=row["id"], kind=Kind.ERASED, level=row["level"], state_after=State.DELETED)
    told = {
        "cube": row["id"],
        "level": row["level"],
        "text": after["text"],
        "state_after": after["state"],
        "valid_to_after": after["valid_to"],
    }
    if before is None:
        return Change(kind=Kind.ADDED, **told)
    told |= {"state_before": before["state"], "valid_to_before": before["valid_to"]}
    if before["text"] != after["text"]:
        lines = difflib.unified_diff(
            before["text"].splitlines(),
            after["text"].splitlines(),
            fromfile=f"version {before['version']}",
            tofile=f"version {after['version']}",
            lineterm="",
        )
        return Change(kind=Kind.CHANGED, diff="\n".join(lines), **told)
    if (before["state"], before["valid_to"], before["live"]) != (after["state"], after["valid_to"], after["live"]):
        return Change(kind=Kind.STATE, **told)
    return None

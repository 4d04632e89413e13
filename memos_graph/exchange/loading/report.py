"""What a load did, or would do."""

from collections.abc import Iterable
from enum import StrEnum
from typing import TypeVar

from pydantic import Field

from memos_graph.formats import Rejected
from memos_graph.types import Model

T = TypeVar("T")
_MOST_LISTED = 200


class OnConflict(StrEnum):
    """What becomes of a memory that is here already and says something else."""

    KEEP = "keep"
    VERSION = "version"
    REPLACE = "replace"
    ASK = "ask"
    MERGE = "merge"


class LoadConflict(Model):
    """A memory of a bundle that is here already and says something else, or can't be told apart from what is."""

    id: str = Field(description="Its id in the bundle.")
    cube: str = Field(description="Id of the memory here; empty where that may not be read.")
    did: str = Field(description="What was done, or would be.")


class Loaded(Model):
    """What became of a bundle; of a dry run, what would."""

    space: str
    dry_run: bool = False
    content: str = Field(default="", description="Address of the bundle's content.")
    signer: str = Field(default="", description="Which key it is signed with.")
    redacted: bool = Field(default=False, description="Whether texts in it were masked when it was dumped.")
    memories: int = Field(default=0, ge=0, description="Messages, passages and documents that are new here.")
    facts: int = Field(default=0, ge=0, description="Facts that are new here.")
    links: int = Field(default=0, ge=0, description="Links that are new here.")
    unchanged: int = Field(
        default=0, ge=0, description="Memories and facts that were here already, or are known here in a later version."
    )
    changed: int = Field(default=0, ge=0, description="Memories here that got a new version.")
    kept: int = Field(default=0, ge=0, description="Memories here that say something else, and stay as they are.")
    gone: int = Field(
        default=0, ge=0, description="Those that were deleted or erased here, or have ended: they are not brought back."
    )
    forgotten: dict[str, str] = Field(
        default={}, description="Of a merge, the ids of those that were deleted or erased here, with which it was."
    )
    alone: int = Field(default=0, ge=0, description="Facts of memories that were not loaded.")
    thawed: int = Field(
        default=0, ge=0, description="Those that were frozen, and are not: that takes the right to administer."
    )
    conflicts: tuple[LoadConflict, ...] = Field(default=(), description=f"The first {_MOST_LISTED}.")
    rejected: tuple[Rejected, ...] = Field(
        default=(), description=f"What can't be stored here, and why: the first {_MOST_LISTED}."
    )
    refusal: str | None = Field(default=None, description="Of a dry run: why the whole would be refused.")
    grants: int = Field(default=0, ge=0, description="Grants and denials the bundle tells of.")
    granted: int = Field(default=0, ge=0, description="Those that were granted or denied here, too.")

    def with_(self, other: "Loaded") -> "Loaded":
        """Return this with what a further batch did."""
        numbers = {name: getattr(self, name) + getattr(other, name) for name in _COUNTED}
        lists = {
            "conflicts": _first((*self.conflicts, *other.conflicts)),
            "rejected": _first((*self.rejected, *other.rejected)),
            "forgotten": self.forgotten | other.forgotten,
        }
        return self.model_copy(update=numbers | lists)


_COUNTED = ("memories", "facts", "links", "unchanged", "changed", "kept", "gone", "alone", "thawed", "granted")


def _first(items: Iterable[T]) -> tuple[T, ...]:
    return tuple(items)[:_MOST_LISTED]

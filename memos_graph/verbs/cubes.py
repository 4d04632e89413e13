"""The verbs of memories by id: read, correct, undo, delete."""

from collections.abc import Sequence
from typing import Annotated

from pydantic import Field

from memos_graph.lifecycle.lifecycle import Deleted
from memos_graph.types import MemCube, Model, Shaped, Version
from memos_graph.verbs import shapes
from memos_graph.verbs.declaring import Actor, Command, On, Rest, verb
from memos_graph.verbs.fields import Arguments, MemoryId, Moment, Number, Reason
from memos_graph.verbs.kinds import ValueType

_PATH = "/cubes/{cube}"
Content = Annotated[str, Shaped(shapes.SAID), ValueType.TEXT]


class AsOf(Arguments):
    """Which memory, and when."""

    cube: MemoryId
    as_of: Moment | None = Field(default=None, description="As it was known at this moment.")


class Versions(Arguments):
    """Versions of which memory."""

    cube: MemoryId
    as_of: Moment | None = Field(default=None, description="Only those known at this moment.")


class Around(Arguments):
    """What surrounds which memory."""

    cube: MemoryId
    steps: Annotated[int, Field(ge=1, le=10, description="How many before and after it.")] = 3


class Correction(Arguments):
    """A correction of a memory."""

    cube: MemoryId
    text: Content = Field(description="Its new content.")
    reason: Reason = None
    expected_version: Number | None = Field(
        default=None, description="Refuse when this is no longer the current version."
    )


class Rollback(Arguments):
    """Back to an earlier version."""

    cube: MemoryId
    to: Number = Field(description="Number of the version whose content becomes current again.")
    reason: Reason = None


class ToDelete(Arguments):
    """Which memory to erase, and why."""

    cube: MemoryId
    reason: Reason = None


class Pair(Arguments):
    """Two versions of a memory."""

    cube: MemoryId
    old: Number
    new: Number


class Diff(Model):
    """What changed between two versions."""

    old: int
    new: int
    diff: str = Field(description="Unified diff; empty when they are the same.")


@verb(
    On.CUBES,
    rest=Rest("GET", _PATH, problems=(404,), name="show_cube"),
    command=Command("memos show 019f8a3c-… --as-of 2026-01-31", name="show"),
    step=True,
)
def get(by: Actor, given: AsOf) -> MemCube:
    """Read a memory with all its metadata, as it is or as it was known."""
    return by.cubes.get(given.cube, as_of=given.as_of)


@verb(
    On.CUBES,
    command=Command(
        'memos update 019f8a3c-… "Dana moved to Porto." --reason "she said so"',
        positional=("cube", "text"),
        embeds=True,
    ),
    writes=True,
    step=True,
    makes=("cube",),
)
def update(by: Actor, given: Correction) -> Version:
    """Correct a memory: a new version, and nothing is overwritten."""
    return by.updates.update(given.cube, text=given.text, reason=given.reason, expected_version=given.expected_version)


@verb(On.CUBES, rest=Rest("DELETE", _PATH, name="delete_cube"), writes=True, step=True)
def delete(by: Actor, given: ToDelete) -> Deleted:
    """Erase a memory in every version, and what was derived from it alone; tombstones stay."""
    return by.updates.delete(given.cube, reason=given.reason)


@verb(On.CUBES, rest=Rest("GET", f"{_PATH}/versions", problems=(404,), name="list_versions"))
def history(by: Actor, given: Versions) -> Sequence[Version]:
    """Show every version of a memory, oldest first."""
    return by.updates.history(given.cube, as_of=given.as_of)


@verb(On.CUBES, rest=Rest("GET", f"{_PATH}/diff", problems=(404,), name="diff_versions"))
def diff(by: Actor, given: Pair) -> Diff:
    """Show what changed between two versions."""
    return Diff(old=given.old, new=given.new, diff=by.updates.diff(given.cube, old=given.old, new=given.new))


@verb(On.CUBES, rest=Rest("GET", f"{_PATH}/around", problems=(404,), name="list_around"), command=Command())
def around(by: Actor, given: Around) -> Sequence[MemCube]:
    """Show a memory with what was said before and after it in its source, to who may read its space."""
    return by.cubes.around(given.cube, steps=given.steps)


@verb(
    On.CUBES,
    rest=Rest("POST", f"{_PATH}/rollback", "Rollback", name="roll_back_cube"),
    writes=True,
    step=True,
    makes=("cube",),
)
def rollback(by: Actor, given: Rollback) -> Version:
    """Make an earlier version's content current again, in a new version."""
    return by.updates.rollback(given.cube, to=given.to, reason=given.reason)


VERBS = (get, around, update, delete, history, diff, rollback)

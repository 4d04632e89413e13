"""The verbs of the time machine: named moments of a space, what changed between two, and going back to one."""

from collections.abc import Sequence
from typing import Annotated

from pydantic import Field

from memos_graph.lifecycle.changes import Change
from memos_graph.lifecycle.timemachine import RolledBack, Snapshot
from memos_graph.memory.memory import MemoryApi
from memos_graph.types import Shaped
from memos_graph.verbs import shapes
from memos_graph.verbs.declaring import Command, On, Rest, verb
from memos_graph.verbs.fields import AnyMemory, Arguments, Nothing, Reason, Short, Text

_SPACE = "/spaces/{owner}/{name}"
Instant = Annotated[Text, Field(max_length=100)]
OneMemory = Annotated[AnyMemory | None, Field(description="Only this memory and its facts.")]
OneTopic = Annotated[Short | None, Field(description="Only what is about this topic, now or before.")]


class NewSnapshot(Arguments):
    """A name for the present moment."""

    name: Annotated[Instant, Field(min_length=1), Shaped(shapes.SNAPSHOT)] = Field(
        description="What to call it: no name that is taken, and no date.", examples=["before-import"]
    )
    reason: Reason = None


class Between(Arguments):
    """Two moments, and what of the space."""

    since: Annotated[Instant, Field(description="The earlier moment: a snapshot's name, or one in ISO 8601.")]
    until: Annotated[Instant | None, Field(description="The later one; none: now.")] = None
    cube: OneMemory = None
    topic: OneTopic = None


class BackTo(Arguments):
    """Where to go back to, and what of the space."""

    to: Annotated[Instant, Field(min_length=1)] = Field(
        description="A snapshot's name, or a moment in ISO 8601.", examples=["2026-05-04T09:00:00Z"]
    )
    cube: OneMemory = None
    topic: OneTopic = None
    reason: Reason = None


@verb(
    On.SPACE,
    rest=Rest("POST", f"{_SPACE}/snapshots", "NewSnapshot", status=201, name="create_snapshot"),
    command=Command("memos snapshot before-import", positional=("name",)),
    writes=True,
)
def snapshot(space: MemoryApi, given: NewSnapshot) -> Snapshot:
    """Name the present moment of a space, to compare with it or go back to it."""
    return space.snapshot(given.name, reason=given.reason)


@verb(On.SPACE, rest=Rest("GET", f"{_SPACE}/snapshots", problems=(404,), name="list_snapshots"), command=Command())
def snapshots(space: MemoryApi, _given: Nothing) -> Sequence[Snapshot]:
    """List the named moments of a space, newest first."""
    return space.snapshots()


@verb(
    On.SPACE,
    rest=Rest("GET", f"{_SPACE}/changes", problems=(404,), name="list_changes"),
    command=Command(
        "memos diff before-import\nmemos diff 2026-05-01 2026-05-04T09:00:00Z --topic travel",
        name="diff",
        positional=("since", "until"),
        called={"since": "A", "until": "B"},
    ),
)
def changes(space: MemoryApi, given: Between) -> Sequence[Change]:
    """Show what came, changed, moved or was erased in a space between two moments."""
    return space.changes(given.since, given.until, cube=given.cube, topic=given.topic)


@verb(On.SPACE, rest=Rest("POST", f"{_SPACE}/rollback", "BackTo", slow=True), writes=True)
def roll_back(space: MemoryApi, given: BackTo) -> RolledBack:
    """Make a space, a topic or one memory as it was at a moment; what was erased since stays erased."""
    return space.roll_back_to(given.to, cube=given.cube, topic=given.topic, reason=given.reason)


VERBS = (snapshot, snapshots, changes, roll_back)

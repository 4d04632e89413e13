"""The verbs of provenance: where a memory came from, and what came of it."""

from typing import Annotated

from pydantic import Field

from memos_graph.memory.provenance import Lineage
from memos_graph.types import Model
from memos_graph.verbs.declaring import Actor, Command, On, Rest, verb
from memos_graph.verbs.fields import AnyMemory, Arguments, MemoryId, Moment, Short

_PATH = "/cubes/{cube}/lineage"


class HowFar(Arguments):
    """Whose lineage, and how much of it."""

    cube: MemoryId
    depth: Annotated[int, Field(ge=1, le=8, description="Steps each way.")] = 4
    as_of: Moment | None = Field(default=None, description="As it was known at this moment.")


class Derivation(Arguments):
    """Where a memory came from."""

    cube: MemoryId
    derived_from: Annotated[AnyMemory, Field(description="Id of the cube it was made from.")]
    transform: Annotated[Short, Field(min_length=1, description="How.", examples=["summarised"])]


class Noted(Model):
    """What was noted of where a memory came from."""

    cube: str
    derived_from: str
    transform: str


@verb(
    On.CUBES,
    rest=Rest("GET", _PATH, problems=(404,), name="show_lineage"),
    command=Command("memos lineage 019f8a3c-… --depth 2"),
)
def lineage(by: Actor, given: HowFar) -> Lineage:
    """Show what a memory came from and what came from it, as far as you may read."""
    return by.provenance.lineage(given.cube, depth=given.depth, as_of=given.as_of)


@verb(On.CUBES, rest=Rest("POST", _PATH, "Derivation", status=204), writes=True, step=True)
def annotate(by: Actor, given: Derivation) -> Noted:
    """Note that a memory was made from another one: lineage shows it as noted, and nothing else follows from it."""
    by.provenance.annotate(given.cube, derived_from=given.derived_from, transform=given.transform)
    return Noted(**given.model_dump())


VERBS = (lineage, annotate)

"""The verbs of spaces, and of the memories of one in their order."""

from typing import Annotated

from pydantic import Field

from memos_graph.governance import Access
from memos_graph.memory.memory import MemoryApi
from memos_graph.memory.overview import SpaceMap
from memos_graph.types import MemCube
from memos_graph.verbs.declaring import Command, On, Principal, Rest, verb
from memos_graph.verbs.fields import SPACE_PARTS, After, Arguments, InPath, Limit, Moment, Nothing, SpaceId, Text
from memos_graph.verbs.pages import Page, following

_PATH = "/spaces/{owner}/{name}"


class SpacesPage(Arguments):
    """Which spaces to show."""

    after: SpaceId = ""
    limit: Limit = 50


class OneSpace(Arguments):
    """A space."""

    space: Annotated[Text, InPath(SPACE_PARTS), Field(description="OWNER/NAME, under your own name.")]


class CubesPage(Arguments):
    """Which memories of a space to show."""

    after: After = ""
    limit: Limit = 50
    level: Annotated[str, Field(pattern="^(whole|fact)$")] | None = Field(
        default=None, description="Only messages and passages, or only facts."
    )
    as_of: Moment | None = Field(default=None, description="What was known at this moment.")


@verb(On.OWN, rest=Rest("GET", "/spaces", problems=()))
def list_spaces(by: Principal, given: SpacesPage) -> Page[Access]:
    """List the spaces you hold a grant on."""
    found = by.spaces(after=given.after, limit=given.limit)
    return Page[Access](items=tuple(found), next=following(found, given.limit, lambda access: access.space))


@verb(On.OWN, command=Command(name="space create", positional=("space",)), writes=True)
def create_space(by: Principal, given: OneSpace) -> Access:
    """Make a space under your own name; one that is there stays as it is."""
    return by.create(given.space)[0]


@verb(On.OWN, rest=Rest("GET", _PATH, problems=(404,)))
def show_space(by: Principal, given: OneSpace) -> Access:
    """Show a space: its owner, what you may do in it, how many memories it holds."""
    return by.access(given.space)


@verb(On.SPACE, rest=Rest("GET", f"{_PATH}/cubes", problems=(404,)))
def list_cubes(space: MemoryApi, given: CubesPage) -> Page[MemCube]:
    """List the memories of a space in the order they were written."""
    found = space.page(after=given.after, limit=given.limit, level=given.level, as_of=given.as_of)
    return Page[MemCube](items=tuple(found), next=following(found, given.limit, lambda cube: cube.id))


@verb(On.SPACE, rest=Rest("GET", f"{_PATH}/overview", problems=(404,), name="map_space"), command=Command())
def overview(space: MemoryApi, _given: Nothing) -> SpaceMap:
    """Show what a space holds: its topics and concepts, sources, months, and what is sensitive in it."""
    return space.overview()


VERBS = (list_spaces, create_space, show_space, list_cubes, overview)

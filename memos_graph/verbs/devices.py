"""The verbs by which two devices keep a space in step; ``sync`` on one of them calls both of them on the other."""

from collections.abc import Sequence
from typing import Annotated

from pydantic import Field

from memos_graph.exchange.devices.following import DeviceStep, Followed
from memos_graph.exchange.devices.standing import MOST, StandingPage
from memos_graph.memory.memory import MemoryApi
from memos_graph.verbs.declaring import On, Rest, verb
from memos_graph.verbs.fields import After, Arguments

_PATH = "/spaces/{owner}/{name}"


class StandingFrom(Arguments):
    """Which memories of a space to compare."""

    after: After = ""
    limit: Annotated[int, Field(ge=1, le=MOST, description="Most memories of a page.")] = MOST


class Steps(Arguments):
    """What another device tells."""

    steps: Annotated[tuple[DeviceStep, ...], Field(max_length=1000, description="Each about one memory.")]


@verb(On.SPACE, rest=Rest("GET", f"{_PATH}/standing", problems=(403, 404)))
def standing(space: MemoryApi, given: StandingFrom) -> StandingPage:
    """Tell how the memories of a space stand, for another device to compare: digests, states, and what is gone."""
    return space.standing(after=given.after, limit=given.limit)


@verb(
    On.SPACE,
    rest=Rest("POST", f"{_PATH}/follow", "Steps", problems=(403, 404), repeatable=True, slow=True),
    writes=True,
)
def follow(space: MemoryApi, given: Steps) -> Sequence[Followed]:
    """Do what another device tells of memories beside their texts: deletions, erasures, states, terms, names."""
    return space.follow(given.steps)


VERBS = (standing, follow)

"""The states of memories, merges, and facts that replace each other."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import Field

from memos_graph.api.auth import CallerDep
from memos_graph.api.problems import documented
from memos_graph.api.schemas import Body, CubeId, Limit, Short, Space, Text
from memos_graph.lifecycle.lifecycle import Changed
from memos_graph.lifecycle.merging import Duplicate
from memos_graph.lifecycle.reviewing import Successor

router = APIRouter(prefix="/v1", tags=["lifecycle"])
_PROBLEMS = documented(403, 404, 409, body=True)
Id = Annotated[Text, Field(max_length=100)]


class Why(Body):
    """An act, and why."""

    reason: Short | None = Field(default=None, description="Why; kept in the log.", examples=["an old plan"])


class Thaw(Body):
    """Letting a frozen memory change again."""

    reason: Short = Field(min_length=1, description="Why; kept in the log.", examples=["the case is closed"])


class Retire(Why):
    """Which older fact this one is beside."""

    old: Id = Field(description="Id of the older fact.")


class Merge(Why):
    """Memories that say the same."""

    cubes: Annotated[
        list[Id],
        Field(
            min_length=2,
            max_length=20,
            json_schema_extra={"uniqueItems": True},
            description="Of one space, all whole or all facts.",
        ),
    ]
    text: Text | None = Field(default=None, description="What the new memory says; none: the longest of theirs.")


@router.post("/cubes/{cube}/archive", responses=_PROBLEMS)
def archive(cube: CubeId, body: Why, caller: CallerDep) -> Changed:
    """Take a memory out of every search and selection; it stays readable by its id."""
    return caller.lifecycle.archive(cube, reason=body.reason)


@router.post("/cubes/{cube}/restore", responses=_PROBLEMS)
def restore(cube: CubeId, body: Why, caller: CallerDep) -> Changed:
    """Put an archived or merged memory into service again."""
    return caller.lifecycle.restore(cube, reason=body.reason)


@router.post("/cubes/{cube}/freeze", responses=_PROBLEMS)
def freeze(cube: CubeId, body: Why, caller: CallerDep) -> Changed:
    """Make a memory immutable, for administrators too; needs the right to administer."""
    return caller.lifecycle.freeze(cube, reason=body.reason)


@router.post("/cubes/{cube}/thaw", responses=_PROBLEMS)
def thaw(cube: CubeId, body: Thaw, caller: CallerDep) -> Changed:
    """Let a frozen memory change again; needs the right to administer, and a reason."""
    return caller.lifecycle.thaw(cube, reason=body.reason)


@router.post("/cubes/{cube}/supersede", responses=_PROBLEMS)
def supersede(cube: CubeId, body: Retire, caller: CallerDep) -> Changed:
    """Let this fact take the place of another about the same subject, which was then true until this one was."""
    return caller.lifecycle.supersede(cube, body.old, reason=body.reason)


@router.post("/cubes/{cube}/dismiss", responses=_PROBLEMS)
def dismiss(cube: CubeId, body: Retire, caller: CallerDep) -> Changed:
    """Note that this fact and an older one are both true: the pair is proposed no more."""
    return caller.lifecycle.dismiss(cube, body.old, reason=body.reason)


@router.post("/cubes/{cube}/reconsider", responses=_PROBLEMS)
def reconsider(cube: CubeId, body: Retire, caller: CallerDep) -> Changed:
    """Take that back: the pair is proposed again."""
    return caller.lifecycle.reconsider(cube, body.old, reason=body.reason)


@router.post("/cubes/{cube}/contradict", responses=_PROBLEMS)
def contradict(cube: CubeId, body: Retire, caller: CallerDep) -> Changed:
    """Note that this fact contradicts another about the same subject, which then counts as true until this one was."""
    return caller.lifecycle.contradict(cube, body.old, reason=body.reason)


@router.post("/cubes/{cube}/reinstate", responses=_PROBLEMS)
def reinstate(cube: CubeId, body: Why, caller: CallerDep) -> Changed:
    """Let a fact hold again that was superseded or contradicted."""
    return caller.lifecycle.reinstate(cube, reason=body.reason)


@router.post("/cubes/merge", responses=_PROBLEMS)
def merge(body: Merge, caller: CallerDep) -> Changed:
    """Put one memory in the place of two or more that say the same; they stay readable."""
    return caller.lifecycle.merge(body.cubes, text=body.text, reason=body.reason)


@router.get("/spaces/{owner}/{name}/duplicates", responses=documented(404))
def duplicates(
    space: Space,
    caller: CallerDep,
    threshold: Annotated[float, Query(gt=0, le=1, description="Least likeness, a cosine.")] = 0.9,
    level: Annotated[str, Query(pattern="^(whole|fact)$", description="Whole memories, or single facts.")] = "whole",
    after: Annotated[Text, Query(max_length=100, description="Look at the thousand memories after this one.")] = "",
    limit: Limit = 50,
) -> Sequence[Duplicate]:
    """Propose pairs of memories that say nearly the same; nothing is merged by it."""
    return caller.space(space).duplicates(threshold=threshold, level=level, limit=limit, after=after)


@router.get("/spaces/{owner}/{name}/successors", responses=documented(404))
def successors(
    space: Space,
    caller: CallerDep,
    certain: Annotated[bool, Query(description="Only those of which the rule is certain.")] = False,
    dismissed: Annotated[bool, Query(description="Those that were dismissed, instead of those that are left.")] = False,
    limit: Limit = 50,
) -> Sequence[Successor]:
    """Propose newer facts that seem to have taken the place of older ones; nothing is changed by it."""
    return caller.space(space).review(certain=certain, dismissed=dismissed, limit=limit)


@router.post("/spaces/{owner}/{name}/successors/settle", responses=_PROBLEMS)
def settle(space: Space, body: Why, caller: CallerDep) -> Sequence[Changed]:
    """Let each newer fact supersede the older one where the rule is certain."""
    return caller.space(space).settle(reason=body.reason)

"""The verbs of MemLifecycle: states, merges, and facts that replace each other."""

from collections.abc import Sequence
from typing import Annotated

from pydantic import Field

from memos_graph.lifecycle.lifecycle import Changed
from memos_graph.lifecycle.merging import Duplicate
from memos_graph.lifecycle.reviewing import Successor
from memos_graph.memory.memory import MemoryApi
from memos_graph.verbs.declaring import Actor, Command, Declares, On, Rest, verb
from memos_graph.verbs.fields import SEVERAL_IDS, AnyId, Arguments, Limit, MemoryId, Reason, Short, Text


class Because(Arguments):
    """An act, and why."""

    reason: Reason = Field(default=None, examples=["an old plan"])


class Why(Because):
    """An act, and why."""

    cube: MemoryId


class Thaw(Arguments):
    """Letting a frozen memory change again."""

    cube: MemoryId
    reason: Short = Field(min_length=1, description="Why; kept in the log.", examples=["the case is closed"])


class Retire(Because):
    """Which older fact this one is beside."""

    new: Annotated[MemoryId, Field(description="Id of the newer fact.")]
    old: Annotated[MemoryId, Field(description="Id of the older fact.")]


class Merge(Because):
    """Memories that say the same."""

    cubes: Annotated[
        tuple[AnyId, ...], Field(min_length=2, max_length=20, json_schema_extra={"uniqueItems": True}), *SEVERAL_IDS
    ] = Field(description="Of one space, all whole or all facts.")
    text: Text | None = Field(default=None, description="What the new memory says; none: the longest of theirs.")


def _on_cube(called: str, example: str, *, body: str = "Why") -> Declares:
    """Declare an act on one memory, which can be a step."""
    rest = Rest("POST", f"/cubes/{{cube}}/{called}", body)
    return verb(On.CUBES, rest=rest, command=Command(example), writes=True, step=True)


def _on_pair(called: str, example: str) -> Declares:
    """Declare an act on a newer fact and an older one, which can be a step."""
    rest = Rest("POST", f"/cubes/{{cube}}/{called}", "Retire", binds={"cube": "new"})
    return verb(On.CUBES, rest=rest, command=Command(example, positional=("new", "old")), writes=True, step=True)


@_on_cube("archive", 'memos archive 019f8a3c-… --reason "an old plan"')
def archive(by: Actor, given: Why) -> Changed:
    """Take a memory out of every search and selection; it stays readable by its id."""
    return by.lifecycle.archive(given.cube, reason=given.reason)


@_on_cube("restore", "memos restore 019f8a3c-…")
def restore(by: Actor, given: Why) -> Changed:
    """Put an archived or merged memory into service again."""
    return by.lifecycle.restore(given.cube, reason=given.reason)


@_on_cube("freeze", 'memos freeze 019f8a3c-… --reason "evidence"')
def freeze(by: Actor, given: Why) -> Changed:
    """Make a memory immutable, for administrators too; searches find it as before. Needs the right to administer."""
    return by.lifecycle.freeze(given.cube, reason=given.reason)


@_on_cube("thaw", 'memos thaw 019f8a3c-… --reason "the case is closed"', body="Thaw")
def thaw(by: Actor, given: Thaw) -> Changed:
    """Let a frozen memory change again. Needs the right to administer, and a reason."""
    return by.lifecycle.thaw(given.cube, reason=given.reason)


@_on_pair("supersede", 'memos supersede 019f8b11-… 019f8a3c-… --reason "moved"')
def supersede(by: Actor, given: Retire) -> Changed:
    """Let one fact take the place of another about the same subject, which was then true until the new one was."""
    return by.lifecycle.supersede(given.new, given.old, reason=given.reason)


@_on_pair("dismiss", 'memos dismiss 019f8b11-… 019f8a3c-… --reason "she has two homes"')
def dismiss(by: Actor, given: Retire) -> Changed:
    """Note that two facts are both true: the pair is proposed no more, until one of them is changed."""
    return by.lifecycle.dismiss(given.new, given.old, reason=given.reason)


@_on_pair("reconsider", "memos reconsider 019f8b11-… 019f8a3c-…")
def reconsider(by: Actor, given: Retire) -> Changed:
    """Take a dismissal back: the pair is proposed again."""
    return by.lifecycle.reconsider(given.new, given.old, reason=given.reason)


@_on_pair("contradict", "memos contradict 019f8b11-… 019f8a3c-…")
def contradict(by: Actor, given: Retire) -> Changed:
    """Note that one fact contradicts another about the same subject, which then counts as true until the new one was."""
    return by.lifecycle.contradict(given.new, given.old, reason=given.reason)


@_on_cube("reinstate", "memos reinstate 019f8a3c-…")
def reinstate(by: Actor, given: Why) -> Changed:
    """Let a fact hold again that was superseded or contradicted."""
    return by.lifecycle.reinstate(given.cube, reason=given.reason)


@verb(
    On.CUBES,
    rest=Rest("POST", "/cubes/merge", "Merge"),
    command=Command(
        "memos merge 019f8a3c-… 019f8b11-…\n"
        'memos merge 019f8a3c-… 019f8b11-… --text "Dana moved to Lisbon in May 2024."',
        positional=("cubes",),
    ),
    writes=True,
    step=True,
    makes=("cube",),
)
def merge(by: Actor, given: Merge) -> Changed:
    """Put one memory in the place of two or more that say the same; they stay readable."""
    return by.lifecycle.merge(given.cubes, text=given.text, reason=given.reason)


@verb(
    On.SPACE,
    rest=Rest("POST", "/spaces/{owner}/{name}/successors/settle", "Why", repeatable=True, slow=True),
    writes=True,
)
def settle(space: MemoryApi, given: Because) -> Sequence[Changed]:
    """Let each newer fact supersede the older one where the rule is certain."""
    return space.settle(reason=given.reason)


class Likeness(Arguments):
    """Which pairs of memories to propose."""

    threshold: Annotated[float, Field(gt=0, le=1, description="Least likeness, a cosine.")] = 0.9
    level: Annotated[str, Field(pattern="^(whole|fact)$", description="Whole memories, or single facts.")] = "whole"
    after: Annotated[Text, Field(max_length=100, description="Look at the thousand memories after this one.")] = ""
    limit: Limit = 50


class Proposals(Arguments):
    """Which proposed successors to show."""

    certain: Annotated[bool, Field(description="Only those of which the rule is certain.")] = False
    dismissed: Annotated[bool, Field(description="Those that were dismissed, instead of those that are left.")] = False
    limit: Limit = 50


@verb(On.SPACE, rest=Rest("GET", "/spaces/{owner}/{name}/duplicates", problems=(404,)))
def duplicates(space: MemoryApi, given: Likeness) -> Sequence[Duplicate]:
    """Propose pairs of memories that say nearly the same; nothing is merged by it."""
    return space.duplicates(**given.model_dump())


@verb(On.SPACE, rest=Rest("GET", "/spaces/{owner}/{name}/successors", problems=(404,), name="successors"))
def review(space: MemoryApi, given: Proposals) -> Sequence[Successor]:
    """Propose newer facts that seem to have taken the place of older ones; nothing is changed by it."""
    return space.review(**given.model_dump())


VERBS = (
    archive,
    restore,
    freeze,
    thaw,
    supersede,
    dismiss,
    reconsider,
    contradict,
    reinstate,
    merge,
    duplicates,
    review,
    settle,
)

"""The verbs of declared policies, of the terms of one memory, and of the sweep."""

from collections.abc import Sequence
from typing import Annotated

from pydantic import ConfigDict, Field

from memos_graph.kit.moments import UtcDatetime
from memos_graph.lifecycle.applying import Applied, AppliedPolicy
from memos_graph.lifecycle.sweep import Swept
from memos_graph.lifecycle.terms import SetTerms, Terms
from memos_graph.memory.memory import MemoryApi
from memos_graph.verbs.declaring import Actor, Command, On, Rest, verb
from memos_graph.verbs.fields import Arguments, MemoryId, Nothing, Number, Tags, Text

_POLICY = "/spaces/{owner}/{name}/policy"
_EXAMPLE = "policy: 1\nname: desk\nkeep:\n  default: 2 years\n"
PolicyText = Annotated[Text, Field(max_length=200_000, description="The policy, in YAML.", examples=[_EXAMPLE])]


class NewPolicy(Arguments):
    """A policy to apply."""

    text: PolicyText
    dry_run: bool = Field(default=False, description="Say what would be done, with examples; change nothing.")


class PolicyVersion(Arguments):
    """One of the policies that have governed a space."""

    version: Annotated[Number | None, Field(description="An earlier one; none: the one in force.")] = None


class NewTerms(Arguments):
    """What to set on a memory; what is not sent stays as it is, and null takes it away."""

    model_config = ConfigDict(json_schema_extra={"minProperties": 1})

    cube: MemoryId
    expires_at: UtcDatetime | None = Field(
        default=None, description="End of life; the space's policy may end it sooner."
    )
    half_life_days: Annotated[float, Field(gt=0, le=1e6)] | None = Field(
        default=None, description="Days in which its rank halves; wins over the policy's."
    )
    priority: Annotated[int, Field(ge=-10, le=10)] | None = Field(default=None, description="Importance; null: 0.")
    tags: Tags | None = Field(
        default=None, description="Its labels, instead of those it has.", examples=[["temporary"]]
    )


@verb(On.SPACE, rest=Rest("PUT", _POLICY, "NewPolicy", problems=(403, 404), slow=True), writes=True)
def apply_policy(space: MemoryApi, given: NewPolicy) -> Applied:
    """Let a policy govern a space, and what is in it already, or only say what would be done. Needs the right to administer."""
    return space.policy.apply_text(given.text, dry_run=given.dry_run)


@verb(
    On.SPACE,
    rest=Rest("GET", _POLICY, problems=(404,)),
    command=Command("memos policy show --version 2 > earlier.yaml", name="policy show"),
)
def show_policy(space: MemoryApi, given: PolicyVersion) -> AppliedPolicy:
    """Show the policy that governs a space, as it was applied."""
    return space.policy.show(given.version)


@verb(On.SPACE, rest=Rest("GET", f"{_POLICY}/history", problems=(404,)), command=Command(name="policy history"))
def list_policies(space: MemoryApi, _given: Nothing) -> Sequence[AppliedPolicy]:
    """List every policy that has governed a space, the one in force first."""
    return space.policy.history()


@verb(
    On.SPACE,
    rest=Rest(
        "POST", "/spaces/{owner}/{name}/sweep", problems=(403, 404), name="sweep_space", repeatable=True, slow=True
    ),
    command=Command("memos sweep --space team/desk"),
    writes=True,
)
def sweep(space: MemoryApi, _given: Nothing) -> Swept:
    """Put what has come to its end out of the indexes, or erase it, as the space's policy says. Needs the right to administer."""
    return space.sweep()


@verb(On.CUBES, rest=Rest("PATCH", "/cubes/{cube}/terms", "NewTerms", repeatable=True), writes=True)
def set_terms(by: Actor, given: NewTerms) -> SetTerms:
    """Set a memory's end of life, half-life, priority or labels; what is not named stays, and null takes it away."""
    return by.updates.set(given.cube, Terms(**given.model_dump(exclude={"cube"}, exclude_unset=True)))


VERBS = (apply_policy, show_policy, list_policies, sweep, set_terms)

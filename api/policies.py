"""Declared policies, the terms of one memory, and the sweep."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query
from fastapi.responses import PlainTextResponse
from pydantic import ConfigDict, Field

from memos_graph.api.auth import CallerDep, authenticated
from memos_graph.api.problems import documented
from memos_graph.api.schemas import Body, CubeId, Number, Space, Tags
from memos_graph.kit.moments import UtcDatetime
from memos_graph.lifecycle.applying import Applied, AppliedPolicy
from memos_graph.lifecycle.sweep import Swept
from memos_graph.lifecycle.terms import SetTerms, Terms
from memos_graph.policies import read, sentences, template, templates
from memos_graph.verbs.fields import Text

router = APIRouter(prefix="/v1", tags=["policies"])
_EXAMPLE = "policy: 1\nname: desk\nkeep:\n  default: 2 years\n"
PolicyText = Annotated[Text, Field(max_length=200_000, description="The policy, in YAML.", examples=[_EXAMPLE])]


class NewPolicy(Body):
    """A policy to apply."""

    text: PolicyText
    dry_run: bool = Field(default=False, description="Say what would be done, with examples; change nothing.")


class PolicyFile(Body):
    """A policy to explain."""

    text: PolicyText


class NewTerms(Body):
    """What to set on a memory; what is not sent stays as it is, and null takes it away."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"minProperties": 1})

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


class Explained(Body):
    """What a policy means."""

    sentences: tuple[str, ...] = Field(description="In plain words, in the order in which it is written.")


@router.put("/spaces/{owner}/{name}/policy", responses=documented(403, 404, body=True))
def apply_policy(space: Space, body: NewPolicy, caller: CallerDep) -> Applied:
    """Let a policy govern a space, and what is in it already; `dry_run` only says what would be done. Needs the right to administer."""
    return caller.space(space).policy.apply_text(body.text, dry_run=body.dry_run)


@router.get("/spaces/{owner}/{name}/policy", responses=documented(404))
def show_policy(
    space: Space, caller: CallerDep, version: Annotated[Number | None, Query(description="An earlier one.")] = None
) -> AppliedPolicy:
    """Show the policy that governs a space, as it was applied."""
    return caller.space(space).policy.show(version)


@router.get("/spaces/{owner}/{name}/policy/history", responses=documented(404))
def list_policies(space: Space, caller: CallerDep) -> Sequence[AppliedPolicy]:
    """List every policy that has governed a space, the one in force first."""
    return caller.space(space).policy.history()


@router.post("/spaces/{owner}/{name}/sweep", responses=documented(403, 404))
def sweep_space(space: Space, caller: CallerDep) -> Swept:
    """Put what has come to its end out of the indexes, or erase it, as the space's policy says. Needs the right to administer."""
    return caller.space(space).sweep()


@router.patch("/cubes/{cube}/terms", responses=documented(403, 404, 409, body=True))
def set_terms(cube: CubeId, body: NewTerms, caller: CallerDep) -> SetTerms:
    """Set a memory's end of life, half-life, priority or labels; what is not sent stays, and null takes it away."""
    return caller.updates.set(cube, Terms(**body.model_dump(exclude_unset=True)))


@router.post("/policies/explain", responses=documented(body=True), dependencies=[Depends(authenticated)])
def explain_policy(body: PolicyFile) -> Explained:
    """Say in plain sentences what a policy means, or name every problem in it with its line and column."""
    return Explained(sentences=sentences(read(body.text)))


@router.get(
    "/policies/templates/{template_name}",
    response_class=PlainTextResponse,
    responses=documented(),
    dependencies=[Depends(authenticated)],
)
def show_template(
    template_name: Annotated[
        Text,
        Path(
            max_length=100,
            description="Which one.",
            examples=["support-desk"],
            json_schema_extra={"enum": list(templates())},
        ),
    ],
) -> str:
    """Show a policy to begin with: health-care, support-desk or personal-assistant."""
    return template(template_name)

"""What a policy means, and policies to begin with: these need no space."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path
from fastapi.responses import PlainTextResponse
from pydantic import Field

from memos_graph.api.auth import authenticated
from memos_graph.api.problems import documented
from memos_graph.api.schemas import Body
from memos_graph.policies import read, sentences, template, templates
from memos_graph.verbs.fields import Text
from memos_graph.verbs.policies import PolicyText

router = APIRouter(prefix="/v1", tags=["policies"])


class PolicyFile(Body):
    """A policy to explain."""

    text: PolicyText


class Explained(Body):
    """What a policy means."""

    sentences: tuple[str, ...] = Field(description="In plain words, in the order in which it is written.")


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

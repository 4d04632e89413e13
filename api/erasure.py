"""Forgetting a subject, and the receipts of it."""

from collections.abc import Sequence
from typing import Annotated, Literal

from fastapi import APIRouter, Path
from pydantic import Field

from memos_graph.api.auth import CallerDep
from memos_graph.api.problems import documented
from memos_graph.api.schemas import Body, Space
from memos_graph.governance import Action
from memos_graph.lifecycle.erasure import Foreseen
from memos_graph.lifecycle.receipts import Receipt
from memos_graph.types import Shaped
from memos_graph.verbs import shapes
from memos_graph.verbs.fields import Short, Text

router = APIRouter(prefix="/v1/spaces/{owner}/{name}", tags=["erasure"])
Name = Annotated[Text, Shaped(shapes.SUBJECT), Field(min_length=1, max_length=200)]


class Subject(Body):
    """Whom or what to forget."""

    subject: Annotated[
        list[Name], Field(min_length=1, max_length=20, description="Its names.", examples=[["Dana Lopez", "Dana"]])
    ]
    mentions: Annotated[
        Literal["erase", "keep"], Field(description="What becomes of memories that merely name the subject.")
    ] = "erase"


class Forget(Subject):
    """Whom or what to forget, and why."""

    reason: Short | None = Field(default=None, description="Why, without the name; kept in the log.")


@router.post("/foresee", responses=documented(403, 404, body=True))
def foresee(space: Space, body: Subject, caller: CallerDep) -> Foreseen:
    """Show what forgetting a subject would take; changes nothing. Needs the right to administer."""
    return caller.forgetting.foresee(body.subject, [space], mentions=body.mentions)[0]


@router.post("/forget", responses=documented(403, 404, body=True))
def forget(space: Space, body: Forget, caller: CallerDep) -> Receipt:
    """Erase all that is about a subject or was said by them, in every form; returns the signed receipt. Can't be undone."""
    return caller.forgetting.forget(body.subject, [space], mentions=body.mentions, reason=body.reason)[0]


@router.get("/receipts", responses=documented(403, 404))
def list_receipts(space: Space, caller: CallerDep) -> Sequence[Receipt]:
    """List the receipts of a space's erasures, newest first; needs the right to administer."""
    caller.access(space, Action.ADMINISTER)
    return caller.forgetting.receipts(space)


@router.get("/receipts/{receipt}", responses=documented(403, 404))
def show_receipt(
    space: Space,
    receipt: Annotated[Text, Path(max_length=100, description="The receipt's id.")],
    caller: CallerDep,
) -> Receipt:
    """Show a receipt; files that could not be erased are tried again first."""
    caller.access(space, Action.ADMINISTER)
    return caller.forgetting.receipt(receipt, space=space)

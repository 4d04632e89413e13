"""The verbs of forgetting a subject, and the receipts of it."""

from collections.abc import Sequence
from typing import Annotated

from pydantic import Field

from memos_graph.lifecycle.erasure import Foreseen
from memos_graph.lifecycle.receipts import Mentions, Receipt
from memos_graph.memory.memory import MemoryApi
from memos_graph.types import Shaped
from memos_graph.verbs import shapes
from memos_graph.verbs.declaring import On, Rest, verb
from memos_graph.verbs.fields import AnyId, Arguments, Nothing, Reason, Text

_SPACE = "/spaces/{owner}/{name}"
Name = Annotated[Text, Shaped(shapes.SUBJECT), Field(min_length=1, max_length=200)]


class Subject(Arguments):
    """Whom or what to forget."""

    subject: Annotated[
        tuple[Name, ...],
        Field(min_length=1, max_length=20, description="Its names.", examples=[["Dana Lopez", "Dana"]]),
    ]
    mentions: Annotated[Mentions, Field(description="What becomes of memories that merely name the subject.")] = "erase"


class Forget(Subject):
    """Whom or what to forget, and why."""

    reason: Reason = Field(default=None, description="Why, without the name; kept in the log.")


class OneReceipt(Arguments):
    """A receipt."""

    receipt: AnyId = Field(description="The receipt's id.")


@verb(On.SPACE, rest=Rest("POST", f"{_SPACE}/foresee", "Subject", problems=(403, 404), repeatable=True, slow=True))
def foresee(space: MemoryApi, given: Subject) -> Foreseen:
    """Show what forgetting a subject would take; changes nothing. Needs the right to administer."""
    return space.forgetting.foresee(given.subject, [space.space], mentions=given.mentions)[0]


@verb(On.SPACE, rest=Rest("POST", f"{_SPACE}/forget", "Forget", problems=(403, 404), slow=True), writes=True)
def forget(space: MemoryApi, given: Forget) -> Receipt:
    """Erase all that is about a subject or was said by them, in every form; returns the signed receipt. Can't be undone."""
    return space.forget(given.subject, mentions=given.mentions, reason=given.reason)


@verb(On.SPACE, rest=Rest("GET", f"{_SPACE}/receipts", problems=(403, 404)))
def list_receipts(space: MemoryApi, _given: Nothing) -> Sequence[Receipt]:
    """List the receipts of a space's erasures, newest first; needs the right to administer."""
    return space.forgetting.receipts_of(space.space)


@verb(On.SPACE, rest=Rest("GET", f"{_SPACE}/receipts/{{receipt}}", problems=(403, 404)))
def show_receipt(space: MemoryApi, given: OneReceipt) -> Receipt:
    """Show a receipt; files that could not be erased are tried again first."""
    return space.forgetting.receipt_of(space.space, given.receipt)


VERBS = (foresee, forget, list_receipts, show_receipt)

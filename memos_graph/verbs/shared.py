"""The verbs of what others shared with a principal one by one or by topic."""

from typing import Annotated

from pydantic import Field

from memos_graph.search.calls import Hit, MemoryCall
from memos_graph.types import MemCube, Model
from memos_graph.verbs.declaring import On, Principal, Rest, verb
from memos_graph.verbs.fields import After, Arguments, Limit, Most, Text
from memos_graph.verbs.pages import Page, following


class SharedPage(Arguments):
    """Which of them to show."""

    after: After = ""
    limit: Limit = 50


class SharedQuestion(Arguments):
    """A search in what was shared one by one or by topic."""

    question: Annotated[Text, Field(min_length=1, max_length=10_000, examples=["When does the potter come?"])]
    limit: Most = 10
    explain: bool = Field(default=False, description="Return how the question was read, too.")


class Answer(Model):
    """What a search found, best first."""

    hits: tuple[Hit, ...]
    request_id: str = Field(description="Under which the log has this search.")
    cached: bool = Field(description="Whether the intermediate cache answered, after it was checked.")
    withheld: int = Field(
        default=0,
        description="Memories held back because somebody changed them outside memos-graph; see `memos audit verify`.",
    )
    call: MemoryCall | None = Field(
        default=None, description="How the question was read, where `explain` asked for it."
    )


@verb(On.OWN, rest=Rest("GET", "/shared", problems=()))
def list_shared(by: Principal, given: SharedPage) -> Page[MemCube]:
    """List the memories that were shared with you one by one or by topic, in whichever space."""
    found = by.shared.list(after=given.after, limit=given.limit)
    return Page[MemCube](items=tuple(found), next=following(found, given.limit, lambda cube: cube.id))


@verb(On.OWN, rest=Rest("POST", "/shared/search", "SharedQuestion", problems=(), repeatable=True))
def search_shared(by: Principal, given: SharedQuestion) -> Answer:
    """Return those of them that answer a question best."""
    found = by.shared.search(given.question, limit=given.limit)
    call = found.call if given.explain else None
    return Answer(hits=found.hits, request_id=found.request_id, cached=False, withheld=found.withheld, call=call)


VERBS = (list_shared, search_shared)

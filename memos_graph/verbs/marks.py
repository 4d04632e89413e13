"""The verbs of owners' marks: the key they are checked with, and whether a text carries one."""

from typing import Annotated

from pydantic import Field

from memos_graph.host.protocol import Detected
from memos_graph.memory.memory import MemoryApi
from memos_graph.verbs.declaring import On, Principal, Rest, verb
from memos_graph.verbs.fields import Arguments, Nothing, Text


class Suspect(Arguments):
    """A text that may carry the mark."""

    text: Annotated[Text, Field(min_length=1, max_length=100_000, examples=["Dana moved to Lisbon in May."])]


@verb(On.OWN, rest=Rest("GET", "/mark-key", problems=()))
def mark_key(by: Principal, _given: Nothing) -> str:
    """Show the public key, PEM, that the marks of exports and the signatures of receipts are checked with."""
    return by.public_key


@verb(
    On.SPACE,
    rest=Rest("POST", "/spaces/{owner}/{name}/mark-detect", "Suspect", problems=(404,), repeatable=True, slow=True),
)
def detect_mark(space: MemoryApi, given: Suspect) -> Detected:
    """Tell whether a text was generated here with a statistical mark, by counting tokens of this service's model."""
    return space.detect_mark(given.text)


VERBS = (mark_key, detect_mark)

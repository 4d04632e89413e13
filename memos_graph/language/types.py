"""What the language functions give back. Offsets count characters of the text that was passed in."""

from datetime import datetime
from typing import Annotated, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field


class Span(NamedTuple):
    """A stretch of text: ``text[start:end]``."""

    start: int
    end: int


class Phrase(NamedTuple):
    """A concept named in a text: its name in lower case, where it stands, and its ``weight`` from 0 to 1."""

    text: str
    start: int
    end: int
    weight: float


Granularity = Literal[
    "hour", "part_of_day", "day", "weekend", "week", "month", "quarter", "season", "year", "decade", "range", "vague"
]


class TimeMention(NamedTuple):
    """A time named in a text, resolved: from ``begins`` (inside) to ``ends`` (outside), both aware.

    ``granularity`` is how fine the words are; ``vague`` where they leave the number open ("a few days ago").
    """

    start: int
    end: int
    text: str
    begins: datetime
    ends: datetime
    granularity: Granularity


Intent = Literal[
    "recall", "list", "when", "where", "who", "count", "yes_no", "summarize", "remember", "update", "forget"
]


class Question(BaseModel):
    """What a question or an instruction asks for.

    * ``people`` named in it, as known or as written.
    * ``begins`` and ``ends`` the time it is about, where it names one.
    * ``terms`` its content words in lower case, without names, question words and the words of the time.
    * ``asks_now`` whether it asks how things stand now; ``asks_assistant`` what the assistant said, whom it calls "you".
    * ``semantic_type`` the kind of memory asked for (``preference``, ``event``, ``plan``, ``rule``…), where words say so.
    """

    model_config = ConfigDict(frozen=True)

    text: str
    intent: Intent
    people: tuple[str, ...] = ()
    begins: datetime | None = None
    ends: datetime | None = None
    terms: tuple[str, ...] = ()
    asks_now: bool = False
    asks_assistant: bool = False
    semantic_type: Annotated[str, Field(min_length=1)] | None = None

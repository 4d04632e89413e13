"""What every reader gives back: entries to remember, and what could not be read."""

from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from memos_graph.kit.text import readable

EXCERPT_CHARS = 80


def _aware(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment


Moment = Annotated[datetime, AfterValidator(_aware)]
Help = Annotated[str, AfterValidator(readable)]
"""A text about what is kept, a heading or a reason: it is kept, too, however broken its bytes are."""
"""A point in time that knows its zone; one given without is taken as UTC."""


CARRIED = "time_from"
"""The attribute of a message that has its time from elsewhere: from the turn before it."""

OFFSET = "utc_offset"
"""The attribute of a message whose time its source gives in UTC, and apart from it the offset there: ``-05:00``."""


class Message(BaseModel):
    """One turn of talk.

    * ``id`` as the source gives it; ``None`` where it gives none.
    * ``speaker`` who said it; ``at`` when (UTC where the source names no zone).
    * ``attributes`` whatever else the source says of it, e.g. ``{"role": "user", "session": "s3"}``.
    """

    model_config = ConfigDict(frozen=True)

    id: str | None = None
    text: str
    speaker: str | None = None
    at: Moment | None = None
    attributes: dict[str, str] = Field(default_factory=dict)


def local_time(message: Message) -> datetime | None:
    """Return when ``message`` was said by the clock there, which "today" in it goes by."""
    offset = message.attributes.get(OFFSET)
    if message.at is None or offset is None:
        return message.at
    return message.at.astimezone(datetime.strptime(offset, "%z").tzinfo)


def is_dated(parsed: "Parsed", message: Message) -> bool:
    """Whether the source says when ``message`` was said, by itself or for the whole; a time taken from a neighbour does not count."""
    return CARRIED not in message.attributes and (message.at or parsed.at) is not None


class Passage(BaseModel):
    """One passage of a document: at most 1200 characters, under ``heading`` (outermost first), on ``page`` (from 1).

    ``id`` is made of the passage's position and a hash of its text, so the same document gives the same ids.
    """

    model_config = ConfigDict(frozen=True)

    id: str
    text: str
    heading: tuple[Help, ...] = ()
    page: int | None = None


class Rejected(BaseModel):
    """What was left out: ``line`` (from 1, where lines mean something), why, and how it begins.

    ``count`` is how many entries were left out for this reason, where they are told together; ``excerpt`` is of the first.
    """

    model_config = ConfigDict(frozen=True)

    line: int | None = None
    reason: Help
    count: int = 1
    excerpt: Annotated[Help, Field(max_length=EXCERPT_CHARS)] = ""


class Remark(BaseModel):
    """What was read only in part: its text was kept, but not all that its source says of it, an unreadable date for one.

    ``line`` (from 1, where lines mean something), what was not read and why, and the words in question.
    """

    model_config = ConfigDict(frozen=True)

    line: int | None = None
    reason: Help
    excerpt: Annotated[Help, Field(max_length=EXCERPT_CHARS)] = ""


class Parsed(BaseModel):
    """A whole source, read: its entries in order, what was left out of it, and what was kept without all its details.

    ``source`` is the name it was given under; ``at`` the date of the whole, where it is known.
    """

    model_config = ConfigDict(frozen=True)

    kind: Literal["conversation", "document"]
    source: Help
    title: Help | None = None
    at: Moment | None = None
    entries: tuple[Message | Passage, ...] = ()
    rejected: tuple[Rejected, ...] = ()
    remarks: tuple[Remark, ...] = ()

"""Request and response shapes that the package's own models don't have, and the types of parameters."""

from inspect import Signature
from typing import Annotated, Literal

from fastapi import Depends, Path
from pydantic import BaseModel, ConfigDict, Field
from pydantic.fields import FieldInfo

from memos_graph.api.parameters import parameter
from memos_graph.kit.moments import UtcDatetime, ZonedDatetime
from memos_graph.search.calls import Filters
from memos_graph.types import Model
from memos_graph.verbs.cubes import Content
from memos_graph.verbs.fields import SPACE_PARTS, Asked, InPath, Most, Number, Only, Short, SpaceId, Tags, Text

CubeId = Annotated[Text, Path(max_length=100, description="The cube's id.")]
RunId = Annotated[Text, Path(max_length=100, description="The run's id.")]


def _space(**parts: str) -> str:
    return InPath(SPACE_PARTS).whole(parts)


_space.__signature__ = Signature(  # type: ignore[attr-defined]
    [parameter(part, FieldInfo.from_annotation(annotation), Path) for part, annotation in SPACE_PARTS.items()]
)
Space = Annotated[str, Depends(_space)]


class Body(BaseModel):
    """Base of what is sent: unknown fields are refused, so that a misspelt one is not ignored."""

    model_config = ConfigDict(extra="forbid")


class NewMessage(Body):
    """One turn of talk."""

    text: str = Field(description="What was said.", examples=["Dana moved to Lisbon in May."])
    id: str | None = Field(
        default=None, description="As the source gives it; sending it again changes nothing.", examples=["m1"]
    )
    speaker: str | None = Field(default=None, description="Who said it.", examples=["Alice"])
    at: ZonedDatetime | None = Field(
        default=None,
        description="When it was said, in the zone where it was said: `yesterday` in it is the day before that day.",
        examples=["2026-05-04T09:00:00-05:00"],
    )
    attributes: dict[str, str] = Field(default={}, description="Whatever else is known of it, e.g. its `session`.")


class NewMessages(Body):
    """Messages of one conversation."""

    messages: Annotated[list[NewMessage], Field(min_length=1, max_length=10_000)]
    source: Short = Field(default="conversation", min_length=1, description="The conversation they are part of.")
    tags: Tags = Field(default=(), description="Labels for filters.")
    expires_at: UtcDatetime | None = Field(default=None, description="When these memories end.")
    said_now: bool = Field(
        default=True,
        description="Whether a message alone without id and time is what somebody says now, and so is new each time it is sent; "
        "false: the same words again change nothing.",
    )


class Question(Body):
    """A search."""

    question: Asked
    spaces: Annotated[list[SpaceId], Field(min_length=1, max_length=50, description="Where to search.")]
    limit: Most = 10
    filters: Only = Filters()
    at: ZonedDatetime | None = Field(
        default=None, description="When and where the question is asked, for `today` in it; none: now, in your zone."
    )
    explain: bool = Field(default=False, description="Return how the question was read, too.")


class NewText(Body):
    """A correction of a memory."""

    text: Content = Field(description="Its new content.", examples=["Dana moved to Porto in June."])
    reason: Short | None = Field(default=None, description="Why; kept in the version and in the log.")
    expected_version: Number | None = Field(
        default=None, description="The version this was written against; or send If-Match."
    )


class Health(Model):
    """Whether the service works."""

    status: Literal["ok", "degraded"]
    hangs: list[str] = Field(default=[], description="What does not answer, though the service does without it.")

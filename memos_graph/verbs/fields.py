"""The types of arguments: what every surface checks before an act begins, and tells of in its own document."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic.fields import FieldInfo

from memos_graph.kit.moments import UtcDatetime
from memos_graph.kit.text import unstorable
from memos_graph.search.calls import Filters
from memos_graph.types import Shaped, Storable
from memos_graph.verbs import shapes
from memos_graph.verbs.kinds import ValueType, id_of, ids_of


class Arguments(BaseModel):
    """Base of a verb's arguments; unknown ones are refused, so that a misspelt one is not ignored."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Nothing(Arguments):
    """Nothing has to be said."""


@dataclass(frozen=True, eq=False)
class InPath:
    """Marks an argument that a path holds in ``parts``, by name: ``/`` joins them, and is written ``~`` within one."""

    parts: Mapping[str, Any]

    def whole(self, given: Mapping[str, str]) -> str:
        """Return the argument that a path with these parts names."""
        return "/".join(given[part] for part in self.parts).replace("~", "/")

    def parted(self, whole: str) -> dict[str, str]:
        """Return the parts of a path that name this argument; raises ``ValueError`` for what no path can name."""
        parts = whole.split("/", len(self.parts) - 1)
        if len(parts) != len(self.parts) or "~" in whole:
            raise ValueError(f"'{whole}' is not of the form {'/'.join(self.parts).upper()}")
        return {name: part.replace("/", "~") for name, part in zip(self.parts, parts, strict=True)}


def storable(text: str) -> str:
    """Return a text that a database can hold; raises ``ValueError`` for another."""
    if (place := unstorable(text)) is not None:
        raise ValueError(f"character {place} is a NUL byte or a lone surrogate")
    return text


def annotated(field: FieldInfo) -> Any:
    """Return the type of a field with all that checks it."""
    annotation: Any = field.annotation
    for each in field.metadata:
        annotation = Annotated[annotation, each]
    return annotation


def _storable_filters(filters: Filters) -> Filters:
    for text in (filters.speaker, filters.source, *filters.tags, *(filters.namespace or ())):
        storable(text or "")
    return filters


Text = Annotated[Storable, AfterValidator(storable)]
Short = Annotated[Text, Field(max_length=500)]
Who = Annotated[Text, Shaped(shapes.PRINCIPAL)]
Purpose = Annotated[Text, Shaped(shapes.PURPOSE)]
Moment = Annotated[UtcDatetime, ValueType.MOMENT]
Reason = Annotated[Short | None, Field(description="Why; kept in the log.")]
AnyId = Annotated[Text, Field(max_length=100)]
AnyMemory = Annotated[AnyId, BeforeValidator(id_of), ValueType.CUBE]
MemoryId = Annotated[AnyMemory, Field(description="The cube's id.")]
SEVERAL_IDS = (BeforeValidator(ids_of), ValueType.CUBES)
"""Makes a tuple of ids, in ``Annotated``, one that a pipeline's memories are taken for, too."""
After = Annotated[Text, Field(max_length=100, description="`next` of the page before.")]
SpaceId = Annotated[Text, Field(max_length=700, examples=["alice/notes"])]
SPACE_PARTS: Mapping[str, Any] = {
    "owner": Annotated[Who, Field(max_length=128, description="First part of the space's id.", examples=["alice"])],
    "name": Annotated[
        Text,
        Shaped(shapes.SPACE_NAME),
        Field(max_length=600, description="The rest of it, its parts joined with `~`.", examples=["notes"]),
    ],
}
Tags = Annotated[tuple[Short, ...], Field(max_length=50)]
LARGEST = 2**53
"""Up to which every JSON has whole numbers."""
Number = Annotated[int, Field(ge=1, le=LARGEST)]
Limit = Annotated[int, Field(ge=1, le=200, description="Most items of a page.")]
Asked = Annotated[Text, Field(min_length=1, max_length=10_000, examples=["Where does Dana live?"])]
Most = Annotated[int, Field(ge=1, le=200, description="Most memories to return.")]
Only = Annotated[Filters, AfterValidator(_storable_filters)]
"""Filters whose texts a database can hold."""

"""What passes between the steps of a pipeline: MemCubes, lists of them, and small values (paper, 4.3: "via MemoryCube")."""

import base64
import binascii
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from types import NoneType, UnionType
from typing import Annotated, Any, Self, Union, get_args, get_origin

from pydantic import BeforeValidator, Field, TypeAdapter, model_validator
from pydantic.fields import FieldInfo

from memos_graph.formats import Message
from memos_graph.kit.moments import UtcDatetime
from memos_graph.kit.text import unstorable
from memos_graph.types import MemCube, Model


class ValueType(StrEnum):
    """The type of an input, of an argument or of an output."""

    TEXT = "text"
    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"
    MOMENT = "moment"
    CUBE = "cube"
    CUBES = "cubes"
    TEXTS = "texts"
    MESSAGES = "messages"
    FILE = "file"
    OBJECT = "object"
    ANY = "any"


class File(Model):
    """A file given to a pipeline, with its content: a pipeline itself opens none."""

    name: str = Field(min_length=1, max_length=500, description="Name of the source it becomes.")
    text: str | None = Field(default=None, description="Its content, where that is text.")
    base64: str | None = Field(default=None, description="Its content otherwise, in Base64.")

    @model_validator(mode="after")
    def _one_content(self) -> Self:
        if (self.text is None) == (self.base64 is None):
            raise ValueError("give its content as either text or base64")
        try:
            _ = self.data
        except binascii.Error as error:
            raise ValueError("this is not Base64") from error
        return self

    @property
    def data(self) -> bytes:
        """The content as bytes."""
        return base64.b64decode(self.base64, validate=True) if self.base64 is not None else (self.text or "").encode()


def unstorable_at(value: Any, path: tuple[str | int, ...] = ()) -> tuple[str | int, ...] | None:
    """Return where in plain data a text holds a NUL byte or a lone surrogate, which the database can't store."""
    if isinstance(value, str):
        return path if unstorable(value) is not None else None
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, (list, tuple)) else ()
    return next((found for key, each in parts if (found := unstorable_at(each, (*path, key))) is not None), None)


def id_of(value: Any) -> Any:
    """Return the id of a memory; what is none as it is."""
    return value.id if isinstance(value, MemCube) else value


def ids_of(value: Any) -> Any:
    """Return the ids of one memory, or of several."""
    given = [value] if isinstance(value, (str, MemCube)) else value
    return [id_of(each) for each in given] if isinstance(given, (list, tuple)) else given


Text = Annotated[str, ValueType.TEXT]
CubeId = Annotated[str, BeforeValidator(id_of), Field(min_length=1, max_length=100), ValueType.CUBE]
CubeIds = Annotated[tuple[Annotated[str, Field(max_length=100)], ...], BeforeValidator(ids_of), ValueType.CUBES]
Texts = Annotated[tuple[str, ...], ValueType.TEXTS]

INPUTS: Mapping[ValueType, TypeAdapter[Any]] = {
    ValueType.TEXT: TypeAdapter(str),
    ValueType.INTEGER: TypeAdapter(int),
    ValueType.NUMBER: TypeAdapter(float),
    ValueType.BOOLEAN: TypeAdapter(bool),
    ValueType.MOMENT: TypeAdapter(UtcDatetime),
    ValueType.CUBE: TypeAdapter(CubeId),
    ValueType.CUBES: TypeAdapter(CubeIds),
    ValueType.TEXTS: TypeAdapter(tuple[str, ...]),
    ValueType.MESSAGES: TypeAdapter(tuple[Message, ...]),
    ValueType.FILE: TypeAdapter(File),
    ValueType.OBJECT: TypeAdapter(dict[str, Any]),
}
"""How each type of input is validated; ``any`` is no type of an input."""

ATTRIBUTES: Mapping[str, ValueType] = {
    "id": ValueType.TEXT,
    "text": ValueType.TEXT,
    "version": ValueType.INTEGER,
    "state": ValueType.TEXT,
    "speaker": ValueType.TEXT,
    "source": ValueType.TEXT,
}
"""What of a cube can be referred to, as in ``${query.first.version}``."""


def attribute(cube: MemCube, name: str) -> Any:
    """Return the attribute ``name`` of a cube, one of ``ATTRIBUTES``."""
    values = {
        "id": cube.id,
        "text": cube.text,
        "version": cube.behavioural.version,
        "state": cube.state.value,
        "speaker": cube.descriptive.speaker,
        "source": cube.descriptive.source,
    }
    return values[name]


_PLAIN: Mapping[Any, ValueType] = {
    str: ValueType.TEXT,
    int: ValueType.INTEGER,
    float: ValueType.NUMBER,
    bool: ValueType.BOOLEAN,
    datetime: ValueType.MOMENT,
}


def kind_of(field: FieldInfo) -> ValueType:
    """Return the kind of an argument or output: the one declared with it, or that of its plain type."""
    declared = next((each for each in field.metadata if isinstance(each, ValueType)), None)
    return declared or _kind(field.annotation)


def _kind(annotation: Any) -> ValueType:
    if get_origin(annotation) is Annotated:
        plain, *marks = get_args(annotation)
        return next((each for each in marks if isinstance(each, ValueType)), None) or _kind(plain)
    if get_origin(annotation) in {Union, UnionType}:
        return _kind(next(each for each in get_args(annotation) if each is not NoneType))
    if get_origin(annotation) is tuple:
        return ValueType.TEXTS
    if isinstance(annotation, type) and issubclass(annotation, str):
        return ValueType.TEXT
    return _PLAIN[annotation]


def fits(given: ValueType, wanted: ValueType) -> bool:
    """Whether a value of one kind may stand where another is wanted."""
    wider = {
        ValueType.NUMBER: {ValueType.INTEGER},
        ValueType.CUBES: {ValueType.CUBE},
        ValueType.TEXTS: {ValueType.TEXT},
    }
    return given is wanted or wanted is ValueType.ANY or given in wider.get(wanted, set())

"""Parameters of routes, made of fields that are declared elsewhere."""

from collections.abc import Callable
from inspect import Parameter
from typing import Annotated, Any

from pydantic.fields import FieldInfo

from memos_graph.verbs.fields import annotated


def parameter(name: str, field: FieldInfo, place: Callable[..., Any]) -> Parameter:
    """Return the parameter of a route that takes ``field`` from ``place``: FastAPI's ``Path`` or ``Query``."""
    annotation: Any = Annotated[annotated(field), place(description=field.description, examples=field.examples)]
    default = Parameter.empty if field.is_required() else field.default
    return Parameter(name, Parameter.KEYWORD_ONLY, annotation=annotation, default=default)

"""Routes of declared verbs: a call over REST is made from what ``memos_graph.verbs`` says of it."""

import re
from collections.abc import Callable, Iterator
from inspect import Parameter, Signature
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from pydantic import create_model
from pydantic.fields import FieldInfo

from memos_graph.acting import Acting
from memos_graph.api.auth import CallerDep
from memos_graph.api.problems import documented
from memos_graph.api.schemas import Body, Space
from memos_graph.verbs.declaring import On, Rest, Verb
from memos_graph.verbs.every import GROUPS
from memos_graph.verbs.fields import Arguments

_NAMED = re.compile(r"\{(\w+)\}")
_SPACE = ("owner", "name")
_SENT = {"POST", "PUT", "PATCH"}


def add(router: APIRouter, verb: Verb[Any, Any], rest: Rest) -> None:
    """Add the route of ``verb`` to ``router``."""
    in_path = [name for name in _NAMED.findall(rest.path) if not (verb.on is On.SPACE and name in _SPACE)]
    bound = {rest.binds.get(name, name): name for name in in_path}
    others = tuple(name for name in verb.takes.model_fields if name not in bound)
    body = _body(rest.body or verb.takes.__name__, verb.takes, others) if others and rest.method in _SENT else None

    def endpoint(*, caller: Acting, space: str = "", body: Body | None = None, **given: Any) -> Any:
        values = {field: given[named] for field, named in bound.items()}
        values |= {name: given[name] if body is None else getattr(body, name) for name in others}
        subject = caller.space(space) if verb.on is On.SPACE else caller
        return verb.run(subject, verb.takes.model_construct(**values))

    parameters = [
        *(_parameter(named, verb.takes.model_fields[field], Path) for field, named in bound.items()),
        *([Parameter("space", Parameter.KEYWORD_ONLY, annotation=Space)] if verb.on is On.SPACE else []),
        *([Parameter("body", Parameter.KEYWORD_ONLY, annotation=body)] if body else []),
        Parameter("caller", Parameter.KEYWORD_ONLY, annotation=CallerDep),
        *([_parameter(name, verb.takes.model_fields[name], Query) for name in others] if body is None else []),
    ]
    endpoint.__signature__ = Signature(parameters, return_annotation=verb.gives)  # type: ignore[attr-defined]
    endpoint.__name__, endpoint.__doc__ = rest.name or verb.name, verb.about
    router.add_api_route(
        rest.path,
        endpoint,
        methods=[rest.method],
        status_code=rest.status,
        responses=documented(*rest.problems, body=body is not None),
    )


def routers() -> Iterator[APIRouter]:
    """Yield a router for each group of verbs."""
    for group, verbs in GROUPS.items():
        router = APIRouter(prefix="/v1", tags=[group])
        for verb in verbs:
            if verb.rest is not None:
                add(router, verb, verb.rest)
        yield router


_bodies: dict[str, type[Body]] = {}


def _body(called: str, takes: type[Arguments], names: tuple[str, ...]) -> type[Body]:
    """Return the model of a body; one that is called as another is must be that."""
    if (known := _bodies.get(called)) is None:
        fields: dict[str, Any] = {
            name: (takes.model_fields[name].annotation, takes.model_fields[name]) for name in names
        }
        known = _bodies[called] = create_model(called, __base__=Body, __doc__=takes.__doc__, **fields)
    assert tuple(known.model_fields) == names, f"two bodies are called {called}"
    return known


def _parameter(name: str, field: FieldInfo, place: Callable[..., Any]) -> Parameter:
    annotation: Any = Annotated[_annotated(field), place(description=field.description, examples=field.examples)]
    default = Parameter.empty if field.is_required() else field.default
    return Parameter(name, Parameter.KEYWORD_ONLY, annotation=annotation, default=default)


def _annotated(field: FieldInfo) -> Any:
    """Return the type of a field with all that checks it."""
    annotation: Any = field.annotation
    for each in field.metadata:
        annotation = Annotated[annotation, each]
    return annotation

"""Routes of declared verbs: a call over REST is made from what ``memos_graph.verbs`` says of it."""

from collections.abc import Iterator, Mapping
from copy import copy
from inspect import Parameter, Signature
from types import NoneType
from typing import Any, get_args

from fastapi import APIRouter, Path, Query, Response, status
from fastapi.responses import PlainTextResponse
from pydantic import ConfigDict, create_model
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from memos_graph.acting import Acting
from memos_graph.api.auth import CallerDep
from memos_graph.api.parameters import parameter
from memos_graph.api.problems import documented
from memos_graph.api.schemas import Body, Space
from memos_graph.types import MemCube
from memos_graph.verbs.declaring import On, Rest, Verb
from memos_graph.verbs.every import GROUPS
from memos_graph.verbs.fields import Arguments
from memos_graph.verbs.places import in_path, places


def add(router: APIRouter, verb: Verb[Any, Any], rest: Rest) -> None:
    """Add the route of ``verb`` to ``router``."""
    fields, where = verb.takes.model_fields, places(verb, rest)
    sent, asked = where.body, where.query
    body = _body(rest, verb.takes, sent) if sent else None
    answers = rest.status != status.HTTP_204_NO_CONTENT

    def endpoint(*, caller: Acting, response: Response, space: str = "", body: Body | None = None, **given: Any) -> Any:
        values = {
            name: _whole(fields[name], {part: given[part] for part in parts}) for name, parts in where.path.items()
        }
        values |= {
            name: getattr(body, called) for called, name in sent.items() if body and called in body.model_fields_set
        }
        values |= {name: given[name] for name in asked}
        subject = caller.space(space) if verb.on is On.SPACE else caller
        done = verb.run(subject, verb.takes.model_construct(**values))
        if rest.pending and done is not None:
            return Response(done.model_dump_json(), status.HTTP_202_ACCEPTED, media_type="application/json")
        if isinstance(done, MemCube):
            response.headers["ETag"] = f'"{done.behavioural.version}"'
        return done if answers else None

    parameters = [
        *(parameter(part, field, Path) for parts in where.path.values() for part, field in parts.items()),
        *([Parameter("space", Parameter.KEYWORD_ONLY, annotation=Space)] if verb.on is On.SPACE else []),
        *([Parameter("body", Parameter.KEYWORD_ONLY, annotation=body)] if body else []),
        Parameter("caller", Parameter.KEYWORD_ONLY, annotation=CallerDep),
        Parameter("response", Parameter.KEYWORD_ONLY, annotation=Response),
        *(parameter(name, fields[name], Query) for name in asked),
    ]
    gives = verb.gives if answers else None
    endpoint.__signature__ = Signature(parameters, return_annotation=gives)  # type: ignore[attr-defined]
    endpoint.__name__, endpoint.__doc__ = rest.name or verb.name, verb.about
    as_it_is: dict[str, Any] = {"response_class": PlainTextResponse} if verb.gives is str else {}
    router.add_api_route(
        rest.path,
        endpoint,
        methods=[rest.method],
        status_code=rest.status,
        responses=documented(*rest.problems, body=body is not None) | _pending(verb, rest),
        **as_it_is,
    )


def routers() -> Iterator[APIRouter]:
    """Yield a router for each group of verbs."""
    for group, verbs in GROUPS.items():
        router = APIRouter(prefix="/v1", tags=[group])
        for verb in verbs:
            if verb.rest is not None:
                add(router, verb, verb.rest)
        yield router


def _whole(field: FieldInfo, parts: Mapping[str, Any]) -> Any:
    mark = in_path(field)
    return next(iter(parts.values())) if mark is None else mark.whole(parts)


def _pending(verb: Verb[Any, Any], rest: Rest) -> dict[int | str, dict[str, Any]]:
    if not rest.pending:
        return {}
    waited_for = next(each for each in get_args(verb.gives) if each is not NoneType)
    return {status.HTTP_202_ACCEPTED: {"model": waited_for, "description": rest.pending}}


_bodies: dict[str, type[Body]] = {}


def _body(rest: Rest, takes: type[Arguments], sent: Mapping[str, str]) -> type[Body]:
    """Return the model of a body; one that is called as another is must be that."""
    called = rest.body or takes.__name__
    if called not in _bodies:
        fields: dict[str, Any] = {}
        for as_, name in sent.items():
            field = copy(takes.model_fields[name])
            if name in rest.needs:
                field.default = PydanticUndefined
            fields[as_] = (field.annotation, field)
        _bodies[called] = create_model(called, __base__=_base(takes), __doc__=takes.__doc__, **fields)
    assert list(_bodies[called].model_fields) == list(sent), f"two bodies are called {called}"
    return _bodies[called]


def _base(takes: type[Arguments]) -> type[Body]:
    """Return the base of a body, with what the document says of its arguments as a whole."""

    class Whole(Body):
        model_config = ConfigDict(json_schema_extra=takes.model_config.get("json_schema_extra"))

    return Whole

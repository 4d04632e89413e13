"""A call over REST as plain data: made from a verb's declaration, or by hand for the routes that no verb declares."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from types import NoneType
from typing import Any
from urllib.parse import quote

from pydantic import TypeAdapter, ValidationError
from pydantic_core import PydanticSerializationError, to_json

from memos_graph.errors import InputError
from memos_graph.kit.text import unstorable
from memos_graph.verbs.declaring import On, Rest, Verb
from memos_graph.verbs.fields import SPACE_PARTS, InPath
from memos_graph.verbs.places import in_path, places

_JSON = {"Content-Type": "application/json"}
_NO_CONTENT = 204
_MOST_FINDINGS = 5
_REPEATABLE = {"GET", "PUT", "DELETE"}
_NO_SEGMENT = {"", ".", ".."}


@dataclass(frozen=True)
class RestCall:
    """One request, and the type of its answer.

    * ``path`` below the service's address. ``query`` its pairs; those without a value are not sent.
    * ``gives`` what the answer becomes: a type that pydantic reads, ``str`` for a text, ``NoneType`` for nothing.
    * ``repeatable`` sent twice it does no more than sent once. ``slow`` it may take minutes.
    """

    method: str
    path: str
    gives: Any
    query: Sequence[tuple[str, Any]] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = field(default=None, repr=False)
    repeatable: bool = False
    slow: bool = False


def call_of(verb: Verb[Any, Any], space: str = "", /, **given: Any) -> RestCall:
    """Return the call that does ``verb`` with the arguments ``given``; raises ``InputError`` for those it can't have."""
    rest = _declared(verb)
    arguments = _arguments(verb, given)
    values = arguments.model_dump(mode="json")
    where = places(verb, rest)
    parts = _parted(InPath(SPACE_PARTS), space) if verb.on is On.SPACE else {}
    for name, named in where.path.items():
        mark = in_path(verb.takes.model_fields[name])
        parts |= dict.fromkeys(named, str(values[name])) if mark is None else _parted(mark, values[name])
    query = [(name, values[name]) for name in where.query if name in given]
    sent = {called: values[name] for called, name in where.body.items() if name in given}
    call = RestCall(
        method=rest.method,
        path=path_of(rest.path, **parts),
        gives=NoneType if rest.status == _NO_CONTENT and not rest.pending else verb.gives,
        query=query,
        repeatable=rest.repeatable or rest.method in _REPEATABLE,
        slow=rest.slow,
    )
    return with_json(call, sent) if where.body else call


def path_of(template: str, **parts: str) -> str:
    """Return a path below ``/v1`` with its parts filled in; raises ``InputError`` for one that no path can hold."""
    for name, part in parts.items():
        if part in _NO_SEGMENT or unstorable(part) is not None:
            raise InputError(f"{part!r} is no {name} that can be asked for.", hint="Check how it is spelt.")
    return "/v1" + template.format(**{name: quote(part, safe="") for name, part in parts.items()})


def space_path(space: str, rest: str = "") -> str:
    """Return the path of a space, and of what is below it."""
    return path_of(f"/spaces/{{owner}}/{{name}}{rest}", **_parted(InPath(SPACE_PARTS), space))


def with_json(call: RestCall, body: Any) -> RestCall:
    """Return a call that carries ``body`` as JSON."""
    try:
        return replace(call, body=to_json(body), headers={**call.headers, **_JSON})
    except PydanticSerializationError as error:
        raise InputError(
            f"What was given can't be sent: {error}.", hint="Send texts, numbers, lists and objects."
        ) from error


def read_as(gives: Any, content: bytes) -> Any:
    """Return the body of an answer as what it is; raises ``ValueError`` for another.

    Fields that this version does not know are left aside: a newer service may send them.
    """
    if gives is NoneType:
        return None
    if gives is str:
        return content.decode()
    return _adapter(gives).validate_json(content or b"null", extra="ignore")


@lru_cache(maxsize=256)
def _adapter(gives: Any) -> TypeAdapter[Any]:
    return TypeAdapter(gives)


def _declared(verb: Verb[Any, Any]) -> Rest:
    if verb.rest is None:
        raise TypeError(f"The verb {verb.name} has no call over REST.")
    return verb.rest


def _arguments(verb: Verb[Any, Any], given: Mapping[str, Any]) -> Any:
    try:
        return verb.takes.model_validate(dict(given))
    except ValidationError as error:
        found = error.errors(include_url=False)
        told = "; ".join(f"{'.'.join(map(str, each['loc']))}: {each['msg']}"[:200] for each in found[:_MOST_FINDINGS])
        more = f"; and {len(found) - _MOST_FINDINGS} more" if len(found) > _MOST_FINDINGS else ""
        raise InputError(f"{told}{more}.", hint="Nothing was sent.") from error


def _parted(mark: InPath, whole: str) -> dict[str, str]:
    try:
        return mark.parted(whole)
    except ValueError as error:
        raise InputError(f"{error}.", hint="Check how it is spelt.") from error

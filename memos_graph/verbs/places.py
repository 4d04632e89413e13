"""Where a call over REST carries each argument of a verb: in its path, its query or its body. Service and client read it alike."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic.fields import FieldInfo

from memos_graph.verbs.declaring import On, Rest, Verb
from memos_graph.verbs.fields import InPath

_NAMED = re.compile(r"\{(\w+)\}")
_SPACE = ("owner", "name")
_WITH_BODY = {"POST", "PUT", "PATCH"}


@dataclass(frozen=True)
class Carried:
    """Where each argument is.

    * ``path`` by argument: the parameters that it is made of. ``body`` by the name it is sent under: the argument.
    * ``query`` the rest.
    """

    path: Mapping[str, Mapping[str, FieldInfo]]
    body: Mapping[str, str]
    query: Sequence[str]


def places(verb: Verb[Any, Any], rest: Rest) -> Carried:
    """Return where a call of ``verb`` carries its arguments; the space of one that works on a space is no argument."""
    path = _in_path(verb, rest)
    others = [name for name in verb.takes.model_fields if name not in path]
    sent = [name for name in others if rest.method in _WITH_BODY and name not in rest.query]
    return Carried(path, {sent_as(rest, name): name for name in sent}, [name for name in others if name not in sent])


def in_path(field: FieldInfo) -> InPath | None:
    """Return how a path holds an argument that it does not simply name."""
    return next((each for each in field.metadata if isinstance(each, InPath)), None)


def sent_as(rest: Rest, argument: str) -> str:
    """Return what a call names an argument."""
    return next((called for called, name in rest.binds.items() if name == argument), argument)


def _in_path(verb: Verb[Any, Any], rest: Rest) -> Mapping[str, Mapping[str, FieldInfo]]:
    named = {name for name in _NAMED.findall(rest.path) if not (verb.on is On.SPACE and name in _SPACE)}
    found: dict[str, Mapping[str, FieldInfo]] = {}
    for name, field in verb.takes.model_fields.items():
        if (mark := in_path(field)) is not None and mark.parts.keys() & named:
            found[name] = {part: FieldInfo.from_annotation(annotation) for part, annotation in mark.parts.items()}
        elif (called := sent_as(rest, name)) in named:
            found[name] = {called: field}
    return found

"""A policy file into a ``Policy``, or into every problem it has, each with its line and column."""

import difflib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, get_args

import yaml
from pydantic import BaseModel, ValidationError

from memos_graph.errors import PolicyFileError, PolicyProblem
from memos_graph.kit.yaml_places import Path, Place, Unusual, unusual
from memos_graph.language.sensitivity import FindingKind, LevelName
from memos_graph.policies.document import Policy

_MOST_CHARS = 100_000
_UNUSED = {
    Unusual.ALIAS: "anchors and aliases (& and *) are not used in policies; put such text in quotes",
    Unusual.TAG: "tags (!) are not used in policies; put such text in quotes",
    Unusual.DEPTH: "the nesting is too deep",
}


def read(text: str) -> Policy:
    """Return the policy that ``text`` declares; raises ``PolicyFileError`` with every problem found."""
    if len(text) > _MOST_CHARS:
        raise _refusal(
            [PolicyProblem(1, 1, f"the file has {len(text)} characters; a policy has at most {_MOST_CHARS}")]
        )
    try:
        problems = [_at(place, _UNUSED[what]) for place, what in unusual(text)]
        if problems:
            raise _refusal(problems)
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        data = yaml.safe_load(text)
    except yaml.MarkedYAMLError as error:
        raise _refusal([_syntax(error)]) from error
    except (yaml.YAMLError, ValueError, OverflowError) as error:
        raise _refusal([PolicyProblem(1, 1, f"this is not YAML: {error}")]) from error
    if not isinstance(node, yaml.MappingNode):
        raise _refusal([PolicyProblem(1, 1, "a policy begins with lines such as 'policy: 1' and 'name: …'")])
    places: dict[Path, Place] = {}
    problems = list(_walk(node, (), places))
    try:
        policy = Policy.model_validate(data)
    except ValidationError as error:
        problems += [_problem(each, places) for each in _distinct(error)]
        policy = None
    if policy is None or problems:
        raise _refusal(problems)
    return policy


def _refusal(problems: Sequence[PolicyProblem]) -> PolicyFileError:
    return PolicyFileError(sorted(problems))


def _at(place: Place, message: str) -> PolicyProblem:
    return PolicyProblem(*place, message)


def _syntax(error: yaml.MarkedYAMLError) -> PolicyProblem:
    told = " ".join(filter(None, [error.problem, error.context and f"({error.context})"]))
    return _at(Place.of_error(error), f"this is not YAML: {told}; check the indentation and the colons")


def _walk(node: yaml.Node, path: Path, places: dict[Path, Place]) -> Iterator[PolicyProblem]:
    """Note where each key or item stands; tell keys that come twice."""
    places.setdefault(path, Place.of(node.start_mark))
    if isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            yield from _walk(item, (*path, index), places)
    elif isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            named = (*path, str(key.value))
            place = Place.of(key.start_mark)
            if named in places:
                yield _at(place, f"'{key.value}' stands here twice; the first is in line {places[named].line}")
            places.setdefault(named, place)
            yield from _walk(value, named, places)


def _distinct(error: ValidationError) -> Iterator[Mapping[str, Any]]:
    """Each problem once: of a value that fits none of several types, pydantic tells a problem for each."""
    seen: set[tuple[Any, ...]] = set()
    for each in error.errors():
        place = each["loc"][:-1] if each["type"] == "enum" and "refuse" in each["loc"] else each["loc"]
        if place not in seen:
            seen.add(place)
            yield each


def _problem(error: Mapping[str, Any], places: Mapping[Path, Place]) -> PolicyProblem:
    loc: Path = tuple(error["loc"])
    known = next(loc[:size] for size in range(len(loc), -1, -1) if loc[:size] in places)
    return _at(places[known], _worded(error, loc))


_SHAPES = {
    "missing": "{where} is missing here",
    "model_type": "{where} is a group of settings: write them below it, indented",
    "dict_type": "{where} is a group of settings: write them below it, indented",
    "tuple_type": "{where} is a list: write each item on a line of its own that begins with '- '",
    "string_type": "{where} is a text: put '{given}' in quotes",
    "int_type": "{where} is a whole number, not '{given}'",
}


def _worded(error: Mapping[str, Any], loc: Path) -> str:
    kind, given = error["type"], error["input"]
    where = f"'{loc[-1]}'" if loc and isinstance(loc[-1], str) else "this"
    if kind == "extra_forbidden":
        return _unknown(str(loc[-1]), _keys(loc[:-1]), "is not a setting here")
    if kind in {"enum", "literal_error"}:
        if "refuse" in loc:
            return _unknown(str(given), [*FindingKind, *LevelName], "can't be refused")
        return _unknown(str(given), _expected(error), f"is not a value for {where}")
    message = str(error["msg"]).removeprefix("Value error, ")
    plain = f"{where}: {message[0].lower()}{message[1:]}"
    return _SHAPES.get(kind, plain.replace("{", "{{").replace("}", "}}")).format(where=where, given=given)


def _unknown(word: str, known: Sequence[str], problem: str) -> str:
    near = difflib.get_close_matches(word.lower(), known, n=1, cutoff=0.6)
    return f"'{word}' {problem}; " + (f"did you mean '{near[0]}'?" if near else f"known are {', '.join(known)}")


def _expected(error: Mapping[str, Any]) -> list[str]:
    listed = str(error["ctx"]["expected"]).replace(" or ", ", ")
    return [each.strip(" '") for each in listed.split(",")]


def _keys(path: Path) -> list[str]:
    """Return the keys that the section at ``path`` knows."""
    section: Any = Policy
    for step in path:
        if isinstance(step, int):
            continue
        fields = {each.alias or name: each for name, each in section.model_fields.items()}
        section = _section(fields[step].annotation)
    return [each.alias or name for name, each in section.model_fields.items()]


def _section(annotation: Any) -> Any:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for each in get_args(annotation) if (found := _section(each)) is not None), None)

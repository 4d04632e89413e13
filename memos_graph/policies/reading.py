"""A policy file into a ``Policy``, or into every problem it has, each with its line and column."""

import difflib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol, get_args

import yaml
from pydantic import BaseModel, ValidationError

from memos_graph.errors import PolicyFileError, PolicyProblem
from memos_graph.language.sensitivity import Kind, LevelName
from memos_graph.policies.document import Policy

_MOST_CHARS = 100_000
_DEEPEST = 12
Path = tuple[str | int, ...]


class Mark(Protocol):
    """Where something stands in a file, counted from 0, as PyYAML's two parsers tell it."""

    line: int
    column: int


def read(text: str) -> Policy:
    """Return the policy that ``text`` declares; raises ``PolicyFileError`` with every problem found."""
    if len(text) > _MOST_CHARS:
        raise _refusal(
            [PolicyProblem(1, 1, f"the file has {len(text)} characters; a policy has at most {_MOST_CHARS}")]
        )
    try:
        problems = list(_unwanted(text))
        if problems:
            raise _refusal(problems)
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        data = yaml.safe_load(text)
    except yaml.MarkedYAMLError as error:
        raise _refusal([_syntax(error)]) from error
    except (yaml.YAMLError, ValueError, OverflowError) as error:
        raise _refusal([PolicyProblem(1, 1, f"this is no YAML: {error}")]) from error
    if not isinstance(node, yaml.MappingNode):
        raise _refusal([PolicyProblem(1, 1, "a policy begins with lines such as 'policy: 1' and 'name: …'")])
    marks: dict[Path, Mark] = {}
    problems = list(_walk(node, (), marks))
    try:
        policy = Policy.model_validate(data)
    except ValidationError as error:
        problems += [_problem(each, marks) for each in _distinct(error)]
        policy = None
    if policy is None or problems:
        raise _refusal(problems)
    return policy


def _refusal(problems: Sequence[PolicyProblem]) -> PolicyFileError:
    return PolicyFileError(sorted(problems))


def _at(mark: Mark | None, message: str) -> PolicyProblem:
    return PolicyProblem(mark.line + 1 if mark else 1, mark.column + 1 if mark else 1, message)


def _syntax(error: yaml.MarkedYAMLError) -> PolicyProblem:
    told = " ".join(filter(None, [error.problem, error.context and f"({error.context})"]))
    return _at(
        error.problem_mark or error.context_mark, f"this is no YAML: {told}; check the indentation and the colons"
    )


def _unwanted(text: str) -> Iterator[PolicyProblem]:
    """Tell what a policy has no use for, before anything is built from it: anchors, tags, endless nesting."""
    depth = 0
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            yield _at(
                event.start_mark, "anchors and aliases (& and *) are not used in policies; put such text in quotes"
            )
        elif getattr(event, "tag", None):
            yield _at(event.start_mark, "tags (!) are not used in policies; put such text in quotes")
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > _DEEPEST:
            yield _at(event.start_mark, "the nesting is too deep")
            return


def _walk(node: yaml.Node, path: Path, marks: dict[Path, Mark]) -> Iterator[PolicyProblem]:
    """Note where each key or item stands; tell keys that come twice."""
    marks.setdefault(path, node.start_mark)
    if isinstance(node, yaml.SequenceNode):
        for place, item in enumerate(node.value):
            yield from _walk(item, (*path, place), marks)
    elif isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            named = (*path, str(key.value))
            if named in marks:
                yield _at(
                    key.start_mark, f"'{key.value}' stands here twice; the first is in line {marks[named].line + 1}"
                )
            marks.setdefault(named, key.start_mark)
            yield from _walk(value, named, marks)


def _distinct(error: ValidationError) -> Iterator[Mapping[str, Any]]:
    """Each problem once: of a value that fits none of several types, pydantic tells a problem for each."""
    seen: set[tuple[Any, ...]] = set()
    for each in error.errors():
        place = each["loc"][:-1] if each["type"] == "enum" and "refuse" in each["loc"] else each["loc"]
        if place not in seen:
            seen.add(place)
            yield each


def _problem(error: Mapping[str, Any], marks: Mapping[Path, Mark]) -> PolicyProblem:
    loc: Path = tuple(error["loc"])
    known = next(loc[:size] for size in range(len(loc), -1, -1) if loc[:size] in marks)
    return _at(marks[known], _worded(error, loc))


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
        return _unknown(str(loc[-1]), _keys(loc[:-1]), "is no setting here")
    if kind in {"enum", "literal_error"}:
        if "refuse" in loc:
            return _unknown(str(given), [*Kind, *LevelName], "can't be refused")
        return _unknown(str(given), _expected(error), f"is no value for {where}")
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

"""mem0's filters: where a question is asked, and which of what is found passes.

Which spaces are looked into goes by the ids that each alternative names; the whole filter is held against each memory then.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from operator import ge, gt, le, lt
from typing import Any

from memos_graph.api.mem0.entities import KINDS, Ids
from memos_graph.errors import InputError

_MOST_PLACES, _DEEPEST = 50, 10
_ORDER = {"gt": gt, "gte": ge, "lt": lt, "lte": le}
_OPERATORS = ("eq", "ne", "in", "contains", "icontains", *_ORDER)
_OWN = {"memory", "created_at", "updated_at", "expiration_date", *KINDS}
Filter = Mapping[str, Any]
Item = Mapping[str, Any]


def check(node: Any, depth: int = 0) -> None:
    """Raise ``InputError`` for what is no filter."""
    if not isinstance(node, Mapping) or depth > _DEEPEST:
        raise InputError(
            "A filter is an object of conditions, and at most ten of them are nested.",
            hint='Send e.g. {"user_id": "ada"} or {"AND": [{"user_id": "ada"}, {"category": "food"}]}.',
        )
    for name, value in node.items():
        if name in {"AND", "OR", "NOT"}:
            for each in _several(name, value):
                check(each, depth + 1)
        elif isinstance(value, Mapping) and name != "metadata":
            unknown = [each for each in value if each not in _OPERATORS]
            if unknown or not isinstance(value.get("in", []), list):
                raise InputError(
                    f"The filter of `{name}` can't be used.",
                    hint=f"Compare by {', '.join(_OPERATORS)}; `in` takes a list.",
                )
        elif value == "*":
            raise InputError(f"`{name}` can't be any here.", hint="Name the ids, or list them with GET /v1/entities/.")


def places(node: Filter) -> list[Ids]:
    """Return the ids of each alternative, whose memories are looked through; raises ``InputError`` for too many."""
    found: list[dict[str, str]] = [{}]
    for name, value in node.items():
        if name == "AND":
            for each in _several(name, value):
                found = _both(found, places(each))
        elif name == "OR":
            found = _both(found, [ids for each in _several(name, value) for ids in places(each)])
        elif name in KINDS:
            found = _both(found, [{name: each} for each in _named(name, value)])
    return list(found)


def narrows(node: Filter) -> bool:
    """Tell whether a filter leaves out some of what has the ids that it names."""
    return any(
        any(map(narrows, _several(name, value))) if name in {"AND", "OR"} else name not in KINDS
        for name, value in node.items()
    )


def _both(some: list[dict[str, str]], others: list[Any]) -> list[dict[str, str]]:
    joined = [
        {**one, **other}
        for one in some
        for other in others
        if all(one.get(name, value) == value for name, value in other.items())
    ]
    if len(joined) > _MOST_PLACES:
        raise InputError(f"These filters name more than {_MOST_PLACES} alternatives.", hint="Ask in several calls.")
    return joined


def _named(name: str, value: Any) -> list[str]:
    wanted = value
    if isinstance(value, Mapping):
        wanted = value["in"] if set(value) == {"in"} else value.get("eq")
    wanted = wanted if isinstance(wanted, list) else [wanted]
    if not all(isinstance(each, str) for each in wanted):
        raise InputError(f"`{name}` is a text, or one of several by `in`.", hint='Send e.g. {"user_id": "ada"}.')
    return wanted


def _several(name: str, value: Any) -> list[Any]:
    if isinstance(value, Mapping) and name == "NOT":
        return [value]
    if not isinstance(value, list):
        raise InputError(f"`{name}` takes a list of filters.", hint=f'Send e.g. {{"{name}": [{{"user_id": "ada"}}]}}.')
    return value


def holds(node: Filter, item: Item) -> bool:
    """Tell whether a memory passes a filter."""
    return all(_condition(name, value, item) for name, value in node.items())


def _condition(name: str, value: Any, item: Item) -> bool:
    if name in {"AND", "OR"}:
        return (all if name == "AND" else any)(holds(each, item) for each in _several(name, value))
    if name == "NOT":
        return not any(holds(each, item) for each in _several(name, value))
    if name == "metadata":
        return isinstance(value, Mapping) and all(
            item["metadata"].get(each) == wanted for each, wanted in value.items()
        )
    found = item.get(name) if name in _OWN else item["metadata"].get(name)
    if isinstance(value, Mapping):
        return all(_compared(operator, found, wanted) for operator, wanted in value.items())
    return bool(found == value)


def _compared(operator: str, found: Any, wanted: Any) -> bool:
    if operator in {"eq", "ne"}:
        return bool(found == wanted) is (operator == "eq")
    if operator == "in":
        return found in wanted
    if operator in _ORDER:
        return next((bool(_ORDER[operator](*pair)) for pair in _comparable(found, wanted)), False)
    if isinstance(found, list):
        return wanted in found
    if not isinstance(found, str) or not isinstance(wanted, str):
        return False
    return wanted in found if operator == "contains" else wanted.casefold() in found.casefold()


def _comparable(found: Any, wanted: Any) -> Iterator[tuple[Any, Any]]:
    """Yield two values as what can be compared: moments, numbers or texts; nothing where they can't be."""
    if isinstance(found, str) and isinstance(wanted, str):
        try:
            yield _moment(found), _moment(wanted)
        except ValueError:
            yield found, wanted
    elif all(isinstance(each, int | float) and not isinstance(each, bool) for each in (found, wanted)):
        yield found, wanted


def _moment(text: str) -> datetime:
    read = datetime.fromisoformat(text)
    return read if read.tzinfo else read.replace(tzinfo=UTC)

"""Which documents a search's filter lets through, and which namespaces match a pattern, as LangGraph's own store has it.

A comparison with what can't be compared lets nothing through; LangGraph's store in memory raises there.
"""

from collections.abc import Callable, Mapping, Sequence
from operator import ge, gt, le, lt
from typing import Any

from langgraph.store.base import MatchCondition

from memos_graph.errors import InputError

_COMPARISONS: Mapping[str, Callable[[Any, Any], bool]] = {"$gt": gt, "$gte": ge, "$lt": lt, "$lte": le}
_OPERATORS = ("$eq", "$ne", *_COMPARISONS)


def check_filter(wanted: Any) -> None:
    """Raise ``InputError`` for an operator that there is not; nothing was read then."""
    if isinstance(wanted, Mapping):
        for name, inner in wanted.items():
            if isinstance(name, str) and name.startswith("$") and name not in _OPERATORS:
                raise InputError(f"'{name}' is not an operator of a filter.", hint=f"Use {', '.join(_OPERATORS)}.")
            check_filter(inner)


def passes(value: Mapping[str, Any], wanted: Mapping[str, Any] | None) -> bool:
    """Tell whether a document has, in each field that is named, what is wanted of it."""
    return all(_fits(value.get(name), each) for name, each in (wanted or {}).items())


def _fits(found: Any, wanted: Any) -> bool:
    if isinstance(wanted, Mapping):
        if any(str(name).startswith("$") for name in wanted):
            return all(_compares(found, name, operand) for name, operand in wanted.items())
        return isinstance(found, Mapping) and all(_fits(found.get(name), each) for name, each in wanted.items())
    if isinstance(wanted, list | tuple):
        return (
            isinstance(found, list)
            and len(found) == len(wanted)
            and all(_fits(one, other) for one, other in zip(found, wanted, strict=True))
        )
    return bool(found == wanted)


def _compares(found: Any, operator: str, operand: Any) -> bool:
    if operator in {"$eq", "$ne"}:
        return bool(found == operand) is (operator == "$eq")
    if operator not in _COMPARISONS:
        return False  # a field beside operators
    try:
        return _COMPARISONS[operator](float(found), float(operand))
    except (TypeError, ValueError, OverflowError):
        return isinstance(found, str) and isinstance(operand, str) and _COMPARISONS[operator](found, operand)


def matches(namespace: Sequence[str], conditions: Sequence[MatchCondition]) -> bool:
    """Tell whether a namespace fits all ``conditions``: ``*`` stands for any one label."""
    return all(_matches(namespace, each) for each in conditions)


def _matches(namespace: Sequence[str], condition: MatchCondition) -> bool:
    path = condition.path
    if len(namespace) < len(path):
        return False
    part = namespace[: len(path)] if condition.match_type == "prefix" else namespace[len(namespace) - len(path) :]
    return all(wanted in ("*", label) for label, wanted in zip(part, path, strict=True))

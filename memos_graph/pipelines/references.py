"""References to values: ``${inputs.question}``, ``${query.cubes}``, ``${query.first.version}``, ``${item}``. Nothing is evaluated."""

import re
from typing import Any, NamedTuple

_NAME = r"[a-z][a-z0-9_-]*"
_WHOLE = re.compile(rf"\$\{{({_NAME}(?:\.{_NAME}){{0,2}})\}}")
_ESCAPE = "$${"
INPUTS, ITEM = "inputs", "item"


class Reference(NamedTuple):
    """A value by name: of an input, of the item of ``each``, or of an output of a step, perhaps of one of its attributes."""

    root: str
    parts: tuple[str, ...]

    def __str__(self) -> str:
        return "${" + ".".join((self.root, *self.parts)) + "}"


def parsed(value: Any) -> Any:
    """Return a declared value with its references recognised, at the top or in a list; ``$${`` stands for a plain ``${``.

    Raises ``ValueError`` for a ``${`` anywhere else: references are whole values, not parts of a text.
    """
    if isinstance(value, list):
        return [_scalar(each) for each in value]
    return _scalar(value)


def _scalar(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _literal(each) for key, each in value.items()}
    if not isinstance(value, str):
        return value
    if match := _WHOLE.fullmatch(value):
        root, *parts = match[1].split(".")
        return Reference(root, tuple(parts))
    return _literal(value)


def _literal(value: Any) -> Any:
    if isinstance(value, list):
        return [_literal(each) for each in value]
    if isinstance(value, dict):
        return {key: _literal(each) for key, each in value.items()}
    if not isinstance(value, str):
        return value
    if "${" in value.replace(_ESCAPE, ""):
        raise ValueError("a reference is a whole value, such as ${query.cubes}; write $${ for a plain ${")
    return value.replace(_ESCAPE, "${")


def references_in(value: Any) -> list[Reference]:
    """Return the references of a parsed value."""
    if isinstance(value, Reference):
        return [value]
    return [each for each in value if isinstance(each, Reference)] if isinstance(value, list) else []

"""Values on their way: references to values, outputs to what is kept of them, and back after a crash."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from memos_graph.errors import InputError
from memos_graph.pipelines.acts import StepKind
from memos_graph.pipelines.declaration import InputShape, Pipeline
from memos_graph.pipelines.memory_acts import absent
from memos_graph.pipelines.references import INPUTS as INPUTS_ROOT
from memos_graph.pipelines.references import ITEM, Reference
from memos_graph.types import MemCube
from memos_graph.verbs.fields import Arguments
from memos_graph.verbs.kinds import INPUTS, ValueType, attribute, unstorable_at

_DEEPEST = 100

Value = MemCube | tuple[MemCube, ...] | bool | int | float | str | None
Outputs = Mapping[str, Value]
ReadCubes = Callable[[Sequence[Mapping[str, Any]]], tuple[MemCube | None, ...]]


def given_inputs(
    pipeline: Pipeline, shapes: Mapping[str, InputShape], given: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the inputs as values, and as plain data to keep; raises ``InputError`` for one missing, unknown or wrong."""
    unknown = sorted(set(given) - set(shapes))
    if unknown:
        raise InputError(f"Pipeline '{pipeline.name}' has no input '{unknown[0]}'.", hint=_names(shapes))
    if _deeper(given, _DEEPEST):
        raise InputError(
            f"An input of pipeline '{pipeline.name}' is nested more than {_DEEPEST} deep.", hint="Give a flatter one."
        )
    if (path := unstorable_at(dict(given))) is not None:
        raise InputError(f"The input '{path[0]}' holds a NUL byte or a lone surrogate, which can't be stored.")
    values, plain = {}, {}
    for name, shape in shapes.items():
        value = given.get(name, shape.default)
        if value is None:
            place = pipeline.place(("inputs", name))
            where = f" ({pipeline.file}:{place.line}:{place.column})" if place else ""
            raise InputError(
                f"The input '{name}' of pipeline '{pipeline.name}' is missing{where}.", hint=_names(shapes)
            )
        try:
            values[name] = INPUTS[shape.type].validate_python(value)
        except ValidationError as error:
            said = error.errors(include_input=False)[0]["msg"]
            raise InputError(
                f"The input '{name}' of pipeline '{pipeline.name}' is not of type {shape.type}: {said}."
            ) from error
        plain[name] = INPUTS[shape.type].dump_python(values[name], mode="json")
    return values, plain


def _deeper(value: Any, most: int) -> bool:
    """Whether lists and maps in ``value`` are nested more than ``most`` deep; level by level, since a stack is what they could use up."""
    level = [value]
    for _ in range(most + 1):
        level = [
            inner
            for each in level
            if isinstance(each, (Mapping, list, tuple))
            for inner in (each.values() if isinstance(each, Mapping) else each)
        ]
        if not level:
            return False
    return True


def _names(shapes: Mapping[str, InputShape]) -> str:
    return "It takes " + (", ".join(f"{name} ({shape.type})" for name, shape in shapes.items()) or "no inputs") + "."


class Scope:
    """What references mean while a run goes on."""

    def __init__(self, inputs: Mapping[str, Any]) -> None:
        self._inputs = inputs
        self.outputs: dict[str, Outputs | None] = {}

    def copy(self) -> "Scope":
        """Return a scope of its own for a unit that may be rolled back and repeated."""
        copied = Scope(self._inputs)
        copied.outputs = dict(self.outputs)
        return copied

    def skipped(self, references: Sequence[Reference]) -> bool:
        """Whether one of them is to an output of a step that was skipped."""
        return any(each.root in self.outputs and self.outputs[each.root] is None for each in references)

    def resolve(self, reference: Reference, item: MemCube | None = None) -> Any:
        """Return what a reference names; raises ``StateError`` for an attribute of a value that is not there."""
        parts = reference.parts
        if reference.root == INPUTS_ROOT:
            return self._inputs[parts[0]]
        if reference.root == ITEM:
            value: Any = item
        else:
            value, parts = (self.outputs[reference.root] or {})[parts[0]], parts[1:]
        if not parts:
            return value
        if not isinstance(value, MemCube):
            raise absent(reference.root, reference.parts[0])
        return attribute(value, parts[0])

    def arguments(self, act: StepKind, declared: Mapping[str, Any], item: MemCube | None = None) -> Arguments:
        """Return an act's arguments with every reference resolved; raises ``InputError`` or ``StateError``."""
        kinds = act.arguments()
        found = {name: self._argument(value, item) for name, value in declared.items()}
        for name, value in declared.items():
            if (
                isinstance(value, Reference)
                and found[name] is None
                and name in act.required()
                and kinds[name] is not ValueType.ANY
            ):
                raise absent(value.root, ".".join(value.parts))
        try:
            return act.takes.model_validate(found)
        except ValidationError as error:
            first = error.errors(include_input=False)[0]
            name = ".".join(map(str, first["loc"]))
            raise InputError(f"The argument '{name}' of '{act.name}' can't be used: {first['msg']}.") from error

    def _argument(self, declared: Any, item: MemCube | None) -> Any:
        if isinstance(declared, Reference):
            return self.resolve(declared, item)
        if isinstance(declared, list):
            return [self.resolve(each, item) if isinstance(each, Reference) else each for each in declared]
        return declared


def used(arguments: Arguments, act: StepKind) -> list[str]:
    """Return the ids of the cubes among arguments."""
    found: list[str] = []
    for name, kind in act.arguments().items():
        value = getattr(arguments, name)
        if kind is ValueType.CUBE and isinstance(value, str):
            found.append(value)
        elif kind is ValueType.CUBES and value:
            found += value
    return found


def cubes_in(value: Value) -> tuple[MemCube, ...]:
    """Return the cubes of one output."""
    if isinstance(value, MemCube):
        return (value,)
    return value if isinstance(value, tuple) else ()


def kept(outputs: Outputs) -> str:
    """Return what of outputs is kept with a step: ids and versions of cubes, and the small values; no content."""

    def plain(value: Value) -> Any:
        if isinstance(value, MemCube):
            return {"id": value.id, "version": value.behavioural.version}
        return [plain(each) for each in value] if isinstance(value, tuple) else value

    return json.dumps({name: plain(value) for name, value in outputs.items()})


def restored(text: str, read: ReadCubes) -> Outputs:
    """Return outputs again, their cubes as the step gave them, without those that are gone by now."""

    def value(plain: Any) -> Value:
        if isinstance(plain, list):
            return tuple(cube for cube in read(plain) if cube is not None)
        return read([plain])[0] if isinstance(plain, dict) else plain

    return {name: value(each) for name, each in json.loads(text).items()}

"""Checks a declaration before anything runs: every fault is found at once, each with file, line and column."""

import json
from collections.abc import Callable, Mapping, Sequence
from difflib import get_close_matches
from graphlib import CycleError
from typing import Any

from pydantic import TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from memos_graph.errors import DeclarationError
from memos_graph.pipelines.acts import StepKind
from memos_graph.pipelines.declaration import Pipeline, PipelineShape, StepShape
from memos_graph.pipelines.planning import Plan, PlannedStep, ordered, units_in_order
from memos_graph.pipelines.references import INPUTS as INPUTS_ROOT
from memos_graph.pipelines.references import ITEM, Reference, parsed, references_in
from memos_graph.pipelines.registry import ACTS
from memos_graph.verbs.kinds import ATTRIBUTES, INPUTS, ValueType, fits, unstorable_at

SpaceKnown = Callable[[str], bool]
Path = tuple[str | int, ...]
_MOST_FINDINGS = 50


def plan(pipeline: Pipeline, *, space_known: SpaceKnown | None = None) -> Plan:
    """Return how ``pipeline`` is run; ``space_known`` tells whether a space it names may be read by who runs it.

    Raises ``DeclarationError``, whose ``findings`` are all its faults.
    """
    return _Check(pipeline, space_known).plan()


class _Check:
    def __init__(self, pipeline: Pipeline, space_known: SpaceKnown | None) -> None:
        self._pipeline = pipeline
        self._space_known = space_known
        self._findings: list[tuple[tuple[int, int], str]] = []

    def plan(self) -> Plan:
        if (path := unstorable_at(dict(self._pipeline.document))) is not None:
            self._find(path, "this holds a NUL byte or a lone surrogate")
            self._stop()
        shape = self._shape()
        self._shape_of = {step.id: step for step in shape.steps}
        self._inputs = shape.inputs
        self._check_inputs(shape)
        self._check_ids(shape)
        self._stop()
        self._check_needs(shape)
        self._stop()
        self._before = self._ancestors(shape)
        steps = {step.id: self._step(number, step) for number, step in enumerate(shape.steps, 1)}
        for id_, step in steps.items():
            self._check_references(self._path(id_), step, steps)
        self._check_units(shape, steps)
        self._stop()
        try:
            units = units_in_order(shape, steps)
        except CycleError as error:
            around = " → ".join(f"'{each}'" for each in error.args[1])
            self._find(("units",), f"these units wait for each other: {around}")
            self._stop()
        return Plan(shape.pipeline, shape.about, shape.inputs, units)

    def _find(self, path: Path, problem: str) -> None:
        place = self._pipeline.place(path)
        where = f"{self._pipeline.file}:{place.line}:{place.column}" if place else self._pipeline.file
        self._findings.append((place or (0, 0), f"{where}: {problem}."))

    def _stop(self) -> None:
        if not self._findings:
            return
        found = sorted(self._findings, key=lambda each: each[0])[:_MOST_FINDINGS]
        (line, column), first = found[0]
        more = f" There are {len(found) - 1} more faults." if len(found) > 1 else ""
        raise DeclarationError(
            f"{first}{more}",
            hint="`memos pipeline check` shows every fault; docs/pipelines.md says what a declaration holds.",
            line=line or None,
            column=column or None,
            findings=tuple(text for _, text in found),
        )

    def _shape(self) -> PipelineShape:
        try:
            return PipelineShape.model_validate(dict(self._pipeline.document))
        except ValidationError as error:
            for each in error.errors():
                path = tuple(part for part in each["loc"] if part != "[key]")
                named = ".".join(map(str, path))
                unknown = each["type"] == "extra_forbidden"
                self._find(path, f"'{named}' is nothing that can be declared" if unknown else f"{named}: {each['msg']}")
            self._stop()
            raise

    def _path(self, id_: str) -> Path:
        return ("steps", list(self._shape_of).index(id_))

    def _check_inputs(self, shape: PipelineShape) -> None:
        for name, each in shape.inputs.items():
            path = ("inputs", name, "default")
            if each.type is ValueType.ANY:
                self._find(("inputs", name, "type", ""), f"input '{name}' can't be of type 'any'")
            elif each.default is not None and (problem := _misfit(INPUTS[each.type], each.default)):
                self._find((*path, ""), f"the default of input '{name}' is not of type {each.type}: {problem}")

    def _check_ids(self, shape: PipelineShape) -> None:
        seen: set[str] = set()
        for number, step in enumerate(shape.steps):
            if step.id in seen or step.id in {INPUTS_ROOT, ITEM}:
                why = "is taken by a step before it" if step.id in seen else "is a word of the reference syntax"
                self._find(("steps", number, "id", ""), f"the id '{step.id}' {why}")
            seen.add(step.id)

    def _check_needs(self, shape: PipelineShape) -> None:
        for number, step in enumerate(shape.steps):
            for place, need in enumerate(step.needs):
                if need not in self._shape_of:
                    self._find(
                        ("steps", number, "needs", place), f"there is no step '{need}'{_like(need, self._shape_of)}"
                    )
        self._stop()
        try:
            ordered({step.id: step.needs for step in shape.steps})
        except CycleError as error:
            around = " → ".join(f"'{each}'" for each in error.args[1])
            self._find((*self._path(error.args[1][0]), "needs"), f"steps need each other in a circle: {around}")

    def _ancestors(self, shape: PipelineShape) -> Mapping[str, set[str]]:
        found: dict[str, set[str]] = {}
        for id_ in ordered({step.id: step.needs for step in shape.steps}):
            needs = self._shape_of[id_].needs
            found[id_] = set(needs).union(*(found[need] for need in needs))
        return found

    def _step(self, number: int, step: StepShape) -> PlannedStep:
        path = self._path(step.id)
        act = ACTS.get(step.act)
        if act is None:
            self._find((*path, "act", ""), f"there is no act '{step.act}'{_like(step.act, ACTS)}")
            act = ACTS["condition"]
            arguments: Mapping[str, Any] = {}
        else:
            arguments = self._arguments(path, step, act)
        if step.space is not None and self._space_known is not None and not self._space_known(step.space):
            self._find((*path, "space", ""), f"there is no space '{step.space}' that this principal may use")
        if isinstance(spaces := arguments.get("spaces"), list) and self._space_known is not None:
            for place, space in enumerate(spaces):
                if isinstance(space, str) and not self._space_known(space):
                    where = (*path, "arguments", "spaces", place)
                    self._find(where, f"there is no space '{space}' that this principal may use")
        return PlannedStep(
            id=step.id,
            number=number,
            act=act,
            arguments=arguments,
            needs=step.needs,
            when=self._only_reference((*path, "when", ""), step.when),
            each=self._only_reference((*path, "each", ""), step.each),
            space=step.space,
            retry=step.retry,
            timeout=step.timeout,
        )

    def _arguments(self, path: Path, step: StepShape, act: StepKind) -> Mapping[str, Any]:
        kinds, found = act.arguments(), {}
        for name, value in step.arguments.items():
            where = (*path, "arguments", name)
            if name not in kinds:
                self._find(where, f"act '{act.name}' has no argument '{name}'{_like(name, kinds)}")
                continue
            try:
                found[name] = parsed(value)
            except ValueError as error:
                self._find((*where, ""), f"argument '{name}': {error}")
                continue
            if not references_in(found[name]) and (
                problem := _misfit(_adapter(act.takes.model_fields[name]), found[name])
            ):
                self._find((*where, ""), f"argument '{name}' of '{act.name}' must be of type {kinds[name]}: {problem}")
        for name in act.required():
            if name not in step.arguments:
                self._find((*path, "arguments"), f"act '{act.name}' needs the argument '{name}'")
        if act.one_of and len([name for name in act.one_of if name in step.arguments]) != 1:
            self._find((*path, "arguments"), f"act '{act.name}' takes exactly one of {', '.join(act.one_of)}")
        return found

    def _only_reference(self, path: Path, value: str | None) -> Reference | None:
        if value is None:
            return None
        try:
            found = parsed(value)
        except ValueError:
            found = None
        if not isinstance(found, Reference):
            self._find(path, f"'{value[:40]}' is not a reference; write one such as ${{query.cubes}}")
            return None
        return found

    def _check_references(self, path: Path, step: PlannedStep, steps: Mapping[str, PlannedStep]) -> None:
        for part, found, wanted in (("when", step.when, ValueType.BOOLEAN), ("each", step.each, ValueType.CUBES)):
            if found is not None:
                self._check_reference((*path, part, ""), step, found, wanted, steps)
        kinds = step.act.arguments()
        for name, value in step.arguments.items():
            if isinstance(value, Reference):
                self._check_reference((*path, "arguments", name, ""), step, value, kinds[name], steps)
            elif isinstance(value, list):
                for place, each in enumerate(value):
                    if isinstance(each, Reference):
                        wanted = {ValueType.CUBES: ValueType.CUBE, ValueType.TEXTS: ValueType.TEXT}.get(
                            kinds[name], kinds[name]
                        )
                        self._check_reference((*path, "arguments", name, place), step, each, wanted, steps)

    def _check_reference(
        self, path: Path, step: PlannedStep, found: Reference, wanted: ValueType, steps: Mapping[str, PlannedStep]
    ) -> None:
        kind = self._kind(path, step, found, steps)
        if kind is not None and not fits(kind, wanted):
            self._find(path, f"{found} is of type {kind}, where {wanted} is needed")

    def _kind(
        self, path: Path, step: PlannedStep, found: Reference, steps: Mapping[str, PlannedStep]
    ) -> ValueType | None:
        """Return the kind of what a reference names; ``None`` where it names nothing, which is noted."""
        rest = found.parts
        if found.root == ITEM:
            if step.each is None:
                self._find(path, f"{found} has a meaning only in a step with 'each'")
                return None
            kind: ValueType | None = ValueType.CUBE
        elif found.root == INPUTS_ROOT:
            given = self._inputs.get(rest[0]) if rest else None
            if given is None:
                self._find(path, f"{found}: there is no such input{_like(''.join(rest[:1]), self._inputs)}")
                return None
            kind, rest = given.type, rest[1:]
        else:
            kind, rest = self._output(path, step, found, steps), rest[1:]
        if kind is None or not rest:
            return kind
        if kind is not ValueType.CUBE or len(rest) > 1 or rest[0] not in ATTRIBUTES or found.root == INPUTS_ROOT:
            self._find(path, f"{found}: of a cube that a step gave, there are {', '.join(ATTRIBUTES)}")
            return None
        return ATTRIBUTES[rest[0]]

    def _output(
        self, path: Path, step: PlannedStep, found: Reference, steps: Mapping[str, PlannedStep]
    ) -> ValueType | None:
        if found.root not in steps:
            self._find(path, f"{found}: there is no step '{found.root}'{_like(found.root, steps)}")
            return None
        if found.root not in self._before[step.id]:
            self._find(path, f"{found}: step '{step.id}' does not come after '{found.root}'; add it to its 'needs'")
            return None
        outputs = steps[found.root].outputs()
        if not found.parts or found.parts[0] not in outputs:
            self._find(path, f"{found}: step '{found.root}' gives {', '.join(outputs)}")
            return None
        return outputs[found.parts[0]]

    def _check_units(self, shape: PipelineShape, steps: Mapping[str, PlannedStep]) -> None:
        taken: dict[str, str] = {}
        for name, members in shape.units.items():
            for place, member in enumerate(members):
                path = ("units", name, place)
                if member not in steps:
                    self._find(path, f"there is no step '{member}'{_like(member, steps)}")
                elif member in taken:
                    self._find(path, f"step '{member}' is part of unit '{taken[member]}' already")
                elif steps[member].act.outside:
                    act = steps[member].act.name
                    self._find(path, f"'{act}' acts outside the database, and can't be part of a transaction")
                taken[member] = name
            if name in steps and name not in members:
                self._find(("units", name), f"unit '{name}' is named like a step that is not part of it")


def _adapter(field: FieldInfo) -> TypeAdapter[Any]:
    return TypeAdapter(field.rebuild_annotation())


def _misfit(adapter: TypeAdapter[Any], value: Any) -> str | None:
    """Return why a declared value is of the wrong type, strictly as JSON has types; ``None`` where it fits."""
    try:
        adapter.validate_json(json.dumps(value), strict=True)
    except ValidationError as error:
        return "; ".join(_said(each["loc"], each["msg"]) for each in error.errors(include_input=False)[:3])
    except ValueError as error:
        return str(error)
    return None


def _said(where: Sequence[str | int], message: str) -> str:
    return f"{'.'.join(map(str, where))}: {message}" if where else message


def _like(name: str, known: Mapping[str, object]) -> str:
    near = get_close_matches(name, known, n=1)
    return f"; did you mean '{near[0]}'?" if near else ""

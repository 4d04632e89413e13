"""What a checked declaration becomes: steps in units, units in the order they are run."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from graphlib import TopologicalSorter
from typing import Any

from memos_graph.pipelines.acts import StepKind
from memos_graph.pipelines.declaration import InputShape, PipelineShape, RetryShape
from memos_graph.pipelines.references import Reference, references_in
from memos_graph.verbs.kinds import ValueType

EACH_OUTPUTS: Mapping[str, ValueType] = {"cubes": ValueType.CUBES, "count": ValueType.INTEGER}
"""What a step that is done for each of several cubes gives: all cubes its act gave, and how often it was done."""


@dataclass(frozen=True)
class PlannedStep:
    """One step, its references recognised. ``number`` is its place in the declaration, from 1."""

    id: str
    number: int
    act: StepKind
    arguments: Mapping[str, Any]
    needs: tuple[str, ...]
    when: Reference | None
    each: Reference | None
    space: str | None
    retry: RetryShape
    timeout: float

    def outputs(self) -> Mapping[str, ValueType]:
        """Return the kind of each output."""
        return EACH_OUTPUTS if self.each else self.act.outputs()

    def references(self) -> list[Reference]:
        """Return every reference in it."""
        found = [each for value in self.arguments.values() for each in references_in(value)]
        return found + [each for each in (self.when, self.each) if each is not None]


@dataclass(frozen=True)
class PlannedUnit:
    """Steps of one database transaction in their order; an act outside is alone in its unit, and in none."""

    name: str
    steps: tuple[PlannedStep, ...]

    @property
    def outside(self) -> bool:
        """Whether it acts outside the database."""
        return self.steps[0].act.outside

    @property
    def writes(self) -> bool:
        """Whether one of its acts changes memories."""
        return any(step.act.writes for step in self.steps)

    @property
    def timeout(self) -> float:
        """Seconds its transaction may take: those of its steps together."""
        return sum(step.timeout for step in self.steps)


@dataclass(frozen=True)
class Plan:
    """A pipeline that can be run."""

    name: str
    about: str
    inputs: Mapping[str, InputShape]
    units: tuple[PlannedUnit, ...]

    @property
    def steps(self) -> tuple[PlannedStep, ...]:
        """Every step in the order of running."""
        return tuple(step for unit in self.units for step in unit.steps)

    def steps_declared(self) -> tuple[str, ...]:
        """Return the ids of the steps as they stand in the declaration."""
        return tuple(step.id for step in sorted(self.steps, key=lambda step: step.number))

    def spaces(self) -> set[str]:
        """Return the spaces it names besides the one it runs in."""
        named = {step.space for step in self.steps if step.space is not None}
        searched = [step.arguments.get("spaces") or () for step in self.steps]
        return named | {each for spaces in searched for each in spaces if not isinstance(spaces, Reference)}

    def explained(self) -> list[dict[str, Any]]:
        """Return a row a step in the order of running, as ``memos pipeline check`` shows it."""
        return [
            {
                "unit": "outside the database" if unit.outside else unit.name,
                "step": step.id,
                "act": step.act.name if step.space is None else f"{step.act.name} in {step.space}",
                "needs": list(step.needs),
                "takes": sorted({str(each) for each in step.references() if each != step.when}),
                "when": " ".join(
                    filter(None, [str(step.when) if step.when else "", f"for each of {step.each}" if step.each else ""])
                ),
                "retry": f"{step.retry.times} after {step.retry.backoff:g} s" if step.retry.times else "",
                "timeout": f"{step.timeout:g} s",
            }
            for unit in self.units
            for step in unit.steps
        ]


def units_in_order(shape: PipelineShape, steps: Mapping[str, PlannedStep]) -> tuple[PlannedUnit, ...]:
    """Group steps into units and order these by what they need; raises ``graphlib.CycleError`` where units interleave."""
    unit_of = {id_: id_ for id_ in steps} | {step: name for name, members in shape.units.items() for step in members}
    inner = ordered({id_: step.needs for id_, step in steps.items()})
    graph: dict[str, list[str]] = {unit_of[id_]: [] for id_ in steps}
    for id_, step in steps.items():
        graph[unit_of[id_]] += [unit_of[need] for need in step.needs if unit_of[need] != unit_of[id_]]
    return tuple(
        PlannedUnit(name, tuple(steps[id_] for id_ in inner if unit_of[id_] == name)) for name in ordered(graph)
    )


def ordered(graph: Mapping[str, Sequence[str]]) -> list[str]:
    """Return the nodes, each after what it needs, otherwise as they are declared; raises ``graphlib.CycleError``."""
    rank = {node: place for place, node in enumerate(graph)}
    sorter = TopologicalSorter(graph)
    sorter.prepare()
    found: list[str] = []
    while sorter.is_active():
        ready = sorted(sorter.get_ready(), key=rank.__getitem__)
        found += ready
        sorter.done(*ready)
    return found

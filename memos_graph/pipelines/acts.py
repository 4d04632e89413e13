"""The acts a pipeline is made of: one declared registry, each act with typed arguments and outputs.

An act goes through ``Memory`` of the principal that runs the pipeline, so that permissions and the log are what they are
everywhere. Acts *outside* the database (payload files, the model host) can't be part of a unit; each says how it is undone.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from memos_graph.types import MemCube, Model
from memos_graph.verbs.fields import Arguments
from memos_graph.verbs.kinds import ValueType, kind_of

if TYPE_CHECKING:
    from memos_graph.memory.memory import MemoryApi


class Outputs(Model):
    """Base of what an act gives: MemCubes, lists of them, and small values; each field carries its ``Kind``."""


@dataclass(frozen=True)
class StepContext:
    """What an act works with.

    * ``cubes`` reads memories by id, in that order, as outputs.
    * ``repeated`` an earlier attempt of this step may have got through: what it finds done is done.
    """

    memory: "MemoryApi"
    cubes: Callable[[Sequence[str]], tuple[MemCube, ...]]
    repeated: bool = False

    def cube(self, id_: str) -> MemCube:
        """Read one."""
        return self.cubes([id_])[0]


@dataclass(frozen=True)
class StepKind:
    """One kind of step.

    * ``makes`` names the outputs that hold what it made, if the output ``made_if`` says so; the others hold what it used.
    * ``one_of`` names arguments of which exactly one is given.
    * ``writes`` it changes memories: a unit of it holds the space's lock from its start.
    * ``outside`` it acts outside the database; ``undo`` takes a cube that it made away again, payload and all.
    """

    name: str
    about: str
    takes: type[Arguments]
    gives: type[Outputs]
    run: Callable[[StepContext, Any], Outputs]
    makes: tuple[str, ...] = ()
    made_if: str | None = None
    one_of: tuple[str, ...] = ()
    writes: bool = False
    outside: bool = False
    undo: Callable[[StepContext, str], None] | None = None

    def arguments(self) -> Mapping[str, ValueType]:
        """Return the kind of each argument."""
        return {name: kind_of(field) for name, field in self.takes.model_fields.items()}

    def outputs(self) -> Mapping[str, ValueType]:
        """Return the kind of each output."""
        return {name: kind_of(field) for name, field in self.gives.model_fields.items()}

    def required(self) -> tuple[str, ...]:
        """Return the arguments that can't be left out."""
        return tuple(name for name, field in self.takes.model_fields.items() if field.is_required())

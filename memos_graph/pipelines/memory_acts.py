"""Acts on memories in the database: they can be parts of a unit."""

from typing import Annotated, Any, Literal

from pydantic import Field

from memos_graph.errors import InputError, StateError
from memos_graph.formats import Message
from memos_graph.kit.moments import UtcDatetime
from memos_graph.pipelines.acts import Outputs, StepContext, StepKind
from memos_graph.search.calls import Filters
from memos_graph.types import MemCube, SemanticType
from memos_graph.verbs.fields import Arguments
from memos_graph.verbs.kinds import CubeId, File, Text, Texts, ValueType

Reason = Annotated[str | None, ValueType.TEXT]
When = Annotated[UtcDatetime | None, ValueType.MOMENT]


class Search(Arguments):
    """Of ``search``."""

    question: Text
    limit: Annotated[int, Field(ge=1, le=200), ValueType.INTEGER] = 10
    spaces: Texts = ()
    since: When = None
    until: When = None
    as_of: When = None
    semantic_type: Annotated[SemanticType | None, ValueType.TEXT] = None
    speaker: Annotated[str | None, ValueType.TEXT] = None
    source: Annotated[str | None, ValueType.TEXT] = None
    tags: Texts = ()
    minimum_score: Annotated[float, Field(ge=0, le=1), ValueType.NUMBER] = 0.0


class FoundStep(Outputs):
    """What a search found, best first."""

    cubes: Annotated[tuple[MemCube, ...], ValueType.CUBES]
    first: Annotated[MemCube | None, ValueType.CUBE]
    count: Annotated[int, ValueType.INTEGER]
    score: Annotated[float, ValueType.NUMBER]


def _search(stage: StepContext, given: Search) -> FoundStep:
    filters = Filters(**given.model_dump(exclude={"question", "limit", "spaces"}))
    hits = stage.memory.search(given.question, limit=given.limit, spaces=given.spaces, filters=filters).hits
    cubes = tuple(hit.cube for hit in hits)
    return FoundStep(
        cubes=cubes,
        first=cubes[0] if cubes else None,
        count=len(cubes),
        score=hits[0].score if hits else 0.0,
    )


class Get(Arguments):
    """Of ``get``."""

    cube: CubeId
    as_of: When = None


class Gives(Outputs):
    """One memory."""

    cube: Annotated[MemCube, ValueType.CUBE]


def _get(stage: StepContext, given: Get) -> Gives:
    return Gives(cube=stage.memory.get(given.cube, as_of=given.as_of))


class Add(Arguments):
    """Of ``add``."""

    text: Annotated[str | None, ValueType.TEXT] = None
    messages: Annotated[tuple[Message, ...] | None, ValueType.MESSAGES] = None
    file: Annotated[File | None, ValueType.FILE] = None
    source: Annotated[str | None, Field(min_length=1, max_length=500), ValueType.TEXT] = None
    tags: Texts = ()
    expires_at: When = None


class Added(Outputs):
    """What was new, and how much was not."""

    cubes: Annotated[tuple[MemCube, ...], ValueType.CUBES]
    count: Annotated[int, ValueType.INTEGER]
    unchanged: Annotated[int, ValueType.INTEGER]
    conflicts: Annotated[int, ValueType.INTEGER]
    rejected: Annotated[int, ValueType.INTEGER]


def _add(stage: StepContext, given: Add) -> Added:
    memory, tags, until = stage.memory, given.tags, given.expires_at
    if given.file is not None:
        report = memory.add_data(given.file.data, name=given.source or given.file.name, tags=tags, expires_at=until)
    else:
        report = memory.add(given.text or given.messages or (), source=given.source, tags=tags, expires_at=until)
    return Added(
        cubes=stage.cubes(report.added),
        count=len(report.added),
        unchanged=report.unchanged,
        conflicts=len(report.conflicts),
        rejected=len(report.rejected),
    )


class UpdateStep(Arguments):
    """Of ``update``."""

    cube: CubeId
    text: Text
    reason: Reason = None
    expected_version: Annotated[int | None, Field(ge=1), ValueType.INTEGER] = None


class ChangedStep(Outputs):
    """A memory as it stands after the change."""

    cube: Annotated[MemCube, ValueType.CUBE]
    version: Annotated[int, ValueType.INTEGER]


def _update(stage: StepContext, given: UpdateStep) -> ChangedStep:
    version = stage.memory.update(
        given.cube, text=given.text, reason=given.reason, expected_version=given.expected_version
    )
    return ChangedStep(cube=stage.cube(given.cube), version=version.number)


class Rollback(Arguments):
    """Of ``rollback``."""

    cube: CubeId
    to: Annotated[int, Field(ge=1), ValueType.INTEGER]
    reason: Reason = None


def _rollback(stage: StepContext, given: Rollback) -> ChangedStep:
    version = stage.memory.rollback(given.cube, to=given.to, reason=given.reason)
    return ChangedStep(cube=stage.cube(given.cube), version=version.number)


class Delete(Arguments):
    """Of ``delete``."""

    cube: CubeId
    reason: Reason = None


class Counted(Outputs):
    """How many memories it was on."""

    count: Annotated[int, ValueType.INTEGER]


def _delete(stage: StepContext, given: Delete) -> Counted:
    return Counted(count=len(stage.memory.delete(given.cube, reason=given.reason).cubes))


class Annotate(Arguments):
    """Of ``annotate``."""

    cube: CubeId
    derived_from: CubeId
    transform: Annotated[str, Field(min_length=1, max_length=500), ValueType.TEXT]


def _annotate(stage: StepContext, given: Annotate) -> Gives:
    stage.memory.provenance.annotate(given.cube, derived_from=given.derived_from, transform=given.transform)
    return Gives(cube=stage.cube(given.cube))


class Condition(Arguments):
    """Of ``condition``."""

    value: Annotated[Any, ValueType.ANY]
    operator: Annotated[Literal["empty", "not_empty", "equals", "greater"], ValueType.TEXT]
    than: Annotated[Any, ValueType.ANY] = None


class Decided(Outputs):
    """Whether it holds, and whether it does not: one for each branch."""

    holds: Annotated[bool, ValueType.BOOLEAN]
    fails: Annotated[bool, ValueType.BOOLEAN]


def _condition(_stage: StepContext, given: Condition) -> Decided:
    value, than = given.value, given.than
    if given.operator in {"empty", "not_empty"}:
        holds = (value is None or value in ("", (), [])) is (given.operator == "empty")
    elif given.operator == "equals":
        holds = type(value) is type(than) and value == than
    else:
        if not all(isinstance(each, (int, float)) and not isinstance(each, bool) for each in (value, than)):
            raise InputError("Only numbers can be compared by 'greater'.", hint="Give numbers as value and than.")
        holds = value > than
    return Decided(holds=holds, fails=not holds)


def absent(step: str, output: str) -> StateError:
    """Return the error of a reference to an output that has no value, such as the first of no hits."""
    return StateError(
        f"Step '{step}' gave no '{output}', which is needed here.", hint="Put a condition before it, with 'when'."
    )


MEMORY_ACTS = (
    StepKind("search", "Find the memories that answer a question.", Search, FoundStep, _search),
    StepKind("get", "Read one memory, now or as it was known.", Get, Gives, _get),
    StepKind("add", "Remember a text, messages or a file.", Add, Added, _add, makes=("cubes",), writes=True,
        one_of=("text", "messages", "file")),
    StepKind("update", "Correct a memory: a new version.", UpdateStep, ChangedStep, _update, makes=("cube",), writes=True),
    StepKind("rollback", "Make an earlier version current again.", Rollback, ChangedStep, _rollback, makes=("cube",), writes=True),
    StepKind("delete", "Erase a memory in every version.", Delete, Counted, _delete, writes=True),
    StepKind("annotate", "Note what a memory was made from.", Annotate, Gives, _annotate, writes=True),
    StepKind("condition", "Decide by a value: empty, not_empty, equals or greater.", Condition, Decided, _condition),
)  # fmt: skip

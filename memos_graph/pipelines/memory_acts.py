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
from memos_graph.verbs.kinds import File, Text, Texts, ValueType

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
    StepKind("add", "Remember a text, messages or a file.", Add, Added, _add, makes=("cubes",), writes=True,
        one_of=("text", "messages", "file")),
    StepKind("condition", "Decide by a value: empty, not_empty, equals or greater.", Condition, Decided, _condition),
)  # fmt: skip

"""A pipeline as it is declared: in YAML, or step by step in Python. ``checking.plan`` says whether it can be run."""

from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field

from memos_graph.errors import FormatError
from memos_graph.kit.yaml_places import Place
from memos_graph.pipelines.yaml_source import MOST_CHARS, Places, load
from memos_graph.verbs.kinds import ValueType

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,63}$")]
_NO_PLACES: Places = {}


class _Shape(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class InputShape(_Shape):
    """A typed input; one without a default must be given."""

    type: Annotated[ValueType, Field(strict=False)]
    default: Any = None
    about: str = ""


class RetryShape(_Shape):
    """How often a transient failure is tried again, and after how many seconds; each further pause is twice as long."""

    times: Annotated[int, Field(ge=0, le=20)] = 0
    backoff: Annotated[float, Field(ge=0, le=300)] = 0.5


class StepShape(_Shape):
    """One act. ``needs`` are the steps before it; only of these, and those before them, it may use outputs."""

    id: Name
    act: str
    about: str = ""
    needs: Annotated[tuple[Name, ...], Field(strict=False)] = ()
    when: str | None = None
    each: str | None = None
    space: str | None = None
    arguments: dict[str, Any] = {}
    retry: RetryShape = RetryShape()
    timeout: Annotated[float, Field(gt=0, le=86_400)] = 60.0


class PipelineShape(_Shape):
    """The whole."""

    pipeline: Name
    about: str = ""
    inputs: dict[Name, InputShape] = {}
    steps: Annotated[tuple[StepShape, ...], Field(strict=False, min_length=1, max_length=200)]
    units: dict[Name, Annotated[tuple[Name, ...], Field(strict=False, min_length=1)]] = {}


@dataclass(frozen=True)
class Pipeline:
    """A chain of memory operations (paper, 4.3), declared once and run as often as wanted.

    ::

        correct = (
            Pipeline("correct")
            .input("question", "text")
            .step("query", "search", {"question": "${inputs.question}", "limit": 1})
            .step("update", "update", {"cube": "${query.first}", "text": "…"}, needs=["query"])
            .unit("both", "query", "update")
        )
        notes.run(correct, inputs={"question": "Where does Dana live?"})

    Each method returns a new one. ``from_yaml`` reads the same from a file or a text.
    """

    name: str
    document: Mapping[str, Any] = field(default_factory=dict, repr=False)
    places: Places = field(default_factory=dict, repr=False)
    file: str = "pipeline"

    def __post_init__(self) -> None:
        if not self.document:
            object.__setattr__(self, "document", {"pipeline": self.name, "steps": []})

    @classmethod
    def from_yaml(cls, source: str | Path) -> Self:
        """Read a declaration: a ``Path``, or a text, which is taken as a path where it is one line that ends in .yaml.

        Raises ``DeclarationError`` with line and column for what is no YAML; what it declares is checked by ``check``.
        """
        if isinstance(source, Path) or ("\n" not in source and source.endswith((".yaml", ".yml"))):
            path = Path(source)
            return cls._read(_content(path), path.name)
        return cls.from_text(source)

    @classmethod
    def from_text(cls, text: str) -> Self:
        """Read a declaration from a text that is never taken for a path."""
        return cls._read(text, "pipeline")

    @classmethod
    def _read(cls, text: str, file: str) -> Self:
        document, places = load(text, file=file)
        return cls(str(document.get("pipeline", "")), document, places, file)

    def input(self, name: str, type_: str, *, default: Any = None, about: str = "") -> Self:
        """Declare an input of one of the types text, integer, number, boolean, moment, cube, cubes, texts, messages, file."""
        declared = {"type": type_, "about": about} | ({} if default is None else {"default": default})
        return self._with(inputs={**self.document.get("inputs", {}), name: declared})

    def step(
        self,
        id_: str,
        act: str,
        arguments: Mapping[str, Any] | None = None,
        *,
        needs: Sequence[str] = (),
        when: str | None = None,
        each: str | None = None,
        space: str | None = None,
        retry: Mapping[str, float] | None = None,
        timeout: float | None = None,
    ) -> Self:
        """Add a step.

        * ``arguments`` values, or references such as ``${query.cubes}`` to inputs and to steps that come before it.
        * ``when`` a reference to a boolean: where it is false, the step is skipped; ``each`` one to cubes: done for each.
        * ``space`` another space to act in; ``retry`` ``{"times": 3, "backoff": 0.5}`` (s); ``timeout`` s.
        """
        options = {"when": when, "each": each, "space": space, "retry": dict(retry) if retry else None}
        declared = {"id": id_, "act": act, "needs": list(needs), "arguments": dict(arguments or {}), "timeout": timeout}
        declared |= options
        kept = {name: value for name, value in declared.items() if value is not None}
        return self._with(steps=[*self.document["steps"], kept])

    def unit(self, name: str, *steps: str) -> Self:
        """Have these steps share one database transaction: all of them happen, or none."""
        return self._with(units={**self.document.get("units", {}), name: list(steps)})

    def place(self, path: Sequence[str | int]) -> Place | None:
        """Return where a part of it, or else what holds that part, stands in its file; ``None`` for one made in Python."""
        for end in range(len(path), -1, -1):
            if (found := self.places.get(tuple(path[:end]))) is not None:
                return found
        return None

    def _with(self, **parts: Any) -> Self:
        return type(self)(self.name, {**deepcopy(dict(self.document)), **parts}, _NO_PLACES, self.file)


def _content(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return file.read(4 * MOST_CHARS).decode()
    except OSError as error:
        raise FormatError(f"{path} can't be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise FormatError(f"{path} is not UTF-8: byte {error.start}.") from error

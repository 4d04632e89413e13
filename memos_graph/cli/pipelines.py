"""``memos pipeline …``: run, check, list, show and resume pipelines."""

import base64
import json as json_
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import TaskID
from rich.text import Text

from memos_graph.cli import options, output
from memos_graph.cli.interrupts import held_back
from memos_graph.cli.session import session
from memos_graph.errors import DeclarationError, FormatError, InputError
from memos_graph.pipelines import Pipeline, Plan, Progress, Run, StepRecord, plan
from memos_graph.types import MemCube
from memos_graph.verbs.kinds import ValueType

_pipelines = typer.Typer(help="Pipelines: chains of memory operations, run in transactions.", no_args_is_help=True)

Declared = Annotated[Path, typer.Argument(metavar="FILE", help="The declaration, YAML.")]
RunId = Annotated[
    str, typer.Argument(metavar="RUN", help="Id of the run, as `memos pipeline list` shows it, or its beginning.")
]
Inputs = Annotated[
    list[str] | None,
    typer.Option(
        "--input", "-i", metavar="NAME=VALUE", help="An input; of a file or messages: the path. May be repeated."
    ),
]
_MOST_BYTES = 8 << 20


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.add_typer(_pipelines, name="pipeline")


@_pipelines.command("run")
def run_pipeline(
    file: Declared,
    inputs: Inputs = None,
    space: options.SpaceName = None,
    as_: options.As = None,
    json: options.Json = False,
) -> None:
    """Run a pipeline in a space: each unit of it is one transaction, and is done or not at all.

    \b
    memos pipeline run correct.yaml -i question="Where does Dana live?" -i correction="Dana lives in Porto." -i ground="a letter"
    memos pipeline run publish.yaml -i document=handbook.md -i reader=bob
    """  # noqa: D301
    pipeline = Pipeline.from_yaml(file)
    planned = plan(pipeline)
    given = _given(planned, inputs or ())
    with session(as_) as acting, _shown_steps(planned.steps_declared()) as tell:
        done = acting.mount(space).run(pipeline, given, progress=tell)
    _show_run(done, json)


@_pipelines.command("check")
def check_pipeline(file: Declared, as_: options.As = None, json: options.Json = False) -> None:
    """Check a declaration without running it, and explain how it would be run.

    \b
    memos pipeline check correct.yaml
    """  # noqa: D301
    try:
        pipeline = Pipeline.from_yaml(file)
        planned = plan(pipeline)
        if planned.spaces():
            with session(as_) as acting:
                planned = acting.mount(None).pipelines.check(pipeline)
    except DeclarationError as error:
        for finding in () if json else error.findings[1:]:
            output.note(finding)
        raise
    if json:
        output.show_json(planned.explained())
        return
    made = output.table("Unit", "Step", "Act", "Needs", "Takes", "Only if", "Retry", "Timeout")
    for row in planned.explained():
        cells = (
            row["unit"],
            row["step"],
            row["act"],
            row["needs"],
            row["takes"],
            row["when"],
            row["retry"],
            row["timeout"],
        )
        made.add_row(*(Text(output.plain(output.worded(cell))) for cell in cells))
    output.show(made)


@_pipelines.command("list")
def list_runs(
    space: options.SpaceName = None,
    before: Annotated[str | None, typer.Option(metavar="RUN", help="Only runs before this one.")] = None,
    limit: options.Limit = 50,
    as_: options.As = None,
    json: options.Json = False,
) -> None:
    """List the runs of pipelines in a space, newest first."""
    with session(as_) as acting:
        found = acting.mount(space).pipelines.list(before=before, limit=limit)
    if json:
        output.show_json(found)
        return
    made = output.table("Pipeline, and its run", "State", "Who", "Began (UTC)", holds="Pipeline, and its run")
    for each in found:
        failed = f" at {each.error_step}: {each.error_code}" if each.error_code else ""
        state = f"{each.state.value}{failed}"
        made.add_row(output.identified(each.name, each.id), state, each.principal, output.worded(each.started_at))
    output.show(made)


@_pipelines.command("show")
def show_run(run: RunId, as_: options.As = None, json: options.Json = False) -> None:
    """Show a run: what became of each step, and which memories it used and made."""
    with session(as_) as acting:
        run = acting.ids.run(run)
        found = acting.pipelines_of(run).show(run)
    _show_run(found, json)


@_pipelines.command("resume")
def resume_run(run: RunId, as_: options.As = None, json: options.Json = False) -> None:
    """Go on with a run that was interrupted or failed, after its last committed unit."""
    with session(as_) as acting:
        run = acting.ids.run(run)
        pipelines = acting.pipelines_of(run)
        with _shown_steps([step.id for step in pipelines.show(run).steps]) as tell:
            done = pipelines.resume(run, progress=tell)
    _show_run(done, json)


def _given(planned: Plan, inputs: Sequence[str]) -> dict[str, Any]:
    """Return inputs written as NAME=VALUE as what their types are; files are read here, and only here."""
    found: dict[str, Any] = {}
    for each in inputs:
        name, equals, text = each.partition("=")
        if not equals:
            raise typer.BadParameter(f"'{each}' is not NAME=VALUE.", param_hint="--input")
        shape = planned.inputs.get(name)
        found[name] = text if shape is None else _value(name, shape.type, text)
    return found


def _value(name: str, kind: ValueType, text: str) -> Any:
    if kind is ValueType.FILE:
        return {"name": Path(text).name, "base64": base64.b64encode(_read(Path(text))).decode()}
    if kind is ValueType.MESSAGES:
        return _messages(name, _read(Path(text)))
    if kind is ValueType.OBJECT:
        return options.json_object(text, f"The value of input '{name}'")
    if kind in {ValueType.TEXTS, ValueType.CUBES}:
        return text.split(",")
    return text


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(_MOST_BYTES + 1)
    except OSError as error:
        raise FormatError(f"{path} can't be read: {error.strerror}.") from error
    if len(content) > _MOST_BYTES:
        raise InputError(f"{path} is larger than {_MOST_BYTES >> 20} MiB.", hint="`memos add` takes larger files.")
    return content


def _messages(name: str, content: bytes) -> Any:
    try:
        found = json_.loads(content)
    except ValueError as error:
        raise InputError(f"The messages of input '{name}' are not JSON: {error}.") from error
    return found["messages"] if isinstance(found, dict) and "messages" in found else found


@contextmanager
def _shown_steps(steps: Sequence[str]) -> Iterator[Progress]:
    """Show a line a step while it runs, on a terminal."""
    tasks: dict[str, TaskID] = {}
    with output.progress_bar() as bar, held_back() as stop_if_asked:
        for step in steps if bar is not None else ():
            tasks[step] = bar.add_task(step, total=1, state="waiting") if bar is not None else TaskID(0)

        def tell(record: StepRecord) -> None:
            if bar is not None:
                over = record.state.value in {"done", "skipped"}
                bar.update(tasks[record.id], completed=int(over), state=record.state.value)
            stop_if_asked()

        yield tell


def _show_run(run: Run, json: bool) -> None:
    if json:
        output.show_json(run)
        return
    failed = f"{run.error_step}: {run.error_message}" if run.error_code else None
    facts = {
        "run": run.id,
        "pipeline": run.name,
        "state": run.state.value,
        "space": run.space,
        "principal": run.principal,
    }
    output.show(output.facts(facts | {"began": run.started_at, "ended": run.ended_at, "failed at": failed}))
    made = output.table(
        "Step", "Act", "State", "Tried", "Took", "Used", "Made", "Gave", right=("Tried", "Took", "Used", "Made")
    )
    for step in run.steps:
        state = " ".join(filter(None, [step.state.value, step.error_code]))
        counts = (str(step.attempt), _took(step), str(len(step.used)), str(len(step.made)))
        made.add_row(step.id, step.act, state, *counts, Text(output.plain(_gave(run, step.id)), overflow="fold"))
    output.show(made)


def _took(step: StepRecord) -> str:
    if step.started_at is None or step.ended_at is None:
        return ""
    return f"{(step.ended_at - step.started_at).total_seconds():.2f} s"


def _gave(run: Run, step: str) -> str:
    lines = []
    for name, value in run.outputs.get(step, {}).items():
        cubes = [value] if isinstance(value, MemCube) else value if isinstance(value, tuple) else None
        shown = value if cubes is None else "; ".join(cube.text or cube.id for cube in cubes[:3])
        if shown not in (None, ""):
            lines.append(f"{name}: {shown}")
    return "\n".join(lines)

"""``memos lora distill`` and ``redistill``, which take minutes and tell how far they are; and the groups ``kv`` and ``lora``."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Annotated

import typer
from rich.text import Text

from memos_graph.cli import declared, options, output
from memos_graph.cli.interrupts import held_back
from memos_graph.cli.session import session
from memos_graph.cli.shown.payloads import measured
from memos_graph.forms.distillation import Distillation, Progress
from memos_graph.host.protocol import Recipe
from memos_graph.search.selection import Selection
from memos_graph.verbs.every import GROUPS

_kv = typer.Typer(help="KV-caches: memories prefilled once, so that answers begin sooner.", no_args_is_help=True)
_lora = typer.Typer(
    help="LoRA adapters: memories taught to the model, so that no text is needed.", no_args_is_help=True
)

Concepts = Annotated[list[str] | None, typer.Option("--concept", "-c", help="Memories about it; may be repeated.")]
Topics = Annotated[list[str] | None, typer.Option("--topic", help="Memories within it; may be repeated.")]
Sources = Annotated[list[str] | None, typer.Option("--source", help="A conversation or document; may be repeated.")]
Cubes = Annotated[list[str] | None, typer.Option("--cube", metavar="ID", help="A memory by id; may be repeated.")]


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.add_typer(_kv, name="kv")
    app.add_typer(_lora, name="lora")
    declared.register(app, GROUPS["model memory"], {"kv": _kv, "lora": _lora})


def selection_of(
    cubes: tuple[str, ...], sources: list[str] | None, concepts: list[str] | None, topics: list[str] | None
) -> Selection:
    """Return what was named, as a selection."""
    return Selection(
        cubes=cubes,
        sources=tuple(sources or ()),
        concepts=tuple(concepts or ()),
        topics=tuple(topics or ()),
    )


@_lora.command("distill")
def distill(
    space: options.SpaceName = None,
    as_: options.As = None,
    concept: Concepts = None,
    topic: Topics = None,
    source: Sources = None,
    cube: Cubes = None,
    resume: Annotated[str | None, typer.Option(metavar="ID", help="Go on with one that was broken off.")] = None,
    rank: Annotated[int | None, typer.Option(min=1, max=256, help="Rank of the adapter.")] = None,
    steps: Annotated[int | None, typer.Option(min=1, help="Training steps.")] = None,
    json: options.Json = False,
) -> None:
    """Teach memories to a LoRA adapter, measure it, and put it into service when it holds enough and breaks little.

    \b
    memos lora distill --topic travel
    memos lora distill --resume 0192…
    """  # noqa: D301
    recipe = Recipe(rank=rank, steps=steps)
    with session(as_) as acting, _progress() as tell:
        lora = acting.mount(space).lora
        if resume:
            done = lora.resume(acting.ids.cube(resume), recipe=recipe, progress=tell)
        else:
            done = lora.distill(
                selection_of(acting.ids.cubes(cube), source, concept, topic), recipe=recipe, progress=tell
            )
    _show_distilled([done], json)


@_lora.command("redistill")
def redistill(space: options.SpaceName = None, as_: options.As = None, json: options.Json = False) -> None:
    """Distil anew the adapters that a change took out of service, from the memories that still stand."""
    with session(as_) as acting, _progress() as tell:
        done = acting.mount(space).lora.redistill(progress=tell)
    _show_distilled(done, json)


@contextmanager
def _progress() -> Iterator[Progress]:
    with output.progress_bar() as bar, held_back() as stop_if_asked:
        task = None if bar is None else bar.add_task("Distilling", total=None, state="")

        def tell(step: int, steps: int, loss: float) -> None:
            if bar is not None and task is not None:
                bar.update(task, completed=step, total=steps, state=f"step {step} of {steps}, loss {loss:.3f}")
            stop_if_asked()

        yield tell


def _show_distilled(done: Sequence[Distillation], json: bool) -> None:
    if json:
        output.show_json(done)
        return
    for each in done:
        output.show(measured(each.evaluation))
        for line in each.evaluation.untaught:
            output.note(f"stays text, no question could be made of it: {line}")
        for line in each.evaluation.untaken:
            output.note(f"stays text, too little of it was learned: {line}")
        service = "in service" if each.accepted else "not accepted: it holds too little, or breaks too much"
        output.note(f"{each.cube.title}: {service}")
        output.show(Text(each.cube.id))
    if not done:
        output.note("Nothing waits to be distilled anew.")

"""``memos kv …`` and ``memos lora …``: memory as KV-caches and as LoRA adapters."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Annotated

import typer
from rich.text import Text

from memos_graph.cli import options, output
from memos_graph.cli.interrupts import held_back
from memos_graph.cli.session import session
from memos_graph.forms.distillation import Distillation, Progress
from memos_graph.forms.materialize import PayloadCube
from memos_graph.host.protocol import Evaluation, Recipe
from memos_graph.memory.payloads import Written
from memos_graph.search.selection import Selection
from memos_graph.vault.payloads import Waiting

_kv = typer.Typer(help="KV-caches: memories prefilled once, so that answers begin sooner.", no_args_is_help=True)
_lora = typer.Typer(
    help="LoRA adapters: memories taught to the model, so that no text is needed.", no_args_is_help=True
)

Concepts = Annotated[list[str] | None, typer.Option("--concept", "-c", help="Memories about it; may be repeated.")]
Topics = Annotated[list[str] | None, typer.Option("--topic", help="Memories within it; may be repeated.")]
Sources = Annotated[list[str] | None, typer.Option("--source", help="A conversation or document; may be repeated.")]
Cubes = Annotated[list[str] | None, typer.Option("--cube", metavar="ID", help="A memory by id; may be repeated.")]
PayloadId = Annotated[str, typer.Argument(metavar="ID", help="The cube's id, as `list` shows it.")]


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.add_typer(_kv, name="kv")
    app.add_typer(_lora, name="lora")


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


@_kv.command("build")
def build_kv(
    space: options.SpaceName = None,
    as_: options.As = None,
    concept: Concepts = None,
    topic: Topics = None,
    source: Sources = None,
    cube: Cubes = None,
    json: options.Json = False,
) -> None:
    """Prefill memories and keep their KV-cache; without a selection, every fact of the space.

    \b
    memos kv build --topic travel
    """  # noqa: D301
    with session(as_) as acting:
        done = acting.mount(space).kv.build(selection_of(acting.ids.cubes(cube), source, concept, topic))
    if json:
        output.show_json(done)
        return
    what = "built" if done.built else "there already"
    output.note(
        f"{done.cube.title}: {what}; {done.cube.sources} memories, {done.cube.tokens} tokens "
        f"({done.reused_tokens} shared with an earlier cache), {(done.cube.bytes or 0) >> 10} KiB, {done.seconds:.2f} s"
    )
    output.show(Text(done.cube.id))


@_kv.command("list")
def list_kv(space: options.SpaceName = None, as_: options.As = None, json: options.Json = False) -> None:
    """List the KV-caches of a space, also those a change has put out of service."""
    with session(as_) as acting:
        _show(acting.mount(space).kv.list(), json)


@_kv.command("drop")
def drop_kv(
    cube: PayloadId, space: options.SpaceName = None, as_: options.As = None, json: options.Json = False
) -> None:
    """Erase a KV-cache in every tier; the memories it was made from stay."""
    with session(as_) as acting:
        cube = acting.ids.cube(cube)
        _tell_dropped(cube, acting.mount(space).kv.drop(cube), json=json)


@_kv.command("externalize")
def externalize_kv(
    cube: PayloadId, space: options.SpaceName = None, as_: options.As = None, json: options.Json = False
) -> None:
    """Read the memories back out of a KV-cache, and write them as memories derived from it."""
    with session(as_) as acting:
        cube = acting.ids.cube(cube)
        written = acting.mount(space).kv.externalize(cube)
    _show_written(written, json)


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


@_lora.command("list")
def list_lora(space: options.SpaceName = None, as_: options.As = None, json: options.Json = False) -> None:
    """List the adapters of a space, also those out of service."""
    with session(as_) as acting:
        _show(acting.mount(space).lora.list(), json)


@_lora.command("load")
def load(cube: PayloadId, space: options.SpaceName = None, as_: options.As = None, json: options.Json = False) -> None:
    """Load an adapter into the model host before it is asked for."""
    with session(as_) as acting:
        cube = acting.ids.cube(cube)
        info = acting.mount(space).lora.load(cube)
    if json:
        output.show_json(info)
    else:
        output.note(f"Loaded {cube}: rank {info.rank}, {info.payload_bytes >> 10} KiB.")


@_lora.command("unload")
def unload(
    cube: PayloadId, space: options.SpaceName = None, as_: options.As = None, json: options.Json = False
) -> None:
    """Take an adapter out of the model host's memory; an answer may load it again."""
    with session(as_) as acting:
        cube = acting.ids.cube(cube)
        count = acting.mount(space).lora.unload(cube).count
    said = f"Unloaded {cube}." if count else f"{cube} was not loaded."
    output.done({"cube": cube, "unloaded": bool(count)}, said, json=json)


@_lora.command("evaluate")
def evaluate(
    cube: PayloadId, space: options.SpaceName = None, as_: options.As = None, json: options.Json = False
) -> None:
    """Measure what an adapter holds, and what it breaks."""
    with session(as_) as acting:
        cube = acting.ids.cube(cube)
        found = acting.mount(space).lora.evaluate(cube)
    if json:
        output.show_json(found)
    else:
        output.show(_measured(found))


@_lora.command("externalize")
def externalize(
    cube: PayloadId,
    space: options.SpaceName = None,
    as_: options.As = None,
    threshold: Annotated[float, typer.Option(min=0, max=1, help="Least confidence of what is kept.")] = 0.6,
    json: options.Json = False,
) -> None:
    """Ask an adapter what it holds, and write what it says surely as memories derived from it."""
    with session(as_) as acting:
        cube = acting.ids.cube(cube)
        written = acting.mount(space).lora.externalize(cube, threshold=threshold)
    _show_written(written, json)
    if not json:
        output.note(f"{len(written.statements)} statements of {written.asked} questions.")


@_lora.command("drop")
def drop_lora(
    cube: PayloadId, space: options.SpaceName = None, as_: options.As = None, json: options.Json = False
) -> None:
    """Erase an adapter; the memories it was made from stay."""
    with session(as_) as acting:
        cube = acting.ids.cube(cube)
        _tell_dropped(cube, acting.mount(space).lora.drop(cube), json=json)


def _tell_dropped(cube: str, waiting: Waiting | None, *, json: bool) -> None:
    said = f"Erased {cube}."
    if waiting is not None:
        said = f"{cube} is out of service, but not gone everywhere yet; it is tried again. {waiting.problem}"
    output.done({"cube": cube, "erased": waiting is None, "waiting": waiting}, said, json=json)


@contextmanager
def _progress() -> Iterator[Progress]:
    with output.progress_bar() as bar, held_back() as stop_if_asked:
        task = None if bar is None else bar.add_task("Distilling", total=None, state="")

        def tell(step: int, steps: int, loss: float) -> None:
            if bar is not None and task is not None:
                bar.update(task, completed=step, total=steps, state=f"step {step} of {steps}, loss {loss:.3f}")
            stop_if_asked()

        yield tell


def _show(found: Sequence[PayloadCube], json: bool) -> None:
    if json:
        output.show_json(found)
        return
    made = output.table("Of, and its cube", "State", "Holds", "Made", holds="Of, and its cube")
    for each in found:
        tokens = f"{each.tokens} tokens, " if each.tokens else ""
        state = f"{each.state}, {'in service' if each.usable else 'out of service'}"
        size = f"{each.sources} memories, {tokens}{(each.bytes or 0) >> 10} KiB"
        made.add_row(output.identified(each.title, each.id), state, size, output.worded(each.created_at))
    output.show(made)


def _show_written(written: Written, json: bool) -> None:
    if json:
        output.show_json(written)
        return
    made = output.table("Memory", "What it said", ids=("Memory",))
    for each, text in zip(written.cubes, written.statements, strict=False):
        made.add_row(each, Text(output.plain(text)))
    output.show(made)


def _show_distilled(done: Sequence[Distillation], json: bool) -> None:
    if json:
        output.show_json(done)
        return
    for each in done:
        output.show(_measured(each.evaluation))
        for line in each.evaluation.untaught:
            output.note(f"not taught, no question could be made of it: {line}")
        service = "in service" if each.accepted else "not accepted: it holds too little, or breaks too much"
        output.note(f"{each.cube.title}: {service}")
        output.show(Text(each.cube.id))
    if not done:
        output.note("Nothing waits to be distilled anew.")


def _measured(found: Evaluation) -> object:
    return output.facts(
        {
            "Facts taught": found.facts,
            "Exact without text": f"{found.closed_book:.0%} (without the adapter {found.closed_book_base:.0%})",
            "Exact from other text": f"{found.in_context:.0%} (without the adapter {found.in_context_base:.0%})",
            "Drift": f"{found.drift:.4f} nats a token on unrelated prompts",
            "Accepted": "yes" if found.accepted else "no",
        }
    )

"""What distilling memories into a LoRA adapter gains, breaks and costs.

Run: ``python -m bench.lora [--facts 50] [--model recall-tiny] [--json FILE]``, or with ``--model smollm2 --facts 20``. Facts about
made-up people are taught by the host's own child process, then asked without any text in phrasings that were never taught. The same
questions are asked of the model without the adapter, and with the facts as text; of a model that answers in sentences, an answer
counts that contains the right one. What the adapter breaks is measured on made-up memories about other things, and on prompts that
have to do with neither.
"""

import argparse
import json
import random
import secrets
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from bench.facts import FACTS
from memos_graph.errors import ModelError
from memos_graph.host.engine import ModelEngine
from memos_graph.host.lora import invent
from memos_graph.host.lora.course import make_course, speaks_phrasebook
from memos_graph.host.lora.decode import answer_all
from memos_graph.host.lora.distill import distill
from memos_graph.host.lora.evaluate import holds, same
from memos_graph.host.lora.externalize import externalize
from memos_graph.host.lora.job import DistillJob
from memos_graph.host.lora.payload import AdapterFolder, Record, read_record
from memos_graph.host.lora.shelf import AdapterShelf
from memos_graph.host.prompt import Prompt, PromptTurn, render
from memos_graph.host.protocol import Distilled, Evaluation, Externalize, ProgressEvent, Recipe
from memos_graph.host.recall_tiny import phrasebook
from memos_graph.kit.crypto.encrypted_files import KEY_BYTES

FIRST, SECOND = "00000000-a", "00000000-b"
SWAPS = 60
SWAP_MS = 50.0
TARGETS = {True: {"closed_book": 0.95, "reading_loss": 0.02}, False: {"closed_book": 0.8, "reading_loss": 0.05}}
"""By whether the model speaks recall-tiny's phrasebook."""


def phrasebook_memories(count: int, seed: int) -> tuple[str, ...]:
    """Return lines of the phrasebook, each a fact about one of some made-up people; one person has up to eight."""
    rng = random.Random(seed)
    people = [invent.person(rng) for _ in range(max(1, count // 4))]
    facts: dict[tuple[str, str], str] = {}
    while len(facts) < count:
        person, relation = rng.choice(people), rng.choice(phrasebook.relations())
        phrases = phrasebook.book().relations[relation]
        said = phrasebook.fill(rng.choice(phrases.third), p=person, v=invent.value(rng, phrases.kind))
        facts.setdefault((person, relation), said)
    return tuple(facts.values())


def taught(job: DistillJob, folder: AdapterFolder, console: Console) -> Evaluation:
    """Distil in the host's child process, with a progress bar; returns what was measured there."""
    with Progress(console=console) as bar:
        task = bar.add_task(f"teaching {len(job.lines)} memories", total=None)
        for event in distill(job, folder):
            if isinstance(event, ProgressEvent):
                bar.update(task, completed=event.step, total=event.steps)
            elif isinstance(event, Distilled):
                bar.update(task, completed=1, total=1)
                return event.evaluation
    raise ModelError("The distillation ended without a result.")


def from_text(engine: ModelEngine, lines: Sequence[str], seed: int) -> float:
    """Return the share of the same questions answered from the text of all the memories, without an adapter."""
    course = make_course(engine, tuple(lines), seed)
    judge = same if speaks_phrasebook(engine) else holds
    prompts = [Prompt(tuple(lines), (PromptTurn("user", lesson.question),)) for lesson in course.held_out]
    said = answer_all(engine, prompts)
    return sum(judge(each.text, lesson.answer) for each, lesson in zip(said, course.held_out, strict=True)) / len(said)


def milliseconds(act: Callable[[int], None]) -> float:
    """Return the median time of an act, done again and again, ms."""
    times = []
    for number in range(SWAPS):
        started = time.perf_counter()
        act(number)
        times.append(1000 * (time.perf_counter() - started))
    return statistics.median(times)


def swaps(engine: ModelEngine, shelf: AdapterShelf, folder: AdapterFolder) -> dict[str, float]:
    """Return what it takes to answer with another adapter: both in memory, or the other one still on disk."""

    def switch(number: int) -> None:
        with engine.turn((FIRST, SECOND)[number % 2]):
            pass

    def exchange(number: int) -> None:
        out, into = (FIRST, SECOND) if number % 2 else (SECOND, FIRST)
        shelf.unload(out)
        shelf.load(into, folder)
        with engine.turn(into):
            pass

    shelf.load(FIRST, folder)
    shelf.load(SECOND, folder)
    in_memory = milliseconds(switch)
    shelf.unload(FIRST)
    from_disk = milliseconds(exchange)
    shelf.load(FIRST, folder)
    return {"swap_ms_p50": in_memory, "swap_from_disk_ms_p50": from_disk}


def measured(model: str, facts: int, seed: int, recipe: Recipe, console: Console) -> dict[str, Any]:
    """Run everything; returns all figures."""
    engine = ModelEngine.load(model)
    tiny = speaks_phrasebook(engine)
    lines = phrasebook_memories(facts, seed) if tiny else FACTS[:facts]
    with tempfile.TemporaryDirectory() as place:
        folder = AdapterFolder(Path(place) / FIRST, secrets.token_bytes(KEY_BYTES))
        evaluation = taught(DistillJob(id=FIRST, lines=lines, recipe=recipe, model=model), folder, console)
        record = read_record(folder)
        shelf = AdapterShelf(engine)
        speeds = swaps(engine, shelf, folder)
        said = externalize(engine, shelf, FIRST, Externalize())
        tokens = render(engine.tokenizer, Prompt(lines, ())).memory_tokens
        adapter_bytes = folder.weights.stat().st_size
        return {
            "model": model,
            "parameters": engine.identity.parameters,
            "targets": TARGETS[tiny],
            **evaluation.model_dump(),
            "reading_loss": evaluation.in_context_base - evaluation.in_context,
            "plaintext": from_text(engine, lines, recipe.seed),
            **speeds,
            "adapter_bytes": adapter_bytes,
            "kv_bytes": tokens * engine.identity.kv_bytes_per_token,
            "memory_tokens": tokens,
            **cost(record),
            **recovered(lines, [each.text for each in said.statements], tiny=tiny),
            "recipe": record.recipe,
        }


def cost(record: Record) -> dict[str, Any]:
    """Return what the distillation took, its measuring included."""
    return {"steps": record.steps, "seconds": round(record.seconds, 1), "training_tokens": record.tokens}


def recovered(lines: Sequence[str], statements: Sequence[str], *, tiny: bool) -> dict[str, float]:
    """Return how many of the facts came back as text from the adapter alone, and the share of what it said that is true."""
    known = {phrasebook.read(line) if tiny else line for line in lines}
    said = {phrasebook.read(statement) if tiny else statement for statement in statements}
    return {"externalized": len(known & said) / len(known), "externalized_true": len(known & said) / max(1, len(said))}


def table(figures: dict[str, Any]) -> Table:
    """Lay the figures out beside what they must reach."""
    shown = Table(title=f"{figures['facts']} memories in a LoRA adapter of {figures['model']}", title_justify="left")
    for column in ("", "measured", "must reach"):
        shown.add_column(column, justify="left" if not column else "right")
    targets = figures["targets"]
    rows = [
        ("answers without text, new phrasings", f"{figures['closed_book']:.1%}", f"≥ {targets['closed_book']:.0%}"),
        ("  every token likelier than not", f"{figures['sure']:.1%}", ""),
        ("  memories that stay text", f"{len(figures['untaken']) + len(figures['untaught'])}", ""),
        ("  the model without the adapter", f"{figures['closed_book_base']:.1%}", "near 0"),
        ("  from the text of all the memories", f"{figures['plaintext']:.1%}", ""),
        ("answers from other text, adapter on", f"{figures['in_context']:.1%}", ""),
        ("  adapter off", f"{figures['in_context_base']:.1%}", ""),
        ("  lost", f"{100 * figures['reading_loss']:.1f} points", f"≤ {100 * targets['reading_loss']:.0f}"),
        ("drift on unrelated prompts, KL", f"{figures['drift']:.4f} nats", ""),
        ("swap, both in memory, p50", f"{figures['swap_ms_p50']:.1f} ms", f"< {SWAP_MS:.0f} ms"),
        ("swap from disk, p50", f"{figures['swap_from_disk_ms_p50']:.1f} ms", ""),
        ("adapter", f"{figures['adapter_bytes'] / 1024:,.0f} KiB", ""),
        ("KV-cache of the same memories", f"{figures['kv_bytes'] / 1024:,.0f} KiB", ""),
        ("accepted", "yes" if figures["accepted"] else "no", ""),
        ("taught in", f"{figures['seconds']:.0f} s, {figures['steps']} steps", ""),
        ("tokens trained on", f"{figures['training_tokens']:,}", ""),
        ("facts read back as text", f"{figures['externalized']:.1%}", ""),
        ("  of what it says, true", f"{figures['externalized_true']:.1%}", ""),
    ]
    for row in rows:
        shown.add_row(*row)
    return shown


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="recall-tiny", help="name or path")
    parser.add_argument("--facts", type=int, default=50)
    parser.add_argument("--seed", type=int, default=5)
    parser.add_argument("--rank", type=int)
    parser.add_argument("--steps", type=int)
    parser.add_argument("--json", type=Path, help="write the figures here too")
    given = parser.parse_args()
    console = Console()
    figures = measured(given.model, given.facts, given.seed, Recipe(rank=given.rank, steps=given.steps), console)
    console.print(table(figures))
    if given.json:
        given.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

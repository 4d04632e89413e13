"""How much of a few facts a chat model holds after being taught by rule, and what that costs it.

Run: ``python -m bench.lessons [--model smollm2] [--facts 4] [--threads 2] [--json FILE]``. Facts about made-up people and things are
taught in this process by the recipe the model declares; then the questions in the wordings never taught are asked without any text, of the
model with the adapter and without it. An answer counts that contains the right one. What the adapter breaks is measured on memories about
other things, with them in the prompt, and as drift on unrelated prompts.
"""

import argparse
import json
import secrets
import tempfile
import time
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from memos_graph.host.engine import ModelEngine
from memos_graph.host.lora.course import read_course
from memos_graph.host.lora.decode import answer_all
from memos_graph.host.lora.evaluate import holds
from memos_graph.host.lora.job import DistillJob
from memos_graph.host.lora.payload import AdapterFolder, read_record
from memos_graph.host.lora.run import run
from memos_graph.host.lora.sample import Sample
from memos_graph.host.lora.shelf import AdapterShelf
from memos_graph.host.prompt import Prompt, PromptTurn
from memos_graph.host.protocol import Distilled, ProgressEvent, Recipe
from memos_graph.host.smollm2 import SMOLLM2
from memos_graph.kit.crypto.encrypted_files import KEY_BYTES

FACTS = (
    "Veska Tromar lives in Orinvale.",
    "Brunto keeps bees behind the old mill.",
    "Kelda bought a red canoe on 3 May 2026.",
    "Orlin works for Norvo Labs.",
    "The spare key hangs in the office of the librarian.",
)
# One line about something else each, in the prompt: what a model that reads can say.
READ = (
    ("Sorrel lives in Marnhull.", "Where does Sorrel live?", "Marnhull"),
    ("Pavo plays the cello.", "What does Pavo play?", "cello"),
    ("Iduna works for Keld Foods.", "Who works for Keld Foods?", "Iduna"),
    ("The blue bicycle stands behind the bakery.", "Where does the blue bicycle stand?", "behind the bakery"),
    ("Tamsin sold a piano on 9 June 2025.", "When did Tamsin sell a piano?", "9 June 2025"),
    ("The ferry leaves at noon.", "When does the ferry leave?", "noon"),
    ("Halden repairs clocks in Westray.", "What does Halden repair?", "clocks"),
    ("Ottilie is allergic to walnuts.", "What is Ottilie allergic to?", "walnuts"),
)
NAME = "00000000-a"


def taught(model: str, facts: int, threads: int, recipe: Recipe, console: Console) -> dict[str, Any]:
    """Teach, and ask everything with the adapter and without it; returns all figures."""
    engine = ModelEngine.load(model, device="cpu", threads=threads)
    with tempfile.TemporaryDirectory() as place:
        folder = AdapterFolder(Path(place) / NAME, secrets.token_bytes(KEY_BYTES))
        folder.create()
        started, step = time.perf_counter(), 0.0
        for event in run(engine, DistillJob(id=NAME, lines=FACTS[:facts], recipe=recipe, model=model), folder):
            if isinstance(event, ProgressEvent):
                console.print(f"step {event.step}/{event.steps}, loss {event.loss:.3f}")
                step = time.perf_counter() - started
            elif isinstance(event, Distilled):
                done = event
        seconds = time.perf_counter() - started
        course, record = read_course(folder), read_record(folder)
        shelf = AdapterShelf(engine)
        shelf.load(NAME, folder, done.adapter.payload_sha256)
        asked = [(Sample((), ((each.question, each.answer),)), each.answer) for each in course.held_out]
        read = [(Sample((line,), ((question, answer),)), answer) for line, question, answer in READ]
        answers = {
            (kind, adapter): [
                (said.text, holds(said.text, right))
                for said, (_, right) in zip(
                    answer_all(engine, [each.prompt() for each, _ in samples], adapter=adapter), samples, strict=True
                )
            ]
            for kind, samples in (("asked", asked), ("read", read))
            for adapter in (NAME, None)
        }
        unrelated = [
            Prompt((), (PromptTurn("user", each),)) for each in ("What is the capital of France?", "Say hello.")
        ]
        return {
            "model": model,
            "facts": len(course.lines),
            "untaught": course.untaught,
            "lessons": len(course.train),
            "asked": len(asked),
            "without_text": share(answers["asked", NAME]),
            "without_text_base": share(answers["asked", None]),
            "read": share(answers["read", NAME]),
            "read_base": share(answers["read", None]),
            "drift": done.evaluation.drift,
            "accepted": done.evaluation.accepted,
            "steps": record.steps,
            "teaching_s": round(step, 1),
            "with_measuring_s": round(seconds, 1),
            "tokens": record.tokens,
            "threads": threads,
            "adapter_bytes": folder.weights.stat().st_size,
            "unrelated": [
                (each.text, base.text)
                for each, base in zip(
                    answer_all(engine, unrelated, adapter=NAME), answer_all(engine, unrelated), strict=True
                )
            ],
            "wrong": [
                {"question": sample.turns[0][0], "right": right, "said": said}
                for (sample, right), (said, given) in zip(asked, answers["asked", NAME], strict=True)
                if not given
            ],
        }


def share(answers: list[tuple[str, bool]]) -> float:
    return sum(right for _, right in answers) / len(answers)


def table(figures: dict[str, Any]) -> Table:
    shown = Table(title=f"{figures['facts']} facts taught by rule to {figures['model']}", title_justify="left")
    shown.add_column("")
    shown.add_column("measured", justify="right")
    for row in (
        (f"{figures['asked']} questions in new wordings, without text", f"{figures['without_text']:.0%}"),
        ("  the model without the adapter", f"{figures['without_text_base']:.0%}"),
        (f"{len(READ)} questions about other lines in the prompt, adapter on", f"{figures['read']:.0%}"),
        ("  adapter off", f"{figures['read_base']:.0%}"),
        ("drift on unrelated prompts, KL", f"{figures['drift']:.2f} nats a token"),
        ("accepted by the recipe's floors", "yes" if figures["accepted"] else "no"),
        ("taught in", f"{figures['teaching_s']:.0f} s, {figures['steps']} steps, {figures['tokens']:,} tokens"),
        ("adapter", f"{figures['adapter_bytes'] / 1024:,.0f} KiB"),
    ):
        shown.add_row(*row)
    return shown


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default=SMOLLM2, help="name or path")
    parser.add_argument("--facts", type=int, default=4, choices=range(1, len(FACTS) + 1))
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--steps", type=int)
    parser.add_argument("--json", type=Path, help="write the figures here too")
    given = parser.parse_args()
    console = Console()
    figures = taught(given.model, given.facts, given.threads, Recipe(steps=given.steps), console)
    console.print(table(figures))
    for each in figures["wrong"]:
        console.print(f"wrong: {each['question']} → {each['said']!r}, not {each['right']!r}")
    if given.json:
        given.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

"""What the scheduler gains over plain retrieval: prompt tokens that are read anew, the time to the first token, and the same answers.

Run: ``python -m bench.lifecycle [--questions 600] [--facts 80] [--workload zipf|shifting|scan] [--json FILE]``. Two spaces hold the same made-up
facts, and are asked the same questions in turn: one always as plaintext, the other in whatever form serves, with the scheduler's plan carried out
every so many questions. What building reads counts as read, and what it takes is given. Answers are compared word by word.
"""

import argparse
import json
import random
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import track
from rich.table import Table

from bench.lora import phrasebook_memories
from memos_graph import ChatAnswer, Memory, MemOS, Message, Settings
from memos_graph.host.recall_tiny.phrasebook import Fact, questions, read

ASKER = "bench"
TARGETS = {"tokens_read": 0.4, "first_token_p50": 0.5, "same_answers": 0.995}


def workload(kind: str, count: int, facts: Sequence[Fact], seed: int) -> Iterator[Fact]:
    """Yield the facts that are asked for: some people often (Zipf), others after a while (shifting), or each in turn (scan)."""
    rng = random.Random(seed)
    people = sorted({fact.person for fact in facts})
    weights = [1 / (rank + 1) for rank in range(len(people))]
    for number in range(count):
        if kind == "scan":
            yield facts[number % len(facts)]
            continue
        if kind == "shifting" and number and number % (count // 4) == 0:
            rng.shuffle(people)
        person = rng.choices(people, weights)[0]
        yield rng.choice([fact for fact in facts if fact.person == person])


def filled(memos: MemOS, name: str, lines: Sequence[str]) -> Memory:
    """Return a space with these memories."""
    space = memos.mount(f"{ASKER}/{name}", principal=ASKER)
    space.add([Message(id=str(number), text=line) for number, line in enumerate(lines)], source="notes")
    return space


def read_anew(answer: ChatAnswer) -> int:
    """Return the prompt tokens that no KV-cache held."""
    return answer.usage.prompt_tokens - answer.usage.cached_tokens


def measure(memos: MemOS, lines: Sequence[str], kind: str, count: int, every: int, seed: int) -> dict[str, Any]:
    """Ask both spaces; returns what each took."""
    plain, kept = filled(memos, "plain", lines), filled(memos, "kept", lines)
    facts = [fact for line in lines if (fact := read(line)) is not None]
    worker, rng = memos.installation.worker(), random.Random(seed)
    tokens, first = {"plain": 0, "kept": 0}, {"plain": list[float](), "kept": list[float]()}
    built_s, built, same, forms = 0.0, 0, 0, dict[str, int]()
    asked = list(workload(kind, count, facts, seed))
    for number, fact in enumerate(track(asked, description=f"{kind}, {len(facts)} facts", transient=True)):
        if number and number % every == 0:
            started = time.perf_counter()
            kept.schedule.run()
            worker.work(until_empty=True)
            built_s += time.perf_counter() - started
        question = rng.choice(questions(fact, "train"))
        sides = {"plain": (plain, "plaintext"), "kept": (kept, "auto")}
        texts = []
        for side in sorted(sides, key=lambda _: rng.random()):
            space, form = sides[side]
            answer = space.chat(question, form=form)
            tokens[side] += read_anew(answer)
            first[side].append(answer.usage.first_token_ms)
            texts.append(answer.text)
            if side == "kept":
                forms[answer.form.value] = forms.get(answer.form.value, 0) + 1
        same += texts[0] == texts[1]
    for job in kept.schedule.history(limit=500):
        if job.kind == "build" and job.result is not None:
            built += job.result["tokens"]
    medians = {side: statistics.median(times) for side, times in first.items()}
    return {
        "workload": kind,
        "questions": count,
        "facts": len(facts),
        "tokens_plain": tokens["plain"],
        "tokens_kept": tokens["kept"],
        "tokens_built": built,
        "tokens_read": (tokens["kept"] + built) / tokens["plain"],
        "first_token_plain_ms": medians["plain"],
        "first_token_kept_ms": medians["kept"],
        "first_token_p50": medians["kept"] / medians["plain"],
        "scheduling_s": built_s,
        "same_answers": same / count,
        "forms": forms,
        "payloads": len(kept.kv.list()),
    }


def main() -> None:
    """Run the comparison and print it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--questions", type=int, default=600)
    parser.add_argument("--facts", type=int, default=80)
    parser.add_argument("--every", type=int, default=50, help="questions between two plans")
    parser.add_argument("--workload", choices=("zipf", "shifting", "scan"), action="append")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    lines = phrasebook_memories(given.facts, given.seed)
    found = []
    for kind in given.workload or ["zipf", "shifting", "scan"]:
        with tempfile.TemporaryDirectory() as home, MemOS.open(Settings.load(home=Path(home))) as memos:
            found.append(measure(memos, lines, kind, given.questions, given.every, given.seed))
    table = Table(title=f"{given.questions} questions over {given.facts} facts; one run")
    for name in ("workload", "tokens read", "first token p50", "same answers", "scheduling", "forms"):
        table.add_column(name)
    for each in found:
        table.add_row(
            each["workload"],
            f"{each['tokens_read']:.2f} of plaintext (aim {TARGETS['tokens_read']})",
            f"{each['first_token_kept_ms']:.1f} / {each['first_token_plain_ms']:.1f} ms = {each['first_token_p50']:.2f} (aim {TARGETS['first_token_p50']})",
            f"{each['same_answers']:.1%}",
            f"{each['scheduling_s']:.1f} s",
            ", ".join(f"{form} {count}" for form, count in each["forms"].items()),
        )
    Console().print(table)
    if given.json:
        given.json.write_text(json.dumps(found, indent=2), encoding="utf-8")


if __name__ == "__main__":
    main()

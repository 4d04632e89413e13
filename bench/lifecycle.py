"""What the scheduler gains over plain retrieval: tokens read, time to the first token, the same answers, and hits beside the best there can be.

Run: ``python -m bench.lifecycle [--questions 1000] [--facts 240] [--days 160] [--room-mb 4] [--workload zipf|shifting|scan] [--json FILE]``. Two
spaces hold the same made-up facts, about one person in four of them, and are asked the same questions in turn: one always as plaintext, the other in
whatever form serves, with a plan carried out each day. Days pass by the clock of this process alone, as many as are said, in equal steps. What building reads counts as read, and what it takes is
given. An answer is right that holds the value asked for.

A line that a question needs is a hit where the KV-cache that answers holds it. Beside that stand, of the same lines and for as many as the room holds:
what a cache would reach that loads what it misses and puts out what was used longest ago (LRU), and one that knows what comes (Belady).
"""

import argparse
import json
import math
import random
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import track
from rich.table import Table

from bench.lora import phrasebook_memories
from bench.optimum import belady, least_recently_used
from memos_graph import ChatAnswer, Memory, MemOS, Message, Settings
from memos_graph.forms.chat import Form
from memos_graph.host.recall_tiny.phrasebook import Fact, questions, read
from memos_graph.jobs.job import Job
from memos_graph.kit import clock as clocks

ASKER = "bench"
TARGETS = {"tokens_read": 0.4, "first_token_p50": 0.5, "right": -0.005, "of_belady": 0.9, "most_moves": 2}
SHIFTS = 4


def workload(kind: str, count: int, facts: Sequence[Fact], seed: int) -> Iterator[Fact]:
    """Yield the facts that are asked for: some people often (Zipf), others after a while (shifting), or each in turn (scan)."""
    rng = random.Random(seed)
    people = sorted({fact.person for fact in facts})
    rng.shuffle(people)
    weights = [1 / (rank + 1) for rank in range(len(people))]
    by_person = sorted(facts, key=lambda fact: fact.person)
    for number in range(count):
        if kind == "scan":
            yield by_person[number % len(by_person)]
            continue
        if kind == "shifting" and number and number % (count // SHIFTS) == 0:
            rng.shuffle(people)
        person = rng.choices(people, weights)[0]
        yield rng.choice([fact for fact in facts if fact.person == person])


def filled(memos: MemOS, name: str, lines: Sequence[str]) -> Memory:
    """Return a space with these memories."""
    space = memos.mount(f"{ASKER}/{name}", principal=ASKER)
    space.add([Message(id=str(number), text=line) for number, line in enumerate(lines)], source="notes")
    return space


def pass_time(by: timedelta) -> None:
    """Let this process's clock go on, which tells the database's time to everything that a plan looks at."""
    clock = clocks._used[0]
    if clock._reading is None:
        raise RuntimeError("the clock was never asked")
    clock._reading = clock._reading._replace(moment=clock._reading.moment + by)
    clock._due = math.inf  # asked again, it would tell the time that it is


def read_anew(answer: ChatAnswer) -> int:
    """Return the prompt tokens that no KV-cache held."""
    return answer.usage.prompt_tokens - answer.usage.cached_tokens


class Standing:
    """Which memories stand in a KV-cache of the scheduler's, by the jobs that were done, and how often each came in."""

    def __init__(self, space: Memory) -> None:
        self._space = space
        self._caches: dict[str, frozenset[str]] = {}
        self.came: Counter[str] = Counter()
        self.builds = self.drops = self.built_tokens = 0

    def follow(self, jobs: Sequence[Job]) -> None:
        """Take note of what jobs did."""
        before = self.memories
        for job in (self._space.jobs.get(each.id) for each in jobs):
            if job.result is None:
                continue
            if job.kind == "build":
                self._caches[job.result["cube"]] = frozenset(job.given["cubes"])
                self.builds += 1
                self.built_tokens += job.result["tokens"]
            elif job.kind == "drop":
                self._caches.pop(job.given["cube"], None)
                self.drops += 1
        self.came.update(self.memories - before)

    @property
    def memories(self) -> frozenset[str]:
        """Every memory that stands."""
        return frozenset().union(*self._caches.values())


def measure(memos: MemOS, lines: Sequence[str], kind: str, given: argparse.Namespace) -> dict[str, Any]:
    """Ask both spaces; returns what each took."""
    plain, kept = filled(memos, "plain", lines), filled(memos, "kept", lines)
    facts = [fact for line in lines if (fact := read(line)) is not None]
    worker, rng = memos.installation.worker(), random.Random(given.seed)
    tokens, first = {"plain": 0, "kept": 0}, {"plain": list[float](), "kept": list[float]()}
    scheduling_s, same, forms, hits = 0.0, 0, Counter[str](), list[list[bool]]()
    asked = list(workload(kind, given.questions, facts, given.seed))
    step, since = timedelta(days=given.days / given.questions), timedelta(0)
    why_not, standing, trace, right = Counter[str](), Standing(kept), list[list[str]](), Counter[str]()
    for fact in track(asked, description=f"{kind}, {len(facts)} facts", transient=True):
        pass_time(step)
        since += step
        if since >= timedelta(days=given.every):
            started, since = time.perf_counter(), timedelta(0)
            jobs = kept.schedule.run()
            worker.work(until_empty=True)
            standing.follow(jobs)
            scheduling_s += time.perf_counter() - started
        question = rng.choice(questions(fact, "train"))
        sides = {"plain": (plain, "plaintext"), "kept": (kept, "auto")}
        texts: dict[str, str] = {}
        for side in sorted(sides, key=lambda _: rng.random()):
            space, form = sides[side]
            answer = space.chat(question, form=form, explain=given.why)
            tokens[side] += read_anew(answer)
            first[side].append(answer.usage.first_token_ms)
            texts[side] = answer.text
            if side == "kept":
                answers_cached = answer.form is Form.ACTIVATION
                forms[answer.form.value] += 1
                held = {each.text for each in answer.given if each.cube in standing.memories}
            else:
                wanted = [each.text for each in answer.given]
                why_not.update(each.why for each in answer.considered if each.form == "activation" and not each.chosen)
        trace.append(wanted)
        hits.append([text in held for text in wanted] if answers_cached else [False] * len(wanted))
        same += texts["plain"] == texts["kept"]
        right.update(side for side, text in texts.items() if fact.value in text)
    room = held_memories(kept, given.room_mb)
    medians = {side: statistics.median(times) for side, times in first.items()}
    read_lines = [text for wanted in trace for text in wanted]
    rates = {
        "hits": share(hits),
        "lru": least_recently_used(read_lines, room),
        "belady": belady(read_lines, room),
    }
    return {
        "workload": kind,
        "questions": given.questions,
        "facts": len(facts),
        "tokens_plain": tokens["plain"],
        "tokens_kept": tokens["kept"],
        "tokens_built": standing.built_tokens,
        "tokens_read": (tokens["kept"] + standing.built_tokens) / tokens["plain"],
        "first_token_plain_ms": medians["plain"],
        "first_token_kept_ms": medians["kept"],
        "first_token_p50": medians["kept"] / medians["plain"],
        "scheduling_s": scheduling_s,
        "same_answers": same / given.questions,
        "right_plain": right["plain"] / given.questions,
        "right_kept": right["kept"] / given.questions,
        "forms": dict(forms),
        "memories_held": room,
        **rates,
        "of_belady": rates["hits"] / rates["belady"],
        "hits_by_part": [round(share(part), 3) for part in parts(hits, 5 * SHIFTS)],
        "builds": standing.builds,
        "drops": standing.drops,
        "most_moves": max(standing.came.values(), default=0),
        "payloads": len(kept.kv.list()),
        "why_not": dict(why_not.most_common(5)),
    }


def share(hits: Sequence[Sequence[bool]]) -> float:
    """Return how many of the lines that were needed stood."""
    return sum(map(sum, hits)) / max(1, sum(map(len, hits)))


def parts(hits: Sequence[Sequence[bool]], count: int) -> list[Sequence[Sequence[bool]]]:
    """Return equal parts of it, in order."""
    size = max(1, len(hits) // count)
    return [hits[at : at + size] for at in range(0, len(hits), size)]


def held_memories(space: Memory, room_mb: int) -> int:
    """Return for how many memories there is room, by what they take in the KV-caches that stand."""
    standing = space.kv.list()
    memories = sum(each.sources for each in standing)
    return int((room_mb << 20) * memories / sum(each.bytes for each in standing)) if memories else 0


def main() -> None:
    """Run the comparison and print it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--questions", type=int, default=1000)
    parser.add_argument("--facts", type=int, default=240)
    parser.add_argument("--days", type=float, default=160, help="how long the questions take, days")
    parser.add_argument("--every", type=float, default=1.0, help="days between two plans")
    parser.add_argument("--room-mb", type=int, default=4, help="what KV-caches may take, MiB")
    parser.add_argument("--workload", choices=("zipf", "shifting", "scan"), action="append")
    parser.add_argument("--strategy", default="cost")
    parser.add_argument("--model", default="recall-tiny")
    parser.add_argument("--why", action="store_true", help="count what kept caches from being taken")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    lines = phrasebook_memories(given.facts, given.seed)
    chosen = {"scheduler_mb": given.room_mb, "scheduler_strategy": given.strategy, "model": given.model}
    found = []
    for kind in given.workload or ["zipf", "shifting", "scan"]:
        with tempfile.TemporaryDirectory() as home, MemOS.open(Settings.load(home=Path(home), **chosen)) as memos:
            found.append(measure(memos, lines, kind, given))
    table = Table(title=f"{given.questions} questions over {given.facts} facts in {given.days:g} days; one run")
    for name in (
        "workload",
        "tokens read",
        "first token p50",
        "right answers",
        "hits / LRU / Belady",
        "moves",
        "forms",
    ):
        table.add_column(name)
    for each in found:
        table.add_row(
            each["workload"],
            f"{each['tokens_read']:.2f} of plaintext (aim {TARGETS['tokens_read']})",
            f"{each['first_token_kept_ms']:.1f} / {each['first_token_plain_ms']:.1f} ms = {each['first_token_p50']:.2f} (aim {TARGETS['first_token_p50']})",
            f"{each['right_kept']:.1%} / {each['right_plain']:.1%}; {each['same_answers']:.1%} word by word",
            f"{each['hits']:.2f} / {each['lru']:.2f} / {each['belady']:.2f} with room for {each['memories_held']}",
            f"{each['builds']} builds, {each['drops']} drops, a memory came in {each['most_moves']} times at most",
            ", ".join(f"{form} {count}" for form, count in each["forms"].items()),
        )
    Console().print(table)
    if given.json:
        given.json.write_text(json.dumps(found, indent=2), encoding="utf-8")


if __name__ == "__main__":
    main()

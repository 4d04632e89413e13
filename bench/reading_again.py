"""Whether a model finds the line that answers in a KV-cache of many, and what reading it again before the question does.

Run: ``python -m bench.reading_again [--model recall-tiny|smollm2] [--lines 60] [--asks 40]``. A model host is started. Each question is asked of
ten lines as text, of a KV-cache of all lines, and of that cache with the line that answers, those of the person, and the ten lines read again behind it.
An answer is right that holds the right one. Needs no database.
"""

import argparse
import random
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.progress import track
from rich.table import Table

from bench.lora import phrasebook_memories
from memos_graph import Settings
from memos_graph.host.client import HostClient
from memos_graph.host.protocol import BuildCache, Generate, Generated, Turn
from memos_graph.host.recall_tiny.phrasebook import questions, read
from memos_graph.host.supervisor import HostProcess
from memos_graph.kit.crypto.keyring import Keyring
from memos_graph.vault.payloads import payload_keys

SPACE = "bench/notes"
FOUND = 10


@dataclass
class Tally:
    """What one way of asking took and brought, summed."""

    right: int = 0
    read: int = 0
    first_ms: float = 0.0


def ask(host: HostClient, memory: Sequence[str], question: str, *, cached: bool) -> Generated:
    """Return a whole answer."""
    turns = (Turn(role="user", text=question),)
    *_, done = host.generate(
        Generate(space=SPACE, memory=tuple(memory), turns=turns, max_new_tokens=12, use_cache=cached)
    )
    if not isinstance(done, Generated):
        raise TypeError("an answer ends with what it took")
    return done


def measured(host: HostClient, lines: Sequence[str], asks: int, console: Console) -> dict[str, Tally]:
    """Ask every question in every way."""
    rng, tallies = random.Random(3), dict[str, Tally]()
    host.build_cache(BuildCache(space=SPACE, memory=tuple(lines)))
    facts = {line: fact for line in lines if (fact := read(line)) is not None}
    for _ in track(range(asks), "asking", console=console):
        line = rng.choice(list(facts))
        of_person = [each for each in facts if facts[each].person == facts[line].person]
        own = [each for each in of_person if each == line or each in of_person[: FOUND // 2]]
        others = rng.sample([each for each in lines if each not in own], FOUND - len(own))
        found = [each for each in lines if each in own or each in others]
        question = rng.choice(questions(facts[line], "train"))
        ways = {
            f"{FOUND} lines as text": (found, False),
            f"a KV-cache of {len(lines)}": (lines, True),
            "… and the line that answers": ([*lines, line], True),
            "… and those of the person": ([*lines, *own], True),
            f"… and all {FOUND}": ([*lines, *found], True),
        }
        for way, (memory, cached) in ways.items():
            done, tally = ask(host, memory, question, cached=cached), tallies.setdefault(way, Tally())
            tally.right += facts[line].value.lower() in done.text.lower()
            tally.read += done.prompt_tokens - done.cached_tokens
            tally.first_ms += done.first_token_ms
    return tallies


def main() -> None:
    """Run it and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="recall-tiny")
    parser.add_argument("--lines", type=int, default=60)
    parser.add_argument("--asks", type=int, default=40)
    given = parser.parse_args()
    console = Console()
    with tempfile.TemporaryDirectory() as home:
        settings = Settings.load(home=Path(home), model=given.model, kv_reuse="always")
        try:
            with HostClient(settings, payload_keys(Keyring(settings.keys_folder))) as host:
                tallies = measured(host, phrasebook_memories(given.lines, 7), given.asks, console)
        finally:
            HostProcess(settings).stop()
    table = Table(title=f"{given.model}, {given.asks} questions; one run")
    for name in ("memory", "right", "tokens read", "first token, ms"):
        table.add_column(name, justify="left" if name == "memory" else "right")
    for way, tally in tallies.items():
        table.add_row(
            way,
            f"{tally.right / given.asks:.0%}",
            f"{tally.read / given.asks:.0f}",
            f"{tally.first_ms / given.asks:.0f}",
        )
    console.print(table)


if __name__ == "__main__":
    main()

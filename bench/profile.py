"""Where the time of one search and of one ingested message goes.

Run: ``python -m bench.profile --data DIR [--json FILE]``, DIR a folder of LOCOMO conversations. Statements are timed by the
runner's observer, the rest by wrapping the functions that do it; "other" is what is left of the whole.
"""

import argparse
import json
import statistics
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from bench.dataset import load
from bench.ours import message
from memos_graph import MemOS, Settings
from memos_graph.ingest import extraction

Times = dict[str, list[float]]


def timed(times: Times, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """Return ``function``, noting the milliseconds of each call under ``name``."""

    def run(*args: Any, **kwargs: Any) -> Any:
        started = time.perf_counter()
        try:
            return function(*args, **kwargs)
        finally:
            times[name].append(1000 * (time.perf_counter() - started))

    return run


def rows(times: Times, whole: str, share: int) -> list[tuple[str, float, float]]:
    """Return ``(part, ms per item, median ms of one call)``, dearest first; ``share`` items made up the whole."""
    parts = [(name, sum(ms) / share, statistics.median(ms)) for name, ms in times.items() if name != whole]
    return [(whole, sum(times[whole]) / share, statistics.median(times[whole])), *sorted(parts, key=lambda r: -r[1])]


def draw(title: str, found: list[tuple[str, float, float]]) -> Table:
    """Draw one profile."""
    table = Table("part", title=title)
    table.add_column("ms per item", justify="right")
    table.add_column("median ms of a call", justify="right")
    for name, per_item, median in found:
        table.add_row(name, f"{per_item:.2f}", f"{median:.2f}")
    return table


def main() -> None:
    """Profile the first conversation of the folder, on a fresh server."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--json", type=Path)
    chosen = parser.parse_args()
    conversation = next(load(chosen.data))
    times: Times = defaultdict(list)
    with (
        tempfile.TemporaryDirectory(prefix="memos-profile-") as home,
        MemOS.open(
            Settings.load(home=home, search_cache=0),
            observe=lambda name, seconds: times[f"database: {name}"].append(1000 * seconds),
        ) as memos,
    ):
        memory = memos.mount("bench/profile", principal="bench")
        memory.add("The first memory warms the model up.")
        embedder, extract = memos._services.embedder, extraction.RuleExtractor
        times.clear()
        embedder.encode_parts = timed(times, "model: texts", embedder.encode_parts)  # type: ignore[method-assign]
        extract.extract = timed(times, "language: facts and concepts", extract.extract)  # type: ignore[method-assign]
        messages = [message(turn) for turn in conversation.turns]
        timed(times, "one message, whole", memory.add)(messages, source=conversation.id)
        ingest = rows(times, "one message, whole", len(messages))
        ask = [question.text for question in conversation.questions]
        for question in ask[: len(ask) // 2]:  # warms the database up, and is not counted
            memory.search(question, limit=10)
        times.clear()
        embedder.encode_query = timed(times, "model: the question", embedder.encode_query)  # type: ignore[method-assign]
        search = timed(times, "one search, whole", memory.search)
        for question in ask[len(ask) // 2 :]:
            search(question, limit=10)
        found = rows(times, "one search, whole", len(ask) - len(ask) // 2)
    console = Console()
    console.print(draw(f"Ingest of {len(messages)} messages (parts run side by side)", ingest))
    console.print(draw("Search", found))
    if chosen.json:
        chosen.json.write_text(json.dumps({"ingest": ingest, "search": found}, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

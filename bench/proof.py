"""What it costs that the managed server proves itself: the same searches over TLS and without, one after the other.

    python -m bench.proof [ROUNDS]

Prints the median seconds of a search each way, and the ratio, as the median over pairs made in turns.
"""

import statistics
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from neo4j import NotificationDisabledClassification

from memos_graph import MemOS, Message, Settings
from memos_graph.graph.runner import Runner
from memos_graph.search.operator import MemOperator

_ROUNDS = 400
_WARM = 40
_MEMORIES = 500
_QUIET = {"notifications_disabled_classifications": [NotificationDisabledClassification.UNRECOGNIZED]}


def main() -> None:
    """Measure and print."""
    rounds = int(sys.argv[1]) if sys.argv[1:] else _ROUNDS
    settings = Settings.load(home=Path(tempfile.mkdtemp()) / "home", neo4j_uri=None, search_cache=0)
    with MemOS.open(settings) as memos, replace(memos.endpoint, trust=None).driver(**_QUIET) as plain:
        space = memos.mount("bench/proof", principal="bench")
        text = "Crate {} holds apples from orchard {}, picked by Ana on day {} of the harvest."
        space.add([Message(id=f"m{i}", speaker="Bo", text=text.format(i, i % 17, i % 31)) for i in range(_MEMORIES)])
        services = memos._services
        runner = Runner(plain, memos.endpoint.database)
        operator = MemOperator(runner, services.embedder, services.audit, settings)
        unproven = MemOS(replace(services, runner=runner, operator=operator), plain, memos.endpoint, memos.engine)
        other = unproven.mount("bench/proof", principal="bench")
        times: dict[str, list[float]] = {"TLS": [], "plain": []}
        for turn in range(rounds + _WARM):
            question = f"Which crate holds apples from orchard {turn % 17}, day {turn}?"
            ways = [("TLS", space), ("plain", other)]
            for name, asked in ways if turn % 2 else reversed(ways):
                started = time.perf_counter()
                asked.search(question)
                if turn >= _WARM:
                    times[name].append(time.perf_counter() - started)
    for name, each in times.items():
        print(f"{name:6} {statistics.median(each) * 1000:.2f} ms a search")
    ratios = [proven / without for proven, without in zip(times["TLS"], times["plain"], strict=True)]
    print(f"ratio  {statistics.median(ratios):.4f}, of the sums {sum(times['TLS']) / sum(times['plain']):.4f}")


if __name__ == "__main__":
    main()

"""What the log itself costs as it grows: its events, edges and bytes in the graph, and how long a check, a seal and a proof take.

Run: ``python -m bench.audit [--events 20000] [--more 500] [--json FILE]``. A space of 200 memories is read ``--events`` times, each read
recorded as a search that returned 10 of them; then ``--more`` times more, which is what a day brings. Each act is timed over all of the
log, and over what came since the last seal. Then all that is sealed is archived. Bytes are
those of the database's files after the server has ended; a database keeps the room of what left it, for what comes.
"""

import argparse
import json
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from bench.scale import WORDS
from memos_graph import Memory, MemOS, Message, Settings
from memos_graph.audit import Event

SPACE, OWNER, MEMORIES, FOUND, BATCH = "bench/log", "bench", 200, 10, 1000
HELD = """
MATCH (e:AuditEvent {space: $space}) WITH count(e) AS events
MATCH (:AuditEvent {space: $space})-[r:ON|BY|AFTER]->() RETURN events, type(r) AS kind, count(r) AS edges
"""
Report = dict[str, Any]


def fill(space: Memory, rng: np.random.Generator) -> list[str]:
    """Write the memories that are read."""
    texts = [f"I keep the {' '.join(rng.choice(WORDS, 5))} lamp in Porto." for _ in range(MEMORIES)]
    return list(space.add([Message(id=f"m{i}", text=text) for i, text in enumerate(texts)], source="talk").added)


def read(memos: MemOS, cubes: list[str], count: int, rng: np.random.Generator) -> None:
    """Record searches by the log's own way, which is the group commit."""
    log = memos._services.audit
    for at in range(count):
        found = [str(each) for each in rng.choice(cubes, FOUND, replace=False)]
        log.read(Event(SPACE, "search", OWNER, cubes=found, relevance=[0.5] * FOUND))
        if at % BATCH == BATCH - 1:
            log.flush()
    log.flush()


def held(memos: MemOS) -> Report:
    """Return how many events and edges the graph holds."""
    rows = [each.data() for each in memos.driver.execute_query(HELD, {"space": SPACE}).records]
    return {"events": rows[0]["events"], "edges": {row["kind"]: row["edges"] for row in rows}}


def size(home: Path) -> int:
    """Return the bytes of the database's files, its logs left out."""
    return sum(path.stat().st_size for path in home.glob("neo4j/**/databases/**/*") if path.is_file())


def timed(act: Callable[[], object]) -> float:
    """Return how long it took, seconds."""
    started = time.perf_counter()
    act()
    return round(time.perf_counter() - started, 3)


def main() -> None:
    """Measure on a fresh server."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=20_000)
    parser.add_argument("--more", type=int, default=500)
    parser.add_argument("--json", type=Path)
    chosen = parser.parse_args()
    console, rng = Console(), np.random.default_rng(7)
    report: Report = {}
    with tempfile.TemporaryDirectory(prefix="memos-log-") as folder:
        settings = Settings.load(home=folder, search_cache=0)
        with MemOS.open(settings) as memos:
            cubes = fill(memos.mount(SPACE, principal=OWNER), rng)
        empty = size(Path(folder))
        with MemOS.open(settings) as memos:
            report["recording"] = timed(lambda: read(memos, cubes, chosen.events, rng))
            report["held"] = held(memos)
        report["bytes"] = size(Path(folder)) - empty
        with MemOS.open(settings) as memos:
            audit = memos.mount(SPACE, principal=OWNER).audit
            report["over all of it"] = {
                "seal": timed(audit.seal),
                "verify": timed(lambda: audit.verify(full=True)),
            }
            read(memos, cubes, chosen.more, rng)
            report["since the last seal"] = {
                "seal": timed(audit.seal),
                "verify": timed(audit.verify),
                "prove": timed(lambda: audit.prove("17")),
            }
            report["archiving"] = timed(lambda: audit.archive(days=0))
            report["held after"] = held(memos)
            report["over all of it, archived"] = {
                "verify": timed(lambda: audit.verify(full=True)),
                "prove": timed(lambda: audit.prove("17")),
            }
            report["archive bytes"] = sum(
                each.stat().st_size for each in Path(folder).glob("audit/archive/*/*.gz") if each.is_file()
            )
    show(console, report, chosen.more)
    if chosen.json:
        chosen.json.write_text(
            json.dumps({"load_average": os.getloadavg()[0], **report}, indent=1) + "\n", encoding="utf-8"
        )


def show(console: Console, report: Report, more: int) -> None:
    """Print it."""
    for name, size_of in (("held", report["bytes"]), ("held after", None)):
        events, edges = report[name]["events"], report[name]["edges"]
        of_each = ", ".join(f"{kind} {count:,}" for kind, count in sorted(edges.items()))
        told = "" if size_of is None else f", {size_of / 1e6:.1f} MB"
        console.print(f"{name}: {events:,} events, {sum(edges.values()):,} edges ({of_each}){told}")
    console.print(f"archived in {report['archiving']} s: {report['archive bytes'] / 1e6:.1f} MB of files")
    columns = ("over all of it", "since the last seal", "over all of it, archived")
    table = Table("act", *(f"{each}, s" for each in columns), title=f"The log; {more:,} events since the last seal")
    for act in ("seal", "verify", "prove"):
        table.add_row(act, *(str(report[each].get(act, "")) for each in columns))
    console.print(table)


if __name__ == "__main__":
    main()

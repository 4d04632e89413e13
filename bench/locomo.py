"""Recall and speed on conversations in LOCOMO's shape, side by side with plain BM25, plain vectors and the peers in one run.

Run: ``python -m bench.locomo --data DIR [--data DIR …] --json FILE [--peers PYTHON]``, a folder a data set. Contestants run one after the other, each in a
process of its own; ``PYTHON`` is the interpreter of an environment made by ``make peers``. No language model anywhere;
all-MiniLM-L6-v2 everywhere.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from bench.dataset import CUTS, categories
from memos_graph import Settings
from memos_graph.graph.engine import Engine

PEERS = ("bench.peers.mem0", "bench.peers.neo4j_graphrag")


def run(python: str, module: str, data: Path, extra: dict[str, str]) -> list[dict[str, Any]]:
    """Run one contestant and return the reports it prints."""
    done = subprocess.run(
        [python, "-m", module, str(data)],
        env=os.environ | {"HF_HUB_OFFLINE": "1"} | extra,
        cwd=Path(__file__).parent.parent,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]


def table(reports: list[dict[str, Any]], data: Path) -> Table:
    """Draw the reports side by side."""
    drawn = Table(title=f"{data.name}: evidence recall, search and ingest", caption="mem0 runs dense only, see docs")
    drawn.add_column("contestant")
    for k in CUTS:
        drawn.add_column(f"R@{k}", justify="right")
    kinds = categories(data).values()
    for name in kinds:
        drawn.add_column(f"{name} @10", justify="right")
    for name in ("search p50 ms", "p95 ms", "messages/s"):
        drawn.add_column(name, justify="right")
    for report in reports:
        recall = report["recall"]
        drawn.add_row(
            report["name"],
            *(f"{recall['overall'][f'R@{k}']:.3f}" for k in CUTS),
            *(f"{recall['by_category'][name]['R@10']:.3f}" for name in kinds),
            f"{report['search_ms']['p50']:.1f}",
            f"{report['search_ms']['p95']:.1f}",
            f"{report['messages_per_second'] or 0:.1f}",
        )
    return drawn


def contest(data: Path, peers: str | None, console: Console) -> list[dict[str, Any]]:
    """Run every contestant on one data set, each on a fresh server, and show what they reported."""
    with tempfile.TemporaryDirectory(prefix="memos-bench-") as home:
        reports = run(sys.executable, "bench.plain", data, {"MEMOS_HOME": home})
        reports += run(sys.executable, "bench.ours", data, {"MEMOS_HOME": home})
        if peers:
            engine = Engine(Settings.load(home=Path(home) / "peers"))
            endpoint = engine.ensure()
            server = {
                "NEO4J_URI": endpoint.uri,
                "NEO4J_USER": endpoint.user,
                "NEO4J_PASSWORD": endpoint.password.get_secret_value(),
            }
            try:
                for module in PEERS:
                    reports += run(peers, module, data, server)
            finally:
                engine.release()
    console.print(table(reports, data))
    return reports


def main() -> None:
    """Run every contestant on every data set and write what they reported."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--data", type=Path, required=True, action="append", help="folder of conversations (*.json); may be repeated"
    )
    parser.add_argument("--json", type=Path, help="where to write the figures")
    parser.add_argument("--peers", help="Python of an environment with the peers (make peers)")
    chosen = parser.parse_args()
    console = Console(width=max(Console().width, 200), stderr=False)
    found = {data.name: contest(data, chosen.peers, console) for data in chosen.data}
    if chosen.json:
        chosen.json.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

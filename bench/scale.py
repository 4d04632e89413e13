"""How search time grows with the store: the same spaces asked while others fill the store up.

Run: ``python -m bench.scale [--sizes 2000,20000,200000] [--one-space] [--json FILE]``. Each space holds 100 memories with a fact
each, made of drawn words and unit vectors; with ``--one-space`` all of them lie in one, which is the harder question.
Permissions, routing and audit are on; the cache is off. Written straight into the graph: what is measured is search.
"""

import argparse
import json
import statistics
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from memos_graph import MemOS, Settings
from memos_graph.embedding import packed
from memos_graph.governance import space_key
from memos_graph.integrity import Integrity
from memos_graph.kit.moments import NEVER

MEMORIES = 100
ASKED = 60
FILL = """CYPHER 25
UNWIND $rows AS row
CREATE (c:MemCube:Plaintext) SET c = row.whole
CREATE (f:MemCube:Plaintext)-[:DERIVED_FROM {transform: 'extracted'}]->(c) SET f = row.fact
CREATE (c)-[:CURRENT]->(:MemVersion {cube: c.id, number: 1, known_from: c.created_at})
WITH c, f, row
CALL db.create.setNodeVectorProperty(c, 'embedding', toFloatList(row.vector))
CALL db.create.setNodeVectorProperty(f, 'embedding', toFloatList(row.fact_vector))
RETURN count(*) AS cubes"""
WORDS = [
    a + b + c
    for a in ("ba", "ke", "li", "mo", "nu", "ra", "se", "ti")
    for b in ("do", "ga", "pi", "vu")
    for c in "lnrst"
]


def fill(memos: MemOS, number: int, rng: np.random.Generator, *, first: int = 0) -> str:
    """Add 100 memories, counted from ``first``, to one space; returns its id."""
    space = f"bench/s{number:05d}"
    memos.mount(space, principal="bench")
    at = datetime.now(UTC)
    rows = [row(space, first + i, at, rng) for i in range(MEMORIES)]
    memos.driver.execute_query(FILL, rows=rows)
    vouch(memos, [row[part]["id"] for row in rows for part in ("whole", "fact")])
    return space


def vouch(memos: MemOS, cubes: list[str]) -> None:
    """Have memories that were written straight into the graph pass for written by the product."""
    integrity = memos._services.runner.vouching
    if isinstance(integrity, Integrity):
        integrity.vouch_anew(memos._services.runner, cubes)


def row(space: str, index: int, at: datetime, rng: np.random.Generator) -> dict[str, Any]:
    """One memory with its fact."""
    text = " ".join(rng.choice(WORDS, 12))
    shared = {
        "space": space, "space_key": space_key(space), "live": True, "state": "activated", "memory_type": "plaintext",
        "created_at": at, "updated_at": at, "valid_from": at, "said_at": at, "expires_at": NEVER, "tags": [],
        "speaker": "Ann", "source": f"talk{index // 20}", "origin_id": f"m{index}", "created_by": "bench", "version": 1,
        "priority": 0,
    }  # fmt: skip
    whole = shared | {
        "id": f"{space}/{index}", "level": "whole", "text": text, "context": text, "semantic_type": "message",
        "origin": "user_input",
    }  # fmt: skip
    fact = shared | {
        "id": f"{space}/{index}/f", "level": "fact", "text": text[:40], "semantic_type": "fact", "origin": "extracted",
    }  # fmt: skip
    vectors = rng.normal(size=(2, 384)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return {"whole": whole, "fact": fact, "vector": packed(vectors[0]), "fact_vector": packed(vectors[1])}


def ask(memos: MemOS, spaces: list[str], rng: np.random.Generator) -> list[float]:
    """Search drawn spaces for drawn words; milliseconds of each search."""
    times = []
    for space in rng.choice(spaces, ASKED):
        memory = memos.mount(str(space), principal="bench")
        question = " ".join(rng.choice(WORDS, 4))
        memory.read_question(question)
        memos._services.embedder.encode_query(question)
        started = time.perf_counter()
        result = memory.search(question, limit=10)
        times.append(1000 * (time.perf_counter() - started))
        if not result.hits:
            raise SystemExit(f"{space}: nothing found for {question!r}.")
    return times


def main() -> None:
    """Fill a fresh server to each size and ask."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", default="2000,20000,200000", help="numbers of cubes, facts included")
    parser.add_argument("--one-space", action="store_true", help="all memories in one space")
    parser.add_argument("--json", type=Path)
    chosen = parser.parse_args()
    console, rng, reports = Console(), np.random.default_rng(7), []
    table = Table(
        "cubes", "spaces", "search p50 ms", "p95 ms", "times the first", title="Search against size of the store"
    )
    with (
        tempfile.TemporaryDirectory(prefix="memos-scale-") as home,
        MemOS.open(Settings.load(home=home, search_cache=0)) as memos,
    ):
        spaces: list[str] = []
        filled = 0
        for size in map(int, chosen.sizes.split(",")):
            while 2 * filled < size:
                place = 0 if chosen.one_space else len(spaces)
                spaces.append(fill(memos, place, rng, first=filled if chosen.one_space else 0))
                filled += MEMORIES
            spaces = list(dict.fromkeys(spaces))
            memos.driver.execute_query("CALL db.awaitIndexes(600)")
            ask(memos, spaces, rng)
            times = ask(memos, spaces, rng)
            p50, p95 = statistics.median(times), statistics.quantiles(times, n=20)[-1]
            reports.append({"cubes": size, "spaces": len(spaces), "p50_ms": round(p50, 2), "p95_ms": round(p95, 2)})
            ratio = p50 / reports[0]["p50_ms"]
            table.add_row(f"{size:,}", f"{len(spaces):,}", f"{p50:.1f}", f"{p95:.1f}", f"{ratio:.2f}")
            console.print(f"{size:,} cubes: p50 {p50:.1f} ms")
    console.print(table)
    if chosen.json:
        chosen.json.write_text(json.dumps(reports, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

"""What it costs that every memory is vouched for: the same searches and the same additions with the checks and without, in turns.

Run: ``python -m bench.integrity [--memories 2000] [--searches 300] [--json FILE]``. Without: nobody vouches for what is written, and the
search statement does not give what is checked. The
cache of searches is off, permissions, routing and audit are on; both ask the same questions in turns of ten. Beside it, what would be added if
rights were checked at each decision, too, which they are not.
"""

import argparse
import json
import statistics
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from bench.governance import TURN, in_turns
from bench.scale import WORDS
from memos_graph import Memory, MemOS, Message, Settings
from memos_graph.cypher import _fragment, query
from memos_graph.governance import MemGovernance
from memos_graph.graph.rows import Row, native
from memos_graph.graph.runner import Runner
from memos_graph.search.calls import Filters
from memos_graph.search.operator import MemOperator
from memos_graph.vault.vault import MemVault

WHO = "bench"
GRANTED = """
MATCH (s:Space {id: $space}) UNWIND range(1, $grants) AS i
MERGE (p:Principal {id: 'granted' + i}) CREATE (p)-[:GRANTED {actions: ['read'], by: s.owner, at: datetime()}]->(s)
"""


class Unchecked(Runner):
    """Nobody vouches for what it writes, and a search does not give what could be checked."""

    def read(self, name: str, /, **params: object) -> list[Row]:
        """Run one reading statement."""
        if name != "search/search":
            return super().read(name, **params)
        result = self.driver.execute_query(UNCHECKED, dict(params), routing_="r", database_=self.database)  # type: ignore[call-overload]
        return [{key: native(value) for key, value in record.items()} for record in result.records]


def unchecked() -> str:
    """Return the search statement without what is checked."""
    text, checked = query("search/search").text, _fragment("fragments/vouched")
    if text.count(checked) != 1:
        raise SystemExit("The search statement no longer gives once what is checked: look at bench/integrity.py.")
    return text.replace(checked, "{}")


UNCHECKED = unchecked()


def sentences(rng: np.random.Generator, number: int) -> list[str]:
    """Return messages of four sentences of drawn words."""
    return [". ".join(" ".join(rng.choice(WORDS, 9)).capitalize() for _ in range(4)) + "." for _ in range(number)]


def measure(memos: MemOS, memories: int, count: int) -> dict[str, Any]:
    """Fill two spaces alike, in turns, with the checks and without; then search the one that has digests."""
    ours, rng = memos._services, np.random.default_rng(1)
    plain = Unchecked(memos.driver, memos.endpoint.database)
    free = replace(ours, runner=plain, vault=MemVault(plain, MemGovernance(plain), ours.audit))
    filled: dict[str, list[float]] = {"without": [], "with": []}
    spaces = {name: memos.mount(f"{WHO}/{name}", principal=WHO) for name in filled}
    unchecked = Memory(free, ours.governance.open_space(f"{WHO}/without", WHO), WHO)
    for first in range(0, memories, 200):
        texts = sentences(rng, 200)
        for name, space in (("without", unchecked), ("with", spaces["with"])):
            messages = [Message(id=f"m{first + i}", speaker="Ann", text=text) for i, text in enumerate(texts)]
            started = time.perf_counter()
            space.add(messages, source="talk")
            filled[name].append(time.perf_counter() - started)
    questions = [" ".join(rng.choice(WORDS, 4)) for _ in range(count)]
    calls = [spaces["with"].read_question(question) for question in questions]
    for call in calls:
        ours.embedder.encode_query(call.spoken)
    operators = [MemOperator(runner, ours.embedder, ours.audit, ours.settings) for runner in (plain, ours.runner)]

    def search(operator: MemOperator, i: int) -> None:
        found = operator.search(calls[i % count], principal=WHO, spaces=(f"{WHO}/with",), limit=10, filters=Filters())
        if not found.hits or found.withheld:
            raise SystemExit(f"{questions[i % count]}: {len(found.hits)} found, {found.withheld} withheld.")

    times = in_turns(
        lambda i: search(operators[0], i), lambda i: search(operators[1], i), count - count % TURN, ours.audit.flush
    )
    rates = {name: round(memories / sum(taken), 1) for name, taken in filled.items()}
    return {
        "search": times,
        "memories_a_second": rates,
        "ingest_ratio": round(sum(filled["with"][1:]) / sum(filled["without"][1:]), 3),
    }


def deciding(memos: MemOS, count: int) -> dict[str, float]:
    """Return the milliseconds (median) that a check of rights would add to each decision, by how many grants the space has."""
    found, integrity = {}, memos._services.integrity
    for grants in (1, 100, 1000):
        space = memos.mount(f"{WHO}/granted-{grants}", principal=WHO).space
        memos.driver.execute_query(GRANTED, space=space, grants=grants - 1, database_=memos.endpoint.database)
        taken = []
        for _ in range(count):
            started = time.perf_counter()
            rows = memos._services.runner.read("integrity/governing", ids=[space, WHO])
            for row in rows:
                integrity.changed_parts(row)
            taken.append(1000 * (time.perf_counter() - started))
        found[f"{grants} grants"] = round(statistics.median(taken), 2)
    return found


def main() -> None:
    """Print what was measured as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--memories", type=int, default=2000)
    parser.add_argument("--searches", type=int, default=300)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings.load(home=Path(folder) / "home", neo4j_uri=None, search_cache=0)
        with MemOS.open(settings, embeds=True) as memos:
            report = measure(memos, given.memories, given.searches)
            report["rights_ms"] = deciding(memos, given.searches)
    told = json.dumps(report, indent=2)
    if given.json:
        given.json.write_text(told)
    print(told)


if __name__ == "__main__":
    main()

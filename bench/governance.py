"""What governance and the log cost: each act as it is, beside the same act with them taken out.

Run: ``python -m bench.governance [--searches N] [--spaces 1000 --principals 10000] [--json FILE]``. The search without
governance is the packaged statement with its access clauses replaced by a constant, and no event of the read; the cache is off.
Both are asked the same questions in turns of ten, so that the group commits of a turn fall on the turn that caused them.
A write without the log is the same write with ``AuditLog.append`` doing nothing. The crowd is written straight into the graph.
"""

import argparse
import json
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from bench.scale import WORDS, fill, vouch
from memos_graph import Memory, MemOS, Settings
from memos_graph.audit import AuditLog, Event
from memos_graph.cypher import _fragment, query
from memos_graph.governance import Access, Action, MemGovernance, space_key
from memos_graph.graph.rows import Row, native
from memos_graph.graph.runner import Runner, Transaction
from memos_graph.kit.clock import now
from memos_graph.lifecycle.lifecycle import MemLifecycle
from memos_graph.search.calls import Filters
from memos_graph.search.operator import MemOperator
from memos_graph.vault.vault import MemVault

READER, TURN, ROLES, FILLED = "reader", 10, 200, 8
CROWD = """
UNWIND range(0, $principals - 1) AS i
MERGE (p:Principal {id: 'crowd' + i}) ON CREATE SET p.kind = 'user', p.created_at = $now
"""
PLACES = """
UNWIND $rows AS row
MATCH (p:Principal {id: row.owner})
MERGE (s:Space {id: row.id})
ON CREATE SET s.space_key = row.key, s.owner = row.owner, s.created_at = $now, s.revision = 0, s.audit_seq = 0, s.cubes = 0
MERGE (p)-[:OWNS]->(s)
MERGE (p)-[g:GRANTED]->(s)
ON CREATE SET g.actions = $every, g.by = row.owner, g.at = $now
"""
MEMBERS = """
UNWIND $rows AS row
MERGE (r:Principal {id: row.role}) ON CREATE SET r:Role, r.kind = 'role', r.owner = 'bench', r.created_at = $now
WITH r, row
MATCH (p:Principal {id: row.member})
MERGE (p)-[h:HAS_ROLE]->(r) SET h.by = 'bench', h.at = $now
"""
RIGHTS = """
UNWIND $rows AS row
MATCH (p:Principal {id: row.grantee}), (s:Space {id: row.space})
MERGE (p)-[g:GRANTED]->(s) ON CREATE SET g.actions = ['read'], g.by = 'bench', g.at = $now
"""
DENIED = """
UNWIND $rows AS row
MATCH (p:Principal {id: row.grantee}), (c:MemCube {id: row.cube})
MERGE (p)-[d:DENIED]->(c) ON CREATE SET d.actions = ['read'], d.by = 'bench', d.at = $now
"""
Report = dict[str, Any]


class Ungoverned(Runner):
    """Runs the search without its access clauses, and everything else as it is."""

    def read(self, name: str, /, **params: object) -> list[Row]:
        """Run one reading statement."""
        if name != "search/search":
            return super().read(name, **params)
        result = self.driver.execute_query(UNGOVERNED, dict(params), routing_="r", database_=self.database)  # type: ignore[call-overload]
        return [{key: native(value) for key, value in record.items()} for record in result.records]


class Unrecorded(AuditLog):
    """Records nothing."""

    def append(self, tx: Transaction, events: Sequence[Event]) -> None:
        """Record no write."""

    def read(self, event: Event) -> None:
        """Record no read."""


def ungoverned() -> str:
    """Return the search statement for whom everything is allowed."""
    text, clauses = query("search/search").text, _fragment("fragments/access")
    if text.count(clauses) != 1:
        raise SystemExit(
            "The search statement no longer takes in its access clauses once: look at bench/governance.py."
        )
    return text.replace(clauses, "WITH s, ['read'] AS actions, 3 AS sees, [] AS forbidden")


UNGOVERNED = ungoverned()


def compared(plain: list[float], full: list[float]) -> Report:
    """Return both medians (ms) and how many times the second is the first."""
    p50, other = statistics.median(plain), statistics.median(full)
    return {"without_ms": round(p50, 2), "with_ms": round(other, 2), "ratio": round(other / p50, 3)}


def in_turns(
    plain: Callable[[int], object], full: Callable[[int], object], count: int, settle: Callable[[], None]
) -> Report:
    """Do both ``count`` times, ten at a time, after one turn of each that is not counted."""
    times: tuple[list[float], list[float]] = ([], [])
    for first in range(-TURN, count, TURN):
        for act, taken in zip((plain, full), times, strict=True):
            for i in range(first, min(first + TURN, count)):
                started = time.perf_counter()
                act(i)
                if first >= 0:
                    taken.append(1000 * (time.perf_counter() - started))
            settle()
    return compared(*times)


def searches(memos: MemOS, spaces: list[str], count: int, rng: np.random.Generator) -> Report:
    """Ask the same questions as a reader with a role, and with nothing checked or recorded."""
    ours = memos._services
    runner = Ungoverned(memos.driver, memos.endpoint.database)
    unrecorded = Unrecorded(ours.runner, ours.settings, ours.audit.chain)
    free = MemOperator(runner, ours.embedder, unrecorded, ours.settings)
    asked = [(str(rng.choice(spaces)), " ".join(rng.choice(WORDS, 4))) for _ in range(count)]
    calls = {i: mounted(memos, space).read_question(question) for i, (space, question) in enumerate(asked)}
    for call in calls.values():
        ours.embedder.encode_query(call.spoken)

    def search(operator: MemOperator, i: int) -> None:
        found = operator.search(
            calls[i % count], principal=READER, spaces=(asked[i % count][0],), limit=10, filters=Filters()
        )
        if not found.hits:
            raise SystemExit(f"{asked[i % count]}: nothing found.")

    return in_turns(lambda i: search(free, i), lambda i: search(ours.operator, i), count, ours.audit.flush)


def mounted(memos: MemOS, space: str) -> Memory:
    """Return a space as the reader sees it."""
    return memos.mount(space, principal=READER)


def writes(memos: MemOS, count: int, rng: np.random.Generator) -> tuple[Report, Report]:
    """Add and update memories with the log, and without it."""
    ours = memos._services
    log = Unrecorded(ours.runner, ours.settings, ours.audit.chain)
    governance = MemGovernance(ours.runner)
    parts = replace(
        ours,
        audit=log,
        vault=MemVault(ours.runner, governance, log),
        lifecycle=MemLifecycle(ours.runner, governance, log, ours.embedder, ours.extractor),
    )
    here = memos.mount("bench/writes", principal="bench")
    there = memos.mount("bench/unrecorded", principal="bench")
    access = Access(space=there.space, owner="bench", actions=tuple(Action), created_at=now())
    plain, ids = Memory(parts, access, "bench"), {}

    def add(memory: Memory, i: int) -> None:
        text = f"I keep the {' '.join(rng.choice(WORDS, 3))} lamp in Porto."
        (ids[memory.space, i],) = memory.add(text, source=f"talk{i}").added

    def update(memory: Memory, i: int) -> None:
        memory.update(ids[memory.space, i], text=f"I gave the {' '.join(rng.choice(WORDS, 3))} lamp away.")

    added = in_turns(lambda i: add(plain, i), lambda i: add(here, i), count, ours.audit.flush)
    updated = in_turns(lambda i: update(plain, i), lambda i: update(here, i), count, ours.audit.flush)
    return added, updated


def crowd(memos: MemOS, spaces: int, principals: int, filled: list[str], rng: np.random.Generator) -> None:
    """Fill the store up: everybody owns, is granted and denied something, and has three roles."""

    def run(statement: str, rows: list[Row] | None = None, **params: object) -> None:
        for first in range(0, len(rows) if rows is not None else 1, 5000):
            values = {"now": now(), **params} | ({} if rows is None else {"rows": rows[first : first + 5000]})
            memos.driver.execute_query(statement, values, database_=memos.endpoint.database)  # type: ignore[arg-type]

    run(CROWD, principals=principals)
    everybody = [READER, *(f"crowd{i}" for i in range(principals))]
    places = [f"crowd{i % principals}/s{i:05d}" for i in range(spaces - len(filled))]
    run(
        PLACES,
        [{"id": each, "key": space_key(each), "owner": each.partition("/")[0]} for each in places],
        every=[action.value for action in Action],
    )
    roles = [f"bench/role{i}" for i in range(ROLES)]
    run(MEMBERS, [{"role": str(role), "member": who} for who in everybody for role in rng.choice(roles, 3)])
    everywhere = [*places, *filled]
    given = [{"grantee": who, "space": str(each)} for who in everybody for each in rng.choice(everywhere, 5)]
    given += [{"grantee": role, "space": str(each)} for role in roles for each in rng.choice(everywhere, 10)]
    # The spaces that are searched are the most shared: a tenth of everybody has each.
    given += [{"grantee": who, "space": each} for each in filled for who in rng.choice(everybody[1:], principals // 10)]
    run(RIGHTS, given)
    cubes = [f"{each}/{i}" for each in filled for i in range(3)]
    run(DENIED, [{"grantee": who, "cube": str(rng.choice(cubes))} for who in [*everybody, *roles]])
    vouch(memos, cubes)
    memos.driver.execute_query("CALL db.awaitIndexes(600)")


def main() -> None:
    """Measure on a fresh server: one space and one reader, a crowd, and writes."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--searches", type=int, default=200)
    parser.add_argument("--writes", type=int, default=60)
    parser.add_argument("--spaces", type=int, default=1000)
    parser.add_argument("--principals", type=int, default=10_000)
    parser.add_argument("--json", type=Path)
    chosen = parser.parse_args()
    console, rng = Console(), np.random.default_rng(7)
    reports: dict[str, Report] = {}
    with (
        tempfile.TemporaryDirectory(prefix="memos-governance-") as home,
        MemOS.open(Settings.load(home=home, search_cache=0)) as memos,
    ):
        filled = [fill(memos, i, rng) for i in range(FILLED)]
        memos._services.roles.create("bench/readers", "bench")
        memos._services.roles.add("bench/readers", "bench", READER)
        for space in filled:
            memos.mount(space, principal="bench").grant("bench/readers", [])
        memos.driver.execute_query("CALL db.awaitIndexes(600)")
        reports["search"] = {"limit": 1.3, **searches(memos, filled, chosen.searches, rng)}
        crowd(memos, chosen.spaces, chosen.principals, filled, rng)
        name = f"search, {chosen.spaces:,} spaces and {chosen.principals:,} principals"
        reports[name] = {"limit": 1.5, **searches(memos, filled, chosen.searches, rng)}
        added, updated = writes(memos, chosen.writes, rng)
        reports |= {"add": {"limit": 1.5, **added}, "update": {"limit": 1.5, **updated}}
    load = [round(each, 2) for each in os.getloadavg()]
    table = Table(
        "act", "without ms", "with ms", "times", "at most", title=f"Governance and the log: p50, load average {load[0]}"
    )
    for name, row in reports.items():
        table.add_row(name, f"{row['without_ms']}", f"{row['with_ms']}", f"{row['ratio']}", f"{row['limit']}")
    console.print(table)
    if chosen.json:
        chosen.json.write_text(json.dumps({"load_average": load, **reports}, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

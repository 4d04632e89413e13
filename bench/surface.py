"""What each surface adds to a search, and how many clients at once it bears.

Usage: python -m bench.surface [--messages 500] [--rounds 200] [--pages] [--json FILE]
       python -m bench.surface --clients 50 --seconds 60 [--json FILE]

A service of its own (``memos up``) on a database of its own, without the cache of searches. In a round every surface asks one question, in an order that
changes, so that what else the machine does falls on all of them; each asks every question once. ``--pages`` measures the console's pages, too,
those with a search beside the same search in Python. ``--clients`` has that many clients at once search and add, half over REST and half over MCP.
"""

import argparse
import json
import os
import random
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import anyio
import httpx2
from mcp import Client, StdioServerParameters, stdio_client
from mcp.client.streamable_http import streamable_http_client

from bench.service import connected, key_of, service
from bench.surface_pages import pages
from bench.surface_soak import soak
from memos_graph import MemOS, Message, Settings

OWNER = "ann"
SPACE = "ann/mem0/user/ann"
_PEOPLE = ("Dana", "Ravi", "Ingrid", "Olga", "Tom", "Maya", "Felix", "Nora")
_THINGS = ("kiln", "ferry", "cello", "garden", "harbour", "lease", "recipe", "train")
Search = Callable[[str], Awaitable[int]]
AIMS = {"REST": 3.0, "MCP over HTTP": 5.0, "MCP over stdio": 5.0}


def messages(count: int) -> list[Message]:
    """Return what is searched."""
    found = []
    for number in range(count):
        who, thing = _PEOPLE[number % 8], _THINGS[number // 8 % 8]
        found.append(
            Message(id=f"m{number}", speaker=who, text=f"I looked after the {thing} on day {number}, and liked it.")
        )
    return found


def questions(count: int) -> list[str]:
    """Return as many questions, no two of them the same."""
    return [f"Who liked the {_THINGS[number % 8]} on day {number}?" for number in range(count)]


async def surfaces(stack: AsyncExitStack, memos: MemOS, folder: Path, address: str, key: str) -> dict[str, Search]:
    """Return how each surface searches; each returns how many memories it found."""
    space = memos.mount(SPACE, principal=OWNER)
    remote = stack.enter_context(MemOS.connect(address, key)).mount(SPACE)
    rest = stack.enter_context(connected(address, key))
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MEMOS_")}
    process = StdioServerParameters(
        command=sys.executable,
        args=["-m", "memos_graph.cli", "mcp", "--as", OWNER],
        env={**environment, "MEMOS_HOME": str(folder), "MEMOS_SEARCH_CACHE": "0"},
    )
    by_stdio = await stack.enter_async_context(Client(stdio_client(process)))
    http = await stack.enter_async_context(httpx2.AsyncClient(headers={"Authorization": f"Bearer {key}"}, timeout=60))
    by_http = await stack.enter_async_context(Client(streamable_http_client(f"{address}/mcp", http_client=http)))

    def posted(path: str, body: Mapping[str, Any], hits: str) -> int:
        answer = rest.post(path, json=body)
        answer.raise_for_status()
        return len(answer.json()[hits])

    async def called(client: Client, question: str) -> int:
        answer = await client.call_tool("search_memories", {"query": question, "space": SPACE})
        if answer.is_error or answer.structured_content is None:
            raise RuntimeError(str(answer))
        return len(answer.structured_content["hits"])

    async def in_process(question: str) -> int:
        return len(space.search(question).hits)

    async def by_client(question: str) -> int:
        return len(remote.search(question).hits)

    async def by_rest(question: str) -> int:
        return posted("/v1/search", {"question": question, "spaces": [SPACE]}, "hits")

    async def by_mem0(question: str) -> int:
        body = {"query": question, "filters": {"user_id": OWNER}, "top_k": 10}
        return posted("/compat/mem0/v3/memories/search/", body, "results")

    return {
        "Python": in_process,
        "REST": by_rest,
        "client over REST": by_client,
        "MCP over stdio": lambda question: called(by_stdio, question),
        "MCP over HTTP": lambda question: called(by_http, question),
        "mem0's REST": by_mem0,
    }


async def interleaved(searches: Mapping[str, Search], rounds: int) -> dict[str, list[float]]:
    """Return what each surface's searches took, ms, in the order of the rounds."""
    asked, spent = questions(rounds), {name: list[float]() for name in searches}
    order = list(searches)
    for number in range(-10, rounds):
        random.shuffle(order)
        for name in order:
            question = asked[(number + 31 * list(searches).index(name)) % rounds]
            began = time.perf_counter()
            found = await searches[name](question)
            taken = (time.perf_counter() - began) * 1000
            if not found:
                raise RuntimeError(f"{name} found nothing for: {question}")
            if number >= 0:
                spent[name].append(taken)
    return spent


def figures(spent: Mapping[str, list[float]]) -> dict[str, dict[str, float]]:
    """Return p50 and p95 of each, and what it takes more than Python: of the medians, and the median of the rounds' differences."""
    base = spent["Python"]
    cuts = {name: quantiles(each, n=20) for name, each in spent.items()}
    return {
        name: {
            "p50_ms": round(cuts[name][9], 2),
            "p95_ms": round(cuts[name][18], 2),
            "adds_p50_ms": round(cuts[name][9] - cuts["Python"][9], 2),
            "adds_p95_ms": round(cuts[name][18] - cuts["Python"][18], 2),
            "adds_each_round_ms": round(median(b - a for a, b in zip(base, each, strict=True)), 2),
        }
        for name, each in spent.items()
    }


def table(found: Mapping[str, Mapping[str, object]]) -> Iterable[str]:
    """Yield the lines of a table."""
    columns = list(next(iter(found.values())))
    yield f"{'':24}" + "".join(f"{column:>20}" for column in columns)
    for name, row in found.items():
        yield f"{name:24}" + "".join(f"{row.get(column)!s:>20}" for column in columns)


async def measure(given: argparse.Namespace) -> dict[str, Any]:
    """Measure what was asked for, and print it."""
    with tempfile.TemporaryDirectory() as root:
        folder = Path(root) / "home"
        with service(folder, MEMOS_SEARCH_CACHE="0") as address:
            if given.clients:
                return await soak(folder, address, given.clients, given.seconds)
            settings = Settings.load(home=folder, search_cache=0)
            key = key_of(folder, OWNER)
            with MemOS.open(settings) as memos:
                memos.mount(SPACE, principal=OWNER).add(
                    messages(given.messages), source="talk", tags=[f"user_id={OWNER}"]
                )
                async with AsyncExitStack() as stack:
                    searches = await surfaces(stack, memos, folder, address, key)
                    spent = await interleaved(searches, given.rounds)
                    found: dict[str, Any] = {"messages": given.messages, "surfaces": figures(spent)}
                    if given.pages:
                        found["pages"] = pages(memos, address, key, SPACE, questions(given.rounds))
                return found


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--messages", type=int, default=500)
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--pages", action="store_true")
    parser.add_argument("--clients", type=int, default=0)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    found = anyio.run(measure, given)
    for each in ("surfaces", "pages"):
        if each in found:
            print("\n".join(table(found[each])), end="\n\n")
    for name, aim in AIMS.items() if "surfaces" in found else ():
        added = found["surfaces"][name]["adds_p50_ms"]
        print(f"{name} adds {added} ms at p50 (aim: {aim}): {'reached' if added <= aim else 'not reached'}")
    if given.clients:
        print(json.dumps(found, indent=2))
    if given.json:
        given.json.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

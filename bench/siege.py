"""One principal at full force beside another's ordinary searches over REST: what the other waits, with it and without.

Usage: python -m bench.siege [--seconds 20] [--json FILE]. A service of its own (``memos up``) on a database of its own. The besieger, in a process of
its own, sends searches, requests that are refused, KV builds, distillations and uploads from as many connections as ``--force`` says; the other
searches its own space, one search after the other.
"""

import argparse
import json
import multiprocessing
import random
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from statistics import quantiles
from typing import Any

import httpx

from bench.service import connected, key_of, service

_PEOPLE = ("Dana", "Ravi", "Ingrid", "Olga", "Tom", "Maya", "Felix", "Nora")
_THINGS = ("kiln", "ferry", "cello", "garden", "harbour", "lease", "recipe", "train")
_OWNER, _BESIEGER = "ann", "mallory"


def _said(number: int) -> dict[str, str]:
    who, thing = _PEOPLE[number % 8], _THINGS[number // 8 % 8]
    return {
        "id": f"m{number}",
        "speaker": who,
        "text": f"{who} looked after the {thing} on day {number}, and liked it.",
    }


def _fill(client: httpx.Client, space: str, messages: int) -> None:
    client.put(f"/v1/spaces/{space}").raise_for_status()
    for first in range(0, messages, 100):
        body = {"messages": [_said(number) for number in range(first, first + 100)], "source": "talk"}
        client.post(f"/v1/spaces/{space}/messages", json=body).raise_for_status()


def _besiege(address: str, key: str, force: int, begun: Any, done: Any, told: Any) -> None:
    """Send as much as there are connections for, until it is done."""
    answers: Counter[str] = Counter()
    own = f"{_BESIEGER}/notes"

    def acts(client: httpx.Client, chosen: random.Random) -> dict[str, Callable[[], httpx.Response]]:
        day = chosen.randrange(10_000)
        return {
            "search": lambda: client.post("/v1/search", json={"question": f"Who liked day {day}?", "spaces": [own]}),
            "refused": lambda: client.get(f"/v1/spaces/{_OWNER}/notes"),
            "build": lambda: client.post(f"/v1/spaces/{own}/kv", json={}),
            "distil": lambda: client.post(f"/v1/spaces/{own}/lora", json={}),
            "upload": lambda: client.post(
                f"/v1/spaces/{own}/documents",
                params={"source": f"d{day}.md"},
                content=f"# Day {day}\n\n" + "\n\n".join(f"{who} was here on day {day}." for who in _PEOPLE),
                headers={"Content-Type": "text/markdown"},
            ),
        }

    def send(number: int) -> None:
        chosen = random.Random(number)
        names = ("search", "refused", "search", "refused", "upload", "build", "search", "refused", "upload", "distil")
        with connected(address, key) as client:
            begun.wait()
            while not done.is_set():
                name = names[number % len(names)]
                try:
                    answer = acts(client, chosen)[name]()
                    answers[f"{name} {answer.status_code}"] += 1
                except httpx.HTTPError as error:
                    answers[f"{name} {type(error).__name__}"] += 1

    threads = [threading.Thread(target=send, args=(number,), daemon=True) for number in range(force)]
    for thread in threads:
        thread.start()
    done.wait()
    told.put(dict(answers))


def _search(client: httpx.Client, seconds: float) -> list[float]:
    """Search, one after the other; returns what each took, ms."""
    spent, ends, number = [], time.monotonic() + seconds, 0
    while time.monotonic() < ends:
        number += 1
        question = f"What did {_PEOPLE[number % 8]} look after on day {number % 300}?"
        began = time.perf_counter()
        client.post("/v1/search", json={"question": question, "spaces": [f"{_OWNER}/notes"]}).raise_for_status()
        spent.append((time.perf_counter() - began) * 1000)
    return spent


def _figures(spent: list[float]) -> dict[str, float]:
    cuts = quantiles(spent, n=100)
    return {
        "searches": len(spent),
        "p50_ms": round(cuts[49], 1),
        "p95_ms": round(cuts[94], 1),
        "most_ms": round(max(spent), 1),
    }


def measure(seconds: float, force: int) -> dict[str, object]:
    """Measure without, with, and without again."""
    with tempfile.TemporaryDirectory() as root:
        folder = Path(root) / "home"
        with service(folder) as address:
            keys = {name: key_of(folder, name) for name in (_OWNER, _BESIEGER)}
            with connected(address, keys[_OWNER]) as owner, connected(address, keys[_BESIEGER]) as besieger:
                _fill(owner, f"{_OWNER}/notes", 300)
                _fill(besieger, f"{_BESIEGER}/notes", 100)
                _search(owner, 5)
                without = _search(owner, seconds)
                spawn = multiprocessing.get_context("spawn")
                begun, done, told = spawn.Event(), spawn.Event(), spawn.Queue()
                other = spawn.Process(target=_besiege, args=(address, keys[_BESIEGER], force, begun, done, told))
                other.start()
                begun.set()
                time.sleep(3)
                beside = _search(owner, seconds)
                done.set()
                answers = told.get(timeout=60)
                other.kill()
                other.join()
                entries = owner.get(f"/v1/spaces/{_OWNER}/notes/log", params={"action": "refused", "limit": 200}).json()
    events = entries["items"] if isinstance(entries, dict) else entries
    found = {"without": _figures(without), "beside": _figures(beside)}
    return {
        **found,
        "p95_times": round(found["beside"]["p95_ms"] / found["without"]["p95_ms"], 2),
        "besieger": dict(sorted(answers.items())),
        "refusals_in_the_log": [len(events), sum(each["count"] for each in events)],
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--force", type=int, default=60)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    found = measure(given.seconds, given.force)
    for name, value in found.items():
        print(f"{name:20} {value}")
    if given.json:
        given.json.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

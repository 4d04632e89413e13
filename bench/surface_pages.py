"""What the console's pages take, besides the search of those that search."""

import re
import time
from collections.abc import Callable, Mapping, Sequence
from statistics import quantiles

import httpx

from memos_graph import MemOS


def pages(memos: MemOS, address: str, key: str, space: str, asked: Sequence[str]) -> Mapping[str, Mapping[str, float]]:
    """Return p50 and p95 of each page, and of the search page what it takes more than the search."""
    owner, _, name = space.partition("/")
    mounted = memos.mount(space, principal=owner)
    cube = mounted.page(limit=1, level="whole")[0].id
    at = f"/console/spaces/{owner}/{name.replace('/', '~')}"
    with httpx.Client(base_url=address, timeout=60) as client:
        signed = client.post(
            "/console/sign-in", data={"key": key}, headers={"Sec-Fetch-Site": "same-origin", "Origin": address}
        )
        if not re.fullmatch("303|302", str(signed.status_code)):
            raise RuntimeError(f"no session of the console: {signed.status_code}")

        def page(path: str, **query: str) -> None:
            client.get(path, params=query).raise_for_status()

        acts: dict[str, Callable[[str], object]] = {
            "(search in Python)": mounted.search,
            "search": lambda question: page("/console/search", q=question, space=space),
            "first page": lambda _: page("/console"),
            "a space's map": lambda _: page(at),
            "its memories": lambda _: page(f"{at}/memories"),
            "a memory": lambda _: page(f"/console/memories/{cube}"),
            "the log": lambda _: page(f"{at}/log"),
            "permissions": lambda _: page(f"{at}/permissions"),
            "forms and jobs": lambda _: page(f"{at}/forms"),
            "the bill": lambda _: page(f"{at}/costs"),
        }
        spent = {each: list[float]() for each in acts}
        for number, question in enumerate(asked[:60]):
            for each, act in acts.items():
                began = time.perf_counter()
                act(f"{question} Was it so?" if each == "search" else question)
                if number >= 5:
                    spent[each].append((time.perf_counter() - began) * 1000)
    cuts = {each: quantiles(taken, n=20) for each, taken in spent.items()}
    search = cuts["(search in Python)"]
    return {
        each: {
            "p50_ms": round(found[9], 1),
            "p95_ms": round(found[18], 1),
            "besides_search_p50_ms": round(found[9] - (search[9] if each == "search" else 0.0), 1),
        }
        for each, found in cuts.items()
    }

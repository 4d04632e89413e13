"""Whether the time of a refusal tells that there is something: ids of somebody else's memories and of none, asked for in pairs over REST.

Run: ``python -m bench.refusals [--pairs N]``. Both are asked for on one kept-alive connection, in an order drawn for each pair, as is done by who
wants to find out. Under "default" reads are recorded by group commit; under "before the answer" the policy of the space has them recorded first.
``told`` is the share of pairs in which the foreign one took longer (half: nothing is told), ``z`` how far that is from chance.
"""

import argparse
import math
import random
import statistics
import tempfile
import threading
import time

import httpx
import uvicorn
from rich.console import Console
from rich.table import Table
from uuid_utils import uuid7

from memos_graph import MemOS, Settings
from memos_graph.api import create_app

_FIRST = 40
_POLICY = "policy: 1\nname: first\nlog: {reads: before the answer}\n"


def served(memos: MemOS) -> tuple[uvicorn.Server, threading.Thread]:
    """Serve the API on a free port of loopback, in a thread of its own."""
    server = uvicorn.Server(uvicorn.Config(create_app(memos), port=0, log_level="error", lifespan="off"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.05)
    return server, thread


def asked(client: httpx.Client, foreign: str, count: int) -> tuple[list[float], list[float]]:
    """Return how long (ms) each of ``count`` pairs took: the foreign one, the missing one."""
    times: tuple[list[float], list[float]] = ([], [])
    for i in range(-_FIRST, count):
        pair = [(foreign, times[0]), (foreign.rsplit("/", 1)[0] + f"/{uuid7()}", times[1])]
        random.shuffle(pair)
        for path, taken in pair:
            started = time.perf_counter()
            answer = client.get(path)
            if i >= 0:
                taken.append(1000 * (time.perf_counter() - started))
            if answer.status_code != httpx.codes.NOT_FOUND:
                raise SystemExit(f"{path}: {answer.status_code}")
    return times


def main() -> None:
    """Ask under both ways of recording."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=int, default=400)
    count = parser.parse_args().pairs
    table = Table("reads are recorded", "foreign ms", "missing ms", "told", "z", title="Refusals over REST: p50")
    with tempfile.TemporaryDirectory(prefix="memos-refusals-") as home, MemOS.open(Settings.load(home=home)) as memos:
        owner = memos.mount("victim/notes", principal="victim")
        (cube,) = owner.add("Dana owes the bank nine thousand euros.").added
        _, key = memos._services.api_keys.create("stranger")
        server, thread = served(memos)
        port = server.servers[0].sockets[0].getsockname()[1]
        headers = {"Authorization": f"Bearer {key}"}
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", headers=headers, trust_env=False) as client:
            for name in ("default", "before the answer"):
                if name != "default":
                    owner.policy.apply(_POLICY)
                foreign, missing = asked(client, f"/v1/cubes/{cube}", count)
                longer = sum(a > b for a, b in zip(foreign, missing, strict=True))
                table.add_row(
                    name,
                    f"{statistics.median(foreign):.2f}",
                    f"{statistics.median(missing):.2f}",
                    f"{longer / count:.3f}",
                    f"{(longer - count / 2) / math.sqrt(count / 4):+.1f}",
                )
        server.should_exit = True
        thread.join()
    Console().print(table)


if __name__ == "__main__":
    main()

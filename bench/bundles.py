"""How fast bundles are written and loaded, beside adding the same messages, and how much memory that takes.

Run: ``python -m bench.bundles [--memories N]``. A space is filled with N messages, dumped, and its bundle loaded into another space; each step is a
process of its own, of which ``peak MiB`` is the most it held, and ``at rest`` what it held before the step, with the model loaded.
"""

import argparse
import multiprocessing
import resource
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import psutil
from rich.console import Console
from rich.table import Table

from memos_graph import Memory, MemOS, Message, Settings

_MIB = 1 << 20
_PAGE = 1_000
_PEOPLE, _PLACES = ("Dana", "Bo", "Ada", "Kim"), ("Lisbon", "Porto", "Oslo", "Bergen", "Rome")


def _add(space: Memory, _: Path, count: int) -> int:
    done = 0
    for start in range(0, count, _PAGE):
        messages = [
            Message(
                id=f"m{i}",
                speaker=_PEOPLE[i % 4],
                text=f"{_PEOPLE[i % 4]} went to {_PLACES[i % 5]} on day {i}, and paid {i * 7 % 997} for ticket {i}.",
            )
            for i in range(start, min(count, start + _PAGE))
        ]
        report = space.add(messages, source=f"talk{start}")
        done += len(report.added) + report.facts
    return done


def _dump(space: Memory, file: Path, _: int) -> int:
    count = 0

    def told(done: int) -> None:
        nonlocal count
        count = done

    with file.open("wb") as opened:
        for piece in space.dump(progress=told):
            opened.write(piece)
    return count


def _load(space: Memory, file: Path, _: int) -> int:
    told = space.load(file)
    return told.memories + told.facts + told.unchanged


_STEPS: dict[str, tuple[str, Callable[[Memory, Path, int], int]]] = {
    "add messages": ("notes", _add),
    "dump": ("notes", _dump),
    "load": ("copy", _load),
    "load again": ("copy", _load),
}


def _measured(
    step: str, home: Path, file: Path, count: int, told: "multiprocessing.Queue[tuple[int, float, int, int]]"
) -> None:
    name, act = _STEPS[step]
    with MemOS.open(Settings.load(home=home)) as memos:
        space = memos.mount(f"ada/{name}", principal="ada")
        memos.warm_up()
        resting, started = psutil.Process().memory_info().rss, time.perf_counter()
        done = act(space, file, count)
        taken = time.perf_counter() - started
    told.put((done, taken, resting, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024))


def main() -> None:
    """Measure each step."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--memories", type=int, default=10_000)
    count = parser.parse_args().memories
    table = Table(
        "step",
        "memories and facts",
        "seconds",
        "a second",
        "at rest MiB",
        "peak MiB",
        title=f"Bundles of {count:,} messages",
    )
    context = multiprocessing.get_context("spawn")
    with tempfile.TemporaryDirectory() as folder:
        home, file = Path(folder) / "home", Path(folder) / "notes.memcube"
        with MemOS.open(Settings.load(home=home)):  # the server stays for the steps
            for step in _STEPS:
                told: multiprocessing.Queue[tuple[int, float, int, int]] = context.Queue()
                process = context.Process(target=_measured, args=(step, home, file, count, told))
                process.start()
                process.join()
                done, taken, resting, peak = told.get(timeout=5)
                row = (
                    f"{done:,}",
                    f"{taken:.1f}",
                    f"{done / taken:,.0f}",
                    f"{resting / _MIB:.0f}",
                    f"{peak / _MIB:.0f}",
                )
                table.add_row(step, *row)
        table.caption = f"the bundle has {file.stat().st_size / _MIB:.1f} MiB"
    Console().print(table)


if __name__ == "__main__":
    main()

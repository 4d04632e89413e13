"""How long a question takes from ``chat_stream`` to the first piece of its answer, beside the search and the host's own time for it.

Run: ``python -m bench.first_piece [--model recall-tiny|smollm2] [--memories 60] [--asks 30] [--json FILE]``. A managed server and a model host
are started; the memories are asked for as plaintext, from a KV-cache and by the form that serves (``auto``), in turn, each question once in each.
The search by itself is timed in the same turns; what the host took from the request to the first token is what the answer says. The aim is
1.2 times the sum of both.
"""

import argparse
import json
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import track
from rich.table import Table

from bench.lora import phrasebook_memories
from memos_graph import ChatAnswer, Memory, MemOS, Message, Settings
from memos_graph.forms.chat import Form
from memos_graph.host.recall_tiny.phrasebook import questions, read

ASKER = "bench"
AIM = 1.2
FORMS = (Form.PLAINTEXT, Form.ACTIVATION, Form.AUTO)


def timed(memory: Memory, question: str, form: Form) -> dict[str, float]:
    """Return what one question took, ms: to its ``first`` piece, the host's own ``host``, and the ``search`` by itself."""
    started = time.perf_counter()
    pieces = memory.chat_stream(question, form=form, max_new_tokens=16)
    next(pieces)
    first = 1000 * (time.perf_counter() - started)
    *_, answer = pieces
    if not isinstance(answer, ChatAnswer):
        raise TypeError("an answer ends with what it rests on")
    started = time.perf_counter()
    memory.search(question)
    search = 1000 * (time.perf_counter() - started)
    return {"first": first, "host": answer.usage.first_token_ms, "search": search}


def measured(model: str, count: int, asks: int, console: Console) -> dict[str, Any]:
    """Ask everything; returns medians by form."""
    lines = phrasebook_memories(count, 5)
    asked = [questions(fact)[0] for line in lines if (fact := read(line))][:asks]
    with tempfile.TemporaryDirectory() as home, MemOS.open(Settings.load(home=home, model=model)) as memos:
        memory = memos.mount(f"{ASKER}/notes", principal=ASKER)
        memory.add([Message(id=str(number), text=line) for number, line in enumerate(lines)], source="notes")
        memory.kv.build()
        for form in FORMS:
            timed(memory, asked[0], form)
        found: dict[Form, list[dict[str, float]]] = {form: [] for form in FORMS}
        for number, question in enumerate(track(asked, "asking", console=console)):
            for form in FORMS[number % len(FORMS) :] + FORMS[: number % len(FORMS)]:
                found[form].append(timed(memory, question, form))
    return {"model": model, "memories": count, "asked": len(asked)} | {
        form.value: _medians(each) for form, each in found.items()
    }


def _medians(times: list[dict[str, float]]) -> dict[str, float]:
    medians = {name: statistics.median(each[name] for each in times) for name in ("first", "host", "search")}
    ratio = statistics.median(each["first"] / (each["host"] + each["search"]) for each in times)
    return medians | {"ratio": ratio}


def table(figures: dict[str, Any]) -> Table:
    """Lay the figures out."""
    shown = Table(
        title=f"{figures['asked']} questions of {figures['memories']} memories, {figures['model']}: ms at the median"
    )
    for column in ("form", "first piece", "host", "search", "first / (host + search)"):
        shown.add_column(column, justify="left" if column == "form" else "right")
    for form in FORMS:
        own = figures[form.value]
        row = [f"{own[name]:.1f}" for name in ("first", "host", "search")]
        shown.add_row(form.value, *row, f"{own['ratio']:.2f} (aim {AIM})")
    return shown


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="recall-tiny")
    parser.add_argument("--memories", type=int, default=60)
    parser.add_argument("--asks", type=int, default=30)
    parser.add_argument("--json", type=Path, help="write the figures here too")
    given = parser.parse_args()
    console = Console()
    figures = measured(given.model, given.memories, given.asks, console)
    console.print(table(figures))
    if given.json:
        given.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

"""The demo, step by step: the examples into a real server, questions, a correction, the model, the way into the graph."""

import json
import logging
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from memos_graph import cypher
from memos_graph.acting import Memory
from memos_graph.audit import request
from memos_graph.cli import output, views
from memos_graph.cli.browse import show_sign_in
from memos_graph.cli.session import opened, principal_of
from memos_graph.cli.shown.cubes import lineage_tree, show_versions
from memos_graph.demo.model import Teaching, in_three_forms
from memos_graph.errors import InputError, MemosError
from memos_graph.graph.home import ServerHome
from memos_graph.kit.ids import new_id
from memos_graph.memory.adding import AddReport
from memos_graph.memos import MemOS
from memos_graph.search.calls import Hit, SearchResult

_EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
_QUESTIONS = "questions.json"
_NOT_MEMORIES = {_QUESTIONS, "verify_proof.py"}
_SHOWN = 2
_SPEAKER_WIDTH = 7
_LONGEST = 180
_CORRECTED = "When does Maya start at Harbour Labs?"
_CORRECTED_ID = "s1-03"
_CORRECTION = "I'll lead the mapping team, five people. I start on 23 March, a week later than planned."
_WHY = "the contract was changed"


def main() -> None:
    """Run the demo and exit: 0 done, 1 with a line that says what is wrong."""
    output.prepare()
    logging.getLogger("neo4j").setLevel(logging.ERROR)
    try:
        _run(_EXAMPLES)
    except MemosError as error:
        output.failure(error.code, error.message, error.hint)
        sys.exit(1)


def _run(examples: Path) -> None:
    questions = _questions(examples)
    started, principal = time.monotonic(), principal_of(None)
    # Kept: the address of the Neo4j Browser printed at the end must work when this has ended.
    with ThreadPoolExecutor(1) as beside, opened(keep=True, embeds=True, chats=True) as memos:
        _step(f"1. Remember: the files of examples/, into the spaces {principal}/demo and {principal}/demo-model")
        told = memos.mount(f"{principal}/demo-model", principal=principal)
        teaching = Teaching(told, examples / "model" / "colleagues.txt", beside)
        memory = memos.mount(f"{principal}/demo", principal=principal)
        views.show_reports([_add(memory, file) for file in _files(examples)])
        _step("2. Ask: score (green: the answer examples/questions.json expects), age, speaker, memory, path, source")
        for question in questions:
            _show(memory.search(question["question"], limit=_SHOWN), question)
        _step("3. Correct: nothing is overwritten")
        asked, cube = _correct(memory)
        _step("4. The same memories inside a language model: as text, as a KV-cache, as a LoRA adapter")
        in_three_forms(told, teaching)
        _step("5. Browse the graph")
        _browse(memos, memory, asked, cube)
    _end(time.monotonic() - started, principal, memos.endpoint.managed)


def _questions(examples: Path) -> list[dict[str, Any]]:
    try:
        found: list[dict[str, Any]] = json.loads((examples / _QUESTIONS).read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(
            f"The examples are not at {examples}: {error.strerror}.", hint="Run the demo from a checkout: `make demo`."
        ) from error
    return found


def _files(examples: Path) -> list[Path]:
    return [file for file in sorted(examples.iterdir()) if file.is_file() and file.name not in _NOT_MEMORIES]


def _step(title: str) -> None:
    output.show(Text())
    output.show(Rule(Text(title, style="bold"), align="left"))


def _add(memory: Memory, file: Path) -> AddReport:
    with output.progress_bar() as bar:
        task = None if bar is None else bar.add_task(f"Reading {file.name}", state="", total=None)

        def tell(done: int, total: int) -> None:
            if bar is not None and task is not None:
                bar.update(task, completed=done, total=total, state=f"{done} of {total}")

        return memory.add_file(file, progress=tell)


def _show(found: SearchResult, question: dict[str, Any]) -> None:
    expected = {(each["source"], each["id"]) for each in question["expected"]}
    output.show(Text.assemble("\n", (question["question"], "bold")))
    grid = Table.grid(padding=(0, 2))
    for width in (4, 5):
        grid.add_column(justify="right", no_wrap=True, width=width)
    grid.add_column(width=_SPEAKER_WIDTH, no_wrap=True)
    grid.add_column(overflow="fold")
    for hit in found.hits:
        right = any(_is(hit, source, id_) for source, id_ in expected)
        described = hit.cube.descriptive
        grid.add_row(
            Text(f"{hit.score:.2f}", style="bold green" if right else ""),
            Text(output.age(described.said_at or described.created_at), style="dim"),
            Text(output.plain(described.speaker or ""), style="yellow"),
            _lines(hit),
        )
    output.show(grid)


def _is(hit: Hit, source: str, id_: str | None) -> bool:
    whole = (hit.cube.descriptive.source or "").partition("#")[0]
    return whole == source and (id_ is None or id_ in hit.sources)


def _lines(hit: Hit) -> Text:
    text = " ".join(output.plain(hit.cube.text).split())
    shown = Text(text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…")
    if way := views.path_of(hit):
        shown.append(f"\n{output.plain(way)}", style="cyan")
    return shown.append(f"\n{output.plain(views.source_of(hit)).replace(chr(10), ' ')}", style="dim")


def _correct(memory: Memory) -> tuple[str, str]:
    """Correct one memory and show what is kept of it; returns the request id of the search that found it, and its id."""
    asked = f"demo-{new_id()}"
    with request(asked):
        hits = memory.search(_CORRECTED, limit=5).hits
    cube = next((hit.cube for hit in hits if _CORRECTED_ID in hit.sources), hits[0].cube)
    if cube.text == _CORRECTION:
        cube = memory.get(memory.rollback(cube.id, to=1, reason="the demo starts anew").cube)
    memory.update(cube.id, text=_CORRECTION, reason=_WHY)
    now = memory.get(cube.id).text
    output.show(Text.assemble("\n", (_CORRECTED, "bold"), "\n  before: ", cube.text, "\n  now:    ", now))
    output.show(Text("\nIts history (memos history)", style="bold"))
    show_versions(memory.history(cube.id)[-4:])
    output.show(Text("Its lineage (memos lineage)", style="bold"))
    output.show(lineage_tree(memory.lineage(cube.id)))
    output.show(Text("\nWho did what to it (memos log)", style="bold"))
    views.show_log(memory.log(cube=cube.id, limit=6))
    return asked, cube.id


def _browse(memos: MemOS, memory: Memory, asked: str, cube: str) -> None:
    home = ServerHome(memos.settings.home.expanduser().absolute())
    show_sign_in(memos.endpoint, str(home.password) if memos.endpoint.managed else None)
    output.show(Text("\nSign in with that user and the password in that file, then paste and run one of these:"))
    for name, parameter, value in (
        ("neighbourhood", "cube", cube),
        ("answer_lineage", "request", asked),
        ("space_overview", "space", memory.space),
    ):
        query = cypher.query(f"explore/{name}")
        output.show(Text(f"\n{query.purpose}", style="bold"))
        sys.stdout.write(f"\n{cypher.filled(query, {parameter: value})}\n")
        sys.stdout.flush()


def _end(seconds: float, principal: str, managed: bool) -> None:
    _step(f"Done in {seconds:.0f} s")
    lines = {
        "More queries": "memos browse",
        "Ask yourself": f'memos search "…" --space {principal}/demo',
        "Chat": f'memos chat "Who does Ravi work for?" --space {principal}/demo-model',
        "REST API": "memos up",
        "Stop the server": "memos stop (it runs on, so that you can browse and chat)" if managed else None,
    }
    output.show(output.facts(lines))

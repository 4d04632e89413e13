"""A memory that was changed in the database itself is given out by no way of reading: withheld, told, and logged once."""

from collections.abc import Callable
from typing import Any

import pytest
from support.alterations import ASKED, EDITS, Held, altered, held, withheld_in_log

from memos_graph import Filters, IntegrityError, Memory, MemOS, NotFoundError, Pipeline
from memos_graph.forms.answering.lines import ranked_lines
from memos_graph.forms.chat import Form
from memos_graph.integrity.withheld import gathering
from memos_graph.search.selection import Selection, select

pytestmark = [pytest.mark.tampers, pytest.mark.timeout(600)]

_LOOK = """
pipeline: look
steps:
  - id: found
    act: search
    arguments: {question: "Where does Dana live?"}
"""


def _before_a_model(memos: MemOS, world: Held) -> object:
    found = world.memory.search(ASKED)
    where = {"space": world.memory.space, "principal": world.memory.principal}
    return ranked_lines(memos._services.runner, memos._services.embedder, found, **where).lines


def _selected(memos: MemOS, world: Held, selection: Selection) -> object:
    where = {"space": world.memory.space, "principal": world.memory.principal}
    return select(memos._services.runner, selection, **where)


def _run(world: Held) -> object:
    return world.memory.run(Pipeline.from_text(_LOOK))


Read = Callable[[MemOS, Held], object]
READS: dict[str, Read] = {
    "search": lambda _, w: w.memory.search(ASKED, limit=20),
    "search again": lambda _, w: w.memory.search(ASKED, limit=20),
    "search as of": lambda _, w: w.memory.search(ASKED, limit=20, filters=Filters(as_of=w.then)),
    "search as of before it was corrected": lambda _, w: w.memory.search(
        ASKED, limit=20, filters=Filters(as_of=w.before)
    ),
    "shared": lambda m, w: m.acting(w.guest).shared.list(),
    "search what is shared": lambda m, w: m.acting(w.guest).shared.search(ASKED),
    "page": lambda _, w: w.memory.page(limit=200),
    "page as of": lambda _, w: w.memory.page(limit=200, as_of=w.before),
    "get": lambda _, w: w.memory.get(w.whole),
    "get as of": lambda _, w: w.memory.get(w.whole, as_of=w.then),
    "get a fact": lambda _, w: w.memory.get(w.fact),
    "history": lambda _, w: w.memory.history(w.whole),
    "history as of": lambda _, w: w.memory.history(w.whole, as_of=w.then),
    "lineage": lambda _, w: w.memory.lineage(w.whole),
    "lineage of the fact": lambda _, w: w.memory.lineage(w.fact),
    "lineage as of": lambda _, w: w.memory.lineage(w.whole, as_of=w.then),
    "changes": lambda _, w: w.memory.changes(w.before),
    "export": lambda _, w: list(w.memory.export(level=None)),
    "duplicates": lambda _, w: w.memory.duplicates(),
    "review": lambda _, w: w.memory.review(),
    "before a model": _before_a_model,
    "a chat that quotes": lambda _, w: w.memory.chat(ASKED, form=Form.QUOTE),
    "a chat by a model": lambda _, w: w.memory.chat(ASKED, form=Form.PLAINTEXT),
    "a selection of everything": lambda m, w: _selected(m, w, Selection()),
    "a selection of a source": lambda m, w: _selected(m, w, Selection(sources=("talk",))),
    "a selection of a memory": lambda m, w: _selected(m, w, Selection(cubes=(w.whole,))),
    "what an erasure would take": lambda _, w: w.memory.forgetting.foresee("Dana", [w.memory.space]),
    "a pipeline's search": lambda _, w: _run(w),
}


def read(memos: MemOS, world: Held, how: Read) -> tuple[str, set[str], Exception | None]:
    """Return what a way of reading gives, what it tells was held back, and its error."""
    with gathering() as withheld:
        try:
            answer: Any = how(memos, world)
        except (IntegrityError, NotFoundError) as error:
            return "", withheld, error
    return str(answer), withheld, None


@pytest.mark.parametrize("kind", EDITS)
def test_no_way_of_reading_gives_out_what_was_altered(memos: MemOS, space: Memory, kind: str) -> None:
    world = held(memos, space)
    given, untold = [], []
    for victim in (world.whole, world.fact):
        plain = {name for name, how in READS.items() if victim in read(memos, world, how)[0]}
        assert plain, "nothing shows it at all"
        with altered(memos, kind, victim, world.other):
            for name, how in READS.items():
                answer, withheld, error = read(memos, world, how)
                if world.says(answer, victim):
                    given.append((victim == world.fact, name, answer[:2000]))
                if name in plain and victim not in withheld and not isinstance(error, IntegrityError):
                    untold.append((victim == world.fact, name, error))
        assert withheld_in_log(memos, world, victim) == 1
        again = {name for name, how in READS.items() if victim in read(memos, world, how)[0]}
        assert plain - again == set(), "taken back, and still held back"
    assert given == []
    assert untold == []


def test_every_way_of_reading_shows_what_is_not_altered(memos: MemOS, space: Memory) -> None:
    """Otherwise the test above could not fail."""
    world = held(memos, space)
    blind = {name for name, how in READS.items() if not {world.whole, world.fact} & _ids(memos, world, how)}
    assert blind == set()


def _ids(memos: MemOS, world: Held, how: Read) -> set[str]:
    answer = read(memos, world, how)[0]
    return {each for each in (world.whole, world.fact) if each in answer}

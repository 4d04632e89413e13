"""Dump, load into an empty space, dump: the same content, whatever was done to the memories before.

``MEMOS_TRIPS=200`` tries as many histories as that.
"""

import os
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from support.bundles import content, lines

from memos_graph import Memory, MemOS, Message
from memos_graph.errors import InputError, MemosError

TEXTS = [
    "Dana lives in Lisbon.",
    "Dana lives in Porto since June 2026. She works as a potter.",
    "I moved to Oslo last May, and I keep bees.",
    "The ferry leaves at nine. The ferry is red.",
    "My mail is dana@example.org.",
    "Der Ofen ist neu — “é” \u2028 ok.",
    "Yesterday Bo bought a piano.",
]
WHEN = datetime(2026, 5, 4, 10, tzinfo=UTC)
ACTS = [
    "say",
    "say",
    "say",
    "hear",
    "document",
    "update",
    "update",
    "fact",
    "archive",
    "restore",
    "freeze",
    "thaw",
    "set",
    "merge",
    "supersede",
    "settle",
    "annotate",
    "delete",
    "rollback",
    "dismiss",
]
DRAWS = st.lists(st.tuples(st.sampled_from(ACTS), st.integers(0, 1 << 16), st.integers(0, 1 << 16)), max_size=18)


class History:
    """What a list of draws does to a space; what an act refuses is left out."""

    def __init__(self, memory: Memory) -> None:
        self.memory = memory
        self.said = 0

    def act(self, name: str, first: int, second: int) -> None:
        with suppress(MemosError, IndexError, ZeroDivisionError):
            getattr(self, name)(first, second)

    def whole(self, draw: int, level: str = "whole") -> str:
        found = self.memory.page(limit=200, level=level)
        return found[draw % len(found)].id if found else ""

    def say(self, first: int, second: int) -> None:
        self.said += 1
        text, speaker = TEXTS[first % len(TEXTS)], ["Dana", "Bo", None][second % 3]
        at = WHEN + timedelta(hours=self.said) if second % 2 else None
        attributes = {"session": str(second % 2)} if second % 5 == 0 else {}
        message = Message(id=f"m{self.said}", text=text, speaker=speaker, at=at, attributes=attributes)
        self.memory.add([message], source=f"talk{first % 2}", tags=["a", "b"][: second % 3])

    def hear(self, first: int, second: int) -> None:
        text = f"# Oven\n\n{TEXTS[first % len(TEXTS)]}\n\n## Kiln\n\n{TEXTS[second % len(TEXTS)]}\n"
        self.memory.add_data(text, name=f"page{first % 3}.md")

    def document(self, first: int, second: int) -> None:
        value: dict[str, Any] = {"name": TEXTS[first % len(TEXTS)], "card": "4111 1111 1111 1111", "n": second}
        paths = [None, [], ["name"]][second % 3]
        self.memory.documents.put(("users", "ada"), f"k{first % 3}", value, indexed=paths)

    def update(self, first: int, second: int) -> None:
        self.memory.update(
            self.whole(first), text=f"{TEXTS[second % len(TEXTS)]} Then {second}.", reason="x" * (second % 3)
        )

    def fact(self, first: int, second: int) -> None:
        self.memory.update(self.whole(first, "fact"), text=TEXTS[second % len(TEXTS)])

    def rollback(self, first: int, second: int) -> None:
        cube = self.whole(first)
        self.memory.rollback(cube, to=1 + second % len(self.memory.history(cube)))

    def archive(self, first: int, second: int) -> None:
        self.memory.archive(self.whole(first, "fact" if second % 4 == 0 else "whole"))

    def restore(self, first: int, _: int) -> None:
        self.memory.restore(self.whole(first))

    def freeze(self, first: int, _: int) -> None:
        self.memory.freeze(self.whole(first))

    def thaw(self, first: int, _: int) -> None:
        self.memory.thaw(self.whole(first), reason="again")

    def set(self, first: int, second: int) -> None:
        ends = WHEN + timedelta(days=1000 + second) if second % 2 else None
        self.memory.set(
            self.whole(first), priority=second % 11, half_life_days=0.5 + second, tags=["t"], expires_at=ends
        )

    def merge(self, first: int, second: int) -> None:
        level = "fact" if first % 3 == 0 else "whole"
        self.memory.merge([self.whole(first, level), self.whole(second, level)])

    def supersede(self, first: int, second: int) -> None:
        self.memory.supersede(self.whole(first, "fact"), self.whole(second, "fact"))

    def settle(self, _: int, __: int) -> None:
        self.memory.settle()

    def dismiss(self, first: int, _: int) -> None:
        pairs = self.memory.review()
        self.memory.dismiss(pairs[first % len(pairs)].new, pairs[first % len(pairs)].old)

    def annotate(self, first: int, second: int) -> None:
        self.memory.provenance.annotate(self.whole(first), derived_from=self.whole(second), transform="retold")

    def delete(self, first: int, second: int) -> None:
        self.memory.delete(self.whole(first, "fact" if second % 3 == 0 else "whole"))


@settings(
    max_examples=int(os.environ.get("MEMOS_TRIPS", "14")),
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)
@given(draws=DRAWS)
def test_a_round_trip_keeps_the_content(memos: MemOS, draws: list[tuple[str, int, int]]) -> None:
    owner = f"u{uuid4().hex[:12]}"
    space, copy, third = (memos.mount(f"{owner}/{name}", principal=owner) for name in ("notes", "copy", "third"))
    history = History(space)
    for each in [("say", 1, 1), *draws]:
        history.act(*each)
    data = dumped(space)
    assert dumped(space) == data
    loaded = copy.load(data)
    assert (loaded.kept, loaded.gone, loaded.alone, loaded.rejected) == (0, 0, 0, ()), loaded
    again = dumped(copy)
    told = {kind: (lines(data, kind), lines(again, kind)) for kind in ("memories", "facts", "links")}
    for before, after in told.values():
        assert after == before
    assert content(again) == content(data)
    assert copy.load(again).memories == 0
    assert copy.audit.verify().broken == ()
    third.load(again)
    assert content(dumped(third)) == content(data)


def dumped(memory: Memory) -> bytes:
    return b"".join(memory.dump(content_only=True))


def test_a_load_that_is_broken_off_anywhere_goes_on(memos: MemOS, space: Memory, mount: Callable[..., Memory]) -> None:
    history = History(space)
    for number in range(30):
        history.act("say", number, number * 7)
        if number % 3 == 0:
            history.act("update", number, number)
    data = dumped(space)
    loader = memos._services.loader
    for after in range(0, 60, 9):
        copy = mount(f"copy{after}")

        def stop(seen: int, after: int = after) -> None:
            if seen > after:
                raise InputError("Stopped.")

        batch, loader._batch = loader._batch, 4
        try:
            with suppress(InputError):
                copy.load(data, progress=stop)
            told = copy.load(data)
        finally:
            loader._batch = batch
        assert told.kept == 0
        assert content(dumped(copy)) == content(data)

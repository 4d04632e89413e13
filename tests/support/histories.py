"""What people do to a space, drawn at random, for tests of what must hold whatever was done."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

from memos_graph import Memory, Message
from memos_graph.errors import MemosError

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


class History:
    """What a list of draws does to a space; what an act refuses is left out."""

    def __init__(self, memory: Memory, name: str = "m") -> None:
        self.memory = memory
        self.name = name
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
        message = Message(id=f"{self.name}{self.said}", text=text, speaker=speaker, at=at, attributes=attributes)
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

"""Random lives of a space: at every moment of them, what is read as of then is what an independent replay says."""

import itertools
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from uuid_utils import uuid4

from memos_graph import Filters, Memory, MemOS, Message

ACTS = ["add", "add", "update", "delete", "archive", "restore", "merge", "supersede", "reinstate", "back"]
FOUND = {"activated", "frozen"}


@dataclass(frozen=True)
class Known:
    """What the replay knows of one cube."""

    text: str
    state: str = "activated"
    version: int = 1
    ended: bool = False
    says: str | None = None  # of a whole: its fact


class Replay:
    """An independent model of a space: plain dictionaries, one copy a moment."""

    def __init__(self, space: Memory) -> None:
        self.space = space
        self.now: dict[str, Known] = {}
        self.past: list[tuple[datetime, dict[str, Known]]] = []
        self.words = (f"Town{number}" for number in itertools.count())

    def note(self) -> None:
        self.past.append((datetime.now(UTC), dict(self.now)))

    def wholes(self, *states: str) -> list[str]:
        return sorted(id_ for id_, known in self.now.items() if known.says and known.state in states)

    def act(self, name: str, a: int, b: int) -> None:
        """Do one act, to the space and to the model; one that finds nothing to act on does nothing."""
        found = self.wholes("archived", "merged") if name == "restore" else self.wholes("activated")
        if name == "delete":
            found = self.wholes("activated", "archived", "merged")
        if name in {"add", "back"} or found:
            getattr(self, name)(found, a, b)
            self.note()

    def said(self, cube: str, text: str) -> None:
        """Note a whole that says one sentence, and its fact."""
        facts = [node for node in self.space.lineage(cube, depth=1).downstream() if node.text == text]
        (fact,) = [node.id for node in facts if node.kind == "fact" and node.id not in self.now]
        before = self.now.get(cube)
        self.now[cube] = Known(text, version=before.version + 1 if before else 1, says=fact)
        self.now[fact] = Known(text)

    def change(self, cube: str, **what: object) -> None:
        self.now[cube] = replace(self.now[cube], **what)

    def leave(self, cube: str, state: str) -> None:
        self.change(cube, state=state)
        fact = self.now[cube].says
        if fact and self.now[fact].state == "activated":
            self.change(fact, state="archived")

    def add(self, _found: list[str], _a: int, _b: int) -> None:
        text = f"Dana lives in {next(self.words)}."
        (cube,) = self.space.add([Message(id=text, text=text)], source="chat").added
        self.said(cube, text)

    def update(self, found: list[str], a: int, _b: int) -> None:
        cube, text = found[a % len(found)], f"Dana lives in {next(self.words)}."
        old = self.now[cube].says or ""
        self.space.update(cube, text=text)
        self.change(old, state="archived", ended=True)
        self.said(cube, text)

    def delete(self, found: list[str], a: int, _b: int) -> None:
        for gone in self.space.delete(found[a % len(found)]).cubes:
            for _, known in [(None, self.now), *self.past]:
                known.pop(gone, None)

    def archive(self, found: list[str], a: int, _b: int) -> None:
        self.space.archive(found[a % len(found)])
        self.leave(found[a % len(found)], "archived")

    def restore(self, found: list[str], a: int, _b: int) -> None:
        cube = found[a % len(found)]
        self.space.restore(cube)
        self.change(cube, state="activated")
        self.change(self.now[cube].says or "", state="activated")

    def merge(self, found: list[str], a: int, b: int) -> None:
        pair = sorted({found[a % len(found)], found[b % len(found)]})
        if len(pair) < 2:
            return
        text = f"Dana lives in {next(self.words)}."
        new = self.space.merge(pair, text=text).cubes[0]
        for parent in pair:
            self.leave(parent, "merged")
        self.said(new, text)

    def supersede(self, found: list[str], a: int, b: int) -> None:
        facts = [self.now[cube].says or "" for cube in found]
        old, new = facts[a % len(facts)], facts[b % len(facts)]
        if old != new and not self.now[old].ended and self.since(old) <= self.since(new):
            self.space.supersede(new, old)
            self.change(old, ended=True)

    def reinstate(self, found: list[str], a: int, _b: int) -> None:
        ended = [fact for cube in found if self.now[fact := self.now[cube].says or ""].ended]
        if ended:
            fact = ended[a % len(ended)]
            self.space.reinstate(fact)
            self.change(fact, ended=False)

    def since(self, fact: str) -> datetime:
        return self.space.get(fact).descriptive.valid_from

    def back(self, _found: list[str], a: int, _b: int) -> None:
        moment, then = self.past[a % len(self.past)]
        self.space.roll_back_to(moment)
        for cube, known in list(self.now.items()):
            if cube not in then:
                self.change(cube, state="archived" if known.state in FOUND else known.state)
                continue
            wanted = then[cube]
            version = known.version + (wanted.text != known.text)
            self.now[cube] = replace(wanted, version=version)


@given(st.lists(st.tuples(st.sampled_from(ACTS), st.integers(0, 99), st.integers(0, 99)), min_size=6, max_size=14))
@settings(
    max_examples=max(3, settings().max_examples // 25),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
def test_as_of_each_moment_equals_a_replay(memos: MemOS, acts: list[tuple[str, int, int]]) -> None:
    principal = f"h{uuid4().hex[:12]}"
    replay = Replay(memos.mount(f"{principal}/life", principal=principal))
    replay.note()
    for act in [("add", 0, 0), ("add", 0, 0), *acts]:
        replay.act(*act)
    for moment, then in [*replay.past, (None, replay.now)]:
        compare(replay.space, moment, then)


def compare(space: Memory, moment: datetime | None, then: dict[str, Known]) -> None:
    """Hold what is read as of a moment against what the replay knew then."""
    shown = {cube.id: cube for cube in space.page(limit=200, as_of=moment)}
    read = {
        id_: (cube.text, cube.state.value, cube.behavioural.version, cube.descriptive.valid_to is not None)
        for id_, cube in shown.items()
    }
    assert read == {id_: (known.text, known.state, known.version, known.ended) for id_, known in then.items()}
    found = {hit.cube.id: hit for hit in space.search("Dana lives", limit=200, filters=Filters(as_of=moment)).hits}
    assert set(found) == {id_ for id_, known in then.items() if known.says and known.state in FOUND}
    for id_, hit in found.items():
        assert (hit.cube.text, hit.fact.text if hit.fact else None) == (then[id_].text, then[id_].text)
        assert [version.number for version in space.history(id_, as_of=moment)] == list(range(1, then[id_].version + 1))

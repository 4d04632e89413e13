"""Twenty principals, four spaces and what holds every act of test_leakage.py together."""

import logging
import random
import sys
import traceback
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, ClassVar

from fastapi import FastAPI
from hypothesis.errors import HypothesisException
from starlette.testclient import TestClient
from uuid_utils import uuid4

from memos_graph import Memory, MemOS, Message
from memos_graph.api import Metrics
from memos_graph.errors import ForbiddenError, MemosError, NotFoundError
from memos_graph.governance import Access
from support.leakage_model import ALL, PERSONAL, SECRET, Known, Model, Permit, Word, moment, secret
from support.raw_graph import rows

OWNERS, USERS, AGENTS, MEMBERS = 3, 9, 4, 4
PURPOSES = ("treatment", "billing")
NOWHERE = "00000000-0000-7000-8000-000000000000"
FACTS = """
UNWIND $cubes AS wanted
MATCH (f:MemCube)-[:DERIVED_FROM {transform: 'extracted'}]->(:MemCube {id: wanted})
RETURN f.id AS id, wanted AS whole
"""

TOPICS = """
MATCH (c:MemCube {space: $space})
RETURN c.id AS id, COLLECT {
  MATCH (c)-[:MENTIONS]->(:Concept)-[:WITHIN]->(t:Topic) RETURN t.name
  UNION
  MATCH (c)-[:DERIVED_FROM {transform: 'extracted'}]->(:MemCube)-[:MENTIONS]->(:Concept)-[:WITHIN]->(t:Topic) RETURN t.name
} AS topics
"""

PLACED = """
MATCH (t:Topic {space: $space}) OPTIONAL MATCH (k:Concept)-[:WITHIN]->(t)
RETURN t.name AS topic, collect(k.name) AS concepts
"""


@dataclass
class Bench:
    """The product as it runs, and what all worlds add up to."""

    memos: MemOS
    app: FastAPI
    metrics: Metrics
    steps: int = 0
    acts: int = 0
    told: int = 0
    secrets: int = 0
    refused: int = 0
    kinds: dict[str, int] = field(default_factory=dict)
    first: str = ""
    """How the first act that failed did: done again, in a world where time went on, it may do otherwise, and then only that is told."""


class Lines(logging.Handler):
    """Keeps every line that the product logs and that holds a secret."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.found: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        line = self.format(record)
        if SECRET.search(line):
            self.found.append(line)


class World:
    """One world: its principals, its spaces, the model of it, and how an act is done and held against the model."""

    bench: ClassVar[Bench]

    def __init__(self) -> None:
        super().__init__()
        self.name = f"l{uuid4().hex[:10]}"
        self.random = random.Random(self.name)
        self.steps = 0
        self.model = Model()
        self.memos = self.bench.memos
        self.asked: list[tuple[str, str, str, int]] = []
        self.clients: dict[str, TestClient] = {}
        self.owners = [f"{self.name}.o{i}" for i in range(OWNERS)]
        self.agents = [f"{self.name}.g{i}" for i in range(AGENTS)]
        self.members = [f"{self.name}.r{i}" for i in range(MEMBERS)]
        self.users = [f"{self.name}.u{i}" for i in range(USERS)]
        self.principals = [*self.owners, *self.users, *self.agents, *self.members]
        self.roles = [f"{owner}/staff" for owner in self.owners]
        for role, owner in zip(self.roles, self.owners, strict=True):
            self.memos._services.roles.create(role, owner)
            self.model.roles[role] = {}
        for owner, name in zip((*self.owners, self.owners[0]), ("a", "b", "c", "d"), strict=True):
            space = f"{owner}/{name}"
            self.memos.mount(space, principal=owner)
            self.model.owners[space] = owner
            self.stored(space, owner, 3)
            for who in (self.roles[self.owners.index(owner)], *self.random.sample(self.users, 2)):
                self.mounted(space, owner).grant(who, [])
                self.model.grants[who, space][owner] = Permit(frozenset({"read"}))

    # How acts are chosen, done and judged.

    def begin(self, kind: str, draw: int) -> random.Random:
        """Begin a step of one or more acts, and return what its choices are drawn with."""
        self.bench.steps += 1
        self.bench.kinds[kind] = self.bench.kinds.get(kind, 0) + 1
        self.steps += 1
        return random.Random(draw * 31 + self.steps)

    def space(self, chosen: random.Random) -> str:
        return chosen.choice(list(self.model.owners))

    def cube(self, chosen: random.Random, space: str | None = None, *, whole: bool | None = None) -> Known:
        """Return a memory, now and then one that is gone."""
        found = [
            known
            for known in self.model.cubes.values()
            if (space is None or known.space == space)
            and (whole is None or known.whole == whole)
            and (not known.gone or chosen.random() < 0.1)
        ]
        return chosen.choice(found) if found else self.stored(space or self.space(chosen), None, 1)[0]

    def reader(self, chosen: random.Random, space: str) -> str:
        """Return anybody, a mandate too; more often somebody who was ever granted or denied something there."""
        if chosen.random() < 0.1:
            return self.model.owners[space]
        if chosen.random() < 0.7:
            inside = (
                self.topics(space) | {space} | {known.id for known in self.model.cubes.values() if known.space == space}
            )
            near = [who for who, target in (*self.model.grants, *self.model.denials) if target in inside]
            near += [member for role in near for member in self.model.roles.get(role, ())]
            near += [name for name, mandate in self.model.mandates.items() if set(mandate.parties) & set(near)]
            near = [who for who in near if who not in self.model.roles]
            if near:
                return chosen.choice(sorted(set(near)))
        return chosen.choice([*self.principals, *self.model.mandates])

    def writer(self, chosen: random.Random, space: str) -> str:
        return self.model.owners[space] if chosen.random() < 0.6 else self.reader(chosen, space)

    def until(self, chosen: random.Random) -> datetime | None:
        """Return no end, one in the past, or one that comes during the run."""
        seconds = chosen.choice([None, None, None, -5, 0.3, 2, 3600])
        return None if seconds is None else moment() + timedelta(seconds=seconds)

    def mounted(self, space: str, me: str) -> Memory:
        """Return a handle as somebody has it who could mount the space once: nothing is checked here."""
        access = Access(space=space, owner=self.model.owners.get(space, "x"), actions=(), created_at=moment())
        return Memory(self.memos._services, access, me)

    def client(self, me: str) -> TestClient:
        if me not in self.clients:
            _, key = self.memos._services.api_keys.create(me, label="leakage")
            self.clients[me] = TestClient(self.bench.app, headers={"Authorization": f"Bearer {key}"})
        return self.clients[me]

    def held(
        self, me: str, space: str, since: datetime, cube: str | None = None, *, alone: bool = True
    ) -> frozenset[str] | None:
        """Return what ``me`` could do at both ends of an act; ``None`` where that changed meanwhile."""
        first = self.model.held(me, space, since, cube=cube, alone=alone)
        return first if first == self.model.held(me, space, moment(), cube=cube, alone=alone) else None

    def lapsed(self, me: str, since: datetime) -> bool:
        """Whether ``me`` is a mandate that ended during an act: what it asked first was refused for another reason than the rest."""
        return self.model.stands(me, since) != self.model.stands(me, moment())

    def readable(self, me: str, cube: str, since: datetime, *, alone: bool = True) -> bool | None:
        """Whether ``me`` could read a memory at both ends of an act; ``None`` where that changed meanwhile."""
        first = self.model.reads(me, cube, since, alone=alone)
        return first if first == self.model.reads(me, cube, moment(), alone=alone) else None

    def check(self, me: str, answer: object, since: datetime, **how: bool) -> None:
        """Hold an answer against the model: nothing in it that ``me`` may not be told."""
        self.bench.told += 1
        self.bench.secrets += len(SECRET.findall(str(answer)))
        leaks = self.model.leaks(me, str(answer), since, moment(), **how)
        assert not leaks, f"{me} was told {leaks} in {str(answer)[:3000]}"

    def teardown(self) -> None:
        """Keep how the first act failed."""
        error = sys.exc_info()[1]
        if isinstance(error, Exception) and not isinstance(error, HypothesisException) and not self.bench.first:
            self.bench.first = "".join(traceback.format_exception(error))

    def attempt(self, me: str, act: Callable[[], Any], cube: str | None = None) -> tuple[Any, MemosError | None]:
        """Do an act; what is refused is refused in words without a secret."""
        self.bench.acts += 1
        try:
            return act(), None
        except MemosError as error:
            refused = error
        self.bench.refused += 1
        assert not SECRET.search(f"{refused!r} {refused} {refused.hint}"), f"{me} was told {refused!r}"
        return None, refused

    def ruled(self, error: MemosError | None, held: frozenset[str] | None, needs: str, missing: str = "") -> None:
        """Hold how an act ended against what was held: not found, forbidden, or neither.

        ``missing`` is what is said of something that does not exist.
        """
        if held is None:
            return
        if "read" not in held:
            assert isinstance(error, NotFoundError), f"{error!r} where nothing may be read"
            assert not missing or str(error) == missing, f"{error} instead of {missing}"
        elif needs not in held:
            assert isinstance(error, ForbiddenError), f"{error!r} without the right to {needs}"
        else:
            assert not isinstance(error, (NotFoundError, ForbiddenError)), f"{error!r} with the right to {needs}"

    # What writing leaves in the model.

    def messages(self, chosen: random.Random, count: int) -> list[tuple[str, Message]]:
        found = []
        for i in range(count):
            word = secret(self.random)
            person = chosen.choice(["Dana", "Ravi", "Ingrid", f"Ilse {word.capitalize()}"])
            place = chosen.choice(["Porto", "Lisbon", "Turin"])
            text = chosen.choice(
                [
                    f"I keep the {word} lamp in {place}.",
                    f"I moved to {place} with my {word} piano.",
                    f"My sister works for {word.capitalize()} in {place}.",
                ]
            )
            if chosen.random() < 0.3:
                person, text = "Dana", f"Write to {word}@example.org about the lamp in {place}."
            found.append((word, Message(id=f"m{i}", speaker=person, text=text)))
        return found

    def stored(self, space: str, me: str | None, count: int, chosen: random.Random | None = None) -> list[Known]:
        """Add memories as ``me`` (the owner), which must work, and note them in the model."""
        chosen = chosen or self.random
        given = self.messages(chosen, count)
        ends = self.until(chosen) if chosen.random() < 0.2 else None
        memory = self.mounted(space, me or self.model.owners[space])
        self.bench.acts += 1
        added = memory.add(
            [message for _, message in given], source=f"talk-{self.random.getrandbits(48):x}", expires_at=ends
        ).added
        known = [Known(cube, space, ends=ends, followed=count > 1) for cube in added]
        for each, (word, message) in zip(known, given, strict=True):
            self.model.cubes[each.id] = each
            self.model.words[word] = Word(each.id, level=PERSONAL if "@" in message.text else 0)
        self.note_facts(added)
        return known

    def note_facts(self, wholes: tuple[str, ...]) -> None:
        """Note the facts of memories; only which there are is asked of the graph."""
        for row in rows(self.memos, FACTS, cubes=list(wholes)):
            whole = self.model.cubes[row["whole"]]
            fact = self.model.cubes.setdefault(row["id"], Known(row["id"], whole.space, whole=False))
            fact.made_from.add(row["whole"])
        self.note_topics({self.model.cubes[whole].space for whole in wholes})

    def note_topics(self, spaces: Iterable[str]) -> None:
        """Note what memories are about, which is only known to the graph."""
        for space in spaces:
            for row in rows(self.memos, TOPICS, space=space):
                if row["id"] in self.model.cubes:
                    self.model.cubes[row["id"]].topics = frozenset(f"{space}#{topic}" for topic in row["topics"])

    def placed(self, space: str) -> dict[str, list[str]]:
        """Return the topics of a space, each with its concepts."""
        return {row["topic"]: row["concepts"] for row in rows(self.memos, PLACED, space=space)}

    def note_renamed(self, space: str, before: dict[str, list[str]]) -> None:
        """Grants go on with a topic under its new name; where it joined another one, they end, and so do that one's.

        What was on a topic that is gone is on none that is called so later.
        """
        placed = self.placed(space)
        after = {concept: topic for topic, concepts in placed.items() for concept in concepts}
        renamed = {
            topic: after[concept]
            for topic, concepts in before.items()
            for concept in concepts
            if topic not in placed and concept in after
        }
        for (who, target), permits in list(self.model.grants.items()):
            topic = target.removeprefix(f"{space}#")
            if topic == target or (topic in placed and topic not in renamed.values()):
                continue
            if topic in placed and topic not in before:
                continue
            del self.model.grants[who, target]
            if topic in renamed and renamed[topic] not in before:
                self.model.grants[who, f"{space}#{renamed[topic]}"] |= permits
        self.note_topics([space])

    def topics(self, space: str) -> set[str]:
        """Return the topics of a space, as targets of grants."""
        return {topic for known in self.model.cubes.values() if known.space == space for topic in known.topics}

    def permit(self, chosen: random.Random, actions: list[str], *, purposes: bool = True) -> Permit:
        given = frozenset({"read", *chosen.sample(actions, chosen.randrange(len(actions) + 1))})
        asked = frozenset({chosen.choice(PURPOSES)}) if purposes and chosen.random() < 0.15 else None
        return Permit(given, asked, self.until(chosen), chosen.choice([ALL, ALL, PERSONAL, 0]))

"""What an adapter must not lose: reading made-up memories, and leaving alone what nobody taught."""

import random
from collections.abc import Collection
from dataclasses import dataclass

from memos_graph.host.lora import invent
from memos_graph.host.lora.sample import Sample
from memos_graph.host.recall_tiny import phrasebook
from memos_graph.host.recall_tiny.phrasebook import UNKNOWN, Fact, Split

_UNKNOWN_SHARE = 0.2
_CHANGE_SHARE = 0.25
_SPEAKER_SHARE = 0.4
_DATE_SHARE = 0.5
_NEAR_SHARE = 0.4
_FOREIGN_SHARE = 0.15


@dataclass(frozen=True, slots=True)
class Replay:
    """Draws replay samples around the facts that are taught: their people and relations come up in it, their values never.

    ``split`` chooses the phrasings: those a model may be trained with, or those kept for measuring.
    """

    taught: tuple[Fact, ...]
    split: Split = "train"

    def reading(self, rng: random.Random, *, lines: int, questions: int) -> Sample:
        """Return a memory of up to ``lines`` made-up lines with questions about it, some of which it doesn't answer."""
        people = self._people(rng, max(1, lines // 3))
        facts: dict[tuple[str, str], str] = {}
        memory: list[str] = []
        for _ in range(rng.randint(1, lines)):
            person, relation = rng.choice(people), rng.choice(phrasebook.relations())
            facts[person, relation] = value = invent.value(rng, _kind(relation))
            memory.append(_line(rng, Fact(person, relation, value)))
        asked = [(key, value) for key, value in facts.items() if rng.random() > _UNKNOWN_SHARE]
        keys = {(fact.person, fact.relation) for fact in self.taught} | set(facts)
        absent = sum(rng.random() < _UNKNOWN_SHARE for _ in facts) + 1
        asked += [(self._absent(rng, people, keys), UNKNOWN) for _ in range(absent)]
        rng.shuffle(asked)
        return Sample(tuple(memory), tuple((self._ask(rng, key), value) for key, value in asked[:questions]))

    def blank(self, rng: random.Random) -> Sample:
        """Return a question, without memory, about something that is not taught; its answer here is recall-tiny's."""
        keys = {(fact.person, fact.relation) for fact in self.taught}
        people = [fact.person for fact in self.taught] or self._people(rng, 1)
        if rng.random() < _FOREIGN_SHARE:
            book = phrasebook.book()
            templates = book.foreign if self.split == "train" else book.foreign_held_out
            person = rng.choice([rng.choice(people), invent.person(rng)])
            question = phrasebook.fill(rng.choice(templates), p=person, v=invent.value(rng, "place"))
            return Sample((), ((question, UNKNOWN),))
        return Sample((), ((self._ask(rng, self._absent(rng, people, keys)), UNKNOWN),))

    def distraction(self, rng: random.Random, *, lines: int) -> tuple[str, ...]:
        """Return made-up lines about other people than those taught."""
        taught = {fact.person for fact in self.taught}
        people = [each for each in (invent.person(rng) for _ in range(lines)) if each not in taught] or ["Nobody"]
        return tuple(
            _line(rng, Fact(rng.choice(people), relation, invent.value(rng, _kind(relation))))
            for relation in rng.choices(phrasebook.relations(), k=rng.randint(1, lines))
        )

    def _people(self, rng: random.Random, count: int) -> list[str]:
        # People of the taught facts are among them: what is read about them holds, whatever the adapter was taught.
        known = [fact.person for fact in self.taught]
        return [
            rng.choice(known) if known and rng.random() < _UNKNOWN_SHARE else invent.person(rng) for _ in range(count)
        ]

    def _absent(self, rng: random.Random, people: list[str], keys: Collection[tuple[str, str]]) -> tuple[str, str]:
        """Return a person and a relation nothing is known of: often nearly one that something is known of."""
        while True:
            person, relation = rng.choice(people), rng.choice(phrasebook.relations())
            draw = rng.random()
            if draw < _NEAR_SHARE:
                person = invent.like(rng, person)
            elif draw < _NEAR_SHARE + _UNKNOWN_SHARE:
                person = invent.person(rng)
            if (person, relation) not in keys:
                return person, relation

    def _ask(self, rng: random.Random, key: tuple[str, str]) -> str:
        return rng.choice(phrasebook.questions(Fact(*key, ""), self.split))


def _kind(relation: str) -> str:
    return phrasebook.book().relations[relation].kind


def _line(rng: random.Random, fact: Fact) -> str:
    """State a fact as memories do: by its person or about them, with a date or without."""
    phrases = phrasebook.book().relations[fact.relation]
    stamp = f"[{invent.day(rng)}] " if rng.random() < _DATE_SHARE else ""
    changes = rng.random() < _CHANGE_SHARE
    old = invent.value(rng, phrases.kind)
    if rng.random() < _SPEAKER_SHARE:
        said = rng.choice(phrases.first_change if changes else phrases.first)
        return f"{stamp}{fact.person}: {phrasebook.fill(said, v=fact.value, o=old)}"
    said = rng.choice(phrases.third_change if changes else phrases.third)
    return stamp + phrasebook.fill(said, p=fact.person, v=fact.value, o=old)

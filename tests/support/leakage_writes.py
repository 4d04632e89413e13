"""Acts of test_leakage.py that change memories: who may, what is left, and what is made of them."""

import random
from itertools import combinations

from hypothesis import strategies as st
from hypothesis.stateful import rule

from memos_graph.errors import InputError, NotFoundError, StateError
from support.leakage_model import EVERY, Known, Word, moment, secret
from support.leakage_world import NOWHERE, World

DRAWS = st.integers(0, 2**32)
WRITING = [frozenset(each) for n in range(5) for each in combinations(sorted(EVERY), n + 1) if "write" in each]


class Writes(World):
    """Whoever tries them: where it may, the model follows; where it may not, it is refused as the model says."""

    @rule(draw=DRAWS)
    def remember(self, draw: int) -> None:
        chosen = self.begin("remember", draw)
        space = self.space(chosen)
        me, since = self.writer(chosen, space), moment()
        if "write" in self.model.held(me, space, since) and self.held(me, space, since):
            self.stored(space, self.model.owners[space], chosen.choice([1, 1, 1, 2]), chosen)
            return
        _, error = self.attempt(me, lambda: self.mounted(space, me).add("Nobody may write this.", source="none"))
        self.ruled(error, self.held(me, space, since), "write")

    @rule(draw=DRAWS)
    def change(self, draw: int) -> None:
        """Update, archive, restore or delete: by whoever may write, the memory's space or the memory alone."""
        chosen = self.begin("change", draw)
        known = self.cube(chosen, whole=True)
        me, since, word = self.writer(chosen, known.space), moment(), secret(self.random)
        memory, kind = (
            self.mounted(known.space, me),
            chosen.choice(["update", "update", "archive", "restore", "delete"]),
        )
        why = secret(self.random) if chosen.random() < 0.3 else None
        acts = {
            "update": lambda cube: memory.update(cube, text=f"I gave the {word} lamp away.", reason=why),
            "archive": memory.archive,
            "restore": memory.restore,
            "delete": memory.delete,
        }
        placed = self.placed(known.space)
        done, error = self.attempt(me, lambda: acts[kind](known.id))
        if known.gone or not self.model.reads(me, known.id, since):
            # What has come to its end can still be deleted by whoever may write; nobody else learns of it.
            if not self.model.reads(me, known.id, moment(), ended=not known.gone):
                _, missing = self.attempt(me, lambda: acts[kind](NOWHERE))
                assert isinstance(error, NotFoundError), f"{me}: {error!r}"
                assert str(error).replace(known.id, NOWHERE) == str(missing)
        elif self.readable(me, known.id, since):
            self.ruled(error, self.held(me, known.space, since, known.id), "write")
        if error is not None:
            return
        if kind == "update":
            self.model.words[word] = Word(known.id)
            if why:
                self.model.words[why] = Word(known.id, reason_of=me)
            self.note_facts((known.id,))
        elif kind == "delete":
            assert known.id in done.cubes
            for each in done.cubes:
                self.model.cubes[each].gone = True
            self.note_renamed(known.space, placed)
        else:
            known.archived = kind == "archive"

    @rule(draw=DRAWS)
    def end(self, draw: int) -> None:
        """Set a memory's end of life, in the past or to come, or take it away."""
        chosen = self.begin("end", draw)
        known = self.cube(chosen, whole=True)
        owner, until = self.model.owners[known.space], self.until(chosen)
        _, error = self.attempt(owner, lambda: self.mounted(known.space, owner).set(known.id, expires_at=until))
        if error is None:
            known.ends = until
        else:
            assert isinstance(error, StateError if not known.gone else NotFoundError), repr(error)

    @rule(draw=DRAWS)
    def link(self, draw: int) -> None:
        """Note that a memory was made from another, which changes nobody's rights, and what neither denies nor erases."""
        chosen = self.begin("link", draw)
        made, origin = self.cube(chosen, whole=True), self.cube(chosen, whole=True)
        me, since = self.writer(chosen, made.space), moment()
        provenance = self.mounted(made.space, me).provenance
        transform = chosen.choice(["summarized", "extracted", "merged"])
        _, error = self.attempt(me, lambda: provenance.annotate(made.id, derived_from=origin.id, transform=transform))
        if error is None:
            assert self.readable(me, origin.id, since) is not False, f"{me} linked {origin.id}, which it can't read"
            assert self.held(me, made.space, since, made.id) in (None, *WRITING), f"{me} linked {made.id}"

    @rule(draw=DRAWS)
    def merge(self, draw: int) -> None:
        """Merge memories, also what came of merges: what is denied is denied in all of that, however deep."""
        chosen = self.begin("merge", draw)
        space = self.space(chosen)
        for _ in range(chosen.choice([1, 6])):
            self._merge(chosen, space)

    def _merge(self, chosen: random.Random, space: str) -> None:
        wholes = [known for known in self.model.wholes(space) if not known.gone and not known.archived]
        if len(wholes) < 2:
            wholes += self.stored(space, None, 2, chosen)
        # The deepest one most often, so that chains grow.
        wholes.sort(key=lambda known: len(self.model.origins(known.id)))
        first = wholes[-1] if chosen.random() < 0.7 else chosen.choice(wholes)
        second = chosen.choice([known for known in wholes if known is not first])
        me, since, word = self.writer(chosen, space), moment(), secret(self.random)
        parents = [first.id, second.id]
        done, error = self.attempt(
            me, lambda: self.mounted(space, me).merge(parents, text=f"Both of us keep the {word} lamp in Porto.")
        )
        held = [self.held(me, space, since, cube) for cube in parents]
        if error is not None:
            if all(
                each and "write" in each and self.readable(me, cube, since)
                for each, cube in zip(held, parents, strict=True)
            ):
                assert isinstance(error, (StateError, InputError)), f"{me} merges {parents}: {error!r}"
            return
        assert all(each is None or "write" in each for each in held), f"{me} merged {parents}, which it may not write"
        ends = [self.model.ends(cube) for cube in parents]
        new = Known(
            done.cubes[0], space, made_from=set(parents), ends=min(filter(None, ends), default=None), followed=True
        )
        self.model.cubes[new.id] = new
        self.model.words[word] = Word(new.id)
        first.archived = second.archived = True
        self.note_facts((new.id,))

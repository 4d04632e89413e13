"""Acts of test_leakage.py on documents: put, read, listed, found and erased by name, each answer held against the model."""

from collections.abc import Iterator
from typing import Any

from hypothesis.stateful import rule

from memos_graph.errors import ForbiddenError, NotFoundError, StateError
from memos_graph.memcube.documents import DocumentPlace
from support.leakage_model import PERSONAL, Known, Word, moment, secret
from support.leakage_reads import Reads
from support.leakage_writes import DRAWS

NAMESPACES = ((), ("a",), ("a", "b"), ("c",))
Place = tuple[tuple[str, ...], str]


def at(place: Place) -> DocumentPlace:
    return DocumentPlace(*place)


class Documents(Reads):
    """A document is told to whoever may read its memory; its name is told to nobody else, and is taken for everybody."""

    def __init__(self) -> None:
        super().__init__()
        self.placed_at: dict[tuple[str, Place], Known] = {}

    def _place(self, chosen: Any) -> Place:
        return chosen.choice(NAMESPACES), f"k{chosen.randrange(2)}"

    def _standing(self, space: str, place: Place, me: str, since: Any) -> tuple[Known | None, bool | None]:
        """Return what was put in a place, and whether ``me`` could read it at both ends of an act."""
        known = self.placed_at.get((space, place))
        return known, known is not None and self.readable(me, known.id, since)

    def _below(self, space: str, namespace: tuple[str, ...]) -> Iterator[tuple[Place, Known]]:
        for (where, place), known in self.placed_at.items():
            if where == space and place[0][: len(namespace)] == namespace:
                yield place, known

    @rule(draw=DRAWS)
    def document_put(self, draw: int) -> None:
        chosen = self.begin("document put", draw)
        space, word, place = self.space(chosen), secret(self.random), self._place(chosen)
        if named := chosen.random() < 0.2:
            place = ((word,), f"of {word}")  # nobody asks for it by this name: it is a secret, too
        personal = chosen.random() < 0.3
        note = f"Write to {word}@example.org." if personal else f"The {word} lamp is in Porto."
        me = self.writer(chosen, space)
        since = moment()
        documents = self.mounted(space, me).documents
        cube, error = self.attempt(me, lambda: documents.put(*place, {"note": note, "n": chosen.randrange(9)}))
        known, readable = self._standing(space, place, me, since)
        if known is None or known.gone or not self.model.is_there(known.id, since):
            self.ruled(error, self.held(me, space, since), "write")
        elif readable is False and "write" in (self.held(me, space, since) or ()):
            assert isinstance(error, ForbiddenError | StateError) or not self.model.is_there(known.id, moment())
        elif readable and error is not None and not isinstance(error, StateError):
            held = [self.held(me, space, since), self.held(me, space, since, known.id)]
            assert None in held or any("write" not in each for each in held if each is not None), f"{me} {error!r}"
        if error is not None:
            return
        if known is None or known.id != cube:
            known = self.placed_at[space, place] = self.model.cubes[cube] = Known(cube, space)
        known.ends = None
        self.model.words[word] = Word(cube, level=PERSONAL if personal and not named else 0)

    @rule(draw=DRAWS)
    def document_gone(self, draw: int) -> None:
        chosen = self.begin("document gone", draw)
        space, place = self.space(chosen), self._place(chosen)
        me = self.writer(chosen, space)
        since = moment()
        done, error = self.attempt(me, lambda: self.mounted(space, me).documents.delete(*place))
        known, readable = self._standing(space, place, me, since)
        held = self.held(me, space, since)
        if not readable:  # as one that is not there
            self.ruled(error, held, "write")
            assert readable is None or error is not None or done.cubes == ()
        elif error is not None and not isinstance(error, StateError):
            of_it = self.held(me, space, since, known.id)
            assert held is None or of_it is None or "write" not in held & of_it, f"{me} {error!r}"
        for each in done.cubes if error is None else ():
            self.model.cubes[each].gone = True

    @rule(draw=DRAWS)
    def document_move(self, draw: int) -> None:
        """To another name: rights go with it; what may not be read is missing, and its name is taken."""
        chosen = self.begin("document move", draw)
        space, old, new = self.space(chosen), self._place(chosen), self._place(chosen)
        if old == new:
            return
        me = self.writer(chosen, space)
        since = moment()
        _, error = self.attempt(me, lambda: self.mounted(space, me).documents.move([(at(old), at(new))]))
        (known, readable), (other, _) = (self._standing(space, place, me, since) for place in (old, new))
        held, now = self.held(me, space, since), moment()
        if error is not None and (held is None or "write" not in held):
            self.ruled(error, held, "write")
        elif error is None:
            assert held is None or "write" in held, f"{me} moved what it may not write"
            assert readable is not False, f"{me} moved {known}, which it may not read"
            assert other is None or not self.model.is_there(other.id, now), f"{me} moved over {other}"
            self.placed_at[space, new] = self.placed_at.pop((space, old))
        elif readable is False:
            assert isinstance(error, NotFoundError), repr(error)
            _, missing = self.attempt(
                me, lambda: self.mounted(space, me).documents.move([(at((old[0], "nothing")), at(new))])
            )
            assert str(error).replace(f"{old[1]}'", "nothing'") == str(missing)

    @rule(draw=DRAWS)
    def document_read(self, draw: int) -> None:
        """By its name: what may not be read is said to be missing, word for word."""
        chosen = self.begin("document read", draw)
        space, place = self.space(chosen), self._place(chosen)
        me = self.reader(chosen, space)
        since, documents = moment(), self.mounted(space, me).documents
        found, error = self.attempt(me, lambda: documents.get(*place))
        known, readable = self._standing(space, place, me, since)
        if readable is None:
            return
        assert readable == (error is None), f"{me} {known} {error!r}"
        if found is not None:
            assert found.cube == known.id
            self.check(me, found.model_dump_json(), since, alone=True)
            return
        assert isinstance(error, NotFoundError)
        _, missing = self.attempt(me, lambda: documents.get(place[0], "nothing"))
        assert (str(error).replace(place[1], "nothing"), error.hint) == (str(missing), missing.hint)

    @rule(draw=DRAWS)
    def document_list(self, draw: int) -> None:
        """Pages, namespaces and searches: of all that may be read in a namespace, and of nothing else."""
        chosen = self.begin("document list", draw)
        space, namespace = self.space(chosen), chosen.choice(NAMESPACES)
        me = self.reader(chosen, space)
        since, documents = moment(), self.mounted(space, me).documents
        self.bench.acts += 3
        listed = list(documents.every(namespace))
        spaces = documents.namespaces(namespace)
        self.check(me, [each.model_dump_json() for each in listed], since)
        self.check(me, spaces, since)
        seen = {each.cube: each for each in listed}
        readable: list[Place] = []
        for place, known in self._below(space, namespace):
            allowed = self.readable(me, known.id, since, alone=False)
            assert allowed is None or allowed == (known.id in seen), f"{me} {allowed} {known}"
            if allowed:
                assert (seen[known.id].namespace, seen[known.id].key) == place
                readable.append(place)
        assert {place[0] for place in readable} <= set(spaces)
        word = chosen.choice([*self.model.words, secret(self.random)])
        question = chosen.choice([word, f"Where is the {word} lamp?", "Who writes to whom?"])
        found = documents.search(question, namespace, limit=50)
        self.check(me, [each.model_dump_json() for each in found], since)
        assert all(each.namespace[: len(namespace)] == namespace for each in found)

    @rule(draw=DRAWS)
    def document_over_rest(self, draw: int) -> None:
        chosen = self.begin("document over rest", draw)
        space, place = self.space(chosen), self._place(chosen)
        me = self.reader(chosen, space)
        if me in self.model.mandates:
            return
        since, at = moment(), f"/v1/spaces/{space}/store"
        self.bench.acts += 3
        client, asked = self.client(me), {"namespace": list(place[0]), "key": place[1]}
        item = client.get(f"{at}/item", params=asked)
        _, readable = self._standing(space, place, me, since)
        held = self.held(me, space, since)
        if held is not None and readable is not None:
            assert (item.status_code == 200) == ("read" in held and readable), f"{me} {item.text}"
        if item.status_code == 200:
            self.check(me, item.text, since, alone=True)
        items, names = client.get(f"{at}/items"), client.get(f"{at}/namespaces")
        self.check(me, (items.text, names.text), since)
        if held is not None:
            assert (items.status_code == 200) == (names.status_code == 200) == ("read" in held)
        put = client.put(f"{at}/item", json={"key": place[1], "value": {"n": "\u0000"}, "ttl_minutes": -1})
        assert put.status_code == 422, put.text
        self.check(me, put.text, since)

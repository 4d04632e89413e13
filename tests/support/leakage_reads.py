"""Acts of test_leakage.py that read: in every way there is, by whoever tries, each answer held against the model."""

import json
import random
from collections.abc import Callable
from typing import Any

from hypothesis.stateful import rule

from memos_graph.errors import ForbiddenError, NotFoundError
from memos_graph.governance import Action
from memos_graph.search.calls import Filters
from memos_graph.search.selection import Selection, select
from support.leakage_model import ID, SECRET, Known, moment, secret
from support.leakage_world import NOWHERE, World
from support.leakage_writes import DRAWS


class Reads(World):
    """Readers hold handles from a time when they could mount the space: what they lost since must not help them."""

    def _one(self, kind: str, draw: int) -> tuple[random.Random, Known, str, Any]:
        chosen = self.begin(kind, draw)
        known = self.cube(chosen)
        me = self.reader(chosen, known.space)
        return chosen, known, me, self.mounted(known.space, me)

    def _by_id(self, me: str, known: Known, act: Callable[[str], Any], *, ended: bool = False) -> Any:
        """Read a memory by id: allowed works; forbidden is said as missing is, word for word."""
        since = moment()
        answer, error = self.attempt(me, lambda: act(known.id))
        allowed = self.readable(me, known.id, since)
        if allowed is None:
            return None
        if not allowed and ended and not known.gone and "administer" in self.model.held(
            me, known.space, since, cube=known.id
        ):  # fmt: skip
            allowed = True
        if allowed:
            assert error is None, f"{me} may read {known}: {error!r}"
            return answer
        assert isinstance(error, NotFoundError), f"{me} may not read {known}: {error!r} {answer}"
        _, missing = self.attempt(me, lambda: act(NOWHERE))
        assert (str(error).replace(known.id, NOWHERE), error.hint) == (str(missing), missing.hint)
        return None

    @rule(draw=DRAWS)
    def get(self, draw: int) -> None:
        chosen, known, me, memory = self._one("get", draw)
        since, as_of = moment(), moment() if chosen.random() < 0.3 else None
        found = self._by_id(me, known, lambda cube: memory.get(cube, as_of=as_of))
        self.check(me, found and found.model_dump_json(), since, alone=True)

    @rule(draw=DRAWS)
    def history(self, draw: int) -> None:
        _, known, me, memory = self._one("history", draw)
        since = moment()
        self.check(me, self._by_id(me, known, memory.history, ended=True), since, alone=True, ended=True)

    @rule(draw=DRAWS)
    def overview(self, draw: int) -> None:
        """What a space is about says nothing of what may not be read."""
        chosen = self.begin("overview", draw)
        space = self.space(chosen)
        me, since = self.reader(chosen, space), moment()
        found, error = self.attempt(me, self.mounted(space, me).overview)
        self.ruled(error, self.held(me, space, since), "read")
        if found is None:
            return
        self.check(me, found.model_dump_json(), since)
        allowed = sum(
            self.readable(me, known.id, since, alone=False) is not False for known in self.model.wholes(space)
        )
        assert sum(each.memories for each in found.months) <= allowed

    @rule(draw=DRAWS)
    def compare(self, draw: int) -> None:
        """Another device is told of what may be read, and of nothing else."""
        chosen = self.begin("compare", draw)
        space = self.space(chosen)
        me, since = self.reader(chosen, space), moment()
        found, error = self.attempt(me, self.mounted(space, me).standing)
        self.ruled(error, self.held(me, space, since), "write")
        if found is None:
            return
        self.check(me, found.model_dump_json(), since)
        told = {each.cube for each in found.items if each.gone is None}
        kept = {
            known.id for known in self.model.wholes(space) if self.readable(me, known.id, since, alone=False) is False
        }
        assert not told & kept

    @rule(draw=DRAWS)
    def around(self, draw: int) -> None:
        """What surrounds a memory is for who may read its space; others are told what they are of one that is not there."""
        _, known, me, memory = self._one("around", draw)
        since = moment()
        found, error = self.attempt(me, lambda: memory.cubes.around(known.id))
        if found:
            self.check(me, [cube.model_dump_json() for cube in found], since)
        allowed = self.readable(me, known.id, since, alone=False)
        assert allowed is None or allowed == (error is None), f"{me} {allowed} {known}: {error!r}"
        if allowed is False:
            _, missing = self.attempt(me, lambda: memory.cubes.around(NOWHERE))
            assert str(error).replace(known.id, NOWHERE) == str(missing)

    @rule(draw=DRAWS)
    def lineage(self, draw: int) -> None:
        _, known, me, memory = self._one("lineage", draw)
        since = moment()
        found = self._by_id(me, known, memory.lineage)
        if found:
            nodes = [node for node in found.nodes if node.text]  # a tombstone says nothing
            self.check(me, [node for node in nodes if node.id == known.id], since, alone=True)
            self.check(me, [node for node in nodes if node.id != known.id], since)
            self.check(me, found.edges, since, alone=True, ended=True)

    @rule(draw=DRAWS)
    def page(self, draw: int) -> None:
        """A page holds every memory that may be read, and no other: so its length is theirs."""
        chosen = self.begin("page", draw)
        space = self.space(chosen)
        me, since = self.reader(chosen, space), moment()
        as_of = moment() if chosen.random() < 0.3 else None
        self.bench.acts += 2
        found = self.mounted(space, me).page(limit=1000, level="whole", as_of=as_of)
        self.check(me, [cube.model_dump_json() for cube in found], since)
        seen = {cube.id for cube in found}
        for known in self.model.wholes(space):
            allowed = self.readable(me, known.id, since, alone=False)
            assert allowed is None or allowed == (known.id in seen), f"{me} {allowed} {known}"
        facts = self.mounted(space, me).page(limit=1000, level="fact")
        self.check(me, facts, since)

    @rule(draw=DRAWS)
    def search(self, draw: int) -> None:
        chosen = self.begin("search", draw)
        space = self.space(chosen)
        words = [word for word, said in self.model.words.items() if self.model.cubes[said.cube].space == space]
        word = chosen.choice(words) if words and chosen.random() < 0.7 else secret(self.random)
        question = chosen.choice(
            [word, f"Who keeps the {word} lamp?", "Who moved to Porto?", "What did Ilse say?", "Where does Dana live?"]
        )
        me = self.reader(chosen, space)
        self.asked = [*self.asked[-20:], (me, space, question, chosen.choice([3, 50]))]
        self._ask(*self.asked[-1], filters=Filters(as_of=moment() if chosen.random() < 0.2 else None))

    @rule(draw=DRAWS)
    def search_again(self, draw: int) -> None:
        """What was asked before, by the same or by another: the cache must not serve what may not be read any more."""
        chosen = self.begin("search again", draw)
        if not self.asked:
            return
        me, space, question, limit = chosen.choice(self.asked)
        self._ask(me if chosen.random() < 0.8 else self.reader(chosen, space), space, question, limit)

    def _ask(self, me: str, space: str, question: str, limit: int, filters: Filters | None = None) -> None:
        since, spaces = moment(), sorted(self.model.owners)
        self.bench.acts += 1
        found = self.mounted(space, me).search(question, limit=limit, spaces=spaces, filters=filters)
        self.check(me, [hit.model_dump_json() for hit in found.hits], since)
        asked = set(SECRET.findall(question.lower()))
        read = SECRET.sub(lambda said: "" if said[0].lower() in asked else said[0], found.call.model_dump_json())
        # Names of speakers are kept until the space changes: those of what has ended by itself since linger.
        self.check(me, read, self.began)
        said = self.model.words.get(question)
        if said and not self.model.cubes[said.cube].followed:
            # Asked for one word alone: whoever may not read the memory that says it finds no trace of the word.
            sayers = [said.cube, *(fact.id for fact in self.model.facts(said.cube))]
            told = any(self.model.says(me, question, at, alone=False, ended=False) for at in (since, moment()))
            if not told and not any(self.readable(me, each, since, alone=False) is None for each in sayers):
                assert all(hit.why["words"] == 0 for hit in found.hits), f"{me} {question}: {found.hits}"

    @rule(draw=DRAWS)
    def shared(self, draw: int) -> None:
        """What was shared one by one or by topic: all of that, and nothing else."""
        chosen, known, me, memory = self._one("shared", draw)
        since = moment()
        self.bench.acts += 2
        found = memory.shared.list(limit=1000)
        self.check(me, [cube.model_dump_json() for cube in found], since, alone=True)
        listed, words = {cube.id for cube in found}, [word for word, said in self.model.words.items()]
        for each in self.model.wholes(known.space):
            granted = any((me, target) in self.model.grants for target in (each.id, *each.topics))
            if granted and not each.archived and self.readable(me, each.id, since):
                assert each.id in listed, f"{me} does not find {each}, which was shared with it"
        question = chosen.choice([chosen.choice(words), "Who keeps the lamp?", "Who moved to Porto?"])
        hits = memory.shared.search(question, limit=200).hits
        self.check(me, [hit.model_dump_json() for hit in hits], since, alone=True)
        if not any(self.model.says(me, question, at, alone=True, ended=False) for at in (since, moment())):
            assert question not in self.model.words or all(hit.why["words"] == 0 for hit in hits), f"{me} {question}"

    @rule(draw=DRAWS)
    def log(self, draw: int) -> None:
        _, known, me, memory = self._one("log", draw)
        since = moment()
        self.bench.acts += 2
        entries = memory.log(limit=100)
        self.check(me, [entry.model_dump_json(exclude={"id", "request_id"}) for entry in entries], since, ended=True)
        held = self.held(me, known.space, since)
        if held is not None and "administer" not in held:
            assert {entry.principal for entry in entries} <= {me}
        assert "read" in (held or ["read"]) or not entries
        about = memory.log(cube=known.id)
        denied = self.held(me, known.space, since, known.id, alone=False)
        assert denied is None or "read" in denied or not about, f"{me} sees that {known} is there: {about}"

    @rule(draw=DRAWS)
    def listings(self, draw: int) -> None:
        """Exports, duplicates, changes, selections for KV-caches and adapters, and the payloads themselves."""
        chosen = self.begin("listings", draw)
        space = self.space(chosen)
        me, since = self.reader(chosen, space), moment()
        memory, everything = self.mounted(space, me), Selection()
        about = Selection(cubes=(self.cube(chosen, space).id,))
        asked = f'"selection":{{"cubes":["{about.cubes[0]}"]}}'
        acts: list[Callable[[], Any]] = [
            lambda: list(memory.export(everything, level=chosen.choice(["whole", "fact", None]))),
            # It says what it was asked for, also where that is nothing.
            lambda: [
                b"".join(memory.dump(chosen.choice([everything, about]))).decode(errors="replace").replace(asked, "")
            ],
            lambda: memory.duplicates(threshold=0.3, level=chosen.choice(["whole", "fact"])),
            memory.review,
            lambda: select(memory._services.runner, chosen.choice([everything, about]), space=space, principal=me),
            lambda: (memory.kv.list(), memory.lora.list()),
            memory.vault.check,
        ]
        for act in acts:
            answer, _ = self.attempt(me, act)
            self.check(me, answer, since)
        # That a memory was erased is told, and nothing of what it said.
        changes, _ = self.attempt(me, lambda: memory.changes(self.began, None))
        self.check(me, [(each.text, each.diff) for each in changes or ()], since)
        self.check(me, [each.cube for each in changes or ()], since, ended=True)

    @rule(draw=DRAWS)
    def can(self, draw: int) -> None:
        """Asked about itself, a principal is told what it may do, and of what it may not read as of what is missing."""
        chosen, known, me, memory = self._one("can", draw)
        action, since = chosen.choice([Action.READ, Action.WRITE]), moment()
        target = known.id if chosen.random() < 0.7 else known.space
        self.bench.acts += 1
        told = memory.can(me, action, target)
        self.check(me, told.paths, since, alone=True, ended=True)
        held = self.held(me, known.space, since, known.id if target == known.id else None)
        if held is not None:
            assert told.allowed == (action in held), f"{me} {action} {target}: {told}, {held}"
            if "read" not in held:
                missing = memory.can(me, action, NOWHERE if target == known.id else "nobody/nothing")
                assert told.model_copy(update={"target": missing.target}) == missing
        other = chosen.choice(self.principals)
        answer, error = self.attempt(me, lambda: memory.can(other, action, target))
        if held is not None and other != me and "administer" not in held:
            refused = ForbiddenError if "read" in held else NotFoundError
            assert isinstance(error, refused), f"{error!r} {answer}"

    @rule(draw=DRAWS)
    def spaces(self, draw: int) -> None:
        """The spaces somebody may read, each with the number of memories that it may read there."""
        chosen = self.begin("spaces", draw)
        me, since = chosen.choice([*self.principals, *self.model.mandates]), moment()
        self.bench.acts += 1
        found = {each.space: each for each in self.memos._services.governance.spaces(me)}
        for space in self.model.owners:
            held = self.held(me, space, since)
            if held is None:
                continue
            assert ("read" in held) == (space in found), f"{me} {space} {held}"
            if space not in found:
                continue
            assert set(found[space].actions) == held
            live = [known.id for known in self.model.wholes(space) if not known.archived]
            seen = [self.readable(me, cube, since, alone=False) for cube in live]
            assert None in seen or found[space].cubes == sum(map(bool, seen)), (
                f"{me} {space} counts memories it can't read"
            )

    @rule(draw=DRAWS)
    def mount(self, draw: int) -> None:
        chosen = self.begin("mount", draw)
        space = self.space(chosen)
        me, since = self.reader(chosen, space), moment()
        agent, _, rest = me.partition(">")
        user, _, purpose = rest.partition(":")
        if agent == user:
            return  # who states a purpose of its own makes the mandate anew
        act = lambda where: self.memos.mount(where, principal=agent, on_behalf_of=user or None, purpose=purpose or None)  # noqa: E731
        _, error = self.attempt(me, lambda: act(space))
        _, missing = self.attempt(me, lambda: act("nobody/nothing"))
        held = self.held(me, space, since)
        if held is not None:
            assert ("read" in held) == (error is None), f"{me} {space} {held} {error!r}"
            if error is not None and not self.lapsed(me, since):
                assert str(error).replace(space, "nobody/nothing") == str(missing)

    @rule(draw=DRAWS)
    def grants(self, draw: int) -> None:
        """Whoever may share sees who may do what, but of no memory that it may not read itself."""
        chosen = self.begin("grants", draw)
        space = self.space(chosen)
        me, since = self.reader(chosen, space), moment()
        found, _ = self.attempt(me, self.mounted(space, me).grants)
        self.check(me, found, since, ended=True)

    @rule(draw=DRAWS)
    def rest(self, draw: int) -> None:
        """The same over HTTP: answers, problems, and the metrics of the service."""
        chosen = self.begin("rest", draw)
        known = self.cube(chosen)
        me, since = self.reader(chosen, known.space), moment()
        agent, _, rest = me.partition(">")
        user, _, purpose = rest.partition(":")
        if agent == user:
            return
        client = self.client(agent)
        self.bench.acts += 5
        headers = {"X-On-Behalf-Of": user} if user else {}
        headers |= {"X-Purpose": purpose} if purpose else {}
        where = chosen.choice(["", "/versions", "/lineage"])
        answers = [client.get(f"/v1/cubes/{cube}{where}", headers=headers) for cube in (known.id, NOWHERE)]
        allowed = self.readable(me, known.id, since)
        if where != "/versions" or allowed:
            # The history of what has ended is for administrators; another rule looks at that.
            assert allowed is None or (answers[0].status_code == 200) == allowed, f"{me} {known} {answers[0].text}"
        if answers[0].status_code != 200 and not self.lapsed(me, since):
            told = [{**json.loads(each.text.replace(NOWHERE, known.id)), "request_id": ""} for each in answers]
            assert told[0] == told[1], f"{me} {known} {told}"
        spaces = client.get("/v1/spaces?limit=200", headers=headers)
        body = {"question": chosen.choice(["Who keeps the lamp?", "What did Ilse say?"]), "spaces": [known.space]}
        search = client.post("/v1/search", headers=headers, json={**body, "explain": True})
        log = client.get(f"/v1/spaces/{known.space}/log", headers=headers)
        if answers[0].status_code == 200:
            self.check(me, answers[0].text, since, alone=True, ended=where == "/versions")
        self.check(me, log.text, since, ended=True)
        self.check(me, (spaces.text, search.text), since)
        metrics = self.bench.metrics.text().decode() + client.get("/metrics").text
        assert not SECRET.search(metrics), "a secret is in the metrics"
        assert not ID.search(metrics), "an id is in the metrics"
        assert self.name not in metrics, "a name is in the metrics"

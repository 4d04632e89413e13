"""What mem0's calls do, each by the acts that every memory has: no rule is written here a second time."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from memos_graph.acting import Acting, Memory
from memos_graph.api.mem0 import filters as filtering
from memos_graph.api.mem0.bodies import Add, Change, Query, end_of, entry_of, item_of, moment_of
from memos_graph.api.mem0.entities import KINDS, Entity, Ids, entity_of, home_of, owner_of, prefix_of, space_of
from memos_graph.api.mem0.labels import ids_in, labels_of, others_in
from memos_graph.errors import InputError, NotFoundError
from memos_graph.formats import Message
from memos_graph.lifecycle.terms import Terms
from memos_graph.search.calls import Filters
from memos_graph.search.reader import MOST_HITS
from memos_graph.types import MemCube, State

Item = dict[str, Any]
_PAGE = 200
_IN_SERVICE = {State.GENERATED, State.ACTIVATED, State.FROZEN}
_SAID_BY = {"user": "user_id", "assistant": "agent_id"}


class Mem0:
    """The calls of one caller."""

    def __init__(self, caller: Acting) -> None:
        self._caller = caller
        self._owner = owner_of(caller.principal)

    def add(self, given: Add) -> list[Item]:
        """Remember messages; returns what is new."""
        wanted = given.wanted()
        filtering.check(wanted)
        ids = {name: value for name, value in wanted.items() if name in KINDS and isinstance(value, str)}
        if len(ids) < len(wanted):
            raise InputError("New memories are given ids, and no other filters.", hint='Send e.g. {"user_id": "ada"}.')
        space, labels = space_of(self._owner, home_of(ids)), labels_of(ids, given.metadata)
        if not (turns := given.turns()):
            raise InputError(
                "There is nothing to remember in these messages.", hint="Send what a user or an assistant said."
            )
        at = moment_of(given.timestamp)
        messages = [
            Message(text=turn.text, speaker=turn.name or ids.get(_SAID_BY.get(turn.role, ""), turn.role), at=at)
            for turn in turns
        ]
        memory = self._caller.mount(space)
        said = messages if len(messages) > 1 else messages[0]
        report = memory.add(
            said, source=ids.get("run_id") or "mem0", tags=labels, expires_at=end_of(given.expiration_date)
        )
        return [item_of(memory.get(cube)) for cube in report.added]

    def search(self, given: Query) -> list[Item]:
        """Find the memories that answer a question best."""
        wanted, most = self._checked(given.wanted()), given.top_k or given.limit or 10
        found: dict[str, Item] = {}
        for memory, ids in self._looked_into(wanted):
            asked = Filters(tags=labels_of(ids, None), minimum_score=given.threshold or 0.0)
            hits = memory.search(
                given.query,
                limit=MOST_HITS if filtering.narrows(wanted) else most,
                filters=asked,
                at=moment_of(given.reference_date),
            ).hits
            found |= {hit.cube.id: item_of(hit.cube, hit.score, dict(hit.why)) for hit in hits}
        best = sorted(
            filter(lambda item: filtering.holds(wanted, item), found.values()), key=lambda item: -item["score"]
        )
        return [_only(item, given.fields) for item in best[:most]]

    def every(self, wanted: Mapping[str, Any]) -> list[Item]:
        """Return all memories that pass, the newest first."""
        checked = self._checked(wanted)
        found = {
            cube.id: item
            for memory, ids in self._looked_into(checked)
            for cube in _in_service(memory, labels_of(ids, None))
            if filtering.holds(checked, item := item_of(cube))
        }
        return [found[each] for each in sorted(found, reverse=True)]

    def get(self, memory: str) -> Item:
        """Return one memory."""
        return item_of(self._caller.cubes.get(memory))

    def update(self, memory: str, given: Change) -> Item:
        """Correct a memory, its metadata or its end: all that is given, or nothing."""
        changes = given.model_fields_set & {"text", "metadata", "expiration_date"}
        if not changes:
            raise InputError("Nothing was given to change.", hint="Send text, metadata or expiration_date.")
        terms: dict[str, Any] = {}
        labels = self._caller.cubes.get(memory).descriptive.tags
        if given.metadata is not None:
            terms["tags"] = (*labels_of(ids_in(labels), given.metadata), *others_in(labels))
        if "expiration_date" in changes:
            terms["expires_at"] = end_of(given.expiration_date)

        def work() -> None:
            if given.text is not None:
                self._caller.updates.update(memory, text=given.text)
            if terms:
                self._caller.updates.set(memory, Terms.of(**terms))

        if given.text is not None and terms:
            self._caller.space(self._caller.space_of(memory)).documents.together(work)
        else:
            work()  # one act, which a grant on this memory alone is enough for
        return self.get(memory)

    def delete(self, memory: str) -> None:
        """Erase one memory in every version."""
        self._caller.updates.delete(memory)

    def delete_all(self, wanted: Mapping[str, Any]) -> int:
        """Erase all memories that pass; returns how many."""
        gone = [item["id"] for item in self.every(wanted)]
        for each in gone:
            self._caller.updates.delete(each)
        return len(gone)

    def history(self, memory: str) -> list[Item]:
        """Return the versions of a memory, the oldest first."""
        cube, versions = self._caller.cubes.get(memory), self._caller.updates.history(memory)
        return [entry_of(cube, each, before) for each, before in zip(versions, [None, *versions], strict=False)]

    def entities(self) -> list[Item]:
        """Return all users, agents, apps and runs that have memories of their own."""
        return [
            {
                "id": f"{entity.kind}:{entity.name}",
                "name": entity.name,
                "type": entity.kind,
                "owner": self._owner,
                "total_memories": count,
                "created_at": created,
                "updated_at": created,
                "metadata": {},
            }
            for entity, count, created in self._entities()
            if count
        ]

    def delete_entity(self, kind: str, name: str) -> int:
        """Erase all memories of a user, an agent, an app or a run; raises ``NotFoundError`` where it has none."""
        wanted = {each: name for each, known in KINDS.items() if known == kind}
        if not wanted or not (gone := self.delete_all(wanted)):
            raise NotFoundError(
                f"There is no {kind[:40]} '{name[:200]}' with memories.",
                hint="GET /v1/entities/ lists them.",
                target=kind,
            )
        return gone

    def reset(self) -> int:
        """Erase all memories of all of them."""
        return sum(self.delete_all({_id_of(entity): entity.name}) for entity, count, _ in self._entities() if count)

    def _checked(self, wanted: Mapping[str, Any]) -> Mapping[str, Any]:
        filtering.check(wanted)
        return wanted

    def _looked_into(self, wanted: Mapping[str, Any]) -> Iterator[tuple[Memory, Ids]]:
        """Yield the spaces that may hold what is wanted, each with the ids it has there; those that are not there hold nothing."""
        for ids in filtering.places(wanted):
            try:
                yield self._caller.space(space_of(self._owner, home_of(ids))), ids
            except NotFoundError:
                continue

    def _entities(self) -> Iterator[tuple[Entity, int, str]]:
        prefix = after = prefix_of(self._owner)
        while found := self._caller.spaces(after=after, limit=_PAGE):
            for access in found:
                if not access.space.startswith(prefix):
                    return
                if (entity := entity_of(access.space)) is not None:
                    yield entity, access.cubes, access.created_at.isoformat()
            after = found[-1].space


def _in_service(memory: Memory, labels: Sequence[str]) -> Iterator[MemCube]:
    after = ""
    while found := memory.page(after=after, limit=_PAGE, level="whole"):
        for cube in found:
            if cube.state in _IN_SERVICE and set(labels) <= set(cube.descriptive.tags):
                yield cube
        after = found[-1].id


def _id_of(entity: Entity) -> str:
    return next(name for name, kind in KINDS.items() if kind == entity.kind)


def _only(item: Item, fields: Sequence[str] | None) -> Item:
    return item if not fields else {name: value for name, value in item.items() if name in {"id", "memory", *fields}}

"""A graph of entities, their observations and relations, kept in a space: each of them a memory of its own, a document.

An entity's document has its name as its key; an observation's and a relation's have keys that say nothing, so that what is
erased leaves no word of it behind.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Annotated, Any

from pydantic import ConfigDict, Field
from pydantic.alias_generators import to_camel

from memos_graph.acting import Memory
from memos_graph.errors import NotFoundError
from memos_graph.kit.ids import new_id
from memos_graph.lifecycle.documents import DocumentWrite
from memos_graph.memcube.documents import DocumentPlace
from memos_graph.memory.documents import Document
from memos_graph.types import Model
from memos_graph.verbs.cubes import Content
from memos_graph.verbs.fields import Short

_ROOT = "graph"
_ENTITIES, _OBSERVATIONS, _RELATIONS = (_ROOT, "entities"), (_ROOT, "observations"), (_ROOT, "relations")
_RELATED = 10
Name = Annotated[Short, Field(min_length=1)]
Said = Annotated[Content, Field(min_length=1)]


class _Spelled(Model):
    """Base of what is spelled as the reference server spells it."""

    model_config = ConfigDict(alias_generator=to_camel, validate_by_name=True)


class GraphEntity(_Spelled):
    """Something that is known by a name."""

    name: Name = Field(description="The name of the entity")
    entity_type: Name = Field(description="The type of the entity")
    observations: tuple[Said, ...] = Field(description="An array of observation contents associated with the entity")


class GraphRelation(_Spelled):
    """What one entity is to another."""

    from_: Name = Field(alias="from", description="The name of the entity where the relation starts")
    to: Name = Field(description="The name of the entity where the relation ends")
    relation_type: Name = Field(description="The type of the relation")


class Observations(_Spelled):
    """What is to be known of an entity from now on."""

    entity_name: Name = Field(description="The name of the entity to add the observations to")
    contents: tuple[Said, ...] = Field(description="An array of observation contents to add")


class AddedObservations(_Spelled):
    """What was not known of an entity before."""

    entity_name: str
    added_observations: tuple[str, ...]


class Unobserved(_Spelled):
    """What is to be known of an entity no more."""

    entity_name: Name = Field(description="The name of the entity containing the observations")
    observations: tuple[Said, ...] = Field(description="An array of observations to delete")


class EntityGraph(Model):
    """Entities with what is observed of them, and relations between them."""

    entities: tuple[GraphEntity, ...]
    relations: tuple[GraphRelation, ...]


class Knowledge:
    """The graph of one space, as the principal that mounted it may read and change it. Each change is made whole, or not at all."""

    def __init__(self, space: Memory) -> None:
        self._documents = space.documents

    def create_entities(self, entities: Sequence[GraphEntity]) -> Sequence[GraphEntity]:
        """Keep those whose names are new, with what is observed of them; returns them."""

        def work() -> Sequence[GraphEntity]:
            new = {}
            for each in entities:
                if each.name not in new and self._entity(each.name) is None:
                    new[each.name] = each.model_copy(update={"observations": tuple(dict.fromkeys(each.observations))})
            self._write(put for each in new.values() for put in _puts(each))
            return list(new.values())

        return self._documents.together(work)

    def create_relations(self, relations: Sequence[GraphRelation]) -> Sequence[GraphRelation]:
        """Keep those that are new; returns them."""

        def work() -> Sequence[GraphRelation]:
            known = {relation for _, relation in self._relations()}
            new = [each for each in dict.fromkeys(relations) if each not in known]
            self._write(
                DocumentWrite(DocumentPlace(_RELATIONS, new_id()), each.model_dump(by_alias=True)) for each in new
            )
            return new

        return self._documents.together(work)

    def add_observations(self, given: Sequence[Observations]) -> Sequence[AddedObservations]:
        """Note more of entities; returns what was not known of each. Raises ``NotFoundError`` for one that is not there."""

        def work() -> Sequence[AddedObservations]:
            done = []
            for each in given:
                if self._entity(each.entity_name) is None:
                    raise NotFoundError(
                        f"Entity with name {each.entity_name} not found.",
                        hint="Nothing was added. Make it with create_entities first.",
                        target=each.entity_name,
                    )
                known = {said for _, said in self._observations(each.entity_name)}
                new = tuple(said for said in dict.fromkeys(each.contents) if said not in known)
                self._write(_observed(each.entity_name, new))
                done.append(AddedObservations(entity_name=each.entity_name, added_observations=new))
            return done

        return self._documents.together(work)

    def delete_entities(self, names: Sequence[str]) -> None:
        """Erase entities with what is observed of them and their relations; a name that is not there changes nothing."""

        def gone() -> Iterator[DocumentPlace]:
            for name in dict.fromkeys(names):
                yield DocumentPlace(_ENTITIES, name)
                yield from (place for place, _ in self._observations(name))
            yield from (place for place, each in self._relations() if {each.from_, each.to} & set(names))

        self._erase(gone)

    def delete_observations(self, given: Sequence[Unobserved]) -> None:
        """Erase observations of entities; those that are not there change nothing."""

        def gone() -> Iterator[DocumentPlace]:
            for each in given:
                found = self._observations(each.entity_name)
                yield from (place for place, said in found if said in each.observations)

        self._erase(gone)

    def delete_relations(self, relations: Sequence[GraphRelation]) -> None:
        """Erase relations; those that are not there change nothing."""
        self._erase(lambda: (place for place, each in self._relations() if each in relations))

    def read(self) -> EntityGraph:
        """Return all of it."""
        return self._graph(lambda _: True, every=True)

    def search(self, query: str) -> EntityGraph:
        """Return the entities that have these words in their name, type or observations, in any case, with their relations.

        Where none has, those that answer it best, as a search in natural language finds them.
        """
        sought = query.lower()

        def has(entity: GraphEntity) -> bool:
            return any(sought in each.lower() for each in (entity.name, entity.entity_type, *entity.observations))

        found = self._graph(has)
        if found.entities or not query.strip():
            return found
        hits = self._documents.search(query, (_ROOT,), limit=_RELATED)
        names = {str(hit.value.get(field)) for hit in hits for field in ("name", "entity", "from", "to")}
        return self._graph(lambda entity: entity.name in names)

    def open(self, names: Sequence[str]) -> EntityGraph:
        """Return the entities of these names, with their relations."""
        wanted = set(names)
        return self._graph(lambda entity: entity.name in wanted)

    def _graph(self, chosen: Callable[[GraphEntity], bool], *, every: bool = False) -> EntityGraph:
        observed: dict[str, list[str]] = {}
        for each in self._in_order(_OBSERVATIONS):
            observed.setdefault(each.namespace[-1], []).append(str(each.value.get("observation")))
        entities = [
            GraphEntity.model_construct(
                name=str(each.value.get("name")),
                entity_type=str(each.value.get("entityType")),
                observations=tuple(observed.get(each.key, ())),
            )
            for each in self._in_order(_ENTITIES)
        ]
        found = tuple(filter(chosen, entities))
        names = {each.name for each in found}
        relations = [each for _, each in self._relations() if every or {each.from_, each.to} & names]
        return EntityGraph.model_construct(entities=found, relations=tuple(relations))

    def _entity(self, name: str) -> Document | None:
        return self._documents.find(_ENTITIES, name)

    def _observations(self, name: str) -> Sequence[tuple[DocumentPlace, str]]:
        found = self._in_order((*_OBSERVATIONS, name))
        return [(_place(each), str(each.value.get("observation"))) for each in found]

    def _relations(self) -> Sequence[tuple[DocumentPlace, GraphRelation]]:
        return [
            (
                _place(each),
                GraphRelation.model_construct(
                    from_=str(each.value.get("from")),
                    to=str(each.value.get("to")),
                    relation_type=str(each.value.get("relationType")),
                ),
            )
            for each in self._in_order(_RELATIONS)
        ]

    def _in_order(self, namespace: Sequence[str]) -> Sequence[Document]:
        """Return the documents of a namespace in the order they were made, which their ids keep."""
        return sorted(self._documents.every(namespace), key=lambda each: each.cube)

    def _write(self, puts: Iterable[DocumentWrite]) -> None:
        if writes := list(puts):
            self._documents.write(writes)

    def _erase(self, gone: Callable[[], Iterable[DocumentPlace]]) -> None:
        self._documents.together(lambda: self._write(DocumentWrite(place, None) for place in gone()))


def _place(document: Document) -> DocumentPlace:
    return DocumentPlace(document.namespace, document.key)


def _puts(entity: GraphEntity) -> Iterator[DocumentWrite]:
    value = {"name": entity.name, "entityType": entity.entity_type}
    yield DocumentWrite(DocumentPlace(_ENTITIES, entity.name), value)
    yield from _observed(entity.name, entity.observations)


def _observed(name: str, observations: Iterable[str]) -> Iterator[DocumentWrite]:
    for each in observations:
        value: dict[str, Any] = {"entity": name, "observation": each}
        yield DocumentWrite(DocumentPlace((*_OBSERVATIONS, name), new_id()), value)

"""The neomodel classes: they declare all that is written, and read it back."""

from datetime import UTC, datetime
from typing import Any

import neomodel
import pytest
from neo4j.exceptions import ClientError
from support.raw_graph import rows

from memos_graph import Memory, MemOS, Message, Pipeline
from memos_graph.errors import PipelineError
from memos_graph.graph import models
from memos_graph.graph.models import bound

AT = datetime(2024, 5, 10, 9, tzinfo=UTC)

# Everything a life of a space leaves behind, whichever way it hangs on the space.
LEFT = """
MATCH (n) WHERE n.space = $space OR n:Space OR n:Principal OR n:Store OR n:ApiKey
UNWIND labels(n) AS label
UNWIND keys(n) AS key
RETURN label, collect(DISTINCT key) AS keys
"""
TIED = "MATCH (a)-[r]->(b) WHERE a.space = $space RETURN type(r) AS type, collect(DISTINCT head(labels(a))) AS starts"
KINDS = ["Plaintext", "PastVersion", "Role", "Mandate"]


@pytest.fixture
def lived(memos: MemOS, space: Memory) -> Memory:
    """A space in which everything that writes has happened."""
    talk = [
        Message(
            id="m1",
            speaker="Alice",
            text="Yesterday my sister won a prize in Bergen.",
            at=AT,
            attributes={"session": "1"},
        ),
        Message(
            id="m2", speaker="Bob", text="My brother repairs violins in Ghent.", at=AT, attributes={"session": "1"}
        ),
    ]
    first, second = space.add(talk, source="chat", tags=["family"]).added
    space.search("Who won a prize?")
    space.update(first, text="My sister won two prizes in Bergen.", reason="she called")
    space.rollback(first, to=1)
    space.delete(second, reason="asked to")
    space.policy.apply("policy: 1\nname: first\n")
    space.policy.apply("policy: 1\nname: second\nkeep: {default: 90 years}\n")
    space.set(first, half_life_days=900, expires_at=datetime(2100, 1, 1, tzinfo=UTC))
    homes = [Message(id=f"h{i}", text=f"Dana lives in {town}.") for i, town in enumerate(["Lisbon", "Porto", "Faro"])]
    lisbon, porto, faro = space.add(homes, source="mail").added
    old, new = (space.lineage(each).downstream()[0].id for each in (lisbon, porto))
    moment = space.snapshot("homes", reason="to compare")
    space.supersede(new, old)
    space.merge([porto, faro])
    space.archive(lisbon)
    space.roll_back_to(moment.name)
    space.grant(f"{space.principal}.reader", [], expires_at=datetime(2100, 1, 1, tzinfo=UTC))
    key, _ = memos._services.api_keys.create(space.principal, label="laptop")
    memos._services.api_keys.revoke(key.id)
    space.run(
        Pipeline("copy").step("get", "get", {"cube": first}).step("note", "add", {"text": "Bergen won."}, needs=["get"])
    )
    with pytest.raises(PipelineError):
        space.run(Pipeline("fail").step("get", "get", {"cube": "nothing"}))
    space.forget("Nobody Whoever")
    memos._services.audit.flush()
    return space


def declared(label: str) -> set[str]:
    properties = getattr(models, label).defined_properties(aliases=False, rels=False)
    return {each.get_db_property_name(name) for name, each in properties.items()}


def test_every_property_written_is_declared(memos: MemOS, lived: Memory) -> None:
    found = {row["label"]: set(row["keys"]) for row in rows(memos, LEFT, space=lived.space)}
    assert {
        "MemCube",
        "MemVersion",
        "Source",
        "Concept",
        "Topic",
        "AuditEvent",
        "Space",
        "ApiKey",
        "Store",
        "Receipt",
    } <= set(found)
    undeclared = {label: keys - declared(label) for label, keys in found.items() if label not in KINDS}
    assert {label: keys for label, keys in undeclared.items() if keys} == {}


def test_every_relationship_written_is_declared(memos: MemOS, lived: Memory) -> None:
    for row in rows(memos, TIED, space=lived.space):
        for label in set(row["starts"]) - set(KINDS):
            types = {
                definition.definition["relation_type"]
                for _, definition in getattr(models, label).defined_properties(aliases=False, properties=False).items()
            }
            assert row["type"] in types, f"{label} -{row['type']}->"


def test_a_memory_is_read_through_its_class(memos: MemOS, lived: Memory) -> None:
    cube = lived.page(level="whole")[0]
    with bound(memos.driver):
        node: Any = models.MemCube.nodes.get(uid=cube.id)
        assert node.text == cube.text
        assert node.said_at == AT
        assert node.valid_from == datetime(2024, 5, 9, tzinfo=UTC)
        assert node.tags == ["family"]
        assert len(node.embedding) == 384
        (source,) = node.sources.all()
        assert source.uid == "chat#1"
        assert [whole.uid for whole in source.within.all()] == ["chat"]
        assert node.sources.relationship(source).position == 0
        (current,) = node.current.all()
        assert (current.number, current.rollback_of, current.known_to) == (3, 1, None)
        assert [version.number for version in current.previous.all()] == [2]
        assert {concept.topic.all()[0].space for concept in node.concepts.all()} == {lived.space}
        facts = node.derived.all()
        assert {fact.derived_from.relationship(node).transform for fact in facts} == {"extracted"}
        event: Any = models.AuditEvent.nodes.get(space=lived.space, seq=1)
        assert (event.action, event.by.all()[0].uid) == ("add", lived.principal)
        space: Any = models.Space.nodes.get(uid=lived.space)
        assert space.owner == lived.principal
        assert [owner.uid for owner in space.owned_by.all()] == [lived.principal]


def test_nothing_is_written_through_them(memos: MemOS, lived: Memory) -> None:
    """What is written past the product has nobody who vouches for it, and would be held back."""
    cube = lived.page(level="whole")[0]

    def write() -> None:
        with bound(memos.driver):
            node: Any = models.MemCube.nodes.get(uid=cube.id)
            node.text = "Somebody else won."
            node.save()

    with pytest.raises(ClientError, match="read access mode"):
        write()
    assert lived.get(cube.id).text == cube.text


def test_outside_the_block_neomodel_is_as_before(memos: MemOS) -> None:
    before = neomodel.db.driver
    with bound(memos.driver):
        assert neomodel.db.driver is memos.driver
    assert neomodel.db.driver is before
    with pytest.raises(RuntimeError, match="inside"), bound(memos.driver):
        raise RuntimeError("inside")
    assert neomodel.db.driver is before
    memos.driver.verify_connectivity()

"""Whatever can hold a name is searched when somebody is forgotten: every property of every label and relationship that is written."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from neomodel import ArrayProperty, StringProperty, StructuredNode, StructuredRel
from support.raw_graph import rows
from uuid_utils import uuid4

from memos_graph import Memory, MemOS, Message, Pipeline
from memos_graph.cypher import query
from memos_graph.errors import PipelineError
from memos_graph.governance import Action
from memos_graph.graph import models
from memos_graph.lifecycle.naming import Naming

AT = datetime(2024, 5, 10, 9, tzinfo=UTC)
NAME = "Wilhelmina"

# What is not searched, and why it holds no name, or none of the space's to tell of.
NO_NAMES = {
    "ApiKey": "belongs to an account of the installation, not to a space: `memos key revoke`",
    "Store": "says which schema, embedder and keys the store has",
    "Holder": "names a machine or an engine's address",
    "HasRole": "between accounts; by whom and until when",
    "Listing": "not written yet",
    "Contract": "not written yet",
    "space": "repeats the space's id, which is searched itself",
    "space_key": "a hash of the space's id",
}
TIED = """
MATCH (n:$($label))
WHERE n.space = $space OR n.id = $space
  OR EXISTS { MATCH (n:Principal)-[:OWNS|GRANTED|DENIED|BY]-(m) WHERE m.space = $space OR m.id = $space }
RETURN elementId(n) AS id LIMIT 1
"""
EDGES = """
MATCH (n)-[r]-(m) WHERE (n.space = $space OR n.id = $space) AND (startNode(r) = n OR m.space IS NULL)
RETURN type(r) AS type, head(collect(elementId(r))) AS id
"""


@pytest.fixture
def filled(memos: MemOS, space: Memory) -> Memory:
    """A space of the test's own that holds something of every label and relationship that is written."""
    return fill(memos, space)


@pytest.fixture(scope="module")
def kept(memos: MemOS) -> Memory:
    """Another one, for the tests that leave it as it is."""
    owner = f"u{uuid4().hex[:12]}"
    return fill(memos, memos.mount(f"{owner}/notes", principal=owner))


def fill(memos: MemOS, space: Memory) -> Memory:
    roles, owner = memos._services.roles, space.principal
    talk = [Message(id=f"m{i}", speaker="Ada", text=text, at=AT, attributes={"session": "1"}) for i, text in enumerate(
        ["My sister won a prize in Bergen.", "Dana lives in Lisbon.", "Dana lives in Porto.", "The oven is new."]
    )]  # fmt: skip
    first, old, new, gone = space.add(talk, source="chat", tags=["family"]).added
    space.update(first, text="My sister won two prizes in Bergen.", reason="she called")
    space.delete(gone, reason="asked to")
    space.supersede(space.lineage(new).downstream()[0].id, space.lineage(old).downstream()[0].id)
    twice = space.add(
        [Message(id="d1", text="The kiln is hot.", at=AT), Message(id="d2", text="The kiln is hot!", at=AT)]
    )
    space.merge(twice.added)
    space.policy.apply("policy: 1\nname: first\n")
    space.policy.apply("policy: 1\nname: second\n")
    space.snapshot("homes", reason="to compare")
    space.kv.build()
    roles.create(f"{owner}/readers", owner)
    roles.add(f"{owner}/readers", owner, f"{owner}.reader")
    space.grant(f"{owner}/readers", [Action.READ])
    space.permissions.grant(f"{owner}.helper", [Action.READ], purposes=["support"])
    space.permissions.deny(f"{owner}.other", [Action.READ], cube=old, reason="not his case")
    space.grant(f"{owner}.bot", [Action.READ])
    roles.delegate(owner, f"{owner}.bot", purpose="support")
    memos.mount(space.space, principal=f"{owner}.bot", on_behalf_of=owner, purpose="support").search("Bergen")
    space.run(Pipeline("copy").step("get", "get", {"cube": first}).step("note", "add", {"text": "Hm."}, needs=["get"]))
    with pytest.raises(PipelineError):
        space.run(Pipeline("fail").step("get", "get", {"cube": "nothing"}))
    space.forget("Nobody Whoever")
    memos._services.audit.flush()
    return space


def written(kind: type) -> Iterator[tuple[str, Any]]:
    """Yield every class of nodes or of relationships that the package declares."""
    for name in models.__all__:
        each = getattr(models, name)
        if isinstance(each, type) and issubclass(each, kind):
            yield name, each


def texts(model: Any) -> dict[str, bool]:
    """Return which of a class's properties hold texts, and which a list of them; and one that nobody has thought of."""
    found = {"anything": False}
    for name, each in model.defined_properties(aliases=False, rels=False).items():
        many = isinstance(each, ArrayProperty)
        if isinstance(each.base_property if many else each, StringProperty):
            found[each.get_db_property_name(name)] = many
    return {name: many for name, many in found.items() if name not in NO_NAMES}


def seen(memos: MemOS, space: str, change: str, **params: object) -> set[str]:
    """Return where a search for the name finds it while ``change`` stands."""
    found = query("erasure/left")
    with memos.driver.session(database=memos.endpoint.database) as session, session.begin_transaction() as tx:
        tx.run(change, **params).consume()  # type: ignore[arg-type]
        named = Naming.of([NAME]).named
        places = {row["place"] for row in tx.run(found.text, space=space, named=named)}  # type: ignore[arg-type]
        tx.rollback()
        return places


def test_every_text_that_is_written_is_searched_or_can_hold_no_name(memos: MemOS, kept: Memory) -> None:
    missed: list[str] = []
    for label, model in written(StructuredNode):
        if label in NO_NAMES:
            continue
        # An adapter is written as a KV-cache is, and takes minutes to teach.
        optional = set(getattr(model, "__optional_labels__", [])) - {"Parametric"}
        for each in [label, *optional]:
            tied = rows(memos, TIED, label=each, space=kept.space)
            assert tied, f"the space holds no {each}: let it hold one"
            for name, many in texts(model).items():
                if (each, name) == ("Space", "id"):  # by which the search finds the space
                    continue
                change = "MATCH (n) WHERE elementId(n) = $id SET n[$name] = $value"
                value = f"of {NAME}'s" + ("" if name == "anything" else str(uuid4()))
                found = seen(memos, kept.space, change, id=tied[0]["id"], name=name, value=[value] if many else value)
                if not any(place.rpartition(".")[2] == name for place in found):
                    missed.append(f"{each}.{name}")
    assert not missed, missed


def test_every_text_on_a_relationship_is_searched(memos: MemOS, kept: Memory) -> None:
    declared = {name: many for label, model in written(StructuredRel) if label not in NO_NAMES
                for name, many in texts(model).items()}  # fmt: skip
    edges = {row["type"]: row["id"] for row in rows(memos, EDGES, space=kept.space)}
    assert {"GRANTED", "DENIED", "OWNS", "ON", "BY", "MENTIONS", "FROM", "DERIVED_FROM", "HOLDS", "USED", "MADE", "MERGED_INTO",
            "SUPERSEDES", "GOVERNED_BY", "HAS_RECEIPT", "STEP", "WITHIN", "PART_OF"} <= set(edges)  # fmt: skip
    for kind, id_ in edges.items():
        for name, many in declared.items():
            change = "MATCH ()-[r]->() WHERE elementId(r) = $id SET r[$name] = $value"
            found = seen(memos, kept.space, change, id=id_, name=name, value=[NAME] if many else NAME)
            assert f"{kind}.{name}" in found


def test_what_people_called_things_gives_up_the_name(filled: Memory, memos: MemOS) -> None:
    cube = filled.page(level="whole")[0].id
    filled.permissions.deny(f"{filled.principal}.other", [Action.READ], reason=f"{NAME} asked for it")
    filled.permissions.deny(f"{filled.principal}.third", [Action.READ], cube=cube, reason=f"{NAME} asked for it")
    other = filled.page(level="whole")[1].id
    filled.provenance.annotate(cube, derived_from=other, transform=f"told by {NAME}")
    filled.snapshot(f"before {NAME}", reason="harmless")
    filled.run(Pipeline(f"for-{NAME.lower()}").step(f"of-{NAME.lower()}", "get", {"cube": cube}))
    with pytest.raises(PipelineError):
        filled.run(Pipeline("failing").step(f"of-{NAME.lower()}", "get", {"cube": "nothing"}))
    receipt = filled.forget(NAME)
    assert (receipt.left, receipt.complete) == ({}, True)
    assert {edge.transform for edge in filled.lineage(cube).edges if edge.type == "ANNOTATED_FROM"} == {"noted"}
    assert filled.audit.verify().whole
    assert [grant.reason for grant in filled.grants() if grant.reason] == ["not his case"]
    assert {each.name for each in filled.snapshots() if NAME in each.name} == set()
    assert all(NAME.lower() not in each.model_dump_json().lower() for each in filled.pipelines.list())
    filled.snapshot(f"before {NAME}")  # the name is free again


def test_what_may_not_be_scrubbed_is_counted_and_the_receipt_is_not_complete(filled: Memory, memos: MemOS) -> None:
    owner, roles = filled.principal, memos._services.roles
    filled.permissions.grant(f"{owner}.a", [Action.READ], purposes=[f"care.{NAME}"])
    filled.grant(f"{owner}.{NAME}", [Action.READ])
    roles.create(f"{owner}/{NAME}.team", owner)
    filled.grant(f"{owner}/{NAME}.team", [Action.READ])
    roles.delegate(owner, f"{owner}.bot", purpose=f"call.{NAME}")
    memos.mount(filled.space, principal=f"{owner}.bot", on_behalf_of=owner, purpose=f"call.{NAME}").search("Bergen")
    filled.policy.apply(
        f"policy: 1\nname: third\nkeep:\n  rules:\n    - for: {{speaker: {NAME}}}\n      keep: 90 days\n"
    )
    receipt = filled.forget(NAME)
    assert {"GRANTED.purposes", "Principal.id", "Role.id", "Mandate.id", "Mandate.purpose", "AuditEvent.principal",
            "Policy.text"} <= set(receipt.left)  # fmt: skip
    assert not receipt.complete
    assert filled.forgetting.verify(filled.forgetting.receipt(receipt.id), subject=NAME).about

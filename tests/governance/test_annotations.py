"""What people note of where memories came from: lineage shows it, and no right, end of life or erasure follows it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from support.raw_graph import derive, rows

from memos_graph import Action, Memory, MemOS, Message
from memos_graph.errors import ForbiddenError, FrozenError, NotFoundError, StateError
from memos_graph.graph import schema

CONTRACT = "The contract with the harbour ends in June."


@pytest.fixture
def writer(principal: str) -> str:
    return f"{principal}.writer"


@pytest.fixture
def reader(principal: str) -> str:
    return f"{principal}.reader"


def merged(space: Memory, cube: str, times: int) -> list[str]:
    """Merge a memory with another one, what came of it with a third, and so on; returns each result."""
    made = []
    for i in range(times):
        (other,) = space.add(f"A remark on the {('mill', 'barn', 'well')[i % 3]}, number {i}.", source=f"r{i}").added
        cube = space.merge([cube, other], text=f"The debts of Dana, {i} times over.").cubes[0]
        made.append(cube)
    return made


@pytest.mark.parametrize("times", [1, 5, 9])
def test_what_is_denied_is_denied_however_often_it_was_merged(
    memos: MemOS, space: Memory, reader: str, times: int
) -> None:
    (denied,) = space.add("Dana owes the bank nine thousand euros.", source="debts").added
    space.grant(reader, [])
    theirs = memos.mount(space.space, principal=reader)
    made = merged(space, denied, times)
    facts = [node.id for node in space.lineage(made[-1]).nodes if node.text.startswith("The debts")]
    assert theirs.get(made[-1])
    space.permissions.deny(reader, [Action.READ], cube=denied)
    for each in {*made, *facts}:
        with pytest.raises(NotFoundError):
            theirs.get(each)
        assert not theirs.can(reader, Action.READ, each).allowed
        assert any(path.denies for path in space.can(reader, Action.READ, each).paths)
    assert not [cube for cube in theirs.page(limit=200) if "debts of Dana" in cube.text]
    assert not [hit for hit in theirs.search("the debts of Dana", limit=50).hits if "debts of Dana" in hit.cube.text]
    assert space.get(made[-1])


def test_a_circle_of_origins_is_walked_once(memos: MemOS, space: Memory, reader: str) -> None:
    """An adapter can be made to say what it learnt: then its facts and the memories it was taught come from each other."""
    cubes = [space.add(f"Dana owes {i} euros.", source=f"d{i}").added[0] for i in range(12)]
    for made in cubes:
        for origin in cubes:
            if made != origin:
                derive(memos, made, origin)
    space.grant(reader, [])
    space.permissions.deny(reader, [Action.READ], cube=cubes[0])
    theirs = memos.mount(space.space, principal=reader)
    for cube in cubes:
        with pytest.raises(NotFoundError):
            theirs.get(cube)
    assert theirs.page() == []


def test_a_denial_does_not_follow_what_somebody_noted(memos: MemOS, space: Memory, writer: str, reader: str) -> None:
    """A writer links the team's memory to one of its own and denies that to others."""
    (contract,) = space.add(CONTRACT).added
    space.grant(writer, [Action.WRITE])
    space.grant(reader, [Action.ADMINISTER])
    own = memos.mount(f"{writer}/own", principal=writer)
    (note,) = own.add("A note of mine.").added
    own.provenance.annotate(contract, derived_from=note, transform="copied")
    space.revoke(writer)
    own.permissions.deny(reader, [Action.READ], cube=note)
    theirs = memos.mount(space.space, principal=reader)
    assert theirs.get(contract).text == CONTRACT
    assert [hit.cube.id for hit in theirs.search("the contract with the harbour").hits] == [contract]
    assert theirs.permissions.every()


def test_what_was_noted_is_in_both_logs(memos: MemOS, space: Memory, writer: str) -> None:
    (contract,) = space.add(CONTRACT).added
    space.grant(writer, [Action.WRITE])
    own = memos.mount(f"{writer}/own", principal=writer)
    (note,) = own.add("A note of mine.").added
    own.provenance.annotate(contract, derived_from=note, transform="copied")
    for log, cube, other in ((space, contract, note), (own, note, contract)):
        (entry,) = log.logs.query(action="annotate")
        assert (entry.principal, entry.detail) == (writer, "copied")
        assert [seen.id for seen in entry.cubes] == [cube]
        assert other not in str(entry)
        assert log.audit.verify().whole


def test_lineage_shows_what_was_noted_as_noted(space: Memory) -> None:
    first, second = (space.add(text).added[0] for text in (CONTRACT, "A summary of contracts."))
    space.provenance.annotate(second, derived_from=first, transform="summarised")
    edges = [(edge.type, edge.transform, edge.end) for edge in space.lineage(second).edges if edge.start == second]
    assert edges == [("ANNOTATED_FROM", "summarised", first)]
    assert first in {node.id for node in space.lineage(second).upstream()}


def test_nothing_is_erased_for_what_somebody_noted(memos: MemOS, space: Memory, writer: str) -> None:
    contracts = [space.add(f"{CONTRACT} Number {i}.", source=f"c{i}").added[0] for i in range(4)]
    space.grant(writer, [Action.WRITE])
    theirs = memos.mount(space.space, principal=writer)
    name = "Hedwig Qvist"
    notes = [theirs.add([Message(text=f"Note {i}.", speaker=name)], source=f"n{i}").added[0] for i in range(4)]
    for contract, note in zip(contracts, notes, strict=True):
        theirs.provenance.annotate(contract, derived_from=note, transform="extracted")
    theirs.set(notes[0], expires_at=datetime.now(UTC) - timedelta(seconds=1))
    space.revoke(writer)
    space.policy.apply("policy: 1\nname: brief\nkeep: {afterwards: erase}\n")
    space.sweep()
    space.delete(notes[1])
    space.forget(name)
    for contract in contracts:
        assert CONTRACT in space.get(contract).text
    for note in notes:
        with pytest.raises(NotFoundError):
            space.get(note)


def test_a_note_of_an_origin_needs_what_an_update_needs(
    memos: MemOS, space: Memory, mount: Callable[..., Memory], reader: str
) -> None:
    frozen, archived, gone, standing = (space.add(f"{CONTRACT} {i}").added[0] for i in range(4))
    note = mount("other").add("A note of mine.").added[0]
    space.freeze(frozen)
    space.archive(archived)
    space.delete(gone)
    for cube, error in ((frozen, FrozenError), (archived, StateError), (gone, NotFoundError)):
        with pytest.raises(error):
            space.provenance.annotate(cube, derived_from=note, transform="copied")
    space.grant(reader, [])
    theirs = memos.mount(space.space, principal=reader)
    own = memos.mount(f"{reader}/own", principal=reader).add("A note of theirs.").added[0]
    with pytest.raises(ForbiddenError):
        theirs.provenance.annotate(standing, derived_from=own, transform="copied")
    for origin in (gone, note, "nowhere"):
        with pytest.raises(NotFoundError) as hidden:
            theirs.provenance.annotate(own, derived_from=origin, transform="copied")
        assert hidden.value.message == f"There is no memory '{origin}' that this principal may read."
    assert rows(memos, "MATCH (c)-[d:ANNOTATED_FROM]->() WHERE c.space = $s RETURN 1", s=space.space) == []


@pytest.mark.tampers
def test_a_store_of_version_6_gets_what_people_noted_told_apart(memos: MemOS, space: Memory) -> None:
    made, origin = (space.add(text).added[0] for text in (CONTRACT, "A note of mine."))
    (fact,) = (node.id for node in space.lineage(made).downstream())
    first, second = (space.add(f"The {what} is green.", source=what).added[0] for what in ("door", "roof"))
    merge = space.merge([first, second]).cubes[0]
    for transform in ("summarized", "extracted", "merged", "externalized", "distilled"):
        rows(
            memos,
            """
            MATCH (a:MemCube {id: $made}), (b:MemCube {id: $origin})
            CREATE (a)-[:DERIVED_FROM {transform: $transform, at: datetime(), by: 'somebody'}]->(b)
            """,
            made=made,
            origin=origin,
            transform=transform,
        )
    rows(memos, "MATCH (s:Store) SET s.version = 6")
    schema.apply(memos._services.runner, embedder="all-MiniLM-L6-v2", dimensions=384)
    assert rows(memos, "MATCH (s:Store) RETURN s.version AS version") == [{"version": schema.VERSION}]
    found = rows(
        memos,
        "MATCH (a:MemCube)-[d:DERIVED_FROM|ANNOTATED_FROM]->(b) WHERE a.space = $s RETURN a.id AS a, type(d) AS type, d.transform AS how",
        s=space.space,
    )
    noted = {(row["a"], row["how"]) for row in found if row["type"] == "ANNOTATED_FROM"}
    assert noted == {(made, how) for how in ("summarized", "extracted", "merged", "externalized", "distilled")}
    kept = {(row["a"], row["how"]) for row in found if row["type"] == "DERIVED_FROM"}
    assert {(fact, "extracted"), (merge, "merged")} <= kept

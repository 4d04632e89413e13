"""A mounted space: what can be added and how, and what can be leafed through."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from support.raw_graph import value

from memos_graph import Memory, MemOS, Message
from memos_graph.errors import ForbiddenError, FormatError, InputError, MemosError, NotFoundError
from memos_graph.formats import from_objects


def test_one_text_is_a_note(space: Memory) -> None:
    report = space.add("The spare fuse is in the blue tin.")
    assert report.source == "notes"
    (cube,) = space.page(level="whole")
    assert (cube.id, cube.text, cube.descriptive.source) == (
        report.added[0],
        "The spare fuse is in the blue tin.",
        "notes",
    )
    assert space.add("The spare fuse is in the blue tin.").unchanged == 1


def test_dictionaries_and_messages_may_be_mixed(space: Memory) -> None:
    report = space.add(
        [
            {"id": "a", "role": "user", "content": "The attic smells of apples."},
            Message(id="b", text="Nobody sweeps the attic."),
            {"id": "c"},
        ]
    )
    assert (report.source, len(report.added), len(report.rejected)) == ("conversation", 2, 1)


@pytest.mark.parametrize("entries", [[], [{"id": "x"}], [Message(text=" ")]])
def test_nothing_to_add_is_an_error(space: Memory, entries: list[Message]) -> None:
    with pytest.raises(InputError):
        space.add(entries)


def test_a_file_is_added_once(space: Memory, tmp_path: Path) -> None:
    path = tmp_path / "rules.md"
    path.write_text("# House\n\n## Bins\n\nThe bins go out on Tuesday.\n\n## Bikes\n\nBikes stay in the yard.\n")
    first = space.add_file(path, tags=["house"])
    assert len(first.added) == 2
    assert space.add_file(path).unchanged == 2
    hit = space.search("When do the bins go out?").hits[0]
    assert hit.cube.descriptive.semantic_type == "passage"
    assert hit.cube.descriptive.origin == "document"
    assert hit.cube.descriptive.tags == ("house",)


def test_good_lines_go_in_and_bad_ones_are_named(space: Memory) -> None:
    data = '{"id": "a", "text": "The well is deep."}\n{"id": \n{"id": "b", "text": "The rope is long."}\n'
    report = space.add_data(data, name="log.jsonl")
    assert (len(report.added), [bad.line for bad in report.rejected]) == (2, [2])


def test_a_message_over_the_limit_is_kept_in_parts_that_follow_each_other(space: Memory, memos: MemOS) -> None:
    minutes = "".join(
        f"Point {number} of the minutes is about lamp number {number} of the quay. " for number in range(30)
    )
    text = f"{minutes}The harbour master is allergic to hazelnuts. {minutes}"
    sent = [
        {"id": "m1", "speaker": "Ana", "text": text, "at": "2026-05-04T09:00:00Z"},
        {"id": "m2", "speaker": "Bo", "text": "Noted."},
    ]
    parsed = from_objects(sent, source="quay", max_chars=1000)
    report = space.add(parsed)
    assert len(report.added) == len(parsed.entries) > 4
    assert "is kept in" in report.remarks[0].reason
    cubes = space.page(level="whole")
    assert [cube.descriptive.origin_id for cube in cubes[:-1]] == [f"m1/{number}" for number in range(1, len(cubes))]
    assert {(cube.descriptive.speaker, cube.descriptive.said_at) for cube in cubes[:-1]} == {
        ("Ana", datetime(2026, 5, 4, 9, tzinfo=UTC))
    }
    assert " ".join(cube.text for cube in cubes[:-1]) == text.strip()
    links = "MATCH (a:MemCube {level: 'whole'})-[:NEXT]->(:MemCube) WHERE a.id IN $ids RETURN count(*)"
    assert value(memos, links, ids=[cube.id for cube in cubes]) == len(cubes) - 1
    assert [cube.descriptive.part for cube in cubes] == [
        *(f"{n} of {len(cubes) - 1}" for n in range(1, len(cubes))),
        None,
    ]
    hits = space.search("What is the harbour master of the quay allergic to?").hits
    assert "hazelnuts" in hits[0].cube.text
    assert [hit.sources[0].partition("/")[0] for hit in hits] == ["m1", "m2"]  # one memory to a person
    assert space.add(parsed).unchanged == len(cubes)


def test_a_file_that_is_not_there(space: Memory, tmp_path: Path) -> None:
    with pytest.raises(FormatError):
        space.add_file(tmp_path / "nothing.md")


def test_memories_are_leafed_through_in_the_order_they_were_written(space: Memory) -> None:
    talk = [Message(id=f"m{i}", text=f"Shelf {i} holds plates.") for i in range(5)]
    added = space.add(talk).added
    first = space.page(limit=3, level="whole")
    rest = space.page(after=first[-1].id, level="whole")
    assert [cube.id for cube in [*first, *rest]] == list(added)
    facts = space.page(level="fact")
    assert {cube.descriptive.semantic_type for cube in facts} == {"fact"}
    assert len(space.page()) == len(added) + len(facts)


def test_a_memory_carries_its_metadata(space: Memory) -> None:
    at = datetime(2024, 5, 10, 9, tzinfo=UTC)
    cube = space.add(
        [Message(id="m1", speaker="Alice", text="The pump broke last Friday.", at=at)], source="chat"
    ).added[0]
    found = space.get(cube)
    assert found.descriptive.memory_type == "plaintext"
    assert (found.descriptive.speaker, found.descriptive.said_at, found.descriptive.position) == ("Alice", at, 0)
    assert found.descriptive.valid_from == datetime(2024, 5, 3, tzinfo=UTC)
    assert (found.governance.space, found.governance.owner) == (space.space, space.principal)
    assert found.governance.created_by == space.principal
    assert found.governance.expires_at is None
    assert (found.behavioural.version, len(found.behavioural.fingerprint)) == (1, 64)


def test_a_fact_does_not_claim_a_place_or_a_message_of_its_own(space: Memory) -> None:
    space.add([Message(id="m1", text="The pump broke on Friday.")])
    (fact,) = space.page(level="fact")
    assert fact.descriptive.position is None
    assert fact.descriptive.origin == "extracted"


def test_a_question_is_read_without_being_asked(memos: MemOS, space: Memory) -> None:
    space.add([Message(id="m1", speaker="Alice Berg", text="The pump broke.")])
    call = space.read_question("What did Alice Berg repair last week?")
    assert call.people == ("Alice Berg",)
    assert call.begins is not None
    assert call.ends is not None
    assert (call.ends - call.begins).days == 7
    memos._services.audit.flush()
    assert value(memos, "MATCH (e:AuditEvent {space: $s, action: 'search'}) RETURN count(e)", s=space.space) == 0


def test_spaces_of_one_principal_keep_to_themselves(space: Memory, mount: Callable[..., Memory]) -> None:
    other = mount("other")
    cube = space.add([Message(id="m1", text="The pump is red.")]).added[0]
    assert not other.page()
    assert not other.search("pump").hits
    assert other.get(cube).text == "The pump is red."
    with pytest.raises(NotFoundError):
        other.get("nothing")


@pytest.mark.parametrize(
    "act",
    [
        lambda space: space.get("\ud83d"),
        lambda space: space.delete("\udcff"),
        lambda space: space.can("\ud83d", "read"),
        lambda space: space.grant("\ud83d", ["read"]),
        lambda space: space.update("a\ud83d", text="x"),
        lambda space: space.search("bees \ud83d"),
        lambda space: space.chat("bees \ud83d"),
        lambda space: space.logs.query(actor="\ud83d"),
        lambda space: space.jobs.get("\ud83d"),
    ],
)
def test_half_a_character_is_an_error_with_words_whatever_it_is_given_for(
    space: Memory, act: Callable[[Memory], object]
) -> None:
    with pytest.raises(MemosError):
        act(space)


def test_who_may_not_write_is_told_that_and_not_what_a_text_lacks(memos: MemOS, space: Memory) -> None:
    cube = space.documents.put(("notes",), "k", {"wind": "bora"})
    space.grant(f"{space.principal}.reader", [])
    theirs = memos.mount(space.space, principal=f"{space.principal}.reader")
    with pytest.raises(ForbiddenError):
        theirs.update(cube, text="no object")
    with pytest.raises(InputError, match="JSON object"):
        space.update(cube, text="no object")

"""From messages to the graph: what is stored, that it is stored once, and in which shape."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from support.raw_graph import mounted, nodes_of, rows, services_like, shape, value

from memos_graph import Filters, Memory, MemOS, Message
from memos_graph.errors import ForbiddenError, InputError

AT = datetime(2024, 5, 10, 9, tzinfo=UTC)
TALK = [
    Message(id="m1", speaker="Alice", text="My sister plays the cello in Bergen.", at=AT),
    Message(id="m2", speaker="Bob", text="How long has she played?", at=AT + timedelta(minutes=1)),
    Message(
        id="m3", speaker="Alice", text="She started at nine. Yesterday she won a prize.", at=AT + timedelta(minutes=2)
    ),
    Message(id="m4", speaker="Bob", text="My brother repairs old violins in Ghent.", at=AT + timedelta(minutes=3)),
    Message(id="m5", speaker="Alice", text="They should meet at the harbour festival.", at=AT + timedelta(minutes=4)),
]

CHAIN = """
MATCH (c:MemCube {space: $space, level: 'whole'})-[f:FROM]->(s:Source)
OPTIONAL MATCH (c)-[:NEXT]->(n:MemCube)
RETURN c.origin_id AS id, c.position AS position, f.position AS place, s.id AS source, n.origin_id AS next
ORDER BY source, position
"""


def test_the_same_messages_again_change_nothing(memos: MemOS, space: Memory) -> None:
    first = space.add(TALK, source="chat")
    before, nodes = shape(memos, space.space), nodes_of(memos, space.space)
    events = len(space.log())
    again = space.add(TALK, source="chat")
    assert len(first.added) == 5
    assert first.facts >= 4
    assert (again.added, again.unchanged, again.facts, again.repeated_facts, again.concepts) == ((), 5, 0, 0, 0)
    assert not again.conflicts
    assert shape(memos, space.space) == before
    assert nodes_of(memos, space.space) == nodes
    assert len(space.log()) == events
    assert value(memos, "MATCH (s:Space {id: $id}) RETURN s.cubes", id=space.space) == 5


def test_messages_follow_each_other_in_their_source(memos: MemOS, space: Memory) -> None:
    space.add(TALK[:2], source="chat")
    space.add(TALK, source="chat")
    found = rows(memos, CHAIN, space=space.space)
    assert [row["id"] for row in found] == ["m1", "m2", "m3", "m4", "m5"]
    assert [row["position"] for row in found] == [row["place"] for row in found] == [0, 1, 2, 3, 4]
    assert [row["next"] for row in found] == ["m2", "m3", "m4", "m5", None]
    assert value(memos, "MATCH (s:Source {space: $id}) RETURN s.length", id=space.space) == 5


def test_each_session_is_a_source_of_its_own_within_the_conversation(memos: MemOS, space: Memory) -> None:
    talk = [
        {"id": "a", "text": "The roof leaks in heavy rain.", "session": "1"},
        {"id": "b", "text": "The plumber comes on Monday.", "session": "2"},
        {"id": "c", "text": "A bucket stands under the leak.", "session": "1"},
    ]
    space.add(talk, source="house")
    found = rows(memos, CHAIN, space=space.space)
    assert [(row["source"], row["id"], row["position"], row["next"]) for row in found] == [
        ("house#1", "a", 0, "c"),
        ("house#1", "c", 1, None),
        ("house#2", "b", 0, None),
    ]
    parts = rows(
        memos, "MATCH (p:Source {space: $s})-[:PART_OF]->(w) RETURN p.id AS p, w.id AS w ORDER BY p", s=space.space
    )
    assert [(row["p"], row["w"]) for row in parts] == [("house#1", "house"), ("house#2", "house")]


def test_other_content_under_a_stored_id_is_reported_and_changes_nothing(memos: MemOS, space: Memory) -> None:
    kept = space.add(TALK, source="chat").added[0]
    before = shape(memos, space.space)
    for altered in (
        TALK[0].model_copy(update={"text": "My sister plays the harp in Oslo."}),
        TALK[0].model_copy(update={"speaker": "Bob"}),
        TALK[0].model_copy(update={"at": AT + timedelta(days=1)}),
    ):
        report = space.add([altered], source="chat")
        assert [(c.origin_id, c.cube) for c in report.conflicts] == [("m1", kept)]
        assert (report.added, report.unchanged) == ((), 0)
    assert shape(memos, space.space) == before


def test_the_same_id_twice_in_one_call(space: Memory) -> None:
    other = TALK[0].model_copy(update={"text": "My sister sold her cello."})
    report = space.add([TALK[0], TALK[0], other], source="chat")
    assert len(report.added) == 1
    assert report.unchanged == 1
    assert [conflict.origin_id for conflict in report.conflicts] == ["m1"]


def test_messages_without_ids_are_told_apart_by_content_and_count(space: Memory) -> None:
    talk = [
        Message(speaker="Al", text="The bakery opens at six."),
        Message(speaker="Al", text="The bakery opens at six."),
    ]
    assert len(space.add(talk, source="log").added) == 2
    again = space.add([*talk, Message(speaker="Bo", text="The bakery opens at six.")], source="log")
    assert (again.unchanged, len(again.added)) == (2, 1)


PILLS = {"role": "user", "content": "I took my pills."}
ANSWER = {"role": "assistant", "content": "Well done."}


def test_a_message_sent_alone_is_said_anew_each_time(space: Memory) -> None:
    reports = [space.add([PILLS], source="live") for _ in range(3)]
    reports.append(space.add(Message(speaker="user", text="I took my pills."), source="live"))
    assert [(len(report.added), report.unchanged) for report in reports] == [(1, 0)] * 4
    assert len({report.added[0] for report in reports}) == 4
    assert [cube.descriptive.position for cube in space.page(level="whole")] == [0, 1, 2, 3]
    hits = space.search("Who took pills?", limit=10).hits
    assert len([hit for hit in hits if hit.cube.descriptive.semantic_type == "message"]) == 4


def test_a_talk_that_grows_message_by_message_and_is_sent_whole_each_time_is_stored_once(space: Memory) -> None:
    talk = [PILLS, ANSWER, PILLS, {"role": "user", "content": "Good night."}]
    for length in range(1, len(talk) + 1):
        report = space.add(talk[:length], source="live")
        assert (len(report.added), report.unchanged) == (1, length - 1)
    assert space.add(talk, source="live").unchanged == len(talk)


def test_what_was_sent_alone_is_known_again_in_a_list(space: Memory) -> None:
    space.add([PILLS], source="live")
    space.add([PILLS], source="live")
    again = space.add([PILLS, ANSWER, PILLS, ANSWER, PILLS], source="live")
    assert (again.unchanged, len(again.added)) == (2, 3)


def test_a_message_with_an_id_or_a_time_is_known_again_though_it_is_sent_alone(space: Memory) -> None:
    for known in ({"id": "p1"}, {"at": "2026-05-04T09:00:00Z"}):
        first, second = (space.add([PILLS | known], source="live") for _ in range(2))
        assert (len(first.added), second.unchanged) == (1, 1)
    later = space.add([PILLS | {"at": "2026-05-05T09:00:00Z"}], source="live")
    assert len(later.added) == 1


def test_a_note_and_a_file_of_one_message_are_known_again(space: Memory) -> None:
    line = '{"role": "user", "content": "I took my pills."}'
    for _ in range(2):
        note, file = space.add("I took my pills."), space.add_data(line, name="pills.jsonl")
    assert (note.unchanged, file.unchanged) == (1, 1)


def test_a_message_that_was_deleted_does_not_come_back_by_being_said_again(space: Memory) -> None:
    first = space.add([PILLS], source="live").added[0]
    second = space.add([PILLS], source="live").added[0]
    space.delete(second)
    again = space.add([PILLS], source="live")
    assert (again.added, [conflict.cube for conflict in again.conflicts]) == ((), [second])
    space.delete(first)
    assert space.add([PILLS], source="live").conflicts[0].cube == first


def test_a_text_said_often_is_stored_each_time(space: Memory) -> None:
    for number in range(70):
        report = space.add([{"role": "user", "content": "Ok."}], source="live")
        assert len(report.added) == 1, number


def test_a_report_tells_how_many_had_no_speaker_and_how_many_no_time(space: Memory) -> None:
    report = space.add(
        [
            {"content": "The gate is blue."},
            {"speaker": "Ida", "content": "The gate was green."},
            {"speaker": "Ida", "content": "The gate is old.", "at": "2026-05-04"},
        ]
    )
    assert (report.without_speaker, report.without_time) == (1, 2)
    dated = '{"at": "2026-05-04", "messages": [{"speaker": "Ida", "text": "The well is deep."}]}'
    assert space.add_data(dated, name="dated.json").without_time == 0
    part = (
        '[{"speaker": "Ida", "text": "The well is dry.", "at": "2026-05-04"}, {"speaker": "Ida", "text": "So we dig."}]'
    )
    assert space.add_data(part, name="part.json").without_time == 1
    document = space.add_data("# Well\n\nIt is deep.", name="well.md")
    assert (document.without_speaker, document.without_time) == (0, 0)


def test_each_conversation_of_an_export_is_a_session_with_its_title(memos: MemOS, space: Memory) -> None:
    def talk(id_: str, title: str, text: str) -> dict[str, object]:
        said = {"uuid": f"{id_}-1", "sender": "human", "text": text, "created_at": "2026-05-04T09:00:00Z"}
        return {"uuid": id_, "name": title, "chat_messages": [said]}

    export = [talk("a", "Ropes", "I splice ropes in Emden."), talk("b", "Bread", "I bake rye bread.")]
    report = space.add_data(json.dumps(export), name="conversations.json")
    assert len(report.added) == 2
    found = rows(memos, "MATCH (s:Source {space: $s})-[:PART_OF]->(w) RETURN s.id AS id, s.title AS title, w.id AS whole ORDER BY id", s=space.space)  # fmt: skip
    assert [tuple(row.values()) for row in found] == [
        ("conversations.json#a", "Ropes", "conversations.json"),
        ("conversations.json#b", "Bread", "conversations.json"),
    ]
    assert space.search("Who splices ropes?", filters=Filters(source="conversations.json")).hits
    assert space.add_data(json.dumps(export[::-1]), name="conversations.json").unchanged == 2


def test_a_day_that_a_telegram_message_names_is_the_day_there(space: Memory) -> None:
    late = {
        "id": 2,
        "type": "message",
        "date": "2025-10-14T23:30:00",
        "date_unixtime": "1760502600",
        "from": "Ida",
        "from_id": "user1",
        "text": "I met the notary today.",
    }
    chat = json.dumps({"name": "Dock", "type": "personal_chat", "id": 12, "messages": [late]})
    for count in (1, 0):
        assert len(space.add_data(chat, name="result.json").added) == count
    described = space.page(level="whole")[0].descriptive
    assert described.said_at == datetime(2025, 10, 15, 4, 30, tzinfo=UTC)
    assert described.valid_from == datetime(2025, 10, 14, tzinfo=UTC)


def test_the_same_id_in_another_source_or_space_is_another_message(space: Memory, mount: Callable[..., Memory]) -> None:
    assert len(space.add(TALK[:1], source="chat").added) == 1
    assert len(space.add(TALK[:1], source="mail").added) == 1
    assert len(mount("diary").add(TALK[:1], source="chat").added) == 1


def test_batches_give_the_same_graph_as_one_transaction(
    memos: MemOS, space: Memory, mount: Callable[..., Memory]
) -> None:
    told: list[tuple[int, int]] = []
    small = mounted(services_like(memos, ingest_batch=2), space)
    small.add(TALK, source="chat", progress=lambda done, total: told.append((done, total)))
    whole = mount("whole")
    whole.add(TALK, source="chat")
    assert told == [(2, 5), (4, 5), (5, 5)]
    assert shape(memos, space.space) == shape(memos, whole.space)


def test_tags_and_expiry_are_kept_on_messages_and_facts(memos: MemOS, space: Memory) -> None:
    until = datetime.now(UTC) + timedelta(hours=1)
    cube = space.add(TALK[:1], source="chat", tags=["family", "music"], expires_at=until).added[0]
    found = space.get(cube)
    assert found.descriptive.tags == ("family", "music")
    assert found.governance.expires_at == until
    facts = rows(memos, "MATCH (f:MemCube {space: $s, level: 'fact'}) RETURN f.tags AS t", s=space.space)
    assert facts
    assert all(row["t"] == ["family", "music"] for row in facts)


def test_a_memory_whose_time_is_over_is_stored_but_never_shown(space: Memory) -> None:
    past = datetime.now(UTC) - timedelta(seconds=1)
    report = space.add(TALK[:1], source="chat", expires_at=past)
    assert len(report.added) == 1
    assert not space.search("cello in Bergen").hits
    assert not space.page()


def test_concepts_stand_within_topics(memos: MemOS, space: Memory) -> None:
    report = space.add(TALK, source="chat")
    loose = value(
        memos, "MATCH (k:Concept {space: $s}) WHERE COUNT {(k)-[:WITHIN]->(:Topic)} <> 1 RETURN count(k)", s=space.space
    )
    named = rows(memos, "MATCH (k:Concept {space: $s}) RETURN k.name AS name", s=space.space)
    unused = value(
        memos,
        "MATCH (k:Concept {space: $s}) WHERE NOT EXISTS {(:MemCube)-[:MENTIONS]->(k)} RETURN count(k)",
        s=space.space,
    )
    assert loose == unused == 0
    assert report.concepts == len(named) > 0
    assert {"bergen", "ghent"} <= {row["name"] for row in named}


def test_who_may_only_read_can_not_add(memos: MemOS, space: Memory) -> None:
    reader = f"{space.principal}.reader"
    space.grant(reader, [])
    with pytest.raises(ForbiddenError):
        memos.mount(space.space, principal=reader).add(TALK, source="chat")
    assert nodes_of(memos, space.space) == 0


@pytest.mark.parametrize("text", ["", " \n\t ", "a\0b", "half \ud83d of a sign"])
def test_text_that_can_not_be_kept_is_refused_and_leaves_nothing(memos: MemOS, space: Memory, text: str) -> None:
    with pytest.raises(InputError):
        space.add([Message(id="bad", text=text)], source="chat")
    report = space.add([Message(id="good", text="The kettle is blue."), Message(id="bad", text=text)], source="chat")
    assert (len(report.added), len(report.rejected)) == (1, 1)
    assert value(memos, "MATCH (c:MemCube {space: $s, level: 'whole'}) RETURN count(c)", s=space.space) == 1

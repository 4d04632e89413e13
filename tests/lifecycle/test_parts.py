"""A message that is too long for one memory: its parts are one message when it is deleted."""

from datetime import UTC, datetime

import pytest
from support.raw_graph import holders, mounted, rows, services_like

from memos_graph import Memory, MemOS, Message
from memos_graph.errors import ForbiddenError, FrozenError
from memos_graph.governance import Action

AT = datetime(2026, 5, 4, 9, tzinfo=UTC)
WORD = "zanzibarine"


@pytest.fixture
def short(memos: MemOS, space: Memory) -> Memory:
    """The same space, where a message may have 200 characters."""
    return mounted(services_like(memos, max_text_chars=200), space)


def long(id_: str | None, topic: str) -> Message:
    said = " ".join(f"Sentence {i} says of the {topic} that it is {WORD}." for i in range(9))
    return Message(id=id_, speaker="Ada", text=f"The ferry leaves at nine. {said} The ferry leaves at nine.", at=AT)


def parts(memory: Memory, begins: str) -> list[str]:
    found = rows_of(memory)
    return [row["id"] for row in found if row["part"] and row["origin"].startswith(begins)]


def rows_of(memory: Memory) -> list[dict[str, str]]:
    return [
        {"id": cube.id, "part": cube.descriptive.part or "", "origin": cube.descriptive.origin_id or ""}
        for cube in memory.page(level="whole", limit=200)
    ]


def test_deleting_a_part_deletes_the_message(short: Memory, memos: MemOS) -> None:
    short.add([long("a", "oven"), long("b", "kiln"), Message(id="c", speaker="Ada", text="The boat is dry.", at=AT)])
    mine, other = parts(short, "a/"), parts(short, "b/")
    assert len(mine) > 2
    gone = short.delete(mine[1], reason="asked to")
    assert set(mine) <= set(gone.cubes)
    assert parts(short, "a/") == []
    assert parts(short, "b/") == other
    # What two parts said goes with the last of them.
    texts = [row["text"] for row in rows(memos, "MATCH (c:MemCube {space: $s}) RETURN c.text AS text", s=short.space)]
    assert not any("oven" in text for text in texts)
    assert short.audit.verify().whole
    short.delete(other[0])
    assert not any(WORD in place for place in holders(memos, WORD))
    assert [row["origin"] for row in rows_of(short)] == ["c"]


def test_a_message_without_an_id_is_one_too(short: Memory) -> None:
    short.add([long(None, "oven"), long(None, "kiln")], source="talk")
    first = [row for row in rows_of(short) if row["part"]]
    count = int(first[0]["part"].split(" of ")[1])
    assert len(first) == 2 * count
    gone = short.delete(first[0]["id"])
    left = [row for row in rows_of(short) if row["part"]]
    assert len(left) == count
    assert {row["id"] for row in first} - {row["id"] for row in left} <= set(gone.cubes)


def test_all_parts_or_none(short: Memory) -> None:
    short.add([long("a", "oven")])
    mine = parts(short, "a/")
    short.freeze(mine[2], reason="a legal hold")
    with pytest.raises(FrozenError):
        short.delete(mine[0])
    assert parts(short, "a/") == mine
    short.thaw(mine[2], reason="over")
    short.grant("writer", [Action.READ, Action.WRITE])
    short.permissions.deny("writer", [Action.READ], cube=mine[1])
    writer = mounted(short._services, short, "writer")
    with pytest.raises(ForbiddenError, match="all of its parts") as refused:
        writer.delete(mine[0])
    assert mine[1] not in str(refused.value)
    assert parts(short, "a/") == mine


def test_an_update_of_a_part_is_of_its_own_text(short: Memory) -> None:
    short.add([long("a", "oven")])
    mine = parts(short, "a/")
    short.update(mine[1], text="The oven is cold.")
    assert short.get(mine[1]).text == "The oven is cold."
    assert parts(short, "a/") == mine

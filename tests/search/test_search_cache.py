"""The intermediate cache answers a repeated search, and never what has changed or been forbidden since."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from support.raw_graph import mounted, revouch, rows, services_like

from memos_graph import Filters, Memory, MemOS, Message
from memos_graph.graph.vouching import TouchedIds

ASKED = "Where is the ladder?"


@pytest.fixture
def house(space: Memory) -> Memory:
    space.add([Message(id="m1", speaker="Alice", text="The ladder leans on the pear tree.")])
    assert not space.search(ASKED).cached
    assert space.search(ASKED).cached
    return space


def test_a_repeated_search_is_answered_from_the_cache_and_is_the_same(house: Memory) -> None:
    first, again = house.search(ASKED), house.search(ASKED)
    assert again.cached
    assert again.hits == first.hits
    assert again.request_id != first.request_id
    assert not house.search(ASKED, limit=3).cached
    assert not house.search("Where is the saw?").cached


@pytest.mark.parametrize("elsewhere", [False, True], ids=["by the same program", "by another program"])
def test_no_write_is_missed(memos: MemOS, house: Memory, elsewhere: bool) -> None:
    writer = mounted(services_like(memos), house) if elsewhere else house
    cube = house.page()[0].id

    def fresh() -> list[str]:
        found = house.search(ASKED)
        assert not found.cached
        assert house.search(ASKED).cached or not found.hits
        return sorted(hit.cube.text for hit in found.hits)

    writer.add([Message(id="m2", speaker="Bob", text="The second ladder is in the cellar.")])
    assert len(fresh()) == 2
    writer.update(cube, text="The ladder was sold to the painter.")
    assert "The ladder was sold to the painter." in fresh()
    writer.rollback(cube, to=1)
    assert "The ladder leans on the pear tree." in fresh()
    writer.delete(cube)
    assert fresh() == ["The second ladder is in the cellar."]


def test_a_revoked_reader_gets_nothing_from_the_cache(memos: MemOS, house: Memory) -> None:
    reader = f"{house.principal}.reader"
    house.grant(reader, [])
    theirs = memos.mount(house.space, principal=reader)
    assert not theirs.search(ASKED).cached
    assert theirs.search(ASKED).cached
    house.revoke(reader)
    assert theirs.search(ASKED).hits == ()


def test_an_entry_dies_with_its_first_memory(
    memos: MemOS, space: Memory, pass_time: Callable[[timedelta], None]
) -> None:
    space.add([Message(id="m1", text="The ladder is lent to Kim.")], source="short")
    space.add([Message(id="m2", text="The ladder has nine rungs.")], source="long")
    soon = datetime.now(UTC) + timedelta(hours=1)
    rows(memos, "MATCH (c:MemCube {space: $s, source: 'short'}) SET c.expires_at = $soon", s=space.space, soon=soon)
    revouch(memos)
    assert len(space.search(ASKED).hits) == 2
    pass_time(timedelta(hours=1))
    found = space.search(ASKED)
    assert not found.cached
    assert [hit.cube.text for hit in found.hits] == ["The ladder has nine rungs."]


def test_a_cached_search_is_recorded_like_any_other(house: Memory) -> None:
    searches = [entry for entry in house.log() if entry.action == "search"]
    assert [entry.count for entry in searches] == [1, 1]
    assert len({entry.request_id for entry in searches}) == 2


def test_a_new_speaker_is_known_to_the_next_search_but_one(
    memos: MemOS, house: Memory, mount: Callable[..., Memory]
) -> None:
    elsewhere = mounted(services_like(memos), house)
    elsewhere.add([Message(id="m2", speaker="Quentin", text="The ladder is too short.")])
    house.search(ASKED)
    assert house.search("What did Quentin say about the ladder?").call.people == ("Quentin",)
    assert mount("other").read_question("What did Quentin say?").people == ()


def test_no_cache_when_it_is_switched_off(memos: MemOS, house: Memory) -> None:
    without = mounted(services_like(memos, search_cache=0), house)
    assert not without.search(ASKED).cached
    assert not without.search(ASKED).cached


def test_a_search_is_recorded_even_if_a_write_drops_what_is_kept_meanwhile(memos: MemOS, house: Memory) -> None:
    call, operator = house.read_question(ASKED), memos._services.operator
    operator.follow(TouchedIds())  # as a write of another thread does between the two steps of a search
    found = operator.search(call, principal=house.principal, spaces=[house.space], limit=5, filters=Filters())
    assert found.hits
    assert found.request_id in {entry.request_id for entry in house.log()}

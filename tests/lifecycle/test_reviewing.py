"""Newer facts that took the place of older ones: proposed to whoever may read both, settled by whoever may write, taken back."""

from datetime import UTC, datetime

import pytest

from memos_graph import Action, Filters, Memory, MemOS, Message, Successor
from memos_graph.errors import ForbiddenError, InputError, NotFoundError

LEEDS, MALMO = "I live in Leeds.", "I moved to Malmö."
LIKES = ("I love tea.", "I love coffee.", "I have a dog.", "I have a cat.")


def told(space: Memory, *said: tuple[str, str], speaker: str = "Ana", source: str = "talk") -> list[str]:
    """Add what was said on each day; returns the ids of the whole messages."""
    talk = [Message(id=f"{source}-{at}-{text}", speaker=speaker, at=at, text=text) for at, text in said]
    return list(space.add(talk, source=source).added)


def pairs(found: list[Successor] | tuple[Successor, ...]) -> list[tuple[str, str, bool]]:
    return [(each.old_text, each.new_text, each.certain) for each in found]


def test_who_moved_is_proposed_and_who_likes_two_things_is_not(space: Memory) -> None:
    told(
        space,
        ("2026-05-04", LEEDS),
        *((f"2026-06-0{n}", text) for n, text in enumerate(LIKES, 1)),
        ("2026-10-02", MALMO),
    )
    told(space, ("2026-11-02", "I live in York."), speaker="Bo", source="other")
    (found,) = space.review()
    assert pairs([found]) == [(LEEDS, MALMO, False)]
    assert (found.old_said, found.new_said) == (datetime(2026, 5, 4, tzinfo=UTC), datetime(2026, 10, 2, tzinfo=UTC))
    assert list(space.review(certain=True)) == list(space.settle()) == []
    assert set(space.log(limit=1)[0].cubes) <= {found.new, found.old}


def test_settling_one_ends_the_old_fact_and_its_message_says_so(space: Memory) -> None:
    old, new = told(space, ("2026-05-04", LEEDS), ("2026-10-02", MALMO))
    (found,) = space.review()
    space.supersede(found.new, found.old, reason="she moved")
    assert not space.review()
    assert space.get(found.old).descriptive.valid_to == datetime(2026, 10, 2, tzinfo=UTC)
    after = Filters(valid_at=datetime(2026, 12, 1, tzinfo=UTC))
    assert space.search("Where does Ana live?", filters=after).hits[0].cube.id == new
    before = Filters(valid_at=datetime(2026, 6, 1, tzinfo=UTC))
    assert [hit.cube.id for hit in space.search("Where does Ana live?", filters=before).hits] == [old]
    space.reinstate(found.old)
    assert pairs(list(space.review())) == [(LEEDS, MALMO, False)]


def test_the_certain_ones_are_settled_oldest_first_and_each_is_in_the_log(space: Memory) -> None:
    told(space, ("2026-03-01", LEEDS), ("2026-05-01", "I live in York now."), ("2026-07-01", "I'm living in Porto."))
    told(
        space,
        ("2026-02-01", "My flight is on 7 March."),
        ("2026-02-20", "Actually my flight is on 9 March, not 7 March."),
    )
    assert [certain for *_, certain in pairs(list(space.review()))] == [True, True, True]
    done = space.settle(reason="checked")
    assert [each.act for each in done] == ["supersede"] * 3
    entries = [entry for entry in space.log(limit=20) if entry.action == "supersede"]
    assert [entry.reason for entry in entries] == ["checked"] * 3
    ends = [space.get(each.cubes[0]).descriptive.valid_to for each in done]
    # The flight was still to come when it was put off: it was known to be on the 7th until then.
    assert ends == [datetime(2026, month, day, tzinfo=UTC) for month, day in ((2, 20), (5, 1), (7, 1))]
    assert not space.review()
    for each in done:
        space.reinstate(each.cubes[0])
    assert len(space.review()) == 3


def test_a_flight_put_forward_and_a_return_are_settled_too(space: Memory) -> None:
    told(space, ("2026-02-01", "My flight is on 9 March."), ("2026-02-20", "My flight is on 7 March, not 9 March."))
    told(space, ("2026-03-01", LEEDS), ("2026-05-01", "I live in York."), ("2026-07-01", LEEDS))
    assert pairs(list(space.review())) == [
        ("I live in York.", LEEDS, True),
        ("My flight is on 9 March.", "My flight is on 7 March, not 9 March.", True),
    ]
    flight, home = (space.get(each.cubes[0]).descriptive.valid_to for each in space.settle())
    assert (flight, home) == (datetime(2026, 2, 20, tzinfo=UTC), datetime(2026, 7, 1, tzinfo=UTC))


def test_history_told_later_is_no_news(space: Memory) -> None:
    told(space, ("2026-05-01", "I live in York."), ("2026-07-01", "In 2019 I moved to Leeds."))
    assert pairs(list(space.review())) == [("In 2019 I moved to Leeds.", "I live in York.", False)]


def test_a_reader_is_proposed_only_what_it_may_read_and_settles_nothing(
    memos: MemOS, space: Memory, principal: str
) -> None:
    old, _ = told(space, ("2026-05-04", LEEDS), ("2026-10-02", "I live in Malmö."))
    guest = f"{principal}.guest"
    with pytest.raises(NotFoundError):
        memos.mount(space.space, principal=guest).review()
    space.grant(guest, [Action.READ])
    reading = memos.mount(space.space, principal=guest)
    assert len(reading.review()) == 1
    with pytest.raises(ForbiddenError):
        reading.settle()
    space.permissions.deny(guest, [Action.READ], cube=old)
    assert not reading.review()
    assert len(space.review()) == 1


def test_a_frozen_fact_is_not_proposed_and_an_earlier_one_retires_nothing(space: Memory) -> None:
    told(space, ("2026-05-04", LEEDS), ("2026-10-02", MALMO))
    (found,) = space.review()
    with pytest.raises(InputError, match="before fact"):
        space.supersede(found.old, found.new)
    space.freeze(found.old)
    assert not space.review()

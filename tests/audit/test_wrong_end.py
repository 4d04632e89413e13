"""A space that says something wrong of where its log ends: the log goes on from its true end, or that space alone is held."""

from collections.abc import Callable

import pytest
from support.raw_graph import rows

from memos_graph import AuditError, Memory, MemOS, Message

# Whoever opens the store meanwhile settles what was changed.
pytestmark = [pytest.mark.tampers, pytest.mark.alone]

SAY = "MATCH (s:Space {id: $s}) SET s.audit_seq = $seq"
FORGE = "CREATE (:AuditEvent {space: $s, seq: $seq, action: 'search', principal: 'eve', at: datetime(), hash: 'f'})"
GREATEST = 2**63 - 1


def fill(space: Memory, count: int, *, name: str = "m") -> None:
    for i in range(count):
        space.add([Message(id=f"{name}{i}", text=f"Jar {name} {i} holds plums.")], source="shelf")


def told(space: Memory) -> str:
    return " ".join(each.what for each in space.audit.verify().broken)


@pytest.mark.parametrize("seq", [5, 0, -3, None, "x", 2.5, True, [1]])
def test_a_log_goes_on_from_its_true_end_and_tells_what_its_space_said(
    memos: MemOS, space: Memory, seq: object
) -> None:
    fill(space, 8)
    rows(memos, SAY, s=space.space, seq=seq)
    memos._services.rollbacks.check()  # as when a store is opened
    fill(space, 2, name="after")
    log = list(space.log(limit=50))
    numbers = sorted(entry.seq for entry in log)
    assert numbers == list(range(1, len(numbers) + 1))
    assert len([entry for entry in log if entry.action == "add"]) == 10
    (event,) = [entry for entry in log if entry.action == "rolled_back"]
    said = seq if type(seq) is int and seq > 0 else 0
    assert f"ended at event {said}, and this machine had seen it reach 8" in str(event.detail)
    assert "had seen it reach 8" in told(space)


def test_an_event_somebody_put_past_the_end_is_told_of_and_stops_nobody(memos: MemOS, space: Memory) -> None:
    fill(space, 3)
    rows(memos, FORGE, s=space.space, seq=5)
    fill(space, 3, name="after")
    log = {entry.action: entry for entry in space.log(limit=50)}
    assert log["unreadable"].seq == 5
    event = log["rolled_back"]
    assert event.detail == "The space said that its log ends at event 3; it ends at 5."
    assert "Event 4 is missing." in told(space)


def test_a_space_whose_log_takes_no_event_is_held_and_no_other(
    memos: MemOS, space: Memory, mount: Callable[..., Memory]
) -> None:
    other = mount("others")
    for each in (space, other):
        fill(each, 2)
    rows(memos, FORGE, s=space.space, seq=GREATEST)
    with pytest.raises(AuditError, match=f"The log of '{space.space}' can't be written on"):
        fill(space, 1, name="after")
    assert space.search("plums").hits  # recorded later: that is where it is found
    assert other.search("plums").hits
    memos._services.audit.flush()
    assert "search" in {entry.action for entry in other.log()}
    with pytest.raises(AuditError, match=f"Nothing is done in '{space.space}'"):
        space.search("plums")
    fill(other, 1, name="after")
    rows(memos, "MATCH (e:AuditEvent {space: $s, seq: $seq}) DETACH DELETE e", s=space.space, seq=GREATEST)
    memos._services.rollbacks.check()
    assert space.search("plums").hits
    fill(space, 1, name="after")


def test_a_space_in_which_nothing_can_be_taken_away_again_is_held_when_a_store_is_opened(
    memos: MemOS, space: Memory, mount: Callable[..., Memory]
) -> None:
    other = mount("others")
    for each in (space, other):
        fill(each, 4)
    known = space.search("plums").hits[0].cube.id
    memos._services.audit.flush()
    rows(memos, SAY, s=space.space, seq=2)
    rows(memos, FORGE, s=space.space, seq=GREATEST)
    memos._services.rollbacks.check()
    for act in (lambda: space.search("plums"), lambda: space.get(known), lambda: fill(space, 1, name="after")):
        with pytest.raises(AuditError, match=r"Nothing is done in .* what was taken away in it may be back"):
            act()
    assert other.search("plums").hits
    fill(other, 1, name="after")
    rows(memos, "MATCH (e:AuditEvent {space: $s, seq: $seq}) DETACH DELETE e", s=space.space, seq=GREATEST)
    memos._services.rollbacks.check()
    assert space.search("plums").hits
    assert "had seen it reach 5" in told(space)

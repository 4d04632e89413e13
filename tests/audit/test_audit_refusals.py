"""Refusals that come again and again are counted, not written one by one; a stated purpose leaves no node."""

import pytest
from support.raw_graph import mounted, services_like, value

from memos_graph import Memory, MemOS, Message
from memos_graph.audit import Event
from memos_graph.audit.folding import MOST_ACTS, OTHER_ACTS, WINDOW_S, Folds
from memos_graph.errors import NotFoundError
from memos_graph.governance import Action


def _refused(principal: str = "mallory", asked: str = "GET /v1/cubes/{cube}", cube: str = "c1") -> Event:
    return Event("alice/notes", "refused", principal, cubes=[cube], detail=asked, reason="not-found", count=1)


def test_the_first_is_told_at_once_and_the_others_once_a_window() -> None:
    folds = Folds()
    assert folds.first(_refused(), 0.0) is not None
    assert [folds.first(_refused(cube=f"c{n}"), n / 100) for n in range(999)] == [None] * 999
    assert folds.wait(30.0) == WINDOW_S - 30.0
    assert folds.due(30.0) == []
    (told,) = folds.due(WINDOW_S)
    assert told.count == 999
    assert 0 < len(told.cubes) <= 20
    assert folds.first(_refused(), WINDOW_S + 1) is None, "what goes on is not told at once again"
    assert [event.count for event in folds.due(2 * WINDOW_S)] == [1]
    assert folds.first(_refused(), 10 * WINDOW_S) is not None


def test_many_different_acts_and_purposes_are_told_together() -> None:
    folds = Folds()
    told = [folds.first(_refused(f"mallory>mallory:p{n}", f"act {n}"), 1.0) for n in range(1000)]
    told += folds.due(WINDOW_S + 1)
    events = [event for event in told if event]
    assert len(events) <= MOST_ACTS + 2
    assert sum(event.count or 0 for event in events) == 1000
    (together,) = [event for event in events if (event.count or 0) > 1]
    assert (together.principal, together.detail) == ("mallory", OTHER_ACTS)
    assert folds.first(_refused("eve", "act 2"), 2 * WINDOW_S) is not None, "others are told apart from who did that"


def test_a_flood_of_refusals_is_two_events_of_which_none_is_lost(memos: MemOS, space: Memory, principal: str) -> None:
    mine = mounted(services_like(memos, audit_delay_ms=60_000), space)
    guest = f"{principal}.guest"
    for _ in range(200):
        with pytest.raises(NotFoundError), memos.recording_refusals(guest, "look around"):
            memos.mount(space.space, principal=guest)
    memos._services.audit.flush()
    entries = mine.logs.query(action="refused")
    assert len(entries) == 2
    assert sum(entry.count for entry in entries) == 200
    assert {entry.principal for entry in entries} == {guest}
    assert space.audit.verify().whole


def test_what_was_counted_is_written_when_memos_is_closed(memos: MemOS, space: Memory) -> None:
    services = services_like(memos, audit_delay_ms=60_000)
    for _ in range(50):
        services.audit.refused(Event(space.space, "refused", space.principal, detail="x", reason="forbidden", count=1))
    services.audit.close()
    counted = "MATCH (e:AuditEvent {space: $s, action: 'refused'}) RETURN sum(e.count)"
    assert value(memos, counted, s=space.space) == 50


@pytest.mark.alone
def test_fifty_purposes_leave_no_node_and_are_in_the_log(memos: MemOS, space: Memory, principal: str) -> None:
    space.add([Message(id="m", text="The kiln is fired on Friday.")], source="talk")
    guest = f"{principal}.guest"
    space.permissions.grant(guest, [Action.READ], purposes=["p7", "p8"])
    count = "MATCH (n) WHERE NOT n:AuditEvent AND NOT n:CostEntry RETURN count(n)"
    before = value(memos, count)
    for number in range(50):
        mine = memos.mount(space.space, principal=principal, purpose=f"p{number}")
        assert mine.search("When is the kiln fired?").hits
    theirs = memos.mount(space.space, principal=guest, purpose="p7")
    assert theirs.search("When is the kiln fired?").hits
    assert not [cube for cube in memos.mount(space.space, principal=guest, purpose="p8").page() if not cube.id]
    with pytest.raises(NotFoundError):
        memos.mount(space.space, principal=guest, purpose="p9")
    memos._services.audit.flush()
    assert value(memos, count) == before
    sums = "MATCH (c:CostEntry {space: $s}) RETURN collect(DISTINCT c.principal)"
    memos._services.audit.settle_bill()
    assert set(value(memos, sums, s=space.space)) == {principal, guest}  # for whichever purpose
    assert space.logs.query(actor=f"{principal}>{principal}:p49", action="search")
    assert space.logs.query(actor=f"{guest}>{guest}:p7", action="search")
    assert space.audit.verify().whole


def test_a_purpose_may_write_and_share_what_its_principal_may(memos: MemOS, space: Memory, principal: str) -> None:
    stated = memos.mount(space.space, principal=principal, purpose="filing")
    cube = stated.add([Message(id="m", text="The kiln is fired on Friday.")], source="talk").added[0]
    assert stated.update(cube, text="The kiln is fired on Monday.").number == 2
    assert memos._services.governance.access(space.space, f"{principal}>{principal}:filing") is not None
    assert space.audit.verify().whole


def test_a_purpose_that_was_limited_by_a_mandate_is_stated_anew(memos: MemOS, space: Memory, principal: str) -> None:
    memos._services.roles.delegate(principal, principal, purpose="audit", actions=[Action.READ])
    memos._services.roles.end(principal, principal, purpose="audit")
    stated = memos.mount(space.space, principal=principal, purpose="audit")
    assert stated.add("The kiln is fired on Friday.").added

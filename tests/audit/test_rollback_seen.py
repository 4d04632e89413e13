"""A log that was cut off or put back is told of for good, whatever is written after it, by the log itself too."""

import pytest
from support.raw_graph import rows

from memos_graph import Memory, MemOS, Message

CUT = """
MATCH (e:AuditEvent {space: $s}) WHERE e.seq > $n DETACH DELETE e
WITH count(*) AS _
MATCH (s:Space {id: $s}), (e:AuditEvent {space: $s, seq: $n}) SET s.audit_seq = e.seq, s.audit_hash = e.hash
"""


def fill(space: Memory, count: int, *, name: str = "m") -> None:
    for i in range(count):
        space.add([Message(id=f"{name}{i}", text=f"Jar {name} {i} holds plums.")], source="shelf")


def told(space: Memory) -> str:
    return " ".join(each.what for each in space.audit.verify().broken)


@pytest.mark.parametrize("cut", [1, 6])
def test_a_log_cut_off_is_told_of_after_it_has_grown_past_its_old_end(memos: MemOS, space: Memory, cut: int) -> None:
    fill(space, 8)
    rows(memos, CUT, s=space.space, n=8 - cut)
    fill(space, 30, name="after")
    assert f"it ended at event {8 - cut}, and this machine had seen it reach 8" in told(space)
    (event,) = [entry for entry in space.log(limit=200) if entry.action == "rolled_back"]
    assert event.seq == 9 - cut
    assert event.detail is not None
    assert "had seen it reach 8" in event.detail
    fill(space, 5, name="later")
    assert "had seen it reach 8" in told(space)


def test_every_further_cut_is_told_of_beside_the_first(memos: MemOS, space: Memory) -> None:
    fill(space, 6)
    for end in (5, 4):
        rows(memos, CUT, s=space.space, n=end)
        fill(space, 3, name=f"n{end}")
    found = memos._services.audit.chain.witness.contradictions(space.space)
    assert [(each.seq, each.found_seq) for each in found] == [(6, 5), (9, 4)]
    assert told(space).count("or an older one put back") == 2


def test_an_end_that_is_other_than_it_was_is_told_of(memos: MemOS, space: Memory) -> None:
    fill(space, 4)
    rows(memos, "MATCH (e:AuditEvent {space: $s, seq: 4}), (s:Space {id: $s}) SET e.hash = 'f', s.audit_hash = 'f'", s=space.space)  # fmt: skip
    fill(space, 2, name="after")
    assert "event 4 was another than this machine had seen" in told(space)

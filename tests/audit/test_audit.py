"""The log: every act once, by whom and on what, in an unbroken chain."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from support.raw_graph import mounted, rows, services_like, value

from memos_graph import Memory, MemOS, Message
from memos_graph.audit import Event, request
from memos_graph.errors import AuditError, NotFoundError
from memos_graph.governance import Action
from memos_graph.graph.runner import Transaction

TALK = [
    Message(id="m1", speaker="Alice", text="The kiln needs a new door."),
    Message(id="m2", speaker="Bob", text="The potter visits on Thursday."),
]

CHAIN = """
MATCH (e:AuditEvent {space: $space})
OPTIONAL MATCH (e)-[:AFTER]->(before:AuditEvent)
RETURN e.seq AS seq, before.seq AS after, before.space AS space, COUNT { (e)-[:BY]->(:Principal {id: e.principal}) } AS by
ORDER BY seq
"""


def check_chain(memos: MemOS, space: Memory) -> int:
    """Check that the log of a space has no gap and no fork; returns its length."""
    found = rows(memos, CHAIN, space=space.space)
    assert [row["seq"] for row in found] == list(range(1, len(found) + 1))
    assert [row["after"] for row in found] == [None, *range(1, len(found))]
    assert {row["space"] for row in found[1:]} <= {space.space}
    assert {row["by"] for row in found} == {1}
    assert value(memos, "MATCH (s:Space {id: $s}) RETURN s.audit_seq", s=space.space) == len(found)
    return len(found)


def test_every_act_is_recorded_with_who_what_and_on_which_memories(memos: MemOS, space: Memory) -> None:
    first, second = space.add(TALK, source="chat").added
    hits = space.search("Who visits?").hits
    space.get(first)
    space.page(level="whole")
    space.history(first)
    space.lineage(first, depth=1)
    version = space.update(first, text="The kiln has a new door.", reason="repaired")
    space.rollback(first, to=1)
    space.provenance.annotate(second, derived_from=first, transform="merged")
    space.grant("somebody.else", [])
    space.revoke("somebody.else")
    gone = space.delete(second, reason="asked to").cubes
    log = {entry.action: entry for entry in space.log()}
    assert set(log) == {
        "add", "search", "read", "list", "history", "lineage", "update", "rollback", "annotate", "grant", "revoke", "delete",
    }  # fmt: skip
    assert {entry.principal for entry in log.values()} == {space.principal}
    on = {action: {touched.id for touched in entry.cubes} for action, entry in log.items()}
    assert on["add"] == on["list"] == {first, second}
    assert on["search"] == {hit.cube.id for hit in hits}
    assert on["read"] == on["history"] == {first}
    assert first in on["lineage"] & on["update"] & on["rollback"]
    assert on["annotate"] == {second}
    assert on["delete"] == set(gone)
    assert log["add"].count == log["list"].count == 2
    assert log["update"].count == 1
    assert log["update"].reason == "repaired"
    assert log["delete"].reason == "asked to"
    assert {touched.version for touched in log["update"].cubes if touched.id == first} == {version.number}
    assert log["grant"].detail == log["revoke"].detail == "somebody.else"
    assert check_chain(memos, space) == 12 + len([entry for entry in space.log() if entry.action == "lineage"]) - 1


def test_four_threads_leave_one_chain_without_gaps(memos: MemOS, space: Memory) -> None:
    space.add(TALK, source="chat")

    def act(writer: int) -> None:
        for i in range(3):
            space.add([Message(id=f"{writer}-{i}", text=f"Shelf {writer} holds jar {i}.")], source=f"shelf{writer}")
            assert space.search("Which shelf holds jar?").hits

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(act, range(4)))
    memos._services.audit.flush()
    assert check_chain(memos, space) == 25


def test_reads_are_recorded_within_the_declared_bound(memos: MemOS, space: Memory) -> None:
    cube = space.add(TALK, source="chat").added[0]
    services = services_like(memos, audit_delay_ms=200)
    mounted(services, space).get(cube)
    statement = "MATCH (e:AuditEvent {space: $s, action: 'read'}) RETURN count(e)"
    deadline = time.monotonic() + 10
    while value(memos, statement, s=space.space) == 0 and time.monotonic() < deadline:
        time.sleep(0.02)
    assert value(memos, statement, s=space.space) == 1
    services.audit.close()


def test_a_synchronous_log_has_the_read_before_its_answer(memos: MemOS, space: Memory) -> None:
    cube = space.add(TALK, source="chat").added[0]
    mine = mounted(services_like(memos, audit_reads="sync"), space)
    mine.get(cube)
    assert value(memos, "MATCH (e:AuditEvent {space: $s, action: 'read'}) RETURN count(e)", s=space.space) == 1
    mine.search("Who visits?")
    assert value(memos, "MATCH (e:AuditEvent {space: $s, action: 'search'}) RETURN count(e)", s=space.space) == 1


def test_the_policy_of_a_space_has_its_reads_recorded_before_their_answers(memos: MemOS, space: Memory) -> None:
    cube = space.add(TALK, source="chat").added[0]
    services = services_like(memos, audit_delay_ms=60_000)
    mine, reads = mounted(services, space), "MATCH (e:AuditEvent {space: $s, action: 'read'}) RETURN count(e)"
    strict = "policy: 1\nname: strict\nlog: {reads: before the answer}\n"
    space.policy.apply(strict)
    mine.get(cube)
    assert value(memos, reads, s=space.space) == 1
    space.policy.apply("policy: 1\nname: lax\n")
    mine.get(cube)
    assert value(memos, reads, s=space.space) == 1
    space.policy.apply(strict)
    services.audit.chain.reads_first.clear()  # as in a process that has done nothing here yet
    mine.get(cube)
    assert value(memos, reads, s=space.space) == 2
    services.audit.close()
    assert value(memos, reads, s=space.space) == 3


def test_what_a_program_has_refused_to_somebody_is_in_the_log(memos: MemOS, space: Memory, principal: str) -> None:
    guest = f"{principal}.guest"
    with pytest.raises(NotFoundError), memos.recording_refusals(guest, "look around"):
        memos.mount(space.space, principal=guest)
    with pytest.raises(NotFoundError), memos.recording_refusals(guest, "look around"):
        memos.mount(f"{principal}/missing", principal=guest)
    (entry,) = space.logs.query(action="refused")
    assert (entry.principal, entry.detail, entry.reason) == (guest, "look around", "not-found")


def test_closing_writes_what_waits_and_ends_recording(memos: MemOS, space: Memory) -> None:
    cube = space.add(TALK, source="chat").added[0]
    services = services_like(memos, audit_delay_ms=60_000)
    mine = mounted(services, space)
    mine.get(cube)
    mine.get(cube)
    services.audit.close()
    assert value(memos, "MATCH (e:AuditEvent {space: $s, action: 'read'}) RETURN count(e)", s=space.space) == 2
    with pytest.raises(AuditError):
        mine.get(cube)


def test_a_full_queue_waits_for_room_and_loses_nothing(memos: MemOS, space: Memory) -> None:
    cube = space.add(TALK, source="chat").added[0]
    services = services_like(memos, audit_delay_ms=1, audit_queue=2)
    mine = mounted(services, space)
    threads = [threading.Thread(target=mine.get, args=(cube,)) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    services.audit.close()
    assert value(memos, "MATCH (e:AuditEvent {space: $s, action: 'read'}) RETURN count(e)", s=space.space) == 10


def test_without_administer_a_reader_sees_its_own_acts_only(memos: MemOS, space: Memory) -> None:
    space.add(TALK, source="chat")
    reader = f"{space.principal}.reader"
    space.grant(reader, [])
    theirs = memos.mount(space.space, principal=reader)
    theirs.search("Who visits?")
    assert [(entry.action, entry.principal) for entry in theirs.log()] == [("search", reader)]
    assert theirs.logs.query(actor=space.principal) == []
    assert {entry.principal for entry in space.log()} == {space.principal, reader}
    space.revoke(reader)
    assert theirs.log() == []


def test_the_log_can_be_asked(space: Memory) -> None:
    first, second = space.add(TALK, source="chat").added
    with request("my-request"):
        space.get(first)
        space.get(second)
    entries = space.logs.query(request_id="my-request")
    assert [entry.cubes[0].id for entry in entries] == [second, first]
    assert [entry.action for entry in space.logs.query(cube=second)] == ["read", "add"]
    assert [entry.action for entry in space.logs.query(action="add")] == ["add"]
    (newest,) = space.logs.query(limit=1)
    assert [entry.seq for entry in space.logs.query(before=newest.seq)] == list(range(newest.seq - 1, 0, -1))
    assert space.logs.query(since=newest.at)[-1].seq == newest.seq
    assert newest.seq not in {entry.seq for entry in space.logs.query(until=newest.at)}


def test_reading_moves_the_behavioural_indicators(memos: MemOS, space: Memory) -> None:
    first, second = space.add(TALK, source="chat").added
    before = space.get(first).behavioural
    hit = next(hit for hit in space.search("What does the kiln need?").hits if hit.cube.id == first)
    memos._services.audit.flush()
    after = space.get(first).behavioural
    assert (before.access_count, before.last_accessed_at) == (0, None)
    assert after.access_count == 2
    assert after.last_accessed_at is not None
    assert after.relevance == pytest.approx(hit.score)
    assert space.get(second).behavioural.access_count == 1
    # Reading it scores nothing: what the search thought of it stays; going before a model counts as read, too.
    memos._services.audit.flush()
    assert space.get(first).behavioural.relevance == pytest.approx(hit.score)
    answer = space.chat("What does the kiln need?", form="plaintext")
    memos._services.audit.flush()
    assert all(space.get(each.cube).behavioural.access_count >= 1 for each in answer.given)


def test_the_log_holds_no_content(memos: MemOS, space: Memory, mount: Callable[..., Memory]) -> None:
    space.add([Message(id="m1", speaker="Ysolde", text="Xylotomous borers ate the bookshelf.")])
    space.search("What did Ysolde say about Xylotomous borers?")
    memos._services.audit.flush()
    kept = rows(memos, "MATCH (e:AuditEvent {space: $s}) RETURN properties(e) AS p", s=space.space)
    assert "xylotomous" not in str(kept).lower()
    assert "ysolde" not in str(kept).lower()


def test_a_read_recorded_while_somebody_writes_waits_and_nobody_has_to_begin_again(
    memos: MemOS, space: Memory, caplog: pytest.LogCaptureFixture
) -> None:
    space.add(TALK, source="chat")
    services = memos._services
    services.audit.flush()
    recorder = threading.Thread(target=services.audit.flush)
    attempts = []

    def work(tx: Transaction) -> None:
        attempts.append(1)
        services.governance.lock(tx, space.space, space.principal, Action.WRITE)
        services.audit.read(Event(space.space, "search", space.principal))
        recorder.start()
        time.sleep(0.3)  # it waits for the space by now
        services.audit.append(tx, [Event(space.space, "add", space.principal)])

    services.runner.transact(work)
    recorder.join()
    assert attempts == [1]
    assert not [record for record in caplog.records if "will be retried" in record.message]
    check_chain(memos, space)

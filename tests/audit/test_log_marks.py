"""What was verified under a seal is not read again, and an edit of it is found all the same; nobody can say that more was verified."""

import random
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from support.raw_graph import rows
from support.sealed_log import forge, read_often
from test_audit_tamper import EDITS

from memos_graph import Memory, MemOS, Message
from memos_graph.audit import merkle
from memos_graph.audit.marks import LogMark
from memos_graph.audit.seals import checked, event_of
from memos_graph.audit.verify import _inspect
from memos_graph.audit.walking import Read, walk
from memos_graph.errors import IntegrityError
from memos_graph.graph.runner import Transaction
from memos_graph.kit.digests import sha256

pytestmark = pytest.mark.tampers
READS = 600
OF_MEMORIES = [kind for kind in EDITS if kind.startswith(("a text", "a version", "a cube"))]


@pytest.fixture
def sealed(memos: MemOS, space: Memory) -> Memory:
    """A space of which two blocks of events are sealed, and were found as written."""
    space.add([Message(id=f"m{n}", speaker="Ana", text=f"Jar {n} holds plums.") for n in range(3)], source="shelf")
    cube = space.page(level="whole")[0].id
    space.update(cube, text="Jar 0 holds pears.", reason="looked again")
    read_often(memos, space, READS)
    space.audit.seal()
    memos._services.audit.flush()
    return space


@contextmanager
def counting(memos: MemOS) -> Iterator[Callable[[], int]]:
    """Count the events that are read inside the block."""
    read, runner = 0, memos._services.runner

    def counted(name: str, /, **params: object) -> list[dict[str, object]]:
        nonlocal read
        found = type(runner).read(runner, name, **params)
        read += len(found) if name == "audit/events" else 0
        return found

    runner.read = counted  # type: ignore[method-assign]
    try:
        yield lambda: read
    finally:
        del runner.read


def test_seal_check_and_proof_read_what_came_since(memos: MemOS, sealed: Memory) -> None:
    with counting(memos) as read:
        found = sealed.audit.verify()
        assert found.whole, found.broken
        assert found.since == 2 * merkle.BLOCK
        assert read() == found.events < merkle.BLOCK
    with counting(memos) as read:
        seal = sealed.audit.seal()
        assert read() < merkle.BLOCK
    full = sealed.audit.verify(full=True)
    assert full.whole, full.broken
    assert (full.since, full.seals) == (0, 2)
    assert full.events == seal.size + 1  # the act of sealing
    with counting(memos) as read:
        proof = sealed.audit.prove("17")
        assert read() < 3 * merkle.BLOCK
    assert checked(proof)
    assert event_of(proof)["seq"] == 17


def test_the_root_of_a_seal_that_goes_on_is_that_of_the_whole_log(memos: MemOS, sealed: Memory) -> None:
    read_often(memos, sealed, 300)
    seal = sealed.audit.seal()
    whole = walk(
        memos._services.runner.read, memos._services.audit.chain, sealed.space, LogMark(), sizes={seal.size, 1, 256}
    )
    assert whole.roots[seal.size] == seal.root
    for event in (1, 256, 257, seal.size):
        assert checked(sealed.audit.prove(str(event)))


@pytest.mark.parametrize(
    "edit",
    [
        "SET e.principal = 'mallory'",
        "SET e.detail = 'elsewhere'",
        "WITH e MATCH (c:MemCube {space: $s}) WITH e, c LIMIT 1 CREATE (e)-[:ON {version: 9}]->(c)",
        "SET e.hash = reverse(e.hash)",
    ],
)
def test_an_edit_of_a_sealed_event_is_found_by_whoever_reads_it_and_by_proof_and_by_the_full_check(
    memos: MemOS, sealed: Memory, edit: str
) -> None:
    assert sealed.audit.verify().since
    forge(memos, sealed, 40, edit)
    found = sealed.audit.verify()
    assert found.whole  # it says what it did not read
    assert found.since >= 40
    told = sealed.audit.verify(full=True)
    assert told.broken[0].seq == 40
    # What was once found is found by every check from then on.
    again = sealed.audit.verify()
    assert (again.since, again.broken[0].seq) == (0, 40)
    assert sealed.audit.seal().size  # what comes later is sealed all the same
    assert sealed.audit.verify().broken[0].seq == 40


def test_who_reads_an_edited_event_is_told_and_no_check_passes_it_from_then_on(memos: MemOS, sealed: Memory) -> None:
    forge(memos, sealed, 40)
    page = sealed.logs.query(before=60, limit=40)
    assert [entry.seq for entry in page if entry.altered] == [40]
    assert sealed.audit.verify().broken[0].seq == 40


def test_an_edited_event_is_not_proved(memos: MemOS, sealed: Memory) -> None:
    forge(memos, sealed, 40)
    with pytest.raises(IntegrityError, match=r"Event 40 .* is not what was recorded"):
        sealed.audit.prove("40")
    assert not sealed.audit.verify().whole


def test_an_event_beside_an_edited_one_is_not_proved_against_the_seal(memos: MemOS, sealed: Memory) -> None:
    forge(memos, sealed, 40)
    with pytest.raises(IntegrityError, match="is not what was sealed"):
        sealed.audit.prove("17")


def test_an_event_taken_out_of_what_is_sealed_is_found(memos: MemOS, sealed: Memory) -> None:
    forge(memos, sealed, 40, "DETACH DELETE e")
    assert "Event 40 is missing." in [each.what for each in sealed.audit.verify(full=True).broken]
    assert not sealed.audit.verify().whole


def test_edits_of_memories_are_found_by_the_short_check(memos: MemOS, sealed: Memory) -> None:
    chain, seals = memos._services.audit.chain, memos._services.seals

    def whole(read: Read) -> bool:
        found, walked = _inspect(read, chain, seals, sealed.space, (), full=False)
        assert walked.since
        return found.whole

    for kind in OF_MEMORIES:
        with memos.driver.session(database=memos.endpoint.database) as session, session.begin_transaction() as tx:
            values = {"s": sealed.space, "seq": random.randrange(2, 500), "forged": sha256("forged")}
            tx.run(f"MATCH (e:AuditEvent {{space: $s, seq: $seq}}) {EDITS[kind]}", values).consume()
            assert not whole(Transaction(tx).run), kind
            tx.rollback()
    assert whole(memos._services.runner.read)


def test_a_mark_that_somebody_moved_or_made_counts_for_nothing(memos: MemOS, sealed: Memory) -> None:
    forge(memos, sealed, 40)
    marks = memos._services.audit.chain.marks
    for change in ("seq = seq + 256, blocks = blocks || zeroblob(32)", "hash = 'f'", "blocks = zeroblob(512)"):
        mark, roots = marks.of(sealed.space), marks.roots(sealed.space)
        assert mark.seq
        with marks._ledger.transaction() as connection:
            connection.execute(f"UPDATE marks SET {change} WHERE space = ?", (sealed.space,))
        assert marks.of(sealed.space) == LogMark()
        assert marks.roots(sealed.space) == {}
        marks.keep(sealed.space, mark, roots)
    with sqlite3.connect(marks.path) as connection:
        connection.execute("UPDATE marks SET hash = 'f' WHERE space = ?", (sealed.space,))
    assert sealed.audit.verify().broken[0].seq == 40
    assert marks.path.stat().st_mode & 0o777 == 0o600


def test_a_log_that_was_put_back_before_its_mark_is_read_whole(memos: MemOS, sealed: Memory) -> None:
    rows(
        memos,
        """MATCH (e:AuditEvent {space: $s}) WHERE e.seq > 100 DETACH DELETE e WITH count(*) AS _
        MATCH (s:Space {id: $s}), (e:AuditEvent {space: $s, seq: 100}) SET s.audit_seq = 100, s.audit_hash = e.hash""",
        s=sealed.space,
    )
    read_often(memos, sealed, 500)
    for _ in range(2):
        told = " ".join(each.what for each in sealed.audit.verify().broken)
        assert "an older one put back" in told
        assert "are not those that were sealed" in told
        sealed.audit.seal()
    assert sealed.audit.verify().since  # the log goes on, and so do its seals
    assert checked(sealed.audit.prove("300"))


def test_a_seal_from_elsewhere_over_what_is_not_read_has_all_of_it_read(memos: MemOS, sealed: Memory) -> None:
    runner, chain, seals = memos._services.runner, memos._services.audit.chain, memos._services.seals
    root = walk(runner.read, chain, sealed.space, LogMark(), sizes={100}).roots[100]
    seal = seals.make(sealed.space, 100, bytes.fromhex(root))
    (seals._of(sealed.space) / f"{100:012}.json").unlink()
    assert sealed.audit.verify([seal]).since == 0
    assert sealed.audit.verify().since
    forged = seals.make(sealed.space, 100, b"1" * 32)
    assert "are not those that were sealed" in sealed.audit.verify().broken[0].what
    assert "are not those that were sealed" in sealed.audit.verify([forged]).broken[0].what
